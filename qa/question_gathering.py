"""The rows of one question file as they are read, and what is wrong with those that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Concatenate, ParamSpec

from quoth.corpus import BadRequest

from .question_row import Gold, QuestionFile, QuestionRow
from .reports import Refused
from .spooling import Spool

__all__ = ["Gathering"]

P = ParamSpec("P")
_MOST_PROBLEMS = 1_000
"""So many are told one by one; a file of another kind would fill the memory with them."""


class Gathering:
    """Collects the rows of one file, and what is wrong with those that cannot be used."""

    def __init__(self, name: str, unit: str = "line") -> None:
        self._name, self._unit = name, unit
        self._rows: Spool[QuestionRow] = Spool(asdict, _row)
        self._lines: dict[str, int] = {}
        self._problems: list[Refused] = []
        self._untold = 0

    def take(
        self, line: int, make: Callable[Concatenate[int, P], QuestionRow | None], *args: P.args, **kwargs: P.kwargs
    ) -> bool:
        """Keep the row that `make(line, ...)` builds; where it raises ValueError, or the id is taken, keep a problem.

        False when there was neither.
        """
        try:
            row = make(line, *args, **kwargs)
        except ValueError as error:
            self.refuse(line, str(error))
            return True
        if row is None:
            return False
        first = line if row.id is None else self._lines.setdefault(row.key, line)
        if first != line:
            self.refuse(line, f"the id {row.key!r} is that of {self._unit} {first} already; give each its own")
        else:
            self._rows.append(row)
        return True

    def refuse(self, line: int, reason: str) -> None:
        """Note that something on this line cannot be used."""
        if len(self._problems) < _MOST_PROBLEMS:
            self._problems.append(Refused(f"{self._name}, {self._unit} {line}", reason))
        else:
            self._untold += 1

    def note(self, name: str, reason: str) -> None:
        """Note something that is about no single line."""
        self._problems.append(Refused(name, reason))

    def file(self) -> QuestionFile:
        """All that was gathered. Raises BadRequest when no row can be used."""
        if self._untold:
            self.note(self._name, f"{self._untold:,} more rows cannot be used")
            self._untold = 0
        if not self._rows:
            first = self._problems[0] if self._problems else Refused(self._name, "it is empty")
            raise BadRequest(f"There is no question to be used in {self._name}; {first.name}: {first.reason}.")
        return QuestionFile(self._rows, tuple(self._problems))


def _row(kept: dict[str, Any]) -> QuestionRow:
    """The row again, of what JSON made of it: it has lists where the row has tuples."""
    golds = tuple(Gold(**gold) for gold in kept["golds"])
    return QuestionRow(
        **{**kept, "golds": golds, "history": tuple(kept["history"]), "documents": tuple(kept["documents"])}
    )
