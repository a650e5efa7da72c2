"""Time and memory of whole processes, and of questions asked of a library that is open already."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from quoth.corpus import BadQuestion
from quoth.index.export import CACHE_VARIABLE
from quoth.qa import Library

from .data import ROOT, TextSet
from .metrics import quantile
from .progress import Progress
from .tables import Row, Table

__all__ = ["Usage", "process_table", "warm_table"]

QUESTION = "When did the Central Asia plus Japan summit take place?"
_WARM_UP = 5
_NOTES = (
    "Medians. Memory is the largest resident size of the process, shared libraries and mapped files included. The "
    "ratio is to `import sentence_transformers` in the same minutes on the same machine: other machines differ in "
    "seconds, less so in ratios.",
)
_WARM_NOTES = (
    "Different questions one after the other; the first five are not counted. `search` embeds the question and ranks "
    "passages, `ask` does that, chooses the words to quote, judges and checks them.",
)


@dataclass(frozen=True, slots=True)
class Usage:
    """One run of one command."""

    seconds: float
    memory: float


def run(command: Sequence[str], expected: Sequence[int] = (0,), cache: Path | None = None) -> Usage:
    """Run a command as a process of its own. Raises RuntimeError when its exit code is not an expected one."""
    environment = dict(os.environ, HF_HUB_OFFLINE="1") | ({CACHE_VARIABLE: str(cache)} if cache else {})
    launcher = [sys.executable, "-S", str(Path(__file__).with_name("measured.py")), *command]
    done = subprocess.run(launcher, capture_output=True, text=True, check=True, env=environment, cwd=ROOT)
    facts = json.loads(done.stdout)
    if facts["status"] not in expected:
        raise RuntimeError(f"{' '.join(command)} ended with {facts['status']}: {done.stderr[-400:]}")
    return Usage(facts["seconds"], facts["memory"])


def process_table(squad: TextSet | None, folder: Path, runs: int) -> Table:
    """`quoth add` and `quoth ask` from the shell, beside the time Python needs to import sentence_transformers."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yardstick = [run([sys.executable, "-c", "import sentence_transformers"]) for _ in range(runs)]
    middle = statistics.median(usage.seconds for usage in yardstick)
    bare = [run([sys.executable, "-c", "pass"]) for _ in range(runs)]
    lines = [
        _row("python: import sentence_transformers", yardstick, middle),
        _row("python: nothing at all", bare, middle),
    ]
    first = [run(_quoth("add", folder / "first", str(ROOT / "corpus" / "texts")), cache=folder / "cache")]
    lines.append(_row("quoth add, two articles, the very first on a machine (exports the encoder)", first, middle))
    lines += _library_rows("two articles", [ROOT / "corpus" / "texts"], folder / "two", middle, runs)
    if squad is not None:
        texts = folder / "texts"
        texts.mkdir()
        for name, data in squad.files:
            (texts / name).write_bytes(data)
        lines += _library_rows(
            f"{len(squad.files)} SQuAD articles", [texts], folder / "squad", middle, max(1, runs - 2)
        )
    columns = ("runs", "time", "smallest to largest", "ratio", "peak memory", "passages a second")
    return Table("Whole processes", columns, tuple(lines), _NOTES)


def _quoth(command: str, library: Path, *rest: str) -> list[str]:
    return [str(Path(sys.executable).with_name("quoth")), command, "--library", str(library), *rest]


def _library_rows(what: str, paths: Sequence[Path], place: Path, yardstick: float, runs: int) -> list[Row]:
    """Adding to a new library, adding again, asking."""
    added = []
    for at in range(runs):
        shutil.rmtree(place, ignore_errors=True)
        added.append(run(_quoth("add", place, *map(str, paths))))
        _say(f"quoth add, {what}, run {at + 1}", added[-1])
    with Library.open(place) as library:
        stamp = library.stamp
    again = [run(_quoth("add", place, *map(str, paths))) for _ in range(runs)]
    asked = [run(_quoth("ask", place, QUESTION), (0, 1)) for _ in range(runs)]
    return [
        _row(f"quoth add, {what} ({stamp.passages:,} passages)", added, yardstick, stamp.passages),
        _row(f"quoth add again, {what}, nothing changed", again, yardstick),
        _row(f"quoth ask, {what}", asked, yardstick),
    ]


def _say(what: str, usage: Usage) -> None:
    sys.stderr.write(f"  {what}: {usage.seconds:.1f} s, {usage.memory:.0f} MB\n")


def _row(label: str, usages: Sequence[Usage], yardstick: float, passages: int = 0) -> Row:
    seconds = [usage.seconds for usage in usages]
    middle = statistics.median(seconds)
    cells = (
        str(len(usages)),
        f"{middle:.2f} s",
        f"{min(seconds):.2f} to {max(seconds):.2f} s",
        f"{middle / yardstick:.2f}",
        f"{statistics.median(usage.memory for usage in usages):.0f} MB",
        f"{passages / middle:.0f}" if passages else "",
    )
    return Row(label, "", cells)


def warm_table(libraries: Sequence[tuple[str, Library, Sequence[str]]], yardstick: float) -> Table:
    """Questions asked one after the other of open libraries; the first five of each are not counted."""
    lines = []
    for name, library, questions in libraries:
        for what, action in (("search", library.search), ("ask", library.ask)):
            spent = _spent(f"{what}, {name}", action, questions)
            middle, slow = quantile(spent, 0.5), quantile(spent, 0.95)
            label = f"{what}, {name} ({library.stamp.passages:,} passages)"
            cells = (str(len(spent)), f"{1000 * middle:.1f} ms", f"{1000 * slow:.1f} ms", f"{middle / yardstick:.4f}")
            lines.append(Row(label, "", cells))
    columns = ("questions", "median", "95th percentile", "ratio of the median")
    return Table("In an open library", columns, tuple(lines), _WARM_NOTES)


def _spent(what: str, action: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    spent = []
    progress = Progress(what, len(questions))
    for question in questions:
        began = time.perf_counter()
        try:
            action(question)
        except BadQuestion:
            continue
        spent.append(time.perf_counter() - began)
        progress.advance()
    return spent[_WARM_UP:]
