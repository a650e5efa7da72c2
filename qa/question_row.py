"""One question of a file with what is known of its answer. Wrong rows cannot be built: the error says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from quoth.corpus import BadQuestion

from .reports import Refused
from .wording import checked_question

__all__ = ["Gold", "QuestionFile", "QuestionRow", "check_whole"]

_OURS = re.compile(r"#\d+")


@dataclass(frozen=True, slots=True)
class Gold:
    """A right answer: words anywhere, words in a `document`, words at `start`, or only the document that answers.

    `document` is an id, a file name, a stem or a title; `start` (and `stop`, for a place given without its words) are
    code points into its text, or into `within`, a paragraph of it that stands somewhere in the library. `grade` is how
    relevant the document is, as the ranking measures count it.
    """

    text: str
    document: str | None
    start: int | None
    stop: int | None = None
    within: str = ""
    grade: int = 1

    def __post_init__(self) -> None:
        for words in (self.text, self.document or "", self.within):
            check_whole(words, "an answer")
        if self.document is not None and not self.document.strip():
            raise ValueError("an answer's document has no name; leave it out or name it")
        if not self.text.strip() and (self.text or not self.document):
            raise ValueError("an answer has no text; leave it out, or give its text")
        if self.start is not None and not self.document and not self.within:
            raise ValueError(f"an answer starts at {self.start}, but in no document; name the document")
        if self.grade < 1:
            raise ValueError(f"a relevant document has a grade of 1 or more, not {self.grade}")
        self._check_place()

    def _check_place(self) -> None:
        if self.start is None:
            if self.stop is not None or self.within:
                raise ValueError("an answer has a stop or a paragraph, but no start")
            return
        stop = self.start + len(self.text) if self.stop is None else self.stop
        if not 0 <= self.start < stop:
            raise ValueError(f"an answer cannot stand from {self.start} to {stop}")
        if self.text and stop - self.start != len(self.text):
            raise ValueError(f"an answer from {self.start} to {stop} cannot have {len(self.text)} characters")
        if self.within and self.within[self.start : stop] != (self.text or self.within[self.start : stop]):
            raise ValueError(f"the answer {self.text[:40]!r} does not stand at {self.start} of its paragraph")


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question, its gold answers (any of them is right) and whether there is one; None when nobody says.

    `line` counts from 1: the line of a text file, the row of a sheet, the question of a nested file. `history` holds
    the earlier questions of the conversation, oldest first; `documents`, unless empty, names the only ones to search.
    """

    line: int
    id: str | int | None
    question: str
    golds: tuple[Gold, ...]
    answerable: bool | None
    history: tuple[str, ...]
    documents: tuple[str, ...]

    def __post_init__(self) -> None:
        try:
            checked_question(self.question)
        except BadQuestion as error:
            raise ValueError(str(error)) from error
        for words in (*self.history, *self.documents, str(self.id)):
            check_whole(words, "the row")
        if _OURS.fullmatch(str(self.id)):
            raise ValueError(f"the id {self.id!r} is one that Quoth gives to rows without one; call it something else")
        if not all(turn.strip() for turn in self.history):
            raise ValueError("a question of the history is empty")
        if self.answerable is False and any(gold.text or gold.start is not None for gold in self.golds):
            raise ValueError("it is said not to be answerable, and yet has an answer; take out one of the two")

    @property
    def key(self) -> str:
        """What names this row in its file: its id or, where it has none, `#` and its line."""
        return f"#{self.line}" if self.id is None else str(self.id)


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """All usable rows in the order of the file, and everything that could not be used, with its line and the reason."""

    rows: Sequence[QuestionRow]
    problems: tuple[Refused, ...]


def check_whole(words: str, where: str) -> None:
    """Raises ValueError for half characters, which no UTF-8 file can hold."""
    if any("\ud800" <= character <= "\udfff" for character in words):
        raise ValueError(f"{where} holds half a character (a lone surrogate); type it again")
