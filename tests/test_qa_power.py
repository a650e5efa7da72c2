"""The power goes while a process changes a library, and the disk holds some of what was not synced; nothing is lost.

Five cuts of each kind of work; `benchmarks/power_suite.py` takes hundreds, and writes down what came out.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from crashing import Job, Stage
from power_jobs import POWER_JOBS
from power_judge import Outcome, Traced, files_of
from powercut import Cut, Disk, disk_after
from sectors import SECTOR, Inode
from traced import Call, can_trace, traced

pytestmark = pytest.mark.skipif(not can_trace(), reason="strace is not there or may not trace")

CUTS = 5
FINE = Outcome((), ())
WRITES_WHOLE = """
import sys
from pathlib import Path
from quoth.corpus import make_folder, write_whole
folder = Path(sys.argv[1]) / "new"
make_folder(folder)
write_whole(folder / "file.json", b"whole")
"""
COPIES = """
import shutil, sys
from pathlib import Path
shutil.copyfile(Path(sys.argv[1]) / "file", Path(sys.argv[1]) / "copy")
"""
UNSYNCED = "import os; os.fsync = lambda _: None\n"
LAZY_SQLITE = """
import sqlite3
library.close()

class Lazy(sqlite3.Connection):
    def execute(self, sql, *more):
        return super().execute(sql.replace("synchronous=FULL", "synchronous=NORMAL"), *more)

