"""What is in a file when some of what was written to it is not certain to be on the disk."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["SECTOR", "Inode"]

SECTOR = 512


@dataclass(slots=True)
class Inode:
    """What is in a file for certain; and what was done since: bytes put at an offset, or (None) cut off there."""

    certain: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes | None]] = field(default_factory=list)

    def content(self, chance: random.Random | None = None, lost: float = 0.0) -> bytearray:
        """With all that is pending; or with each part of it lost or torn with this chance."""
        content = bytearray(self.certain)
        for at, data in self.pending:
            if chance is None or chance.random() >= lost:
                _apply(content, at, data)
            elif data is not None and chance.random() < 0.5:
                for start, stop in _sectors(at, len(data)):
                    if chance.random() < 0.5:
                        _apply(content, start, data[start - at : stop - at])
        return content


def _apply(content: bytearray, at: int, data: bytes | None) -> None:
    stop = at if data is None else at + len(data)
    if len(content) < stop:
        content.extend(bytes(stop - len(content)))
    if data is None:
        del content[at:]
    else:
        content[at:stop] = data


def _sectors(at: int, length: int) -> Iterator[tuple[int, int]]:
    """The parts of a write that stand in one sector each."""
    stop = at + length
    while at < stop:
        end = min(stop, (at // SECTOR + 1) * SECTOR)
        yield at, end
        at = end
