"""What has been answered so far, a line a question: an interrupted run goes on from there.

A line is given to the system at once, so a process that dies loses none; it is synced within a second or so, so a power
cut costs little more than the last second's answers. A sync for each would cost more than many an answer does.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from itertools import takewhile
from pathlib import Path
from typing import IO, Any

from quoth.corpus import BadRequest, sync, whole_text, write_whole

from .manifest import same_inputs
from .ranking import Judged
from .scoring import Scored

__all__ = ["Entry", "Journal", "Lines", "whole"]

_BROKEN = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
_SYNCED_EVERY = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Entry:
    """A question answered: its answer record, what it scored, and both rankings. `key` names its row in the file;
    `golds` are the first of its gold answers, to be shown.
    """

    key: str
    line: int
    answerable: bool | None
    golds: tuple[str, ...]
    problems: tuple[str, ...]
    record: Mapping[str, Any]
    scored: Scored
    documents: Judged
    passages: Judged

    def to_line(self) -> str:
        """One line of JSON, without its end."""
        shallow = {field.name: getattr(self, field.name) for field in fields(self)}
        parts = {name: asdict(shallow[name]) for name in ("scored", "documents", "passages")}
        return dump(shallow | parts)  # not `asdict` of it all: the record, the largest part, is JSON already

    @classmethod
    def of_line(cls, line: str | bytes) -> Entry:
        """The entry that `to_line` wrote, number for number."""
        values = json.loads(line)
        for name in ("documents", "passages"):
            ranking = tuple((found, score) for found, score in values[name]["ranking"])
            values[name] = Judged(ranking, values[name]["relevant"])
        values["scored"] = Scored(**values["scored"])
        values |= {name: tuple(values[name]) for name in ("golds", "problems")}
        return cls(**values)


class Lines:
    """The end of a journal; what is written is on disk a second later, or when another line is written after that."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._synced = time.monotonic()

    def write(self, line: str) -> None:
        """Put a whole line there. Raises OSError."""
        self._file.write(line)
        if time.monotonic() - self._synced >= _SYNCED_EVERY:
            self.sync()

    def sync(self) -> None:
        """All of them are on disk when this returns. Raises OSError."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()


class Journal:
    """The unfinished run in a folder: a line with its inputs, then an entry a line in the order of the questions."""

    NAME = "unfinished.jsonl"

    def __init__(self, folder: Path) -> None:
        self._path = folder / self.NAME

    def exists(self) -> bool:
        """Whether there is an unfinished run."""
        return self._path.exists()

    def begin(self, inputs: Mapping[str, Any]) -> int:
        """How many questions are answered already; a new journal where there is none.

        Raises BadRequest or LibraryMismatch when the unfinished run was another one.
        """
        lines = self._lines()
        first = next(lines, None)
        if first is None:
            write_whole(self._path, f"{dump(inputs)}\n".encode())
            return 0
        try:
            before = json.loads(first)
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"{self._path} is damaged ({error}); delete it to start anew.") from error
        same_inputs(before, inputs)
        size, done = len(first), 0
        for line in takewhile(_is_whole, lines):
            size, done = size + len(line), done + 1
        os.truncate(self._path, size)  # what was not on disk when the power went may be torn
        return done

    @contextmanager
    def appending(self) -> Iterator[Lines]:
        """The file, to write whole lines at its end; they are on disk when the block ends."""
        with self._path.open("a", encoding="utf-8", newline="\n", buffering=1) as file:
            lines = Lines(file)
            try:
                yield lines
            finally:
                lines.sync()

    def entries(self) -> Iterator[Entry]:
        """Everything answered, in order."""
        lines = self._lines()
        next(lines, None)
        return map(self._entry, lines)

    def _entry(self, line: bytes) -> Entry:
        try:
            return Entry.of_line(line)
        except _BROKEN as error:
            raise BadRequest(f"{self._path} is damaged ({error}); delete it to start anew.") from error

    def drop(self) -> None:
        """Forget the run, also after a power cut."""
        self._path.unlink(missing_ok=True)
        sync(self._path.parent)

    def _lines(self) -> Iterator[bytes]:
        """Whole lines with their ends. Bytes: a power cut may have left half a character."""
        if self._path.exists():
            with self._path.open("rb") as file:
                yield from (line for line in file if line.endswith(b"\n"))


def _is_whole(line: bytes) -> bool:
    try:
        Entry.of_line(line)
    except _BROKEN:
        return False
    return True


def dump(value: object) -> str:
    """JSON in one line; characters as they are."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


@contextmanager
def whole(path: Path) -> Iterator[IO[str]]:
    """A text file that is there with all that was written to it, or not at all (or as it was)."""
    try:
        with whole_text(path) as file:
            yield file
    except OSError as error:
        raise BadRequest(f"{path} cannot be written: {error.strerror or error}; choose another folder.") from error
