"""Readers in threads and processes while a writer changes everything: how often they looked, what they saw."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from crowding import Crowd, crowded

from .suites import Found, Run
from .tables import Row, Table

__all__ = ["concurrency", "concurrency_table"]

_ABOUT = (
    "A process replaces all documents of a library in one go, round after round, takes some out in every second round "
    "and rebuilds everything in every fourth. Meanwhile others ask and search, in threads of one process and in "
    "processes of their own. Every text says its round, so that passages of two generations in one answer are noticed. "
    "A case is one look of one reader. Lost: a document that no round takes out was not found. Wrong: mixed "
    "generations, a quote that is no slice of its document, or an error. A reader stops at the first of these.",
)
_CROWDS = {"8 threads": (8, 0), "4 processes": (0, 4), "4 threads and 2 processes": (4, 2)}


def concurrency(run: Run) -> Found:
    """Sixty rounds for each crowd of readers; six for the last one when quick."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (threads, processes) in list(_CROWDS.items())[-1 if run.quick else 0 :]:
            rounds = range(7 if run.quick else 61)
            found[name] = crowded(Path(folder) / name, rounds, max(1, threads), processes)
            print(f"{name}: {found[name]}", flush=True)
    return Found("Many readers and a writer", _ABOUT, (concurrency_table(found),))


def concurrency_table(found: Mapping[str, Crowd]) -> Table:
    """A line for each crowd of readers."""
    rows = []
    for name, crowd in found.items():
        lost = sum(problem.startswith("lost") for problem in crowd.problems)
        rows.append(Row(name, "", (str(crowd.looks), str(lost), str(len(crowd.problems) - lost))))
    return Table("Looks", ("cases", "lost", "wrong"), tuple(rows))