told_connect = sqlite3.connect
sqlite3.connect = lambda *arguments, **options: told_connect(*arguments, factory=Lazy, **options)
library = SmallLibrary.open(folder, encoder=HashingEncoder())
"""
Staging = Callable[[str], Traced]


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Staging:
    """The trace of a job, made once."""
    made: dict[str, Traced] = {}
    jobs = {job.name: job for job in POWER_JOBS}

    def find(name: str) -> Traced:
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            made[name] = Traced.made(Stage.made(jobs[name], folder / "stage"), folder / "traced")
        return made[name]

    return find


@pytest.mark.parametrize("job", POWER_JOBS, ids=lambda job: job.name)
def test_nothing_is_lost_when_the_power_goes(trace: Staging, job: Job, tmp_path: Path) -> None:
    here = trace(job.name)
    for number, cut in enumerate(Cut.some(len(here.calls), CUTS)):
        outcome = here.outcome(cut, tmp_path / str(number), again=number == 2)
        repairing = job.name == "repair" and number < CUTS - 1  # what was damaged may still be, until it is repaired
        assert (outcome.wrong if repairing else outcome) == (() if repairing else FINE), cut


@pytest.mark.parametrize("job", POWER_JOBS, ids=lambda job: job.name)
def test_the_trace_misses_nothing(trace: Staging, job: Job, tmp_path: Path) -> None:
    """What is rebuilt of all calls is the folder that the process left, byte for byte."""
    here = trace(job.name)
    disk = here.disk(len(here.calls))
    assert disk.said[-1] == "done"
    disk.whole(tmp_path)
    assert files_of(tmp_path) == files_of(here.root)


@pytest.mark.parametrize(
    ("name", "left_out", "says"),
    [
        ("add", UNSYNCED, "is not the file that was saved"),
        ("add", LAZY_SQLITE, "was told to be done and is"),
        ("evaluate", UNSYNCED, "the run is told to be whole, and"),
        ("feedback", UNSYNCED, "was told to be done and is"),
    ],
    ids=["files", "database", "run", "judgements"],
)
def test_a_sync_that_is_left_out_is_noticed(
    trace: Staging, name: str, left_out: str, says: str, tmp_path: Path
) -> None:
    careless = Traced.made(trace(name).stage, tmp_path / "traced", left_out)
    calls = len(careless.calls)
    ends = [Cut(calls, seed, seed % 2 == 0, 0.2) for seed in range(12)]  # a run's files are written one after the other
    found = (
        sentence
        for number, cut in enumerate([*Cut.some(calls, 12), *(ends if name == "evaluate" else ())])
        for outcome in [careless.outcome(cut, tmp_path / str(number), again=False)]
        for sentence in (*outcome.said, *outcome.wrong)
    )
    assert any(says in sentence for sentence in found)


def test_a_copy_is_seen_as_what_is_read_and_written(tmp_path: Path) -> None:
    """Else the kernel would copy, and the bytes would be in no call."""
    (tmp_path / "file").write_bytes(b"whole" * 1000)
    command = [sys.executable, "-I", "-c", COPIES, str(tmp_path)]
    calls = traced(command, tmp_path)
    written = [call.text(1) for call in calls if call.name == "write"]
    assert b"".join(written) == b"whole" * 1000
    assert (tmp_path / "copy").read_bytes() == b"whole" * 1000


def test_a_file_is_synced_then_renamed_then_its_folder_is_synced(tmp_path: Path) -> None:
    calls = traced([sys.executable, "-I", "-c", WRITES_WHOLE, str(tmp_path)], tmp_path)
    kept = ("mkdir", "write", "fsync", "rename")
    done = [(call.name, Path(call.of_handle() if call.name != "mkdir" else call.path(0)).name) for call in calls]
    assert [one for one in done if one[0] in kept] == [
        ("mkdir", "new"),
        ("fsync", tmp_path.name),
        ("write", "file.json.partial"),
        ("fsync", "file.json.partial"),
        ("rename", "file.json.partial"),
        ("fsync", "new"),
    ]


def test_whenever_the_power_goes_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    root, empty = tmp_path / "root", tmp_path / "empty"
    root.mkdir()
    empty.mkdir()
    calls = traced([sys.executable, "-I", "-c", WRITES_WHOLE, str(root)], root)
    for seed in range(40):
        for at in range(len(calls) + 1):
            target = tmp_path / f"{seed}-{at}"
            target.mkdir()
            disk_after(calls[:at], root, empty).cut(Cut(at, seed, seed % 2 == 0, 0.5), target)
            there = files_of(target).get("new/file.json")
            assert there in ((b"whole",) if at == len(calls) else (None, b"whole"))


# --- the disk itself


@pytest.mark.parametrize("lost", [0.0, 0.5, 1.0])
def test_what_is_not_synced_is_there_or_lost_or_torn_at_sectors(lost: float) -> None:
    inode = Inode(bytearray(b"a" * 4 * SECTOR), [(0, b"b" * 4 * SECTOR)])
    seen = {bytes(inode.content(random.Random(seed), lost)) for seed in range(200)}
    sectors = {content[at : at + SECTOR] for content in seen for at in range(0, 4 * SECTOR, SECTOR)}
    assert sectors <= {b"a" * SECTOR, b"b" * SECTOR}
    assert (b"b" * 4 * SECTOR in seen) and (len(seen) == 1) == (lost == 0.0)
    assert inode.content() == b"b" * 4 * SECTOR


def test_a_name_is_certain_when_its_folder_is_synced(tmp_path: Path) -> None:
    root, empty = tmp_path / "root", tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "file").write_bytes(b"x")
    made = Call("openat", ("AT_FDCWD", _hex(root / "file"), "O_WRONLY|O_CREAT"), 3)
    synced = Call("fsync", (f"4<{_hex(root)}>",), 0)
    assert set(_names(Disk(root, empty), [made], tmp_path)) == {(), ("file",)}
    assert set(_names(Disk(root, empty), [made, synced], tmp_path)) == {("file",)}


@pytest.mark.parametrize("in_order", [True, False])
def test_names_change_in_order_where_there_is_a_journal(in_order: bool, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    calls = [Call("openat", ("AT_FDCWD", _hex(tmp_path / name), "O_WRONLY|O_CREAT"), 3) for name in "ab"]
    found = set(_names(Disk(tmp_path, empty), calls, tmp_path, in_order=in_order))
    assert found == {(), ("a",), ("a", "b")} | (set() if in_order else {("b",)})


def test_a_call_that_is_not_known_is_no_gap(tmp_path: Path) -> None:
    disk = Disk(tmp_path, tmp_path)
    for name in ("fallocate", "copy_file_range", "pwritev"):
        with pytest.raises(NotImplementedError, match=name):
            disk.do(Call(name, (f"4<{_hex(tmp_path / 'file')}>", "0"), 0))
    shared = ("NULL", "4096", "PROT_READ|PROT_WRITE", "MAP_SHARED", f"4<{_hex(tmp_path / 'file')}>", "0")
    with pytest.raises(NotImplementedError, match="mmap"):
        disk.do(Call("mmap", shared, 1))
    disk.do(Call("mmap", (*shared[:4], f"4<{_hex(tmp_path / 'index.sqlite-shm')}>", "0"), 1))


def test_cuts_are_the_same_every_time_and_reach_from_the_first_call_past_the_last() -> None:
    cuts = list(Cut.some(100, 20))
    assert cuts == list(Cut.some(100, 20))
    assert [cut.calls for cut in cuts] == sorted(cut.calls for cut in cuts)
    assert cuts[0].calls < 5
    assert cuts[-1].calls == 100
    assert {cut.in_order for cut in cuts} == {True, False}
    assert cuts[0] != next(islice(Cut.some(100, 20, first=20), 1))


def _hex(path: Path) -> str:
    return "".join(f"\\x{byte:02x}" for byte in str(path).encode())


def _names(disk: Disk, calls: list[Call], folder: Path, *, in_order: bool = True) -> Iterator[tuple[str, ...]]:
    """The names that may be there after these calls."""
    for call in calls:
        disk.do(call)
    for seed in range(60):
        target = folder / f"cut-{len(calls)}-{seed}"
        target.mkdir()
        disk.cut(Cut(len(calls), seed, in_order, 0.5), target)
        yield tuple(sorted(path.name for path in target.iterdir()))
