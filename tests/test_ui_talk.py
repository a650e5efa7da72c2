"""What the conversation asks besides answers: filters, old quotes, judgements. A page may send anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quoth.corpus import BadRequest, DocumentId, Span
from quoth.qa import DocumentRecord, Library, read_questions
from quoth.ui.filtering import choices_view, folder_of, scope_of
from quoth.ui.talk import Talk
from quoth.ui.utf16 import utf16
from small_library import small_library

LAKE = "A lake 😀 lies here 👩‍👩‍👧.\n\nThe heron nests in the reeds of the lake 😀, they say.\n"
HILL = "# On hills\n\nThe hill is 412 metres high.\n"
ASKED = "Where does the heron nest?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("talk") / "library"
    with small_library(folder, {"lake.txt": LAKE, "notes/hill.md": HILL}) as library:
        yield library


@pytest.fixture
def talk(library: Library) -> Iterator[Talk]:
    yield Talk(library)
    (library.folder / "feedback.jsonl").unlink(missing_ok=True)


def id_of(library: Library, title: str) -> DocumentId:
    return next(record.id for record in library.documents() if title in record.uri)


def act(talk: Talk, name: str, **more: Any) -> dict[str, Any]:
    answer = talk.act({"do": name, **more})
    assert json.loads(json.dumps(answer)) == answer
    return answer


def keep(talk: Talk, kind: str = "right", gold: object = None, **more: Any) -> dict[str, Any]:
    return act(talk, "keep", **{"kind": kind, "answered": True, "question": ASKED, "gold": gold, **more})


def selection(library: Library, words: str, text: str = LAKE) -> dict[str, Any]:
    """What the page sends when somebody has selected these words in the reader."""
    start = text.index(words)
    span = utf16(text, Span(start, start + len(words)))
    return {"document": id_of(library, "lake"), "span": [span.start, span.stop], "text": words}


def carried(library: Library, words: str) -> dict[str, Any]:
    """What the page sends of a quote that it was given."""
    document = library.document(id_of(library, "lake"))
    start = LAKE.index(words)
    return {"document": document.id, "sha": document.text_sha256, "span": [start, start + len(words)]}


def rows(library: Library) -> list[Any]:
    found = read_questions(library.folder / "feedback.jsonl")
    assert found.problems == ()
    return list(found.rows)


@pytest.mark.parametrize("words", ["in the reeds", "😀, they say", "👩‍👩‍👧", "here 👩‍👩‍👧.\n\nThe"])
def test_words_selected_in_the_reader_become_an_exact_place(talk: Talk, library: Library, words: str) -> None:
    kept = keep(talk, "wrong words", selection(library, words))
    (gold,) = rows(library)[0].golds
    assert (gold.text, gold.document) == (words, id_of(library, "lake"))
    assert LAKE[gold.start : gold.start + len(words)] == words
    assert (kept["gold"], kept["kept"]) == (words, 1)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, len(LAKE) - 1), length=st.integers(1, len(LAKE)))
def test_every_selection_is_its_exact_place_or_refused(talk: Talk, library: Library, start: int, length: int) -> None:
    span = Span(start, min(len(LAKE), start + length))
    units, words = utf16(LAKE, span), LAKE[span.start : span.stop]
    kept = keep(talk, "wrong place", {**selection(library, "lake"), "span": [units.start, units.stop], "text": words})
    assert ("error" in kept) == (not words.strip())
    if words.strip():
        row = next(row for row in rows(library) if row.id == kept["id"])
        assert row.golds[0].text == words.strip()
        assert LAKE[row.golds[0].start :].startswith(words.strip())
        act(talk, "withdraw", id=kept["id"])


def test_a_right_quote_is_kept_with_its_words_and_what_it_was_asked_with(talk: Talk, library: Library) -> None:
    chosen = {"documents": [id_of(library, "lake")], "folders": []}
    more: dict[str, Any] = {"history": ["What lies here?", " ", 3], "filter": chosen}
    id = keep(talk, gold=carried(library, "in the reeds"), **more)["id"]
    (row,) = rows(library)
    assert (row.id, row.question, row.answerable) == (id, ASKED, True)
    assert (row.history, row.documents) == (("What lies here?",), (id_of(library, "lake"),))
    assert (row.golds[0].text, row.golds[0].start) == ("in the reeds", LAKE.index("in the reeds"))


def test_a_judgement_is_changed_and_withdrawn(talk: Talk, library: Library) -> None:
    first = keep(talk, gold=carried(library, "in the reeds"))
    second = keep(talk, "not there", instead=first["id"])
    assert (first["kept"], second["kept"], second["gold"]) == (1, 1, "")
    (row,) = rows(library)
    assert (row.id, row.answerable, row.golds) == (second["id"], False, ())
    assert act(talk, "withdraw", id=second["id"]) == act(talk, "withdraw", id=second["id"]) == {"kept": 0}


NOWHERE: list[dict[str, Any]] = [
    {"document": "0" * 16},
    {"span": None},
    {"span": [5, 5]},
    {"span": [1, 2, 3]},
    {"span": ["1", "2"]},
    {"span": [True, 9]},
    {"span": [0, 10**9]},
    {"sha": "0" * 64},
    {"sha": None},
]


@pytest.mark.parametrize("wrong", NOWHERE)
def test_words_that_do_not_stand_there_are_refused(talk: Talk, library: Library, wrong: dict[str, Any]) -> None:
    answer = keep(talk, gold={**carried(library, "in the reeds"), **wrong})
    assert len(answer["error"].split()) > 4
    assert not (library.folder / "feedback.jsonl").exists()


@pytest.mark.parametrize("wrong", [{"text": "in the weeds"}, {"text": None}, {"span": [8, 9]}, {"span": [0, 10**6]}])
def test_a_selection_that_does_not_fit_is_refused(talk: Talk, library: Library, wrong: dict[str, Any]) -> None:
    assert "error" in keep(talk, "wrong words", {**selection(library, "in the reeds"), **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "splendid"}, {"kind": ["right"]}, {"answered": "yes"}, {"question": " "}, {"question": 7},
        {"question": "x" * 9_000}, {"gold": None}, {"filter": {"documents": ["gone"]}}, {"history": ["half \ud800"]},
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_answered_with_a_sentence(talk: Talk, library: Library, wrong: dict[str, Any]) -> None:
    answer = keep(talk, **{"gold": carried(library, "in the reeds"), **wrong})
    assert len(answer["error"].split()) > 4
    assert not (library.folder / "feedback.jsonl").exists()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.sampled_from(["keep", "marks", "standing"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["do", "quotes", "document", "span", "gold", "filter", "kind", "id"]), inner),
    max_leaves=9,
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=ANYTHING)
def test_whatever_a_page_sends_is_answered(talk: Talk, sent: object) -> None:
    assert isinstance(talk.act(sent), dict)


def test_old_quotes_are_known_by_their_document_and_its_text(talk: Talk, library: Library) -> None:
    good = {**carried(library, "in the reeds"), "uri": library.document(id_of(library, "lake")).uri}
    quotes = [good, {**good, "sha": "0" * 64}, {**good, "document": "0" * 16}, {**good, "document": "0", "uri": "x"}, 7]
    standing = act(talk, "standing", quotes=quotes)["standing"]
    assert standing[0] == ""
    assert ["changed" in sentence for sentence in standing[1:]] == [True, True, False, False]
    assert all("not in the library" in sentence for sentence in standing[3:])


def test_marks_are_made_anew_for_quotes_that_still_stand(talk: Talk, library: Library) -> None:
    quote = {"number": 2, **carried(library, "the reeds of the lake"), "highlight": carried(library, "reeds")["span"]}
    stale = {**quote, "number": 3, "sha": "0" * 64}
    for bad in ({"number": "2"}, {"span": None}, {"document": None}, {"sha": None}):
        assert act(talk, "marks", quotes=[{**quote, **bad}]) == {"marks": {}}
    marks = act(talk, "marks", quotes=[quote, stale])["marks"]
    pieces = [piece for drawn in marks[quote["document"]]["paragraphs"].values() for piece in drawn]
    assert "".join(piece["text"] for piece in pieces if 2 in piece["quotes"]) == "the reeds of the lake"
    assert "".join(piece["text"] for piece in pieces if piece["highlight"]) == "reeds"
    assert not any(3 in piece["quotes"] for piece in pieces)


def test_an_act_that_nobody_knows_is_told(talk: Talk) -> None:
    sents: list[object] = [None, "keep", [], {}, {"do": "drop"}, {"do": ["keep"]}]
    for sent in sents:
        assert "reload the page" in talk.act(sent)["error"]


def record(name: str, uri: str, passages: int = 2) -> DocumentRecord:
    return DocumentRecord(DocumentId(name), name.upper(), uri, 10, passages, "", "", "")


SHELF = (
    record("a", "file:///home/x/docs/one/a.txt"),
    record("b", "file:///home/x/docs/one/deep/b.txt", 3),
    record("c", "file:///home/x/docs/two%20%C3%A9/c.txt", 5),
    record("d", "upload:d.txt"),
    record("e", "https://example.org/one/e.html"),
)


def test_folders_come_from_where_documents_came_from() -> None:
    assert [folder_of(one) for one in SHELF] == [
        "home/x/docs/one", "home/x/docs/one/deep", "home/x/docs/two é", "", "example.org/one",
    ]  # fmt: skip
    folders = {folder["path"]: (folder["label"], folder["amount"]) for folder in choices_view(SHELF)["folders"]}
    assert folders == {
        "example.org/one": ("example.org/one", "1 document"),
        "home/x/docs": ("docs", "3 documents"),
        "home/x/docs/one": ("docs/one", "2 documents"),
        "home/x/docs/one/deep": ("deep", "1 document"),
        "home/x/docs/two é": ("two é", "1 document"),
    }
    (deep,) = choices_view(SHELF[:2])["folders"]
    assert (deep["path"], deep["label"]) == ("home/x/docs/one/deep", "deep")
    assert choices_view(SHELF[3:4])["folders"] == choices_view(())["folders"] == []


@pytest.mark.parametrize(
    ("sent", "documents", "extent"),
    [
        ({"documents": ["c"]}, ("c",), "5 passages in 1 of 5 documents"),
        ({"folders": ["home/x/docs/one"]}, ("a", "b"), "5 passages in 2 of 5 documents"),
        ({"folders": ["home/x/docs"], "documents": ["d", "a"]}, tuple("abcd"), "12 passages in 4 of 5 documents"),
        ({"documents": ["gone", "a", 7, None]}, ("a",), "2 passages in 1 of 5 documents"),
    ],
)
def test_what_is_chosen_is_searched(sent: object, documents: tuple[str, ...], extent: str) -> None:
    scope = scope_of(sent, SHELF)
    assert scope is not None
    assert (scope.documents, scope.extent) == (documents, extent)


@pytest.mark.parametrize("sent", [None, {}, [], "a", {"documents": []}, {"documents": "a"}, {"folders": [3]}])
def test_nothing_chosen_is_everything(sent: object) -> None:
    assert scope_of(sent, SHELF) is None


@pytest.mark.parametrize("sent", [{"documents": ["gone"]}, {"folders": ["home/x/doc", "one"]}])
def test_a_choice_of_which_nothing_is_left_is_told(sent: object) -> None:
    with pytest.raises(BadRequest, match="choose others"):
        scope_of(sent, SHELF)
