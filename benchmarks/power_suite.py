"""Suite `power`: the power goes while a process writes to a library."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks.suites import Absent, Found, Run
from benchmarks.tables import Row, Table
from crashing import Job, Stage
from power_jobs import POWER_JOBS
from power_judge import Outcome, Traced
from powercut import Cut
from traced import can_trace

__all__ = ["power", "power_table"]

_ABOUT = (
    "A process that changes a library is traced (strace), call by call, with the calls of SQLite. Between two of "
    "them the power goes: what was written to a file since its last sync is there, lost, or torn at the boundaries "
    "of 512-byte sectors, each write by itself; a name that was made, changed or removed since its folder was last "
    "synced is as before or as after, in half of the cases in any order, which is less than file systems promise. Then "
    "the library is looked at as after a kill (above), and for what the process had told is done; at every fourth cut "
    "the work is done once more. A run of `quoth evaluate` that was cut has to go on, to the same bytes; what is "
    "repaired is a lost index, lost vectors and a spoilt text, and until that is done the library says so; of "
    "judgements what was told to be kept or taken back is. That a left-out sync is noticed is tested too "
    "(`tests/test_qa_power.py`). Mended: the "
    "library said plainly that it was damaged, and `quoth doctor --repair` brought everything back. Lost: what was "
    "there, or was told to be done, is not, or half of the work is done. Wrong: anything else that is not as before "
    "the cut or after the work.",
)

_LOST = ("which it never did", "half of it", "told to be done", "are gone")
"""Words of the judge where something is lost."""


def power(run: Run) -> Found:
    """A hundred and twenty cuts of each kind of work; three when quick. Raises Absent."""
    if not can_trace():
        raise Absent("strace is not there, or may not trace")
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for job in POWER_JOBS:
            found[job.name] = _cut(job, Path(folder) / job.name, 3 if run.quick else 120)
    return Found("Power cuts", _ABOUT, (power_table(found),))


def _cut(job: Job, folder: Path, cuts: int) -> list[Outcome]:
    traced = Traced.made(Stage.made(job, folder / "stage"), folder / "traced")
    found = []
    for number, cut in enumerate(Cut.some(len(traced.calls), cuts)):
        found.append(traced.outcome(cut, folder / "cut", again=number % 4 == 0))
        shutil.rmtree(folder / "cut")
        if found[-1] != Outcome((), ()):
            print(job.name, cut, found[-1], flush=True)
    print(f"{job.name}: {cuts} cuts in {len(traced.calls)} calls", flush=True)
    return found


def power_table(found: Mapping[str, Sequence[Outcome]]) -> Table:
    """A line for each kind of work: its cuts, by what came of them."""
    rows = []
    for name, outcomes in found.items():
        came = Counter(map(_came, outcomes))
        cells = (len(outcomes), came["whole"], came["mended"], came["lost"], came["wrong"])
        rows.append(Row(f"power cut in the middle of: {name}", "", tuple(map(str, cells))))
    return Table("Power cuts", ("cases", "whole", "mended", "lost", "wrong"), tuple(rows))


def _came(one: Outcome) -> str:
    if any(word in problem for problem in one.wrong for word in _LOST):
        return "lost"
    return "wrong" if one.wrong else "mended" if one.said else "whole"
