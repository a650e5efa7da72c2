"""How a document is laid out for reading: paragraphs that lose no character, in pieces that end where marks do.

The browser counts UTF-16 units and Python counts code points. So that no offset ever has to be translated, texts are
cut here and the browser only joins the pieces: joining all pieces of all paragraphs in order gives back the document.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TypedDict

from quoth.corpus import Document, Span

__all__ = [
    "Paragraph",
    "ParagraphView",
    "Piece",
    "Place",
    "cut",
    "document_view",
    "marked_paragraphs",
    "paragraph_at",
    "paragraphs",
]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_LONG_LINE = 120
"""Characters; nobody wraps text by hand at more, so a longer line is a paragraph of its own."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Characters `start` to `stop` of a document, line ends included; `number` is 1-based, 0 for mere white space."""

    start: int
    stop: int
    number: int
    heading: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A quote to be marked in its document: the `number` it has in the answer, its span and the words that answer."""

    number: int
    span: Span
    highlight: Span | None


class Piece(TypedDict):
    """A run of characters under the same marks: the numbers of the quotes that hold it; is it a highlight?"""

    text: str
    quotes: list[int]
    highlight: bool


class ParagraphView(TypedDict):
    """A paragraph as the browser gets it; `page` is set where a page begins."""

    number: int
    text: str
    heading: bool
    page: int | None


@lru_cache(maxsize=16)  # the document of a conversation is asked for again and again
def paragraphs(document: Document) -> tuple[Paragraph, ...]:
    """The paragraphs of `document` in order; they touch, the first starts at 0, the last stops at its end.

    A blank line ends a paragraph, and so does the end of a line of more than 120 characters: such a line was not
    wrapped by hand. Where a page or a heading begins a paragraph begins, and a heading ends with its line.
    """
    headings = {mark.start for mark in document.marks if mark.kind == "heading"}
    breaks = headings | {mark.start for mark in document.marks if mark.kind == "page"}
    found: list[Paragraph] = []
    number = 0
    for start, stop in _blocks(document.text, breaks, headings):
        spoken = bool(document.text[start:stop].strip())
        number += spoken
        found.append(Paragraph(start, stop, number if spoken else 0, start in headings))
    return tuple(found)


def paragraph_at(document: Document, offset: int) -> Paragraph:
    """The paragraph that holds the character at `offset`."""
    laid_out = paragraphs(document)
    return laid_out[max(0, bisect_right(laid_out, offset, key=lambda paragraph: paragraph.start) - 1)]


def cut(text: str, start: int, stop: int, places: Iterable[Place]) -> list[Piece]:
    """`text[start:stop]` in pieces, a new one wherever a quote or a highlight of `places` begins or ends."""
    near = [place for place in places if place.span.start < stop and place.span.stop > start]
    edges = {start, stop}
    for place in near:
        for span in (place.span, place.highlight):
            if span is not None:
                edges |= {min(max(span.start, start), stop), min(max(span.stop, start), stop)}
    ordered = sorted(edges)
    return [_piece(text, left, right, near) for left, right in pairwise(ordered)]


def document_view(document: Document) -> dict[str, object]:
    """The whole document for the reader: what it is called, and every paragraph with its exact characters."""
    laid_out = paragraphs(document)
    pages = {mark.start: int(mark.label) for mark in document.marks if mark.kind == "page"}
    count = sum(1 for paragraph in laid_out if paragraph.number)
    return {
        "id": document.id,
        "title": document.title,
        "summary": f"{len(document.text.split()):,} words · {count:,} paragraph{'' if count == 1 else 's'}",
        "paragraphs": [
            ParagraphView(
                number=paragraph.number,
                text=document.text[paragraph.start : paragraph.stop],
                heading=paragraph.heading,
                page=pages.get(paragraph.start),
            )
            for paragraph in laid_out
        ],
    }


def marked_paragraphs(document: Document, places: Iterable[Place]) -> Mapping[str, list[Piece]]:
    """The paragraphs that hold any of `places`, in pieces; the key is the paragraph's position, as JSON has it."""
    known = tuple(places)
    return {
        str(position): cut(document.text, paragraph.start, paragraph.stop, known)
        for position, paragraph in enumerate(paragraphs(document))
        if any(place.span.start < paragraph.stop and place.span.stop > paragraph.start for place in known)
    }


def _blocks(text: str, breaks: set[int], headings: set[int]) -> Iterator[tuple[int, int]]:
    """Start and stop of each paragraph."""
    inside = sorted(breaks)
    first = 0
    closed = False  # the block has ended, only blank lines may still join it
    for line in _LINE.finditer(text):
        start, stop = line.span()
        blank = not line.group().strip()
        long = stop - start > _LONG_LINE
        for edge in inside[bisect_right(inside, start) : bisect_left(inside, stop)]:
            yield first, edge  # a page that begins in the middle of a line
            first = edge
        if start > first and (start in breaks or (not blank and (closed or long))):
            yield first, start
            first = start
        closed = blank or long or start in headings
    if first < len(text):
        yield first, len(text)


def _piece(text: str, left: int, right: int, places: Iterable[Place]) -> Piece:
    holding = [place for place in places if place.span.start <= left and right <= place.span.stop]
    spans = [place.highlight for place in holding if place.highlight is not None]
    return Piece(
        text=text[left:right],
        quotes=[place.number for place in holding],
        highlight=any(span.start <= left and right <= span.stop for span in spans),
    )
