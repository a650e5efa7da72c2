"""Files that are believed only when they are what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from quoth.corpus import LibraryDamaged, refuse_passing

__all__ = ["REPAIR", "Hashed", "digest", "open_checked", "read_checked", "sweep"]

REPAIR = "run `quoth doctor --repair` to rebuild it from the stored documents"

_AT_ONCE = 1 << 20  # bytes


def digest(data: bytes) -> str:
    """The BLAKE2b of `data`, 64 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def read_checked(path: Path, size: int, expected: str) -> bytes:
    """The file's bytes, of this size and digest. Raises LibraryDamaged, or LibraryError where it cannot be opened."""
    try:
        data = path.read_bytes()
    except OSError as error:
        refuse_passing(path, error)
        raise LibraryDamaged(f"{path} cannot be read ({error.strerror}); {REPAIR}") from error
    if len(data) != size or digest(data) != expected:
        raise LibraryDamaged(f"{path} is not the file that was saved; {REPAIR}")
    return data


@contextmanager
def open_checked(path: Path, size: int, expected: str) -> Iterator[BinaryIO]:
    """The file, at its beginning, once all of it was found to be of this size and digest; never whole in memory.

    Raises LibraryDamaged, also where it cannot be read later on, or LibraryError where it cannot be opened now.
    """
    try:
        with path.open("rb") as file:
            hashed = Hashed()
            while part := file.read(_AT_ONCE):
                hashed.write(part)
            if (hashed.size, hashed.digest) != (size, expected):
                raise LibraryDamaged(f"{path} is not the file that was saved; {REPAIR}")
            file.seek(0)
            yield file
    except OSError as error:
        refuse_passing(path, error)
        raise LibraryDamaged(f"{path} cannot be read ({error.strerror}); {REPAIR}") from error


class Hashed:
    """What goes through it is counted, hashed as `digest` does it, and passed on to `file` once there is one."""

    def __init__(self) -> None:
        self.file: IO[bytes] | None = None
        self._hash = hashlib.blake2b(digest_size=32)
        self.size = 0

    def write(self, data: bytes) -> int:
        """Take in the next bytes; gives how many they are."""
        self._hash.update(data)
        self.size += len(data)
        if self.file is not None:
            self.file.write(data)
        return len(data)

    @property
    def digest(self) -> str:
        """Of all so far."""
        return self._hash.hexdigest()


def sweep(folder: Path, oldest: int, needed: Collection[str]) -> None:
    """Delete the vector files of generations before `oldest`, but those `needed` by later ones."""
    for path in folder.glob("vectors-*"):
        number = path.stem.rpartition("-")[2]
        old = path.suffix == ".partial" or not number.isdigit() or int(number) < oldest
        if old and path.name not in needed:
            with suppress(PermissionError):  # Windows, while somebody has it mapped: the next commit tries again
                path.unlink(missing_ok=True)
