"""Works on a library in want of disk, open files, memory and permission, and counts what was lost or went wrong."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from crashing import Stage
from scarcity import SCARCITIES, WORKS, Scarce, on_small_disk, spared

from .suites import Found, Run
from .tables import Row, Table

__all__ = ["resources", "resources_table"]

_ABOUT = (
    "A process adds, uploads, removes, rebuilds, calibrates, evaluates, keeps what people say of answers, and asks "
    "while something is scarce: files may not grow, no more files may be opened, no more memory is given, the folder "
    "is somebody else's, the disk (a small one) is full or read-only. The work must be done, or end with a sentence "
    "that names a remedy. Then, with enough of everything, the library is looked at as after a kill, what people said"
    " before must be there and nothing by half, a run must be whole or go on, and the work is done once more and must"
    " end where an undisturbed one ends. Lost: a document, or a judgement, that should be there and is not as it was."
    " Wrong: anything else.",
)
_ROOMS: tuple[int | None, ...] = (None, 0, 8_000, 40_000, 100_000, 200_000)
Try = Callable[[Stage, Path], list[str]]


def resources(run: Run) -> Found:
    """Every work in want of everything, at several degrees; two works at one degree each when quick."""
    found: dict[str, list[list[str]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # one case becomes somebody else, who has to get there
        for job in WORKS[::5] if run.quick else WORKS:
            stage = Stage.made(job, Path(folder) / job.name)
            for name, attempt in _cases(quick=run.quick):
                copy = Path(folder) / "copy"
                shutil.rmtree(copy, ignore_errors=True)
                try:
                    problems = attempt(stage, copy)
                except OSError as error:
                    print(f"{name}: skipped, {error}", flush=True)
                    continue
                found.setdefault(name, []).append(problems)
                print(f"{job.name}, {name}: {problems or 'nothing wrong'}", flush=True)
    return Found("In want", _ABOUT, (resources_table(found),))


def _cases(*, quick: bool) -> Iterator[tuple[str, Try]]:
    for scarce in SCARCITIES:
        for limit in scarce.limits[1:2] or scarce.limits if quick else scarce.limits:
            yield scarce.name.partition(" (")[0], partial(_in_want, scarce, limit)
    for room in _ROOMS[:2] if quick else _ROOMS:
        name = "a disk that is read-only" if room is None else "a disk that is full"
        yield name, partial(_with_room, room)


def _in_want(scarce: Scarce, limit: int, stage: Stage, copy: Path) -> list[str]:
    return spared(stage, scarce, limit, copy)


def _with_room(room: int | None, stage: Stage, copy: Path) -> list[str]:
    return on_small_disk(stage, room, copy)


def resources_table(found: Mapping[str, Sequence[Sequence[str]]]) -> Table:
    """A line for each want: its cases, by what was wrong after each."""
    rows = []
    for name, cases in found.items():
        lost = sum(any("which it never did" in problem or "half" in problem for problem in case) for case in cases)
        wrong = sum(bool(case) for case in cases) - lost
        rows.append(Row(name, "", (str(len(cases)), str(lost), str(wrong))))
    return Table("Wants", ("cases", "lost", "wrong"), tuple(rows))
