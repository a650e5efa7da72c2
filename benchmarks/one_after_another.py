"""`quoth serve` that leaves the cores to ONNX Runtime, to be compared with Quoth's own sharing of them.

    python -m benchmarks.one_after_another serve --library DIR --port N

Every question in work reads its passages one after the other, each by all cores, whatever the others do. The answers
are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from quoth.index import open_session
from quoth.qa import library
from quoth.qa.crew import Crew
from quoth.qa.reader import OnnxReader, shipped_reader
from quoth.ui.cli import main

__all__ = ["Alone", "one_after_another"]

T = TypeVar("T")
R = TypeVar("R")


class Alone(Crew):
    """Whoever has work does all of it."""

    def map(self, work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """See `Crew.map`."""
        return [work(part) for part in parts]


def one_after_another() -> OnnxReader:
    """The shipped reader, without a crew and with a session over all cores."""
    shipped = shipped_reader()
    reader = OnnxReader(*shipped._paths, shipped.fingerprint, Alone())
    tokenizer, _ = reader._load()
    reader._loaded = tokenizer, open_session(shipped._paths[0])
    return reader


if __name__ == "__main__":
    reader = one_after_another()
    library.__dict__["shipped_reader"] = lambda: reader
    raise SystemExit(main())
