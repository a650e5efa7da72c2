"""Kills writers and damages files, looks at what is left, and writes docs/reliability.md.

    python benchmarks/reliability.py [--only NAME ...] [--data FOLDER] [--out FILE] [--quick]

NAME is one of: crash damage power resources concurrency input soak. Everything else is as in
benchmarks/run.py; raw figures go to docs/figures/reliability/NAME.json. --quick takes a minute for each and keeps its
figures apart.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks.concurrency_suite import concurrency
from benchmarks.input_suite import damaged_input
from benchmarks.power_suite import power
from benchmarks.report import RELIABILITY
from benchmarks.resources_suite import resources
from benchmarks.soak_suite import soak
from benchmarks.suites import Found, Run, Suite, run_suites
from benchmarks.tables import Row, Table
from crashing import JOBS, Job, Stage
from damaging import KINDS, Case, Outcome, cases_of, judging, make_base

__all__ = ["SUITES", "crash", "crash_table", "damage", "damage_tables", "main"]

_WRONG = ("WRONG QUOTE", "TRACEBACK", "DIED")
_KINDS = {
    "cut": "cut off",
    "flip": "one bit flipped",
    "blank": "512 bytes zeroed",
    "longer": "100 bytes more at the end",
    "gone": "deleted",
}
_CRASH_ABOUT = (
    "A process that changes a library is killed outright (SIGKILL) at one of its own steps: each report of progress, "
    "each statement that begins or ends a transaction, each file opened, renamed or removed. Then the library is "
    "looked at: by `quoth doctor`, document for document against the states before and after, by questions whose "
    "quotes must be slices of their documents. Then the work is done once more by a process that is left alone, which "
    "must end where an undisturbed one ends. Lost: a document that should be there and is not as it was. Wrong: "
    "anything else.",
)
_DAMAGE_ABOUT = (
    "One file of a small library is damaged, at every boundary (empty, one byte, end of headers, ends of pages, half, "
    "one byte less) and at random places; then three questions are asked, the doctor is asked, and its repair is let "
    "loose. A fault that changes no answer and that nobody notices lies where nothing is stored that an answer needs. "
    "Lost: after the repair a document is missing that it does not name, or answers are not as before, where it was "
    "not the calibration that had to be put aside. Wrong: a quote that is no slice of its document, a traceback, or a "
    "process that died.",
)


def crash(run: Run) -> Found:
    """A hundred moments of each kind of work; three when quick."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for job in JOBS:
            found[job.name] = _killed(job, Path(folder) / job.name, 3 if run.quick else 100)
    return Found("Killed while writing", _CRASH_ABOUT, (crash_table(found),))


def _killed(job: Job, folder: Path, moments: int) -> list[list[str]]:
    """What was wrong after each kill; the moments are spread over all the steps of the job."""
    stage = Stage.made(job, folder)
    found = []
    for moment in range(moments):
        copy = folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        found.append(stage.killed(copy, (2 * moment + 1) * (len(stage.steps) - 1) // (2 * moments)))
        print(f"{job.name} {moment + 1} of {moments}: {found[-1] or 'nothing wrong'}", flush=True)
    return found


def crash_table(found: Mapping[str, Sequence[Sequence[str]]]) -> Table:
    """A line for each kind of work: its kills, by what was wrong after each."""
    rows = []
    for name, kills in found.items():
        lost = sum(any("which it never did" in problem or "half" in problem for problem in kill) for kill in kills)
        wrong = sum(bool(kill) for kill in kills) - lost
        rows.append(Row(f"killed in the middle of: {name}", "", (str(len(kills)), str(lost), str(wrong))))
    return Table("Kills", ("cases", "lost", "wrong"), tuple(rows))


def damage(run: Run) -> Found:
    """Two thousand damages of all files; sixty when quick."""
    cases = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work"
        work.mkdir()
        base = make_base(Path(folder))
        with judging(base, work) as judge:
            for case in cases_of(base, 60 if run.quick else 2000):
                cases.append((case, judge.outcome(case)))
                if cases[-1][1].asked in _WRONG or not cases[-1][1].mended:
                    print(*cases[-1], flush=True)
    return Found("Damaged files", _DAMAGE_ABOUT, damage_tables(cases))


def damage_tables(cases: Sequence[tuple[Case, Outcome]]) -> tuple[Table, ...]:
    """The cases by what was done, and by the file it was done to."""
    done = tuple(_row(_KINDS[kind], (one for case, one in cases if case.kind == kind)) for kind in KINDS)
    files = dict.fromkeys(_file(case) for case, _ in cases)
    hit = tuple(_row(name, (one for case, one in cases if _file(case) == name)) for name in sorted(files))
    columns = ("cases", "answers as before", "plain error", "other, true", "noticed", "mended", "lost", "wrong")
    return Table("By kind of damage", columns, done), Table("By file", columns, hit)


def _file(case: Case) -> str:
    return "originals/*" if case.file.startswith("originals/") else case.file


def _row(label: str, outcomes: Iterable[Outcome]) -> Row:
    found = list(outcomes)
    asked = [sum(one.asked == how for one in found) for how in ("same", "error", "other")]
    noticed, mended = sum(one.noticed for one in found), sum(one.mended for one in found)
    wrong = sum(one.asked in _WRONG or "TRACEBACK" in one.said for one in found)
    cells = (len(found), *asked, noticed, mended, len(found) - mended, wrong)
    return Row(label, "", tuple(map(str, cells)))


SUITES: Mapping[str, Suite] = {
    "crash": crash,
    "damage": damage,
    "power": power,
    "resources": resources,
    "concurrency": concurrency,
    "input": damaged_input,
    "soak": soak,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the chosen suites and write docs/reliability.md."""
    run_suites(SUITES, RELIABILITY, __doc__ or "", arguments)


if __name__ == "__main__":
    main()
