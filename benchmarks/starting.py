"""How fast Quoth is there, and how little it brings: cold starts, modules, sizes of installations."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from quoth.corpus import bundled_folder
from quoth.qa import Library

from .environments import ANSWER, ANSWER_API, answer_environment, sizes_table
from .metrics import mean_estimate
from .speed import QUESTION, YARDSTICK, Taken, process_table, run
from .suites import Found, Run
from .tables import Row, Table

__all__ = ["modules", "modules_table", "starting", "times_tables"]

_ABOUT = (
    "A whole `quoth ask` process, from the shell's call to its end, on the library of the two articles, against a "
    "Python that does nothing but `import sentence_transformers`, the first step of a program that embeds a question "
    "with it. Every round runs all commands once, so each ratio is of one round.",
)
_MODULE_NOTES = ("Modules in `sys.modules` at the end of a process: what a start costs, on any machine.",)
_MODULES = "import atexit, sys; atexit.register(lambda: sys.stderr.write(f'{{len(sys.modules)}}\\n')); {code}"
_OURS = "quoth ask"


def starting(run: Run) -> Found:
    """Cold starts against the yardstick, modules loaded, sizes of the full and of the answer-only installation."""
    library = _library(run.kept / "starting" / "library")
    lists = () if run.quick else (ANSWER, ANSWER_API)
    answers = [(listed, answer_environment(run.kept / "starting" / listed.stem, listed)) for listed in lists]
    times = times_tables(library, answers[0][1] if answers else None, 3 if run.quick else 15)
    return Found("Starting", _ABOUT, (*times, modules_table(library), sizes_table(answers)))


def times_tables(library: Path, answer: Path | None, rounds: int) -> tuple[Table, Table]:
    """Whole `quoth ask` processes, of this Python and of the Python `answer`, against the yardstick of each round."""
    commands = {"python: nothing at all": (sys.executable, "-c", "pass"), _OURS: _ask(sys.executable, library)}
    if answer is not None:
        commands[f"{_OURS}, in the answer-only installation"] = _ask(str(answer), library)
    taken = _rounds(commands, rounds)
    return replace(process_table(taken), title="Cold start"), _ratios_table(taken)


def _library(folder: Path) -> Path:
    """The library of the two articles, as this code makes it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with Library.create(folder) as library:
        library.add([bundled_folder()])
    return folder


def _ask(python: str, library: Path) -> tuple[str, ...]:
    return (str(Path(python).with_name("quoth")), "ask", "--library", str(library), QUESTION)


def _rounds(commands: Mapping[str, tuple[str, ...]], rounds: int) -> Taken:
    """Each command once a round, the yardstick first; the first round warms the machine's caches and is not counted."""
    taken: Taken = {}
    for at in range(rounds + 1):
        yardstick = run(YARDSTICK.line)
        usages = {YARDSTICK.label: yardstick, **{label: run(line) for label, line in commands.items()}}
        for label, usage in usages.items() if at else ():
            taken.setdefault(label, []).append((usage, usage.seconds / yardstick.seconds))
    return taken


def _ratios_table(taken: Taken) -> Table:
    rows = tuple(
        Row(f"{label}, over {YARDSTICK.label.removeprefix('python: ')}", "x", (mean_estimate([r for _, r in found]),))
        for label, found in taken.items()
        if label.startswith(_OURS)
    )
    return Table("Ratio of a start to the yardstick", ("mean",), rows)


def modules_table(library: Path) -> Table:
    """How many modules a start loads."""
    asked = f"from quoth.ui.cli import main; main(['--library', {str(library)!r}, 'ask', {QUESTION!r}])"
    said = {
        "python: nothing at all": "pass",
        "quoth --help": "from quoth.ui.cli import main; main(['--help'])",
        _OURS: asked,
        YARDSTICK.label: "import sentence_transformers",
    }
    rows = tuple(Row(label, "", (f"{modules(code):,}",)) for label, code in said.items())
    return Table("Modules loaded", ("modules",), rows, _MODULE_NOTES)


def modules(code: str) -> int:
    """How many modules a Python has loaded when it has run `code`."""
    command = [sys.executable, "-c", _MODULES.format(code=code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stderr.splitlines()[-1])
