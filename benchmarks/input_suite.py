"""Damaged and odd input of every kind that Quoth reads: a suite of benchmarks/reliability.py."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks.odd_input import COLUMNS, cells, odd_rows
from benchmarks.suites import Found, Run
from benchmarks.tables import Row, Table
from fuzz_targets import TARGETS, Target

__all__ = ["damaged_input"]

_ABOUT = (
    "Right input of each kind is damaged: bits flipped, pieces cut, doubled, moved; what parsers stumble over put in. "
    "Inside the parts of archives and the streams of PDF files too, which are packed anew. Wrong: anything but a right "
    "result or an error of Quoth's own.",
    "Files with odd names are added, asked about and added again, each name a case; odd things lie beside two good "
    "files each: refused is right for them, or to name them as left alone. Lost: a file that is neither in the library "
    "nor named. Very many files, and a very large one, are added in a process of their own with an encoder that only "
    "hashes words: the time is that of everything but the model, the memory the largest that was resident.",
)


def damaged_input(run: Run) -> Found:
    """Half a minute for each kind; half a second when quick."""
    rows = tuple(_row(target, 0.5 if run.quick else 30) for target in TARGETS.values())
    return Found("Bad input", _ABOUT, (Table("By kind of input", COLUMNS, (*rows, *odd_rows(quick=run.quick))),))


def _row(target: Target, seconds: float) -> Row:
    said: Counter[str] = Counter()
    slowest, until = 0.0, time.monotonic() + seconds
    while time.monotonic() < until:
        number = said.total()
        data, began = target.case(number), time.monotonic()
        try:
            said[target.judge(data)] += 1
        except Exception as error:
            said["wrong"] += 1
            print(f"{target.name}, case {number}: {error!r}", flush=True)
        slowest = max(slowest, time.monotonic() - began)
    return Row(target.name, "", cells(said, slowest))
