"""The questions of a finished run by number: read from its files when they are wanted, however many there are."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["RunTable"]


class RunTable:
    """Holds where each line begins and which outcome it has, some bytes a question. Safe from many threads."""

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

    def numbers(self, outcome: str) -> Sequence[int]:
        """The numbers of the questions with this outcome, in order; of all where it is empty."""
        return self._of_outcome.get(outcome, array("Q")) if outcome else range(len(self._starts[0]))

    def at(self, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """The line of scores.jsonl and the answer record of a question."""
        score, record = (_line(path, starts[number]) for path, starts in zip(self._files, self._starts, strict=True))
        return score, record

    def _count(self, number: int, score: dict[str, Any]) -> None:
        self._of_outcome.setdefault(score["outcome"], array("Q")).append(number)
        self.unanswerable += score["answerable"] is False


def _line(path: Path, start: int) -> dict[str, Any]:
    with path.open("rb") as file:
        file.seek(start)
        line: dict[str, Any] = json.loads(file.readline())
        return line
