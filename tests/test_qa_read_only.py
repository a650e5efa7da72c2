"""A library that this process may not write to, while its last changes stand in SQLite's log: they count."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from quoth.corpus import LibraryDamaged, LibraryError
from quoth.qa import Answer, Library
from scarcity import again_mounted, small_disk
from small_encoder import HashingEncoder
from small_library import SmallLibrary, small_library

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="disks and users as Linux has them")
SEA, LONG = "The sea is blue.\n", "The corridor is long.\n"


@pytest.fixture
def open_library(tmp_path: Path) -> Iterator[Library]:
    """A library whose writer is still at it: what it changed stands in the log."""
    with small_library(tmp_path / "library", {"sea.txt": SEA}) as library:
        library.add_files([("corridor.txt", LONG.encode())])
        assert (library.folder / "index.sqlite-wal").stat().st_size
        yield library


@pytest.fixture
def fixed(open_library: Library, tmp_path: Path) -> Iterator[Path]:
    """What a copy of its folder on a read-only disk holds, taken while the writer was at it."""
    try:
        with small_disk(tmp_path / "disk", 16_000_000) as disk:
            yield shutil.copytree(open_library.folder, disk / "library")
    except OSError as error:
        pytest.skip(f"no disk can be mounted here: {error}")


def test_what_stands_in_the_log_counts_on_a_read_only_disk(fixed: Path) -> None:
    again_mounted(fixed.parent, "ro")
    with SmallLibrary.open(fixed, encoder=HashingEncoder()) as library:
        answer = library.ask("How is the corridor?")
        assert isinstance(answer, Answer)
        assert answer.quotes[0].text == LONG.strip()
        assert library.size == 2
        assert library.doctor().healthy
        with pytest.raises(LibraryError, match="read-only"):
            library.add_files([("more.txt", b"More.")])


def test_a_log_that_cannot_be_read_is_no_damage(fixed: Path) -> None:
    """SQLite needs its index, which somebody left out of the copy, and cannot make it there."""
    (fixed / "index.sqlite-shm").unlink()
    again_mounted(fixed.parent, "ro")
    with pytest.raises(LibraryError, match="read-only") as caught:
        SmallLibrary.open(fixed, encoder=HashingEncoder())
    assert not isinstance(caught.value, LibraryDamaged)


READER = """
import os, sys
sys.path.insert(0, sys.argv[2])
import faiss, filelock
from small_encoder import HashingEncoder
from small_library import SmallLibrary
os.setgroups([]); os.setgid(65534); os.setuid(65534)
with SmallLibrary.open(sys.argv[1], encoder=HashingEncoder()) as library:
    for line in sys.stdin:
        print([document.title for document in library.documents()], flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become nobody")
@pytest.mark.parametrize("writing", ["all the time", "now and then"])
def test_who_may_only_read_sees_what_another_one_writes(open_library: Library, writing: str, tmp_path: Path) -> None:
    """Also one who began to read while nobody was at it, so that there was no log."""
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o711)
    command = [sys.executable, "-I", "-c", READER, str(open_library.folder), str(Path(__file__).resolve().parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        seen = []
        for round in range(3):
            if writing == "now and then":
                open_library.close()
            reader.stdin.write("look\n")
            reader.stdin.flush()
            seen.append(reader.stdout.readline().strip())
            open_library.add_files([(f"more-{round}.txt", f"More of {round}.\n".encode())])
        reader.stdin.close()
        assert reader.wait(timeout=60) == 0
    assert seen == [str(["Corridor", *(f"More {n}" for n in range(round)), "Sea"]) for round in range(3)]
