"""Where the time of an answer goes: the stages of `ask`, timed from outside by wrapping its parts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from quoth.corpus import BadQuestion
from quoth.qa import Library

from .progress import Progress
from .tables import Row, Table

__all__ = ["stages_table"]

STAGES = ("embedding the question", "searching", "reading", "everything else")
_WARM_UP = 5
_NOTES = (
    "Median milliseconds of a question, and the stage's share of all the time that all questions took. Everything else "
    "is choosing sentences, judging, cutting and checking quotes.",
)


class Clock:
    """Adds up the seconds spent in each stage."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = dict.fromkeys(STAGES, 0.0)

    def timed(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """`work`, with its time added to `stage`."""

        def measured(*values: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return work(*values, **named)
            finally:
                self.spent[stage] += time.perf_counter() - began

        return measured


class Part:
    """A part of the library with some of its methods timed; the rest is the part's own."""

    def __init__(self, part: Any, clock: Clock, stages: dict[str, str]) -> None:
        self._part = part
        for method, stage in stages.items():
            setattr(self, method, clock.timed(stage, getattr(part, method)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


def stages_table(libraries: Sequence[tuple[str, Library, Sequence[str]]]) -> Table:
    """Milliseconds and share of each stage, for every library; the first five questions are not counted."""
    lines = []
    for name, library, questions in libraries:
        spent = _spent(name, library, questions)
        total = sum(sum(one.values()) for one in spent)
        cells = tuple(_cell([one[stage] for one in spent], total) for stage in STAGES)
        whole = 1000 * statistics.median(sum(one.values()) for one in spent)
        label = f"ask, {name} ({library.stamp.passages:,} passages)"
        lines.append(Row(label, "", (str(len(spent)), f"{whole:.1f} ms", *cells)))
    return Table("Where the time of an answer goes", ("questions", "median", *STAGES), tuple(lines), _NOTES)


def _cell(seconds: Sequence[float], total: float) -> str:
    return f"{1000 * statistics.median(seconds):.1f} ms, {100 * sum(seconds) / total:.0f} %"


def _spent(name: str, library: Library, questions: Sequence[str]) -> list[dict[str, float]]:
    """Seconds by stage, for each question."""
    found = []
    progress = Progress(f"stages, {name}", len(questions))
    for question in questions:
        progress.advance()
        clock = Clock()
        asker: Any = library._asker()
        timed = replace(
            asker,
            encoder=Part(asker.encoder, clock, {"encode_questions": STAGES[0]}),
            index=Part(asker.index, clock, dict.fromkeys(("search", "word_weights", "missing_words"), STAGES[1])),
            reader=Part(asker.reader, clock, {"read": STAGES[2]}),
        )
        began = time.perf_counter()
        try:
            timed.ask(question, 3, None, ())
        except BadQuestion:
            continue
        clock.spent[STAGES[3]] = time.perf_counter() - began - sum(clock.spent.values())
        found.append(clock.spent)
    return found[_WARM_UP:]
