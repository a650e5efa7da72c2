"""Many clients at once: how many questions a second `quoth serve` answers, and how long each of them waits."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from .clients import ONE_AFTER_ANOTHER, QUOTH, Round, ask_all, served
from .data import TextSet, read_articles
from .progress import Progress
from .serving_tables import Rounds, batches_table, compared_table, load_table, same_table, waits_plot
from .speed import run as run_process
from .suites import Absent, Found, Run

__all__ = ["serving"]

_QUESTIONS = {1: 100, 8: 200, 32: 400}  # by number of clients
_QUICK = {1: 8, 8: 16, 32: 32}
_ROUNDS = 4
_BATCHED = 12
_OURS, _OTHER = "quoth serve", "left to ONNX Runtime"
_WAYS = {_OURS: QUOTH, _OTHER: ONE_AFTER_ANOTHER}
_ABOUT = (
    "`quoth serve` as a process, asked over HTTP on loopback by clients that each ask another question as soon as they "
    "have an answer; all questions of a round are different ones. The clients run on the same cores. The limit on how "
    "often one client may ask is off, everything else is as shipped: four questions in work, their passages read one "
    "on each core, first come, first served.",
    f"“{_OTHER}” is the same server without that last part: each question in work reads one passage after the other, "
    "each on all cores. Both servers are up all the time and take turns within each round.",
)


def serving(run: Run) -> Found:
    """The suite. Raises Absent."""
    if not Path("/proc/self/stat").exists():
        raise Absent("the CPU time of a process is read from /proc, which is not here")
    chosen = read_articles() if run.quick else run.read("squad2_dev_a")
    library = _library(chosen, run.kept / "serving" / chosen.name)
    counts = _QUICK if run.quick else _QUESTIONS
    every = [question.text for question in chosen.questions]
    questions = every[:: max(1, len(every) // max(counts.values()))]
    found = _rounds(library, questions, counts, 1 if run.quick else _ROUNDS)
    asked = [one for rounds in found.values() for each in rounds for one in each.asked]
    tables = (
        *(load_table(found, way) for way in _WAYS),
        compared_table(found, _OURS, _OTHER),
        same_table(library, asked),
        batches_table(library, questions[: 2 if run.quick else _BATCHED]),
    )
    return Found("Many clients at once", _ABOUT, tables, (waits_plot(found),))


def _library(chosen: TextSet, folder: Path) -> Path:
    """The set's library, made by `quoth add`; made anew where it is of another version."""
    texts, library = folder / "texts", folder / "library"
    texts.mkdir(parents=True, exist_ok=True)
    for name, data in chosen.files:
        (texts / name).write_bytes(data)
    command = (*QUOTH, "--library", str(library), "add", str(texts))
    try:
        run_process(command)
    except RuntimeError:
        shutil.rmtree(library, ignore_errors=True)
        run_process(command)
    return library


def _rounds(library: Path, questions: Sequence[str], counts: Mapping[int, int], rounds: int) -> Rounds:
    found: dict[tuple[str, int], list[Round]] = {}
    progress = Progress("asking", 2 * sum(counts.values()))
    with ExitStack() as stack:
        servers = {way: stack.enter_context(served(program, library)) for way, program in _WAYS.items()}
        for at in range(rounds):
            for clients, count in counts.items():
                some = questions[at * count // rounds : (at + 1) * count // rounds]
                for way in sorted(servers, reverse=bool(at % 2)):
                    found.setdefault((way, clients), []).append(ask_all(servers[way], some, clients))
                    progress.advance(len(some))
    return found
