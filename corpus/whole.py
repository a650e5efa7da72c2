"""Files that are whole or not there, whatever happens: the process is killed, the disk is full, the power goes.

A file is written beside its place, synced, renamed, and then the folder is synced, for a rename is no more durable than
the folder that holds it. Windows cannot open folders and needs none of that.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["make_folder", "sync", "sync_tree", "whole_file", "whole_text", "write_whole"]

_CANNOT = (errno.EINVAL, errno.ENOTSUP)
"""What file systems say (of networks, mostly) that cannot sync folders."""


def write_whole(path: Path, content: bytes) -> None:
    """On disk under its name when this returns; where it fails, the old file stays as it was. Raises OSError."""
    with whole_file(path) as file:
        file.write(content)


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file to be written, which takes the place of `path` at the end of the block unless that raises; only one at a
    time for each `path`. Raises OSError.
    """
    partial = _partial(path)
    with _taking_the_place_of(path), partial.open("wb") as file:
        yield file
        _flush(file)


@contextmanager
def whole_text(path: Path) -> Iterator[IO[str]]:
    """`whole_file` for UTF-8, with line ends as they are written."""
    partial = _partial(path)
    with _taking_the_place_of(path), partial.open("w", encoding="utf-8", newline="") as file:
        yield file
        _flush(file)


def make_folder(folder: Path) -> None:
    """The folder with those it stands in, as far as they are not there; their names are on disk when this returns.

    Raises OSError.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for made in reversed(missing):
        sync(made.parent)


def sync(path: Path) -> None:
    """What stands in a file is on disk when this returns; of a folder, the names in it. Raises OSError."""
    if path.is_dir():
        _sync_folder(path)
        return
    with path.open("rb" if os.name != "nt" else "r+b") as file:  # Windows syncs only what may be written
        os.fsync(file.fileno())


def sync_tree(folder: Path) -> None:
    """Everything in the folder, and its own name. Raises OSError."""
    for path in sorted(folder.rglob("*"), reverse=True):  # what stands in a folder before the folder
        sync(path)
    sync(folder)
    sync(folder.parent)


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.name}.partial")


def _flush(file: IO[bytes] | IO[str]) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _taking_the_place_of(path: Path) -> Iterator[None]:
    partial = _partial(path)
    with ExitStack() as failing:
        failing.callback(_drop, partial)
        yield
        partial.replace(path)
        failing.pop_all()
    sync(path.parent)


def _drop(partial: Path) -> None:
    with suppress(OSError):  # what was raised says more
        partial.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
    finally:
        os.close(handle)
