"""Laws of the layout: whatever is read, no character is lost, and marks end where quotes end."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, Mark, Span, document_id, sha256_of_text
from quoth.ui.layout import Place, cut, document_view, marked_paragraphs, paragraph_at, paragraphs

LETTERS = st.one_of(st.sampled_from("ab .\n\n\r\t😀é\u2028\u0301"), st.characters(codec="utf-8"))
TEXTS = st.text(LETTERS, min_size=1, max_size=300).filter(lambda text: bool(text.strip()))


def document(text: str, marks: tuple[Mark, ...] = ()) -> Document:
    sha = hashlib.sha256(text.encode()).hexdigest()
    return Document(document_id(sha), "A title", "file:///a.txt", text, marks, sha, sha256_of_text(text), "text/1")


@st.composite
def marked(draw: st.DrawFn) -> tuple[Document, list[Place]]:
    text = draw(TEXTS)
    offsets = sorted(draw(st.lists(st.integers(0, len(text)), max_size=5)))
    kinds = draw(st.lists(st.booleans(), min_size=len(offsets), max_size=len(offsets)))
    marks = tuple(
        Mark(start, "page", str(number)) if page else Mark(start, "heading", "A heading")
        for number, (start, page) in enumerate(zip(offsets, kinds, strict=True), start=1)
    )
    places = [Place(number, span, draw(inner(span))) for number, span in enumerate(draw(spans(len(text))), start=1)]
    return document(text, marks), places


def spans(length: int) -> st.SearchStrategy[list[Span]]:
    ends = st.tuples(st.integers(0, length), st.integers(0, length)).filter(lambda pair: pair[0] != pair[1])
    return st.lists(ends.map(lambda pair: Span(min(pair), max(pair))), max_size=4)


def inner(span: Span) -> st.SearchStrategy[Span | None]:
    ends = st.tuples(st.integers(span.start, span.stop), st.integers(span.start, span.stop))
    return st.none() | ends.filter(lambda pair: pair[0] != pair[1]).map(lambda pair: Span(min(pair), max(pair)))


@settings(deadline=None)
@given(marked())
def test_paragraphs_join_to_the_text(case: tuple[Document, list[Place]]) -> None:
    whole, _ = case
    laid_out = paragraphs(whole)
    assert "".join(whole.text[paragraph.start : paragraph.stop] for paragraph in laid_out) == whole.text
    numbers = [paragraph.number for paragraph in laid_out if paragraph.number]
    assert numbers == list(range(1, len(numbers) + 1))
    for paragraph in laid_out:
        assert paragraph.start < paragraph.stop
        assert paragraph_at(whole, paragraph.start) == paragraph_at(whole, paragraph.stop - 1) == paragraph


@settings(deadline=None)
@given(marked())
def test_marked_pieces_are_exactly_the_quotes(case: tuple[Document, list[Place]]) -> None:
    whole, places = case
    drawn = marked_paragraphs(whole, places)
    pieces = [piece for position in sorted(drawn, key=int) for piece in drawn[position]]
    for place in places:
        mine = [piece for piece in pieces if place.number in piece["quotes"]]
        assert "".join(piece["text"] for piece in mine) == whole.text[place.span.start : place.span.stop]
    for position, parts in drawn.items():
        paragraph = paragraphs(whole)[int(position)]
        assert "".join(piece["text"] for piece in parts) == whole.text[paragraph.start : paragraph.stop]


@settings(deadline=None)
@given(marked())
def test_a_highlight_is_marked_exactly(case: tuple[Document, list[Place]]) -> None:
    whole, places = case
    for place in places:
        pieces = cut(whole.text, place.span.start, place.span.stop, [place])
        assert "".join(piece["text"] for piece in pieces) == whole.text[place.span.start : place.span.stop]
        words = "".join(piece["text"] for piece in pieces if piece["highlight"])
        assert words == ("" if place.highlight is None else whole.text[place.highlight.start : place.highlight.stop])


LONG = "word " * 40


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\n\nthree\n", ["one\ntwo\n\n", "three\n"]),  # wrapped by hand: a blank line ends it
        (f"{LONG}\n{LONG}\n", [f"{LONG}\n", f"{LONG}\n"]),  # a long line is a paragraph
        (f"Title\n{LONG}\nend", ["Title\n", f"{LONG}\n", "end"]),
        ("\n \nfirst\r\n\r\nsecond", ["\n \n", "first\r\n\r\n", "second"]),
        ("alone", ["alone"]),
    ],
)
def test_what_a_paragraph_is(text: str, expected: list[str]) -> None:
    assert [text[part.start : part.stop] for part in paragraphs(document(text))] == expected


def test_a_heading_ends_with_its_line_and_a_page_begins_a_paragraph() -> None:
    text = "Title\nfirst line\nsecond page"
    whole = document(text, (Mark(0, "page", "1"), Mark(0, "heading", "Title"), Mark(17, "page", "2")))
    shown = document_view(whole)["paragraphs"]
    assert shown == [
        {"number": 1, "text": "Title\n", "heading": True, "page": 1},
        {"number": 2, "text": "first line\n", "heading": False, "page": None},
        {"number": 3, "text": "second page", "heading": False, "page": 2},
    ]
