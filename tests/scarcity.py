"""Processes that change a library while something is scarce; and what has to hold then and after. No fixtures.

What is scarce is made so in the child alone, by its own limits, or on a small disk of its own.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crashing import JOBS, Job, Stage, problems_of
from power_jobs import EVALUATE, FEEDBACK, run_problems, stands_beside
from quoth.corpus import settled
from quoth.qa import Feedback
from quoth.qa.feedback_file import FeedbackFile

__all__ = [
    "SCARCITIES",
    "WORKS",
    "Scarce",
    "again_mounted",
    "beside_problems",
    "on_small_disk",
    "said_plainly",
    "small_disk",
    "spared",
    "tried",
    "wait_until_settled",
]

WORKS = (*JOBS, EVALUATE, FEEDBACK, Job("ask", "library.ask('What of topic3?')", whole=True))
CHILD = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).resolve().parent)!r})
import os
from pathlib import Path
import faiss, filelock
from quoth.corpus import QuothError
from quoth.qa import intake
from quoth.ui.shell import _sentence
from small_encoder import HashingEncoder
from small_library import SmallLibrary

work, scarce, folder, docs, questions = sys.argv[1:]
intake._BATCH_CHARACTERS = 900
tell = step = lambda progress: None
file = lambda one: Path(one.uri).stem
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    library = SmallLibrary.open(folder, encoder=HashingEncoder())
    library.ask("What of topic3?")
    exec(scarce)
    exec(work)
except (QuothError, OSError, MemoryError) as error:
    os.write(1, ("E" + _sentence(error)).encode())
else:
    os.write(1, b"D")
"""
BEFORE = "Of before?"
REMEDIES = (
    "make room", "check its permissions", "allow more open files", "close some programs", "try again", "choose another",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scarce:
    """What the child does to itself before the work: Python that knows the library's `folder` and `limit`."""

    name: str
    code: str
    limits: tuple[int, ...]


_NOBODY = "os.setgroups([]); os.setgid(65534); os.setuid(65534)"
SCARCITIES = (
    Scarce(
        "no file may grow beyond (bytes)",
        "resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))",
        (0, 100, 4_000, 12_000, 40_000, 80_000),
    ),
    Scarce(
        "no more open files than (above those open)",
        "n = len(os.listdir('/proc/self/fd')) + limit; resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))",
        (-1, 0, 1, 2, 3, 4, 6, 9),
    ),
    Scarce(
        "no more memory than (bytes, above what is used)",
        "used = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize() + limit; "
        "resource.setrlimit(resource.RLIMIT_AS, (used, used))",
        (0, 300_000, 1_000_000, 3_000_000),
    ),
    Scarce("a folder of somebody else", _NOBODY, (0,)),
)


def spared(stage: Stage, scarce: Scarce, limit: int, folder: Path) -> list[str]:
    """What is wrong with a copy in `folder` after its job was tried in want of `limit`, and then with enough of all."""
    _copied(stage, folder)
    done = tried(stage, f"limit = {limit}\n{scarce.code}", folder)
    return [*said_plainly(done), *_left_wrong(stage, folder)]


def on_small_disk(stage: Stage, room: int | None, place: Path) -> list[str]:
    """The same on a disk at `place` that has this many bytes of room beside the library; with None it is read-only.

    Raises OSError where none can be mounted.
    """
    size = sum(path.stat().st_size // 4096 + 2 for path in stage.base.rglob("*")) * 4096
    with small_disk(place, 16 * size) as disk:
        folder = _copied(stage, disk / "library")
        again_mounted(disk, "ro" if room is None else f"size={size + room}")
        done = tried(stage, "pass", folder)
        again_mounted(disk, f"rw,size={64 * size}")
        return [*said_plainly(done), *_left_wrong(stage, folder)]


def _copied(stage: Stage, folder: Path) -> Path:
    """The library as it was, with what somebody said of an answer."""
    shutil.copytree(stage.base, folder)
    FeedbackFile(folder).keep(Feedback("not answered", False, BEFORE))
    return folder


def _left_wrong(stage: Stage, folder: Path) -> Iterator[str]:
    """What is wrong with the library, and with what stands beside its documents; then after the work is done again."""
    yield from problems_of(stage, folder)
    yield from beside_problems(stage, folder)
    yield from stage.finished(folder)


def beside_problems(stage: Stage, folder: Path) -> Iterator[str]:
    """What is wrong with the judgements and the run: the old is there, nothing is there by half."""
    if f"the judgement of {BEFORE!r}" not in stands_beside(folder):
        yield "the judgement of before is gone: half of it is done"
    content = FeedbackFile(folder).path.read_bytes()
    if not content.endswith(b"\n") or content != FeedbackFile(folder).content():
        yield f"half a judgement is left: {content[-90:]!r}"
    if stage.job == EVALUATE:
        yield from run_problems(stage, folder, stage.base.with_name("whole"))


def tried(stage: Stage, scarce: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """How a child ended that does the job to the library in `folder` after `scarce`: it says D, or E and a sentence."""
    arguments = [stage.job.code, scarce, str(folder), str(stage.docs), str(stage.questions)]
    return subprocess.run(
        [sys.executable, "-I", "-c", CHILD, *arguments], capture_output=True, text=True, timeout=120, check=False
    )


def said_plainly(done: subprocess.CompletedProcess[str]) -> Iterator[str]:
    """What is wrong with how a child ended: it is done, or gives a sentence that names a remedy."""
    if done.returncode or "Traceback" in done.stderr or done.stdout[:1] not in ("D", "E"):
        yield f"ended with {done.returncode}: {done.stdout} {done.stderr[-900:]}"
    elif done.stdout[0] == "E" and not any(remedy in done.stdout for remedy in REMEDIES):
        yield f"no remedy in {done.stdout[1:]!r}"


def wait_until_settled(path: Path) -> None:
    """Returns when a further change of the file would bear another time: after a tenth of a second, mostly."""
    status = path.stat()
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    while settled(changed, time.time_ns()) != changed:
        time.sleep(0.01)


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Path]:
    """A disk of `size` bytes at `place`; raises OSError where none can be mounted."""
    place.mkdir(parents=True, exist_ok=True)
    if sys.platform != "linux" or shutil.which("mount") is None:
        raise OSError("this system mounts no disk in memory")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "quoth", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(done.stderr)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=False)


def again_mounted(place: Path, options: str) -> None:
    """Change a small disk. Raises CalledProcessError."""
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True, capture_output=True)
