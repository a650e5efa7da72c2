"""Damaged input of every kind that Quoth reads: a suite of benchmarks/reliability.py."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks.suites import Found, Run
from benchmarks.tables import Row, Table
from fuzz_targets import TARGETS, Target

__all__ = ["damaged_input"]

_ABOUT = (
    "Right input of each kind is damaged: bits flipped, pieces cut, doubled, moved; what parsers stumble over put in. "
    "Inside the parts of archives and the streams of PDF files too, which are packed anew. Wrong: anything but a right "
    "result or an error of Quoth's own.",
)


def damaged_input(run: Run) -> Found:
    """Half a minute for each kind; half a second when quick."""
    rows = tuple(_row(target, 0.5 if run.quick else 30) for target in TARGETS.values())
    return Found(
        "Bad input", _ABOUT, (Table("By kind of input", ("cases", "refused", "read", "wrong", "slowest"), rows),)
    )


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
    cells = (*(f"{said[what]:,}" for what in ("refused", "read", "wrong")), f"{slowest:.2f} s")
    return Row(target.name, "", (f"{said.total():,}", *cells))
