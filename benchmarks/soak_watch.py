"""What a server and its child processes hold, read from /proc once a second, and whether it grows."""

from __future__ import annotations

import json
import os
import re
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Sample", "Watch", "growth", "sample"]

_PAGE = os.sysconf("SC_PAGE_SIZE")
_MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """At `seconds` after the start: memory and disk in MiB, everything else counted. `own_mb` is without children, and
    so are `threads` and `descriptors`, of which `kinds` says what they are.
    """

    seconds: float
    own_mb: float
    memory_mb: float
    processes: int
    threads: int
    descriptors: int
    temporary_files: int
    temporary_mb: float
    library_mb: float
    kinds: Mapping[str, int]

    @property
    def children_mb(self) -> float:
        """Memory of the child processes."""
        return self.memory_mb - self.own_mb


def sample(process: int, seconds: float, temporary: Path, library: Path) -> Sample:
    """What is held now. A process that ends meanwhile counts nothing."""
    family = _family(process)
    held = [_resident(one) for one in family]
    files, size = _folder(temporary)
    kinds = _kinds(process)
    return Sample(
        seconds,
        held[0] / _MEBIBYTE,
        sum(held) / _MEBIBYTE,
        len(family),
        _threads(process),
        kinds.total(),
        files,
        size / _MEBIBYTE,
        _folder(library)[1] / _MEBIBYTE,
        dict(kinds),
    )


class Watch(threading.Thread):
    """Takes a sample each second until told to stop, and writes it at once as a line of JSON."""

    def __init__(self, take: Callable[[float], Sample], out: Path) -> None:
        super().__init__(daemon=True)
        self.samples: list[Sample] = []
        self._take, self._out, self._done = take, out, threading.Event()

    def run(self) -> None:
        """Watch."""
        began = time.monotonic()
        with self._out.open("w", encoding="utf-8") as lines:
            while not self._done.wait(1 - (time.monotonic() - began) % 1):
                self.samples.append(self._take(time.monotonic() - began))
                lines.write(json.dumps(asdict(self.samples[-1])) + "\n")
                lines.flush()

    def stop(self) -> None:
        """Take no more."""
        self._done.set()
        self.join()


def growth(
    values: Sequence[float], of: Callable[[Sequence[float]], float] = statistics.median
) -> tuple[float, float, float]:
    """`of` the second sixth, of the last sixth, and the last to the first. ValueError for under six values."""
    if len(values) < 6:
        raise ValueError("growth needs at least six values")
    sixth = len(values) // 6
    first, last = of(values[sixth : 2 * sixth]), of(values[-sixth:])
    return first, last, last / first if first else 1.0 + last


def _family(process: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    family = [process]
    for one in family:  # grows while it is walked
        family += [child for child, parent in parents.items() if parent == one]
    return family


def _resident(process: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    return 0


def _threads(process: int) -> int:
    with suppress(OSError):
        return len(os.listdir(f"/proc/{process}/task"))  # noqa: PTH208  # only counted
    return 0


def _kinds(process: int) -> Counter[str]:
    """Its open descriptors by what they are, or by the file's name, with the numbers taken out."""
    kinds = Counter[str]()
    with suppress(OSError):
        for entry in Path(f"/proc/{process}/fd").iterdir():
            with suppress(OSError):  # closed since
                target = os.readlink(entry)  # noqa: PTH115  # a Path would lose the slash of what is no file
                kinds[re.sub(r"\d+", "N", target.rpartition("/")[2])] += 1
    return kinds


def _folder(folder: Path) -> tuple[int, int]:
    """How many files there are below it, and their bytes."""
    files = size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                size += (Path(place) / name).stat().st_size
                files += 1
    return files, size
