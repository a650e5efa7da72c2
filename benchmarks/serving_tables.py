"""What the rounds of the serving suite say: tables, a plot, and what reading in batches would have saved."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from quoth.index import open_session, padded
from quoth.qa import Abstention, Answer, Library
from quoth.qa.reader import shipped_reader
from quoth.ui.plain import as_json
from quoth.ui.record import answer_record

from .clients import Asked, Round, timeless
from .metrics import quantile
from .tables import Plot, Row, Series, Table

__all__ = ["Rounds", "batches_table", "compared_table", "load_table", "same_table", "waits_plot"]

Rounds = Mapping[tuple[str, int], list[Round]]
"""By the way a server works and the number of clients."""
_COMPARED = 100
_SIZES = (1, 4, 8, 32)
_LOAD_NOTES = (
    "Throughput: median of the rounds; ratio: to that of one client. Times: of all questions, as the clients see them. "
    "CPU: what the server used for a question, on all cores together; cores busy: how many that kept busy. Memory: the "
    "largest resident size of the process up to then.",
)
_COMPARED_NOTES = ("Medians of the ratios of each round. Better is above 1 for throughput, below 1 for the others.",)
_SAME_NOTES = ("The bodies that came over HTTP and the records of `Library.ask`, byte for byte but for `elapsed_ms`.",)
_BATCH_NOTES = (
    "CPU time of the reader's network, on one core, for the passages of several questions one by one and in batches of "
    "like length; medians over groups of 32 passages. Quoth reads one by one.",
)


def load_table(found: Rounds, way: str) -> Table:
    """What the clients of one server waited, and what they cost it."""
    levels = _levels(found)
    alone = _rate(found[way, levels[0]])
    columns = (
        "questions", "throughput", "ratio", "median", "95th percentile", "errors", "CPU", "cores busy",
        "/healthz, 95th percentile", "peak memory",
    )  # fmt: skip
    rows = tuple(Row(_clients(level), "", _load(found[way, level], alone)) for level in levels)
    return Table(way, columns, rows, _LOAD_NOTES)


def _load(rounds: Sequence[Round], alone: float) -> tuple[str, ...]:
    asked = [one for each in rounds for one in each.asked]
    waits, probes = [one.seconds for one in asked], [probe for each in rounds for probe in each.probes]
    used, rate = sum(each.cpu_seconds for each in rounds), _rate(rounds)
    return (
        f"{len(asked):,}",
        f"{rate:.2f} /s",
        f"{rate / alone:.2f}",
        f"{1000 * quantile(waits, 0.5):.0f} ms",
        f"{1000 * quantile(waits, 0.95):.0f} ms",
        str(sum(one.status != 200 for one in asked)),
        f"{1000 * used / len(asked):.0f} ms",
        f"{used / sum(each.seconds for each in rounds):.2f}",
        f"{1000 * quantile(probes, 0.95):.0f} ms" if probes else "",
        f"{max(each.peak_mb for each in rounds):.0f} MB",
    )


def compared_table(found: Rounds, way: str, other: str) -> Table:
    """One way against another, round by round."""
    measures: Mapping[str, Callable[[Round], float]] = {
        "throughput": lambda each: len(each.asked) / each.seconds,
        "median": lambda each: quantile([one.seconds for one in each.asked], 0.5),
        "95th percentile": lambda each: quantile([one.seconds for one in each.asked], 0.95),
        "CPU": lambda each: each.cpu_seconds / len(each.asked),
    }
    rows = []
    for level in _levels(found):
        pairs = list(zip(found[way, level], found[other, level], strict=True))
        cells = [f"{statistics.median(take(a) / take(b) for a, b in pairs):.2f}" for take in measures.values()]
        rows.append(Row(_clients(level), "", (str(len(pairs)), *cells)))
    return Table(f"“{way}” to “{other}”", ("rounds", *measures), tuple(rows), _COMPARED_NOTES)


def same_table(library: Path, asked: Sequence[Asked], most: int = _COMPARED) -> Table:
    """Whether what came over HTTP is what the library answers, for all answers to at most so many questions."""
    chosen = list(dict.fromkeys(one.question for one in asked))[:most]
    with Library.open(library) as opened:
        expected = {question: _body(opened.ask(question)) for question in chosen}
    same = [timeless(one.body) == expected[one.question] for one in asked if one.question in expected]
    row = Row("all clients", "", (str(len(chosen)), f"{len(same):,}", str(same.count(False))))
    return Table("The answers", ("questions", "answers compared", "different"), (row,), _SAME_NOTES)


def batches_table(library: Path, questions: Sequence[str]) -> Table:
    """What reading several passages in one run of the network costs."""
    windows = _windows(library, questions)
    session = open_session(shipped_reader()._paths[0], threads=1)
    session.run(None, padded(windows[:1]))
    spent: dict[int, list[float]] = {size: [] for size in _SIZES}
    for at in range(0, len(windows), max(_SIZES)):
        some = sorted(windows[at : at + max(_SIZES)], key=lambda window: len(window.ids))
        for size in _SIZES:
            began = time.process_time()
            for first in range(0, len(some), size):
                session.run(None, padded(some[first : first + size]))
            spent[size].append((time.process_time() - began) / len(some))
    rows = []
    for size, each in spent.items():
        ratio = statistics.median(these / single for these, single in zip(each, spent[1], strict=True))
        cells = (str(len(windows)), f"{1000 * statistics.median(each):.1f} ms", f"{ratio:.2f}")
        rows.append(Row("one by one" if size == 1 else f"{size} together", "", cells))
    return Table("Reading in batches", ("passages", "CPU of a passage", "ratio"), tuple(rows), _BATCH_NOTES)


def waits_plot(found: Rounds) -> Plot:
    """How long clients wait, the more of them there are."""
    lines = []
    for way in dict.fromkeys(way for way, _ in found):
        waits = {level: [one.seconds for each in found[way, level] for one in each.asked] for level in _levels(found)}
        for name, share in (("median", 0.5), ("95th percentile", 0.95)):
            points = tuple((float(level), quantile(some, share)) for level, some in waits.items())
            lines.append(Series(f"{way}, {name}", points))
    title = "How long clients wait for an answer"
    return Plot("serving", title, "clients at once", "seconds", tuple(lines), log_across=True, log_up=True)


def _levels(found: Rounds) -> list[int]:
    return sorted({clients for _, clients in found})


def _clients(level: int) -> str:
    return "1 client" if level == 1 else f"{level} clients"


def _rate(rounds: Sequence[Round]) -> float:
    """Questions a second."""
    return statistics.median(len(each.asked) / each.seconds for each in rounds)


def _body(outcome: Answer | Abstention) -> bytes:
    return as_json(answer_record(replace(outcome, elapsed_ms=0.0))).encode()


def _windows(library: Path, questions: Iterable[str]) -> list[Any]:
    """What the reader reads for these questions, as its network takes it."""
    tokenizer, _ = shipped_reader()._load()
    with Library.open(library) as opened:
        pairs = [(question, hit.text) for question in questions for hit in opened.search(question, 8)]
    return [window for one in tokenizer.encode_batch(pairs) for window in (one, *one.overflowing)]
