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

__all__ = ["YARDSTICK", "Usage", "process_table", "run", "speed_table", "take_times", "warm_table"]

QUESTION = "When did the Central Asia plus Japan summit take place?"
_WARM_UP = 5
_NOTES = (
    "Medians over rounds that run every command once. Memory is the largest resident size of the process, shared "
    "libraries and mapped files included. The ratio is to `import sentence_transformers` in the same round: other "
    "machines, and other loads, differ in seconds, less so in ratios.",
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


@dataclass(frozen=True, slots=True)
class Command:
    """A command line under a name; `fresh` is deleted before each run, `once` keeps it to the first round, `cache` is
    where encoders are kept if not where they always are.
    """

    label: str
    line: tuple[str, ...]
    fresh: Path | None = None
    once: bool = False
    cache: Path | None = None


Taken = dict[str, list[tuple[Usage, float]]]
"""By label, each run with its ratio to the yardstick of its round."""
YARDSTICK = Command("python: import sentence_transformers", (sys.executable, "-c", "import sentence_transformers"))


def take_times(squad: TextSet | None, folder: Path, rounds: int) -> Taken:
    """Run `quoth add` and `quoth ask` from the shell, in rounds that each begin with the yardstick."""
    shutil.rmtree(folder, ignore_errors=True)
    taken: Taken = {}
    commands = _all_commands(squad, folder)
    for at in range(rounds):
        yardstick = _run(YARDSTICK)
        taken.setdefault(YARDSTICK.label, []).append((yardstick, 1.0))
        for command in commands:
            if at == 0 or not command.once:
                usage = _run(command)
                taken.setdefault(command.label, []).append((usage, usage.seconds / yardstick.seconds))
    return taken


def process_table(taken: Taken) -> Table:
    """Time, ratio and memory of every command."""
    columns = ("runs", "time", "smallest to largest", "ratio", "peak memory")
    return Table("Whole processes", columns, tuple(_row(label, found) for label, found in taken.items()), _NOTES)


def _all_commands(squad: TextSet | None, folder: Path) -> list[Command]:
    bundled, texts = ROOT / "corpus" / "texts", folder / "texts"
    first = "quoth add, two articles, the very first on a machine (exports the encoder)"
    commands = [
        Command("python: nothing at all", (sys.executable, "-c", "pass")),
        Command(first, _quoth("add", folder / "first", bundled), once=True, cache=folder / "cache"),
        *_commands("two articles", folder / "two", bundled),
    ]
    texts.mkdir(parents=True)
    for name, data in squad.files if squad else ():
        (texts / name).write_bytes(data)
    return commands if squad is None else [*commands, *_commands("SQuAD", folder / "squad", texts)]


def _commands(what: str, library: Path, texts: Path) -> list[Command]:
    """Adding to a new library, adding again, asking."""
    return [
        Command(f"quoth add, {what}", _quoth("add", library, texts), fresh=library),
        Command(f"quoth add again, {what}, nothing changed", _quoth("add", library, texts)),
        Command(f"quoth ask, {what}", _quoth("ask", library, QUESTION)),
    ]


def _quoth(command: str, library: Path, *rest: str | Path) -> tuple[str, ...]:
    return (str(Path(sys.executable).with_name("quoth")), command, "--library", str(library), *map(str, rest))


def _run(command: Command) -> Usage:
    if command.fresh is not None:
        shutil.rmtree(command.fresh, ignore_errors=True)
    usage = run(command.line, (0, 1) if "ask" in command.line else (0,), command.cache)
    sys.stderr.write(f"  {command.label}: {usage.seconds:.2f} s, {usage.memory:.0f} MB\n")
    return usage


def _row(label: str, found: Sequence[tuple[Usage, float]]) -> Row:
    seconds = [usage.seconds for usage, _ in found]
    cells = (
        str(len(found)),
        f"{statistics.median(seconds):.2f} s",
        f"{min(seconds):.2f} to {max(seconds):.2f} s",
        f"{statistics.median(ratio for _, ratio in found):.2f}",
        f"{statistics.median(usage.memory for usage, _ in found):.0f} MB",
    )
    return Row(label, "", cells)


def speed_table(libraries: Sequence[tuple[str, Path]], taken: Taken) -> Table:
    """Passages a second of each library's `quoth add`, from its median time."""
    lines = []
    for what, place in libraries:
        seconds = statistics.median(usage.seconds for usage, _ in taken[f"quoth add, {what}"])
        with Library.open(place) as library:
            stamp = library.stamp
        lines.append(Row(what, "", (f"{stamp.documents:,}", f"{stamp.passages:,}", f"{stamp.passages / seconds:.1f}")))
    return Table("Adding", ("documents", "passages", "passages a second"), tuple(lines))


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
