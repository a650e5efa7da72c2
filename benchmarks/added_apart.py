"""Adds files to a new library with the small encoder of the tests, asks it, and writes what was lost or wrong as JSON.

    python benchmarks/added_apart.py LIBRARY FILES DOCUMENTS QUESTION OUT

A program of its own, so that its memory can be measured. DOCUMENTS is how many there must be afterwards.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from odd_judge import true_quotes
from quoth.index import Vectors
from small_encoder import HashingEncoder
from small_library import SmallLibrary

__all__ = ["main"]


class RememberingEncoder(HashingEncoder):
    """The same vectors; each word's direction is made once, so that the time is Quoth's."""

    @cached_property
    def _known(self) -> dict[str, Vectors]:
        return {}

    def _direction(self, token: str) -> Vectors:
        if token not in self._known:
            self._known[token] = super()._direction(token)
        return self._known[token]


def main(arguments: Sequence[str]) -> None:
    """Add, ask, and say what came of it."""
    place, files, documents, question, out = arguments
    with SmallLibrary.create(Path(place), encoder=RememberingEncoder()) as library:
        report = library.add([Path(files)])
        try:
            wrong = not true_quotes(library, question)
        except ValueError:
            wrong = True
        lost = int(documents) - len(report.added)
        said = {"lost": lost, "refused": len(report.refused), "wrong": wrong or library.size != int(documents) - lost}
    Path(out).write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
