"""Golds found in a library: by every name, as words, words in a document, and exact offsets; what fails says why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import Document, DocumentId, Span
from quoth.qa import DocumentRecord
from quoth.qa.golds import FoundGold, Golds, Place, Task
from quoth.qa.naming import DocumentNames, file_of
from quoth.qa.questions import Gold, QuestionRow, read_questions
from strategies import document_of, visible_texts

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
BRIDGE = "The bridge opened in May 1901. It fell in 1907. A new one opened in 1917."


def record(document: Document, uri: str) -> DocumentRecord:
    hashes = document.file_sha256, document.text_sha256
    return DocumentRecord(document.id, document.title, uri, len(document.text), 1, *hashes, document.extractor)


def golds_of(*documents: tuple[Document, str]) -> Golds:
    texts = {document.id: document for document, _ in documents}
    return Golds(DocumentNames(record(*pair) for pair in documents), list(texts), lambda id: texts[id])


bridge = document_of(BRIDGE, title="Bridges of Québec")
tower = document_of("The tower opened in 1901.", title="Towers")
LIBRARY = golds_of((bridge, "file:///data/north/bridge%20one.txt"), (tower, "upload:tower.txt"))


def task(*golds: Gold, answerable: bool | None = True, documents: Sequence[str] = (), library: Golds = LIBRARY) -> Task:
    return library.task(QuestionRow(1, None, "When?", golds, answerable, (), tuple(documents)))


def place(document: Document, words: str, at: int = 0) -> Place:
    start = document.text.index(words, at)
    return Place(document.id, Span(start, start + len(words)))


# Names


@pytest.mark.parametrize(
    "name",
    ["bridge one.txt", "bridge one", "north/bridge one.txt", "/mnt/x/north/bridge one.txt", "north\\bridge one.txt",
     "elsewhere/bridge one.txt", "Bridges of Québec", bridge.id],
)  # fmt: skip
def test_every_name_of_a_document(name: str) -> None:
    assert task(Gold("", name, None)).golds == (FoundGold("", bridge.id, (), 1),)


def test_a_name_that_is_none_and_one_that_is_two() -> None:
    twice = golds_of((bridge, "file:///a/x.txt"), (tower, "file:///b/x.txt"))
    for name, said in (("y.txt", "no document of the library"), ("x.txt", "can mean 2"), ("c/x.txt", "can mean 2")):
        (problem,) = task(Gold("", name, None), library=twice).problems
        assert said in problem
    assert task(Gold("", "b/x.txt", None), library=twice).golds[0].document == tower.id


def test_a_file_name_goes_before_another_documents_title() -> None:
    library = golds_of((bridge, "file:///a/Towers"), (tower, "file:///a/t.txt"))
    assert task(Gold("", "Towers", None), library=library).golds[0].document == bridge.id


@pytest.mark.parametrize(
    ("uri", "name"),
    [("file:///a/b%20c.txt", "b c.txt"), ("upload:b%20c.txt", "b%20c.txt"), ("upload:a\\b.txt", "b.txt")],
)
def test_the_file_of_a_document(uri: str, name: str) -> None:
    assert file_of(record(tower, uri)).name == name


# Golds


def test_words_alone_are_looked_for_in_quotes_and_nowhere_else() -> None:
    assert task(Gold("nowhere at all", None, None)).golds == (FoundGold("nowhere at all", None, (), 1),)


def test_words_in_a_document_stand_wherever_they_are() -> None:
    (found,) = task(Gold("opened in", "bridge one", None)).golds
    assert found.places == (place(bridge, "opened in"), place(bridge, "opened in", 20))
    assert found.text == "opened in"


def test_exact_offsets_with_and_without_words() -> None:
    start = BRIDGE.index("1907")
    same = FoundGold("1907", bridge.id, (place(bridge, "1907"),), 1)
    assert task(Gold("1907", "bridge one", start)).golds == (same,)
    assert task(Gold("", "bridge one", start, start + 4)).golds == (same,)


@pytest.mark.parametrize("titled", ["Bridges of Québec", "1907_bridge", None])
def test_offsets_into_a_paragraph_wherever_it_stands(titled: str | None) -> None:
    paragraph = "It fell in 1907. A new"
    (found,) = task(Gold("1907", titled, 11, within=paragraph)).golds
    assert (found.document, found.places) == (bridge.id, (place(bridge, "1907"),))


def test_a_paragraph_that_stands_twice_gives_two_places() -> None:
    again = document_of("Again. It fell in 1907.", title="Again")
    library = golds_of((bridge, "upload:a"), (again, "upload:b"))
    (found,) = task(Gold("1907", "unknown", 11, within="It fell in 1907."), library=library).golds
    assert {one.document for one in found.places} == {bridge.id, again.id}


@pytest.mark.parametrize(
    ("gold", "said"),
    [
        (Gold("1907", "bridge two", 0), "no document of the library is called 'bridge two'"),
        (Gold("1908", "bridge one", None), "does not stand in 'Bridges of Québec'"),
        (Gold("1907", "bridge one", 0), "does not stand at 0 of 'Bridges of Québec', where there is 'The '"),
        (Gold("1907", "bridge one", 5_000), "where there is ''"),
        (Gold("", "bridge one", 5_000, 5_004), "'the answer' does not stand at 5000"),
        (Gold("x", None, 0, within="x y z"), "stands in no document of the library"),
    ],
)
def test_a_gold_that_does_not_hold_is_a_problem_and_nothing_is_scored(gold: Gold, said: str) -> None:
    found = task(gold, Gold("May", "bridge one", None))
    assert found.golds == ()
    assert found.answerable is None
    (problem,) = found.problems
    assert said in problem


def test_the_same_problem_is_told_once() -> None:
    assert len(task(Gold("a", "nope", None), Gold("b", "nope", None)).problems) == 1


# Where to search


def test_the_documents_to_search_are_named_as_golds_are() -> None:
    assert task(documents=["bridge one", "Towers", "tower.txt"]).documents == (bridge.id, tower.id)
    assert task().documents is None
    assert task(answerable=False).answerable is False


def test_a_document_to_search_that_is_not_there() -> None:
    found = task(documents=["nope", "Towers"])
    assert found.documents == (tower.id,)
    assert len(found.problems) == 1


# Laws


@given(visible_texts, st.data())
def test_exact_offsets_hold_exactly_where_the_words_stand(text: str, data: st.DataObject) -> None:
    document = document_of(text)
    library = golds_of((document, "upload:a.txt"))
    start = data.draw(st.integers(0, len(text) - 1))
    stop = data.draw(st.integers(start + 1, len(text)))
    words = text[start:stop]
    gold = Gold(words, "a.txt", start) if words.strip() else Gold("", "a.txt", start, stop)
    (found,) = task(gold, library=library).golds
    assert found == FoundGold(words, document.id, (Place(document.id, Span(start, stop)),), 1)
    if words.strip():
        (anywhere,) = task(Gold(words, "a.txt", None), library=library).golds
        assert Place(document.id, Span(start, stop)) in anywhere.places
        assert all(text[one.span.start : one.span.stop] == words for one in anywhere.places)


spans = st.tuples(st.integers(0, 30), st.integers(1, 30)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))
places = st.builds(Place, st.sampled_from([DocumentId("a"), DocumentId("b")]), spans)


@given(places, places)
def test_covering_is_having_every_character(one: Place, other: Place) -> None:
    def characters(place: Place) -> set[tuple[str, int]]:
        return {(place.document, at) for at in range(place.span.start, place.span.stop)}

    assert one.covers(other) == (characters(other) <= characters(one))


def test_every_gold_of_the_public_articles_stands_where_it_says() -> None:
    folder = SHARED / "squad2_dev_a"
    if not folder.exists():
        pytest.skip("the public data is not here")
    paths = sorted((folder / "docs").glob("*.txt"))
    pairs = [(document_of(path.read_bytes().decode(), seed=path.stem), path.as_uri()) for path in paths]
    library = golds_of(*pairs)
    for row in read_questions(folder / "questions.jsonl").rows:
        assert library.task(row).problems == ()
