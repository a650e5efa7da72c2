"""The questions of a finished run by number: read from its files when they are wanted, however many there are."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from quoth.corpus import BadRequest

__all__ = ["RunTable", "as_written"]

_EDITED: Final = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError)
_MOST_DIGITS: Final = 18


@contextmanager
def as_written() -> Iterator[None]:
    """Around what believes a run's files: raises BadRequest where somebody has edited them, or taken them away."""
    try:
        yield
    except _EDITED as error:
        why = f"{type(error).__name__}: {error}"[:100]
        raise BadRequest(
            f"The files of this evaluation are not as they were written ({why}); evaluate again."
        ) from error


class RunTable:
    """Holds where each line begins and which outcome it has, some bytes a question. Safe from many threads.

    Raises BadRequest where the files are not as they were written.
    """

    @as_written()
    def __init__(self, folder: Path) -> None:
        self._files = folder / "scores.jsonl", folder / "answers.jsonl"
        self._starts = array("Q"), array("Q")
        self._of_outcome: dict[str, array[int]] = {}
        self.unanswerable = 0
        for path, starts in zip(self._files, self._starts, strict=True):
            start = 0
            with path.open("rb") as lines:
                for line in lines:
                    starts.append(start)
                    start += len(line)
                    if path == self._files[0]:
                        self._count(len(starts) - 1, json.loads(line))
        if len(self._starts[0]) != len(self._starts[1]):
            raise ValueError("there are not as many answers as scores")

    def numbers(self, outcome: str) -> Sequence[int]:
        """The numbers of the questions with this outcome, in order; of all where it is empty."""
        return self._of_outcome.get(outcome, array("Q")) if outcome else range(len(self._starts[0]))

    @as_written()
    def at(self, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """The line of scores.jsonl and the answer record of a question."""
        score, record = (_line(path, starts[number]) for path, starts in zip(self._files, self._starts, strict=True))
        return score, record

    def _count(self, number: int, score: dict[str, Any]) -> None:
        if not isinstance(outcome := score["outcome"], str):
            raise TypeError("an outcome is no word")
        self._of_outcome.setdefault(outcome, array("Q")).append(number)
        self.unanswerable += score["answerable"] is False


def _line(path: Path, start: int) -> dict[str, Any]:
    with path.open("rb") as file:
        file.seek(start)
        line: dict[str, Any] = json.loads(file.readline(), parse_int=_whole)
    json.dumps(line, ensure_ascii=False, allow_nan=False).encode()  # half a character is none, and NaN no JSON
    return line


def _whole(digits: str) -> int:
    """A number that the page's JSON can hold."""
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)
