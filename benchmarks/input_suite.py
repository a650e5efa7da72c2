"""Damaged and odd input of every kind that Quoth reads: a suite of benchmarks/reliability.py."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks.odd_input import COLUMNS, odd_rows
from benchmarks.suites import Found, Run
from benchmarks.tables import Row, Table
from benchmarks.wire_input import counted, wire_rows
from fuzz_targets import TARGETS, Target

__all__ = ["damaged_input"]

_ABOUT = (
    "Right input of each kind is damaged: bits flipped, pieces cut, doubled, moved; what parsers stumble over put in. "
    "Inside the parts of archives and the streams of PDF files too, which are packed anew. Wrong: anything but a right "
    "result or an error of Quoth's own.",
    "Requests to every address of a real server are damaged in their JSON, parts, headers, paths and queries, or as "
    "bytes on a socket, which is half closed after them; so are lines to MCP on standard input, and command lines are "
    "drawn from all commands and options. Wrong: a status of 500 or more, an error of another shape, a quote that is "
    "no slice of its document, a traceback, a connection or process that does not end, output that commands a "
    "terminal, an exit code that means nothing; and a server, process or library that does not go on as before.",
    "Files with odd names are added, asked about and added again, each name a case; odd things lie beside two good "
    "files each: refused is right for them, or to name them as left alone. Lost: a file that is neither in the library "
    "nor named. Very many files, and a very large one, are added in a process of their own with an encoder that only "
    "counts bytes: the time is that of everything but the model, the memory the largest that was resident.",
)


def damaged_input(run: Run) -> Found:
    """A quarter of a minute for each kind of file, half a minute for each door; half a second when quick."""
    files, doors = (0.5, 0.5) if run.quick else (12, 30)
    read = [_row(target, files) for target in TARGETS.values()]
    rows = (*read, *wire_rows(doors), *odd_rows(quick=run.quick))
    return Found("Bad input", _ABOUT, (Table("By kind of input", COLUMNS, rows),))


def _row(target: Target, seconds: float) -> Row:
    return counted(target.name, lambda number: target.judge(target.case(number)), seconds)
