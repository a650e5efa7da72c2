"""The other places of the same words: every one, in order, whatever the words are; how far was looked is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, Span
from quoth.qa import Library
from quoth.ui import same_words as module
from quoth.ui.same_words import same_words, same_words_view
from small_library import small_library

WORDS = "The lamp was lit."
TEXTS = {
    "a.txt": f"{WORDS} Then nothing. {WORDS} And again: {WORDS}",
    "b.txt": f"Somebody wrote: {WORDS}",
    "c.txt": "the lamp was lit. Nothing else.",
    "d.txt": "Short.",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with small_library(tmp_path_factory.mktemp("same") / "library", TEXTS) as library:
        yield library


def of(library: Library, title: str) -> Document:
    (id,) = (record.id for record in library.documents() if record.title == title)
    return library.document(id)


def place(text: str, number: int, words: str = WORDS) -> Span:
    start = -1
    for _ in range(number):
        start = text.index(words, start + 1)
    return Span(start, start + len(words))


def test_every_place_is_found_its_own_document_first(library: Library) -> None:
    document = of(library, "A")
    found = same_words(library, document, place(document.text, 2))
    assert (found.own, found.total, found.everywhere, found.cut) == (2, 4, True, False)
    assert list(found.places) == [document.id, of(library, "B").id]
    for id, spans in found.places.items():
        assert all(library.document(id).text[span.start : span.stop] == WORDS for span in spans)


def test_the_view_numbers_the_places_and_marks_them(library: Library) -> None:
    document = of(library, "A")
    view = same_words_view(library, document, place(document.text, 2))
    assert [one["number"] for one in view["places"]] == [1, 2, 3, 4]
    assert view["places"][3]["title"] == "B"
    assert view["sentence"] == "The same words stand in 3 places of this document and in 1 other document."
    for one in view["places"]:
        marks = view["marks"][one["document"]]
        told = marks["places"][str(one["number"])]
        assert library.document(one["document"]).text[told["start"] : told["stop"]] == WORDS
        pieces = [piece for parts in marks["paragraphs"].values() for piece in parts]
        assert "".join(piece["text"] for piece in pieces if one["number"] in piece["quotes"]) == WORDS


def test_words_that_stand_once_have_no_sentence(library: Library) -> None:
    document = of(library, "D")
    view = same_words_view(library, document, Span(0, 6))
    assert (view["own"], view["total"], view["sentence"]) == (1, 1, "")


def test_another_document_alone_is_said(library: Library) -> None:
    document = of(library, "B")
    view = same_words_view(library, document, place(document.text, 1))
    assert view["sentence"] == "The same words stand here and in 1 other document."
    assert (view["own"], view["total"]) == (1, 4)


@settings(deadline=None, max_examples=60)
@given(data=st.data(), text=st.text("ab ", min_size=1, max_size=80).filter(str.strip))
def test_places_are_all_there_are_and_overlap(
    data: st.DataObject, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with small_library(tmp_path_factory.mktemp("one") / "library", {"a.txt": text}) as library:
        document = library.document(library.documents()[0].id)
        start = data.draw(st.integers(0, len(text) - 1))
        span = Span(start, data.draw(st.integers(start + 1, min(len(text), start + 4))))
        words = text[span.start : span.stop]
        found = same_words(library, document, span)
        expected = [Span(at, at + len(words)) for at in range(len(text)) if text.startswith(words, at)]
        assert list(found.places[document.id]) == expected
        assert expected[found.own - 1] == span


def test_no_more_than_a_hundred_places_are_given_and_its_own_is_one_of_them(tmp_path: Path) -> None:
    text = "x y " * 500
    with small_library(tmp_path / "library", {"a.txt": text, "b.txt": f"{text}."}) as library:
        document = of(library, "A")
        view = same_words_view(library, document, Span(1996, 1997))
        assert (view["total"], view["own"]) == (100, 100)
        assert view["marks"][document.id]["places"]["100"]["start"] == 1996
        assert view["sentence"].endswith("More places are not shown.")


def test_a_large_library_is_looked_through_where_the_words_are_nearest(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_CHARACTERS", 10)
    document = of(library, "A")
    view = same_words_view(library, document, place(document.text, 1))
    assert view["total"] == 4
    assert view["sentence"].endswith("Not the whole library was looked through.")
