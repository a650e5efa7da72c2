"""How a document is laid out for reading: paragraphs that lose no character, in pieces that end where marks do.

The browser counts UTF-16 units and Python counts code points. So that no offset ever has to be translated, texts are
cut here and the browser only joins the pieces: joining all pieces of all paragraphs in order gives back the document.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TypedDict

from quoth.corpus import Document, Span, has_pages

from .paragraphs import paragraphs, position_in

__all__ = [
    "Marks",
    "ParagraphView",
    "Piece",
    "Place",
    "PlaceView",
    "cut",
    "document_view",
    "marked_paragraphs",
]


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
    """A paragraph as the browser gets it; `page` is set where a page begins, `number` is 0 where it is continued."""

    number: int
    text: str
    heading: bool
    continued: bool
    page: int | None


class PlaceView(TypedDict):
    """Where a marked place stands, in code points, and on which page; the browser only hands these numbers back."""

    start: int
    stop: int
    page: int | None


class Marks(TypedDict):
    """The paragraphs that hold marked places, in pieces, by their position; the places by their number."""

    paragraphs: dict[str, list[Piece]]
    places: dict[str, PlaceView]


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
    """The whole document for the reader: what it is called, and every paragraph with its exact characters.

    `pages` counts those that there may be pictures of.
    """
    laid_out = paragraphs(document)
    pages = {mark.start: int(mark.label) for mark in document.marks if mark.kind == "page"}
    count = max(paragraph.number for paragraph in laid_out)
    return {
        "id": document.id,
        "title": document.title,
        "summary": f"{len(document.text.split()):,} words · {count:,} paragraph{'' if count == 1 else 's'}",
        "pages": len({mark.label for mark in document.marks if mark.kind == "page"}) if has_pages(document) else 0,
        "paragraphs": [
            ParagraphView(
                number=0 if paragraph.continued else paragraph.number,
                text=document.text[paragraph.start : paragraph.stop],
                heading=paragraph.heading,
                continued=paragraph.continued,
                page=pages.get(paragraph.start),
            )
            for paragraph in laid_out
        ],
    }


def marked_paragraphs(document: Document, places: Iterable[Place]) -> Marks:
    """The paragraphs that hold any of `places`, in pieces, and the places themselves; keys are as JSON has them."""
    known, laid_out = tuple(places), paragraphs(document)
    held: set[int] = set()
    for place in known:
        held.update(range(position_in(laid_out, place.span.start), position_in(laid_out, place.span.stop - 1) + 1))
    return Marks(
        paragraphs={str(at): cut(document.text, laid_out[at].start, laid_out[at].stop, known) for at in sorted(held)},
        places={
            str(place.number): PlaceView(
                start=place.span.start, stop=place.span.stop, page=document.page_at(place.span.start)
            )
            for place in known
        },
    )


def _piece(text: str, left: int, right: int, places: Iterable[Place]) -> Piece:
    holding = [place for place in places if place.span.start <= left and right <= place.span.stop]
    spans = [place.highlight for place in holding if place.highlight is not None]
    return Piece(
        text=text[left:right],
        quotes=[place.number for place in holding],
        highlight=any(span.start <= left and right <= span.stop for span in spans),
    )
