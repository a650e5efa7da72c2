"""Folders of many small files: taking them in, taking them in again unchanged, and the memory of it."""

from __future__ import annotations

import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from quoth.qa import Library

from .metrics import Estimate, mean_estimate
from .speed import Usage, run
from .suites import SEED
from .tables import Plot, Row, Series, Table

__all__ = ["again_table", "make_files", "memory_table", "ratio_of"]

_FILES_NOTES = (
    "Whole processes, once each; memory is the largest resident size. Walking is a Python that does `os.walk` with one "
    "`os.stat` a file. Memory grows by what must be there: the vectors of exact search (1.5 KB a passage, twice while "
    "they are added to), the record of each document in the report (0.8 KB), and what is known of each file.",
)
_AGAIN_NOTES = (
    "In one process, alternating. Adding again reads no file, but looks at each and reports on every document. What is "
    "told of documents is read from disk once for each state of the library: an open library that has reported before "
    "knows it, one just opened reads it (opening is counted too).",
)
_WORDS = (
    "amber barley candle dune ember fathom garnet harbour island juniper kettle lantern marble nettle orchard pebble "
    "quarry river saddle timber umber valley willow yarrow"
)
_WALK = """
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        os.stat(os.path.join(folder, name))
"""


def make_files(folder: Path, count: int) -> Path:
    """`count` text files of one sentence of its own each, a thousand a folder; those that are there already stay."""
    draws = random.Random(SEED)
    for at in range(count):
        place = folder / f"{at // 1_000:03d}"
        if at % 1_000 == 0:
            place.mkdir(parents=True, exist_ok=True)
        file, words = place / f"{at:06d}.txt", " ".join(draws.sample(_WORDS.split(), 6))
        if not file.exists():
            file.write_text(f"Note {at} tells of {words}.\n", encoding="utf-8")
    return folder


def memory_table(folder: Path, sizes: Sequence[int]) -> tuple[Table, Plot]:
    """Adding folders of so many files, and adding them again: seconds and peak memory against the number of files."""
    taken = {count: _added(folder, count) for count in sizes}
    named = ("adding", "adding again")
    rows = []
    for count, usages in taken.items():
        more = [_growth(taken, sizes[0], count, at) for at in range(len(named))]
        rows.append(Row(f"{count:,} files", "", (*map(_shown, usages), *more)))
    series = tuple(Series(name, tuple((n, taken[n][at].memory) for n in sizes)) for at, name in enumerate(named))
    plot = Plot("indexing-memory", "Memory of adding files", "files", "peak memory, MB", series, log_across=True)
    columns = (*named, "walking", *(f"memory of {name}, each further file" for name in named))
    return Table("Adding many files", columns, tuple(rows), _FILES_NOTES), plot


def _growth(taken: Mapping[int, Sequence[Usage]], least: int, count: int, at: int) -> str:
    """Kilobytes a file more than `least` files; nothing is said of these."""
    if count == least:
        return ""
    return f"{1_000 * (taken[count][at].memory - taken[least][at].memory) / (count - least):.1f} KB"


def _added(folder: Path, count: int) -> tuple[Usage, Usage, Usage]:
    files, library = make_files(folder / f"files-{count}", count), folder / f"library-{count}"
    shutil.rmtree(library, ignore_errors=True)
    add = (str(Path(sys.executable).with_name("quoth")), "add", "--library", str(library), str(files))
    return run(add), run(add), run((sys.executable, "-c", _WALK, str(files)))


def _shown(usage: Usage) -> str:
    return f"{usage.seconds:.2f} s, {usage.memory:,.0f} MB"


def again_table(folder: Path, count: int, rounds: int) -> Table:
    """Adding a folder of so many unchanged files, which `memory_table` left behind, against walking through it."""
    files = folder / f"files-{count}"
    place = folder / f"library-{count}"
    with Library.open(place) as library:
        library.add([files])
        _walk(files)
        ways = (lambda: library.add([files]), lambda: _open_and_add(place, files), lambda: _walk(files))
        taken = [tuple(map(_seconds, ways)) for _ in range(rounds)]
    again, opened, walking = zip(*taken, strict=True)
    named = (("adding again", again), ("adding again, library just opened", opened), ("walking", walking))
    rows = [Row(f"{label}, {count:,} files", "s", (mean_estimate(found),)) for label, found in named]
    ratios = [Row(f"{label} over walking", "x", (ratio_of(found, walking),)) for label, found in named[:2]]
    return Table("Nothing changed", ("mean",), (*rows, *ratios), _AGAIN_NOTES)


def _open_and_add(place: Path, files: Path) -> None:
    with Library.open(place) as library:
        library.add([files])


def _walk(files: Path) -> int:
    """As fast as Python can: no `Path` is made."""
    places = (os.path.join(folder, name) for folder, _, names in os.walk(files) for name in names)  # noqa: PTH118
    return sum(os.stat(place).st_size for place in places)  # noqa: PTH116


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def ratio_of(slow: Sequence[float], fast: Sequence[float]) -> Estimate:
    """How many times as long, round by round."""
    return mean_estimate([one / other for one, other in zip(slow, fast, strict=True)])
