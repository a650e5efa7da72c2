"""Files that are whole or not there: on a full disk, when the writer fails, and in which order they get to the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import LibraryDamaged, make_folder, sync, sync_tree, whole_file, whole_text, write_whole

FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from quoth.corpus import write_whole
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a limit on the size of files fails a write as a full disk does
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_whole(Path(sys.argv[1]), bytes(5000))
except OSError as error:
    print(type(error).__name__)
"""


class Opens(Protocol):
    def __call__(self, path: Path) -> AbstractContextManager[IO[Any]]: ...


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@given(before=st.none() | st.binary(), content=st.binary())
def test_what_is_written_is_there_and_nothing_else(
    before: bytes | None, content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("whole") / "file.json"
    if before is not None:
        path.write_bytes(before)
    write_whole(path, content)
    assert path.read_bytes() == content
    assert names(path.parent) == ["file.json"]


@given(text=st.text())
def test_text_is_utf_8_with_the_line_ends_it_was_given(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("whole") / "file.txt"
    text = text.encode("utf-8", "replace").decode()
    with whole_text(path) as file:
        file.write(text)
    assert path.read_bytes() == text.encode()


@pytest.mark.parametrize("before", [None, b"as it was"])
@pytest.mark.parametrize("opens", [whole_file, whole_text])
@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), LibraryDamaged("torn"), KeyboardInterrupt()]
)
def test_a_writer_that_fails_leaves_what_was_there(
    opens: Opens, failure: BaseException, before: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / "file.json"
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(type(failure)) as raised, opens(path) as file:
        file.write(b"ha" if opens is whole_file else "ha")
        raise failure
    assert raised.value is failure
    assert names(tmp_path) == ([] if before is None else ["file.json"])
    assert before is None or path.read_bytes() == before


def test_nobody_sees_the_new_file_before_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_whole(path, b"old")
    with whole_file(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="no limits on the size of files")
def test_a_full_disk_leaves_no_part_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "vectors.faiss"
    path.write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-I", "-c", FULL_DISK, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "OSError"
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["vectors.faiss"]


def test_where_there_is_no_folder_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "file.json", b"x")
    with pytest.raises(FileNotFoundError):
        sync(tmp_path / "none")


def test_a_folder_in_the_place_of_the_file_stays(tmp_path: Path) -> None:
    (tmp_path / "file.json" / "in it").mkdir(parents=True)
    with pytest.raises(OSError, match=r"file\.json"):
        write_whole(tmp_path / "file.json", b"x")
    assert names(tmp_path) == ["file.json"]


def test_folders_are_made_with_those_they_stand_in_and_may_be_there(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b" / "c")
    make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "file")


def test_a_whole_tree_can_be_synced_and_is_as_it_was(tmp_path: Path) -> None:
    make_folder(tmp_path / "tree" / "of" / "folders")
    (tmp_path / "tree" / "of" / "file").write_bytes(b"x")
    sync_tree(tmp_path / "tree")
    assert (tmp_path / "tree" / "of" / "file").read_bytes() == b"x"
