"""A long list that does not fill the memory."""

from __future__ import annotations

import json
import weakref
from array import array
from collections.abc import Callable, Iterator, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any, TypeVar, overload

__all__ = ["Spool"]

T = TypeVar("T")
_IN_MEMORY = 1_000_000  # bytes; what is more goes to a file without a name


class Spool(Sequence[T]):
    """Values by number, eight bytes of memory each, kept as lines of JSON: `pack` makes of a value what JSON has, and
    `unpack` the value again. One thread at a time.
    """

    def __init__(self, pack: Callable[[T], object], unpack: Callable[[Any], T]) -> None:
        self._pack, self._unpack = pack, unpack
        self._file: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (closed with this)
        self._starts = array("Q")
        weakref.finalize(self, self._file.close)

    def append(self, value: T) -> None:
        """Put one more at the end."""
        self._starts.append(self._file.seek(0, 2))
        self._file.write(json.dumps(self._pack(value)).encode("ascii") + b"\n")

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        if isinstance(at, slice):
            return [self._load(start) for start in self._starts[at]]
        return self._load(self._starts[at])

    def __iter__(self) -> Iterator[T]:
        return map(self._load, self._starts)

    def _load(self, start: int) -> T:
        self._file.seek(start)
        return self._unpack(json.loads(self._file.readline()))
