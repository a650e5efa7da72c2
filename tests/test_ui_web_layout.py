"""Laws of the layout: whatever is read, no character is lost, and marks end where quotes end."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, Mark, Span, document_id, sha256_of_text
from quoth.ui.layout import Place, cut, document_view, marked_paragraphs
from quoth.ui.paragraphs import LONGEST_STRETCH, paragraph_at, paragraphs

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
    numbers = [paragraph.number for paragraph in laid_out if paragraph.number and not paragraph.continued]
    assert numbers == list(range(1, len(numbers) + 1))
    for paragraph in laid_out:
        assert paragraph.start < paragraph.stop
        assert paragraph_at(whole, paragraph.start) == paragraph_at(whole, paragraph.stop - 1) == paragraph


@settings(deadline=None)
@given(marked())
def test_marked_pieces_are_exactly_the_quotes(case: tuple[Document, list[Place]]) -> None:
    whole, places = case
    marks = marked_paragraphs(whole, places)
    drawn = marks["paragraphs"]
    pieces = [piece for position in sorted(drawn, key=int) for piece in drawn[position]]
    for place in places:
        mine = [piece for piece in pieces if place.number in piece["quotes"]]
        assert "".join(piece["text"] for piece in mine) == whole.text[place.span.start : place.span.stop]
        told = marks["places"][str(place.number)]
        assert whole.text[told["start"] : told["stop"]] == "".join(piece["text"] for piece in mine)
        assert told["page"] == whole.page_at(place.span.start)
    assert len(marks["places"]) == len(places)
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
        {"number": 1, "text": "Title\n", "heading": True, "continued": False, "page": 1},
        {"number": 2, "text": "first line\n", "heading": False, "continued": False, "page": None},
        {"number": 3, "text": "second page", "heading": False, "continued": False, "page": 2},
    ]


def test_only_documents_that_can_be_drawn_have_pages_to_show() -> None:
    text = document("one\ntwo", (Mark(0, "page", "1"), Mark(4, "page", "2")))
    assert document_view(text)["pages"] == 0
    assert document_view(replace(text, extractor="pdf/pypdfium2-5"))["pages"] == 2


class TestStretches:
    """What is too long to be laid out as one comes in several, and still is one paragraph."""

    def check(self, text: str, longest: int = LONGEST_STRETCH) -> list[str]:
        laid_out = paragraphs(document(text))
        found = [text[part.start : part.stop] for part in laid_out]
        assert "".join(found) == text
        assert max(map(len, found)) <= longest
        assert {part.number for part in laid_out} == {1}
        assert [part.continued for part in laid_out] == [False, *[True] * (len(laid_out) - 1)]
        return found

    def test_a_long_line_ends_after_spaces(self) -> None:
        found = self.check("word " * 5_000 + "end")
        assert all(part.endswith(" ") for part in found[:-1])
        assert min(map(len, found[:-1])) >= LONGEST_STRETCH // 2

    def test_many_short_lines_end_at_lines(self) -> None:
        found = self.check("a line of a log, as they are\n" * 2_000)
        assert all(part.endswith("\n") for part in found)

    def test_a_line_without_spaces_is_cut_shorter(self) -> None:
        self.check("x" * 50_000, 1_000)

    def test_no_character_is_cut_in_two(self) -> None:
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
        found = self.check(family * 2_000, 1_000)
        assert all(len(part) % len(family) == 0 for part in found)

    def test_only_the_first_carries_the_number(self) -> None:
        shown: list[dict[str, object]] = document_view(document("word " * 2_000))["paragraphs"]  # type: ignore[assignment]
        assert [(part["number"], part["continued"]) for part in shown] == [(1, False), (0, True), (0, True)]

    def test_a_quote_over_a_cut_is_marked_on_both_sides(self) -> None:
        whole = document("word " * 2_000)
        edge = paragraphs(whole)[0].stop
        marks = marked_paragraphs(whole, [Place(1, Span(edge - 7, edge + 9), None)])
        assert list(marks["paragraphs"]) == ["0", "1"]

    @settings(deadline=None, max_examples=20)
    @given(unit=TEXTS, count=st.integers(50, 400))
    def test_whatever_is_long_is_cut(self, unit: str, count: int) -> None:
        text = unit * count
        laid_out = paragraphs(document(text))
        assert "".join(text[part.start : part.stop] for part in laid_out) == text
        assert all(part.stop - part.start <= LONGEST_STRETCH for part in laid_out)
