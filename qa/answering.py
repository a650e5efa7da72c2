"""Asking the questions of an evaluation: alone, to see how long one takes, and together, to be done."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

from quoth.corpus import DocumentId
from quoth.index import Hit

from .answer import Abstention, Answer
from .asking import Asker
from .batching import Asked, Bulk, in_order
from .crew import cores
from .estimates import quantile
from .evaluation import Timing
from .golds import Golds, Task
from .journal import Entry, Lines
from .library import Library
from .manifest import EvaluationSettings
from .question_row import QuestionRow
from .ranking import Judged
from .reports import OnProgress, Progress
from .scoring import scored
from .wording import Wording

__all__ = ["Answering", "Render"]

Render = Callable[[Answer | Abstention], dict[str, Any]]
_MOST_ALONE, _LEAST_ALONE = 60, 10
"""From 59 questions on the slowest of them is, in 95 of 100 samples, slower than 95 of 100 questions: 1 - 0.95^59."""
_MOST_SHOWN, _SHOWN = 3, 200  # golds of a question, characters of one


class Answering:
    """Asks one library everything; each question becomes an `Entry`."""

    def __init__(
        self, library: Library, asker: Asker, golds: Golds, settings: EvaluationSettings, render: Render
    ) -> None:
        self._library, self._asker, self._golds = library, asker, golds
        self._settings, self._render = settings, render
        self._bulk = Bulk(asker, settings.quotes)
        self._passages_of = lru_cache(maxsize=256)(self._read_passages_of)  # of one document many questions are asked

    def run(
        self,
        rows: Sequence[QuestionRow],
        done: int,
        lines: Lines,
        progress: OnProgress | None = None,
        workers: int | None = None,
    ) -> Timing:
        """Ask all rows after the first `done`, and write a line for each as soon as it and all before it are known.

        Before that some are timed. `progress` is told after each question, when no time is taken; the stages are
        "timing" and "answering", and an exception it raises ends the run there.
        """
        tell = progress or (lambda _: None)
        alone = self._alone(rows, tell)
        tasks = (self._golds.task(row) for row in islice(rows, done, None))
        workers = workers or cores()
        tell(Progress("answering", done, len(rows)))
        began = time.perf_counter()
        for number, entry in enumerate(in_order(self._entry, tasks, workers), done + 1):
            lines.write(entry.to_line() + "\n")
            tell(Progress("answering", number, len(rows)))
        return _timing(alone, len(rows) - done, time.perf_counter() - began, workers)

    def _alone(self, rows: Sequence[QuestionRow], tell: OnProgress) -> list[float]:
        """Seconds of questions from all over the file, asked one after the other as anybody would."""
        wanted = min(len(rows), _MOST_ALONE, max(_LEAST_ALONE, len(rows) // 20))
        chosen = [rows[at * len(rows) // wanted] for at in range(wanted)]
        seconds = []
        tell(Progress("timing", 0, wanted))
        for number, row in enumerate((chosen[0], *chosen)):  # the first one also loads the models
            task = self._golds.task(row)
            began = time.perf_counter()
            self._library.ask(row.question, quotes=self._settings.quotes, documents=task.documents, history=row.history)
            seconds.append(time.perf_counter() - began)
            tell(Progress("timing", number, wanted))
        return seconds[1:]

    def _entry(self, task: Task) -> Entry:
        row = task.row
        outcome = self._bulk.ask(Asked(row.question, task.documents, row.history))
        hits = self._asker.search(Wording.of(row.question, row.history), self._settings.depth, task.documents)
        record = self._render(replace(outcome, elapsed_ms=0.0))
        passages = [hit.passage for hit in hits]
        names = (_named(one.document, one.start, one.stop) for one in passages)
        ranking = tuple(zip(names, (hit.score for hit in hits), strict=True))
        return Entry(
            key=row.key,
            line=row.line,
            answerable=task.answerable,
            golds=tuple((gold.text or gold.document or "")[:_SHOWN] for gold in row.golds[:_MOST_SHOWN]),
            problems=task.problems,
            record=record if row.id is None else {"schema": record["schema"], "id": row.id, **record},
            scored=scored(task, outcome, passages),
            documents=Judged(_documents(hits), _relevant_documents(task)),
            passages=Judged(ranking, self._relevant_passages(task)),
        )

    def _relevant_passages(self, task: Task) -> dict[str, int]:
        """Those that hold a part of a gold answer, where every gold answer has exactly one place."""
        golds = [gold for gold in task.golds if gold.text]
        if any(len(gold.places) != 1 for gold in golds):
            return {}
        return {
            _named(place.document, *passage): 1
            for place in dict.fromkeys(gold.places[0] for gold in golds)
            for passage in self._passages_of(place.document)
            if passage[0] < place.span.stop and place.span.start < passage[1]
        }

    def _read_passages_of(self, document: DocumentId) -> tuple[tuple[int, int], ...]:
        return tuple((one.start, one.stop) for one in self._asker.index.passages_of(document))


def _documents(hits: Sequence[Hit]) -> tuple[tuple[str, float], ...]:
    """Each document once, where its best passage stands, with the score of that."""
    best: dict[str, float] = {}
    for hit in hits:
        best.setdefault(hit.passage.document, hit.score)
    return tuple(best.items())


def _relevant_documents(task: Task) -> dict[str, int]:
    """The best grade of each document named by a gold."""
    grades: dict[str, int] = {}
    for gold in task.golds:
        if gold.document is not None:
            grades[gold.document] = max(gold.grade, grades.get(gold.document, 0))
    return grades


def _named(document: DocumentId, start: int, stop: int) -> str:
    return f"{document}:{start}-{stop}"


def _timing(alone: Sequence[float], together: int, seconds: float, workers: int) -> Timing:
    each = sum(alone) / len(alone)
    rate = together / seconds if together else 0.0
    return Timing(
        alone_n=len(alone),
        alone_p50_ms=round(1000 * quantile(alone, 0.5), 3),
        alone_p95_ms=round(1000 * quantile(alone, 0.95), 3),
        alone_per_second=round(1 / each, 3),
        together_n=together,
        together_seconds=round(seconds, 3),
        together_per_second=round(rate, 3),
        workers=workers,
        speedup=round(rate * each, 3),
        peak_memory_mb=_peak_memory_mb(),
    )


def _peak_memory_mb() -> float | None:
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    import sys

    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes here
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
