"""Files that are whole or not there, and are believed only when they are what was written."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from quoth.corpus import LibraryDamaged

__all__ = ["REPAIR", "digest", "read_checked", "sweep", "write_whole"]

REPAIR = "run `quoth doctor --repair` to rebuild it from the stored documents"


def digest(data: bytes) -> str:
    """The BLAKE2b of `data`, 64 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def read_checked(path: Path, size: int, expected: str) -> bytes:
    """The file's bytes, of this size and digest. Raises LibraryDamaged."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LibraryDamaged(f"{path} cannot be read ({error.strerror}); {REPAIR}") from error
    if len(data) != size or digest(data) != expected:
        raise LibraryDamaged(f"{path} is not the file that was saved; {REPAIR}")
    return data


def write_whole(path: Path, data: bytes) -> None:
    """The file is whole and synced before it gets its name."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    _sync_folder(path.parent)


def sweep(folder: Path, oldest: int, needed: Collection[str]) -> None:
    """Delete the vector files of generations before `oldest`, but those `needed` by later ones."""
    for path in folder.glob("vectors-*"):
        number = path.stem.rpartition("-")[2]
        old = path.suffix == ".partial" or not number.isdigit() or int(number) < oldest
        if old and path.name not in needed:
            with suppress(PermissionError):  # Windows, while somebody has it mapped: the next commit tries again
                path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; Windows cannot open folders and needs none of it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
