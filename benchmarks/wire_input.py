"""Damaged requests, lines and command lines, thrown for some seconds each: rows of benchmarks/input_suite.py."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))

from wire_mcp import spoken
from wire_targets import Thrown, wire
from wire_words import console

from .odd_input import cells
from .tables import Row

__all__ = ["counted", "wire_rows"]

_Opened = Callable[[Path], AbstractContextManager[Sequence[Thrown]]]


def wire_rows(seconds: float) -> list[Row]:
    """A row for each target; one more for a server, a process or a library that was not as before in the end."""
    return [row for opened in (_web, _lines, _words) for row in _rows(opened, seconds)]


def _rows(opened: _Opened, seconds: float) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        try:
            with opened(Path(folder)) as targets:
                for target in targets:
                    yield counted(target.name, target.judged, seconds, target.at_once)
        except AssertionError as error:
            label = f"{opened.__name__.strip('_')}, in the end"
            print(f"{label}: {error!r}", flush=True)
            yield Row(label, "", cells(Counter(wrong=1), 0.0))


@contextmanager
def _web(folder: Path) -> Iterator[Sequence[Thrown]]:
    with wire(folder) as running:
        yield running.targets


@contextmanager
def _lines(folder: Path) -> Iterator[Sequence[Thrown]]:
    with spoken(folder) as (_, target):
        yield (target,)


@contextmanager
def _words(folder: Path) -> Iterator[Sequence[Thrown]]:
    with console(folder) as (_, target):
        yield (target,)


def counted(label: str, judged: Callable[[int], str], seconds: float, at_once: int = 1) -> Row:
    """What came of the cases 0, 1, 2 and so on, so many at once for so long; an error is "wrong", and is printed."""
    said: Counter[str] = Counter()
    slowest, until = 0.0, time.monotonic() + seconds

    def one(number: int) -> tuple[str, float]:
        began = time.monotonic()
        try:
            word = judged(number)
        except Exception as error:
            word = "wrong"
            print(f"{label}, case {number}: {error!r}", flush=True)
        return word, time.monotonic() - began

    with ThreadPoolExecutor(at_once) as crew:
        do = map if at_once == 1 else crew.map  # a command line is for the first thread alone
        while time.monotonic() < until:
            for word, took in do(one, range(said.total(), said.total() + 2 * at_once - 1)):
                said[word] += 1
                slowest = max(slowest, took)
    return Row(label, "", cells(said, slowest))
