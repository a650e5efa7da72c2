"""The paragraphs of a text, by offset: a document is laid out in them, numbered by them, and loses no character.

Readers tell where pages and headings begin; where paragraphs do is seen by blank lines and by the length of lines.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from quoth.corpus import Document, best_cut

__all__ = ["LONGEST_STRETCH", "Paragraph", "paragraph_at", "paragraphs", "position_in"]

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_LONG_LINE = 120
"""Characters; nobody wraps text by hand at more, so a longer line is a paragraph of its own."""
LONGEST_STRETCH: Final = 4_000
"""Characters that a browser lays out as one; how long it takes grows faster than the length ..."""
_LONGEST_WORD: Final = 1_000
"""... and much faster where it finds no space to break a line at."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Characters `start` to `stop` of a document, line ends included; `number` is 1-based, 0 for mere white space.

    What is too long to be laid out as one comes in several, all of the same number; the later ones are `continued`.
    """

    start: int
    stop: int
    number: int
    heading: bool
    continued: bool


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
        for first, last in pairwise(_stretches(document.text, start, stop)):
            found.append(Paragraph(first, last, number if spoken else 0, start in headings, first > start))
    return tuple(found)


def paragraph_at(document: Document, offset: int) -> Paragraph:
    """The paragraph that holds the character at `offset`."""
    laid_out = paragraphs(document)
    return laid_out[position_in(laid_out, offset)]


def position_in(laid_out: Sequence[Paragraph], offset: int) -> int:
    """Which paragraph holds the character at `offset`, from 0."""
    return max(0, bisect_right(laid_out, offset, key=lambda paragraph: paragraph.start) - 1)


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


def _limit(text: str, start: int, stop: int) -> int:
    """How far a stretch that begins at `start` may go."""
    words = text[start : min(stop, start + LONGEST_STRETCH)].split(None, 1)
    return start + (LONGEST_STRETCH if len(words) > 1 else _LONGEST_WORD)


def _stretches(text: str, start: int, stop: int) -> Iterator[int]:
    """`start`, the offsets to cut between, best at ends of lines, and `stop`."""
    yield start
    while stop - start > _LONGEST_WORD and (limit := _limit(text, start, stop)) < stop:
        line_end = text.rfind("\n", (start + limit) // 2, limit)
        start = line_end + 1 if line_end >= 0 else best_cut(text, start, limit)
        yield start
    yield stop
