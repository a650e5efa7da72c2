"""Float vectors in a file that only grows: memory-mapped, so that a question reads the rows it needs and no others.

A file of this kind is too large to be hashed whole by every process (1.5 GB at a million passages, two seconds), so
each row has a hash of its own, kept in the small file that is hashed whole, and is checked when it is first used.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quoth.corpus import LibraryDamaged, refuse_passing

from .durable import REPAIR
from .encoder import Vectors

__all__ = ["FloatRows", "Slots"]

Slots = NDArray[np.int64]
_HASH = np.dtype("V8")  # raw bytes; BLAKE2b of 8 bytes misses one damage in 10^19
_AT_ONCE = 8192  # rows scored at once: 12 MB of 384 numbers, and what a filter leaves of them


class FloatRows:
    """Rows of float32 under slots 0, 1, 2...; a row is never changed or moved. `hashes` (n, of 8 bytes) are of the rows
    that stand in the file `path`; rows appended since are in memory until `write`. Raises LibraryDamaged.
    """

    def __init__(self, dimension: int, path: Path = Path(), hashes: NDArray[np.void] | None = None) -> None:
        self.path = path
        self.hashes: NDArray[np.void] = np.zeros(0, dtype=_HASH) if hashes is None else hashes
        self.dimension = dimension
        self._new: Vectors = np.zeros((0, dimension), dtype=np.float32)
        self._map()

    def __len__(self) -> int:
        return len(self._stored) + len(self._new)

    def append(self, vectors: Vectors) -> Slots:
        """Take in `vectors` (n, d); gives their slots (n,)."""
        first = len(self)
        self._new = np.concatenate([self._new, np.asarray(vectors, dtype=np.float32)])
        return np.arange(first, len(self), dtype=np.int64)

    def take(self, slots: Slots) -> Vectors:
        """The rows (n, d) of these slots (n,), as they were appended. Raises LibraryDamaged."""
        if not len(slots):
            return np.zeros((0, self.dimension), dtype=np.float32)
        split = len(self._stored)
        rows = np.empty((len(slots), self.dimension), dtype=np.float32)
        old = slots < split
        rows[old] = self._stored[slots[old]]
        rows[~old] = self._new[slots[~old] - split]
        self._check(slots[old], rows[old])
        return rows

    def scores(self, query: Vectors, slots: Slots) -> Vectors:
        """Inner products (n,) of `query` (d,) and the rows of these slots, each the same in whatever company.

        Raises LibraryDamaged.
        """
        parts = [
            np.einsum("ij,j->i", self.take(slots[at : at + _AT_ONCE]), query) for at in range(0, len(slots), _AT_ONCE)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)

    def write(self, path: Path) -> None:
        """Make the rows durable that are in no file yet, behind those that are, or in the new file `path`.

        What stands there from a write that was never committed is written over; readers see no row beyond their hashes.
        """
        if not len(self._stored):
            self.path = path
        with self.path.open("r+b" if len(self._stored) else "wb") as file:
            file.seek(len(self._stored) * self.dimension * 4)
            file.write(np.ascontiguousarray(self._new, dtype="<f4").data)
            file.flush()
            os.fsync(file.fileno())
        self.hashes = np.concatenate([self.hashes, _hashes(self._new)])
        self._new = self._new[:0].copy()
        self._map()

    def _map(self) -> None:
        count = len(self.hashes)
        self._checked = np.zeros(count, dtype=np.bool_)
        self._stored: Vectors = np.zeros((0, self.dimension), dtype=np.float32)
        if not count:
            return
        try:
            if self.path.stat().st_size < count * self.dimension * 4:
                raise LibraryDamaged(f"{self.path} is shorter than when it was saved; {REPAIR}")
            self._stored = np.asarray(np.memmap(self.path, dtype="<f4", mode="r", shape=(count, self.dimension)))
        except OSError as error:
            refuse_passing(self.path, error)
            raise LibraryDamaged(f"{self.path} cannot be read ({error.strerror}); {REPAIR}") from error

    def _check(self, slots: Slots, rows: Vectors) -> None:
        """Two threads may check the same row at once: both come to the same."""
        fresh = ~self._checked[slots]
        if not fresh.any():
            return
        if (_hashes(rows[fresh]) != self.hashes[slots[fresh]]).any():
            raise LibraryDamaged(f"{self.path} is not as it was saved; {REPAIR}")
        self._checked[slots[fresh]] = True


def _hashes(rows: Vectors) -> NDArray[np.void]:
    each = (hashlib.blake2b(row, digest_size=_HASH.itemsize).digest() for row in rows)
    return np.frombuffer(b"".join(each), dtype=_HASH)
