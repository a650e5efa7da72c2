"""Odd names, odd things in folders, very many files and one very large one: rows of benchmarks/input_suite.py."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "tests"))

from odd_files import KINDS_OF_NAMES, ODD_THINGS
from odd_judge import Fate, judge_names, judge_thing

from .many_files import make_files
from .speed import run as measured
from .tables import Row

__all__ = ["COLUMNS", "cells", "make_large", "odd_rows"]

COLUMNS = ("cases", "refused", "read", "lost", "wrong", "slowest", "peak memory")
_MANY = 10_000
_LARGE = 200 * 1024**2
_APART = Path(__file__).with_name("added_apart.py")
_WORDS = (
    "amber", "barley", "candle", "dune", "ember", "fathom", "garnet", "harbour", "island", "juniper", "kettle",
    "lantern", "marble", "nettle",
)  # fmt: skip
_QUESTION = "What does note 7 tell of?"


def cells(said: Counter[str], slowest: float, memory: str = "") -> tuple[str, ...]:
    """A line under `COLUMNS`: how often each word was said, the slowest case in seconds."""
    counted = (said.total(), *(said[what] for what in ("refused", "read", "lost", "wrong")))
    return (*(f"{number:,}" for number in counted), f"{slowest:.2f} s", memory)


def odd_rows(*, quick: bool) -> Iterator[Row]:
    """A row for each kind of names, one for the things, one for each amount; many and large ones not when quick."""
    for kind, names in KINDS_OF_NAMES.items():
        yield _judged(f"names of files: {kind}", [partial(_names, names)])
    yield _judged("odd things in folders", [partial(_thing, thing) for thing in ODD_THINGS])
    yield _added("1 file", 1, partial(make_files, count=1))
    if not quick:
        yield _added(f"{_MANY:,} files at once", _MANY, partial(make_files, count=_MANY))
        yield _added(f"one text file of {_LARGE // 1024**2} MB", 1, partial(make_large, size=_LARGE))


def _names(names: tuple[bytes, ...], folder: Path) -> Iterable[Fate]:
    return judge_names(folder, names).values()


def _thing(thing: str, folder: Path) -> Iterable[Fate]:
    return (judge_thing(folder, thing),)


def _judged(label: str, acts: Iterable[Callable[[Path], Iterable[Fate]]]) -> Row:
    said: Counter[str] = Counter()
    slowest = 0.0
    for act in acts:
        with tempfile.TemporaryDirectory() as folder:
            began = time.monotonic()
            try:
                said.update(act(Path(folder)))
            except Exception as error:
                said["wrong"] += 1
                print(f"{label}: {error!r}", flush=True)
            slowest = max(slowest, time.monotonic() - began)
    return Row(label, "", cells(said, slowest))


def make_large(folder: Path, size: int) -> None:
    """One text file of that many bytes or a line more: notes, a line each, of which few are alike."""
    folder.mkdir(parents=True)
    with (folder / "large.txt").open("w", encoding="utf-8") as file:
        at = written = 0
        while written < size:
            told = " ".join(_WORDS[(at * step + at // 14) % 14] for step in (1, 3, 5, 9, 11, 13))
            written += file.write(f"Note {at % 9_973} tells of {told}.\n\n")
            at += 1


def _added(label: str, documents: int, make: Callable[[Path], object]) -> Row:
    """One adding in a process of its own; its memory is the largest that was resident."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "files")
        out = folder / "said.json"
        order = (str(folder / "library"), str(folder / "files"), str(documents), _QUESTION, str(out))
        try:
            usage = measured((sys.executable, str(_APART), *order))
        except RuntimeError as error:
            print(f"{label}: {error}", flush=True)
            return Row(label, "", cells(Counter(wrong=1), 0.0))
        said = json.loads(out.read_text(encoding="utf-8"))
    print(f"{label}: {said}", flush=True)
    fate = next((word for word in ("wrong", "refused", "lost") if said[word]), "read")
    return Row(label, "", cells(Counter((fate,)), usage.seconds, f"{usage.memory:,.0f} MB"))
