"""What the readers of structured formats share: building text with known offsets."""

from __future__ import annotations

import re

from .document import Mark

__all__ = ["TextBuilder"]

_VISIBLE = re.compile(r"\S")


class TextBuilder:
    """Collects a text piece by piece, so that the offset of everything in it is known and never searched for."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._marks: list[Mark] = []
        self._length = 0
        self._last = "\n"
        self._ends = ""

    def __len__(self) -> int:
        """Characters so far: the offset of what is added next."""
        return self._length

    @property
    def last(self) -> str:
        """The last character; a line end at the very beginning, where a new line has just begun too."""
        return self._last

    def add(self, piece: str) -> None:
        """Adds `piece` as it is."""
        if piece:
            self._pieces.append(piece)
            self._length += len(piece)
            self._last = piece[-1]
            bare = piece.rstrip("\n")
            self._ends = piece[len(bare) :] if bare else self._ends + piece

    def end_line(self, ends: str) -> None:
        """Adds what is missing for the text to end with the line ends `ends`; nothing at the very beginning."""
        if self._length and len(self._ends) < len(ends):
            self.add(ends[len(self._ends) :])

    def mark_page(self, number: int) -> None:
        """Page `number` (from 1) begins here."""
        self._marks.append(Mark(self._length, "page", str(number)))

    def mark_heading(self, start: int, label: str) -> None:
        """The heading `label` begins at `start` or behind the white space there; a label of white space is none."""
        if label := " ".join(label.split()):
            self._marks.append(Mark(start, "heading", label))

    def since(self, start: int) -> str:
        """The text from `start` on; the time it takes grows with what comes after `start` only."""
        at, first = self._length, len(self._pieces)
        while at > start:
            first -= 1
            at -= len(self._pieces[first])
        return "".join(self._pieces[first:])[start - at :]

    def text(self) -> str:
        """All of it."""
        return "".join(self._pieces)

    def marks(self) -> tuple[Mark, ...]:
        """The marks in order of their offsets; headings at their first visible character, if there is one."""
        text = self.text()
        marks: list[Mark] = []
        for mark in self._marks:
            if mark.kind == "page":
                marks.append(mark)
            elif found := _VISIBLE.search(text, mark.start):
                marks.append(Mark(found.start(), mark.kind, mark.label))
        return tuple(sorted(marks, key=lambda mark: mark.start))
