"""Writers and readers in want of disk, files, memory, permission: a plain sentence, nothing lost, and later it works.

A few cases of each; `benchmarks/reliability.py` takes many.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crashing import Stages
from quoth.corpus import (
    InputError,
    LibraryDamaged,
    LibraryError,
    find_files,
    is_passing,
    settled,
    told,
    write_whole,
)
from quoth.index.durable import digest, read_checked
from quoth.qa import Library
from quoth.ui.shell import _sentence
from scarcity import SCARCITIES, WORKS, Scarce, on_small_disk, said_plainly, spared, tried
from small_encoder import HashingEncoder
from small_library import SmallLibrary

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits and disks as Linux has them")
WORK = {job.name: job for job in WORKS}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    return Stages(tmp_path_factory.mktemp)


@pytest.mark.parametrize(
    ("scarce", "work"),
    [*((scarce, work) for scarce in SCARCITIES for work in ("add", "evaluate", "feedback")), (SCARCITIES[1], "ask")],
    ids=lambda one: one.name.partition(" (")[0] if isinstance(one, Scarce) else one,
)
def test_in_want_nothing_is_lost(stage: Stages, scarce: Scarce, work: str, tmp_path: Path) -> None:
    assert spared(stage(WORK[work]), scarce, scarce.limits[len(scarce.limits) // 2], tmp_path / "library") == []


@pytest.mark.parametrize(
    ("room", "work"), [(None, "add"), (20_000, "add"), (None, "evaluate"), (20_000, "evaluate"), (0, "feedback")]
)
def test_on_a_small_disk_nothing_is_lost(stage: Stages, room: int | None, work: str, tmp_path: Path) -> None:
    try:
        assert on_small_disk(stage(WORK[work]), room, tmp_path / "disk") == []
    except OSError as error:
        pytest.skip(f"no disk can be mounted here: {error}")


def test_the_want_is_felt_and_would_be_noticed(stage: Stages, tmp_path: Path) -> None:
    """Else the cases above would try nothing."""
    here = stage(WORK["add"])
    folder = shutil.copytree(here.base, tmp_path / "library")
    done = tried(here, "limit = 100\n" + SCARCITIES[0].code, folder)
    assert done.stdout.startswith("E")
    assert "make room on the disk" in done.stdout
    assert list(said_plainly(done)) == []
    broken = tried(here, "raise ValueError('as a fault would')", folder)
    assert any("as a fault would" in problem for problem in said_plainly(broken))
    mute = subprocess.CompletedProcess([], 0, "Esomething went wrong", "")
    assert list(said_plainly(mute)) == ["no remedy in 'something went wrong'"]


class TestFilesThatChange:
    """An old text never passes for a new one."""

    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        path = tmp_path / "docs" / "a.txt"
        path.parent.mkdir()
        path.write_text("The sea is blue.\n")
        return path

    def added(self, tmp_path: Path, file: Path) -> str:
        with SmallLibrary.create(tmp_path / "library", encoder=HashingEncoder()) as library:
            library.add([file.parent])
            (record,) = library.documents()
            return library.document(record.id).text

    def test_same_size_and_same_time(self, tmp_path: Path, file: Path) -> None:
        """As `rsync --times` and `cp -p` leave it."""
        before = file.stat()
        assert "blue" in self.added(tmp_path, file)
        file.write_text("The sea is grey.\n")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert "grey" in self.added(tmp_path, file)

    @pytest.mark.parametrize("hours", [-5, 5])
    def test_a_clock_that_jumps(self, tmp_path: Path, file: Path, hours: int, monkeypatch: pytest.MonkeyPatch) -> None:
        assert "blue" in self.added(tmp_path, file)
        true = time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda: true() + hours * 3_600_000_000_000)
        assert "blue" in self.added(tmp_path, file)
        file.write_text("The sea is grey.\n")
        assert "grey" in self.added(tmp_path, file)

    def test_a_date_in_the_future_is_never_trusted(self, tmp_path: Path, file: Path) -> None:
        ahead = time.time_ns() + 3_600_000_000_000
        os.utime(file, ns=(ahead, ahead))
        assert "blue" in self.added(tmp_path, file)
        file.write_text("The sea is grey.\n")
        os.utime(file, ns=(ahead, ahead))
        assert "grey" in self.added(tmp_path, file)

    def test_within_one_tick(self) -> None:
        assert settled(5_000_000_001, 5_000_000_001) == -1
        assert settled(5_000_000_000, 6_900_000_000) == -1  # whole seconds
        assert settled(5_000_000_000, 7_100_000_000) == 5_000_000_000

    def test_one_that_vanishes_before_it_is_read_is_refused_by_name(
        self, tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from quoth.qa import adding

        listed = find_files
        other = file.with_name("b.txt")
        other.write_text("The corridor is long.\n")

        def vanishing(paths: object) -> object:
            found = listed(paths)  # type: ignore[arg-type]  # handed on as it came
            file.unlink()
            return found

        monkeypatch.setattr(adding, "find_files", vanishing)
        with SmallLibrary.create(tmp_path / "library", encoder=HashingEncoder()) as library:
            report = library.add([file.parent])
            assert [Path(one.name).name for one in report.refused] == ["a.txt"]
            assert len(report.added) == 1
            assert library.doctor().healthy


CLOSED = """
import os, sys
from pathlib import Path
import faiss, filelock
from quoth.qa import Library
sys.path.insert(0, sys.argv[3])
from small_encoder import HashingEncoder
from small_library import SmallLibrary
library = SmallLibrary.open(sys.argv[1], encoder=HashingEncoder())
os.setgroups([]); os.setgid(65534); os.setuid(65534)
report = library.add([sys.argv[2]])
names = lambda part: ",".join(sorted(Path(getattr(one, "uri", "") or one.name).name for one in part))
os.write(1, "|".join(map(names, (report.added, report.removed, report.refused))).encode())
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become nobody")
@pytest.mark.parametrize("mode", [0o000, 0o444])
def test_documents_in_a_folder_that_is_closed_now_are_not_taken_for_gone(mode: int, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o711)
    docs, closed, place = tmp_path / "docs", tmp_path / "docs" / "closed", tmp_path / "library"
    closed.mkdir(parents=True)
    (closed / "a.txt").write_text("The sea is blue.\n")
    library: Library
    with SmallLibrary.create(place, encoder=HashingEncoder()) as library:
        library.add([docs])
    (docs / "z.txt").write_text("The corridor is long.\n")
    closed.chmod(mode)
    for path in (place, *place.rglob("*")):
        os.chown(path, 65534, 65534)
    command = [sys.executable, "-I", "-c", CLOSED, str(place), str(docs), str(Path(__file__).resolve().parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    added, removed, refused = done.stdout.split("|")
    assert (added, removed) == ("z.txt", "")
    assert refused in ("closed", "a.txt")


class TestWords:
    @pytest.mark.parametrize(
        ("code", "remedy"),
        [
            (errno.ENOSPC, "make room"),
            (errno.EROFS, "read-only"),
            (errno.EMFILE, "ulimit -n"),
            (errno.ENOMEM, "close some programs"),
        ],
    )
    def test_each_want_has_its_remedy(self, code: int, remedy: str) -> None:
        error = OSError(code, os.strerror(code), "/a/place")
        assert remedy in told(error)
        assert is_passing(error)
        assert "/a/place" in _sentence(error)
        assert remedy in _sentence(error)

    def test_others_are_told_all_the_same(self) -> None:
        error = OSError(errno.EIO, "Input/output error")
        assert not is_passing(error)
        assert told(error).startswith("input/output error; check")
        assert "memory ran out; close some programs" in _sentence(MemoryError())

    def test_want_is_no_damage(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Else a person would repair what is whole."""
        with pytest.raises(LibraryDamaged):
            read_checked(tmp_path / "gone", 1, digest(b"a"))

        def wanting(_: Path) -> bytes:
            raise OSError(errno.EMFILE, "Too many open files")

        monkeypatch.setattr(Path, "read_bytes", wanting)
        with pytest.raises(LibraryError, match="ulimit -n") as caught:
            read_checked(tmp_path / "there", 1, digest(b"a"))
        assert not isinstance(caught.value, LibraryDamaged | InputError)

    def test_what_is_half_written_makes_room_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_whole(tmp_path / "vectors-1.faiss", b"abc")
        assert list(tmp_path.iterdir()) == []
