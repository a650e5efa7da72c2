"""The room's types: wrong values cannot be built, and places in a text are found exactly."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, DocumentId, Mark, Passage, Span, UnreadableDocument
from strategies import document_of, documents, visible_texts

MARKS = (Mark(0, "page", "1"), Mark(5, "heading", "H"), Mark(11, "page", "2"))
DOCUMENT = document_of("One.\nTwo.\r\nThree.\rFour.", MARKS)


@settings(deadline=None)
@given(visible_texts, st.data())
def test_lines_are_counted_as_splitlines_with_its_three_common_ends(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text) - 1))
    before = text[:offset]
    line = document_of(text).line_at(offset)
    ends = before.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert line == ends + 1


def test_page_heading_and_line_of_a_place() -> None:
    places = [(DOCUMENT.page_at(at), DOCUMENT.heading_at(at), DOCUMENT.line_at(at)) for at in (0, 5, 11, 18)]
    assert places == [(1, None, 1), (1, "H", 2), (2, "H", 3), (2, "H", 4)]


def test_a_text_without_pages_has_none() -> None:
    assert document_of("Words.").page_at(0) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"text": " \n"},
        {"id": DocumentId("0" * 16)},
        {"id": DocumentId("short")},
        {"file_sha256": "x" * 64},
        {"text_sha256": ""},
        {"marks": (Mark(5, "heading", "b"), Mark(1, "heading", "a"))},
        {"marks": (Mark(10_000, "heading", "outside"),)},
    ],
)
def test_a_document_that_contradicts_itself_cannot_be_built(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        dataclasses.replace(DOCUMENT, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (2, 1), (-1, 3)])
def test_an_empty_span_cannot_be_built(start: int, stop: int) -> None:
    with pytest.raises(ValueError, match=f"{start} and {stop}"):
        Span(start, stop)


@pytest.mark.parametrize(
    ("ordinal", "start", "stop", "text"),
    [(-1, 0, 1, "a"), (0, 0, 2, "a"), (0, 0, 0, ""), (0, -1, 0, "a")],
)
def test_a_passage_that_does_not_fit_its_text_cannot_be_built(ordinal: int, start: int, stop: int, text: str) -> None:
    with pytest.raises(ValueError):
        Passage(DOCUMENT.id, ordinal, start, stop, text)


def test_marks_know_what_they_are() -> None:
    with pytest.raises(ValueError, match="needs a number"):
        Mark(0, "page", "iv")
    with pytest.raises(ValueError, match="cannot start at -1"):
        Mark(-1, "heading", "x")


def test_values_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        DOCUMENT.text = "other"  # type: ignore[misc]


@settings(deadline=None)
@given(documents())
def test_the_last_mark_at_or_before_a_place_counts(document: Document) -> None:
    for mark in document.marks:
        last = [each.label for each in document.marks if each.kind == mark.kind and each.start <= mark.start][-1]
        found = document.heading_at(mark.start) if mark.kind == "heading" else str(document.page_at(mark.start))
        assert found == last


def test_an_unreadable_document_says_its_name_first() -> None:
    error = UnreadableDocument("a.pdf", "it is broken; mend it")
    assert (str(error), error.name, error.reason) == ("a.pdf: it is broken; mend it", "a.pdf", "it is broken; mend it")
