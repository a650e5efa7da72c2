"""Asking by size: what a question costs in libraries of a thousand to a million passages, stage by stage."""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from quoth.corpus import BadQuestion
from quoth.index import Vectors
from quoth.index.faiss_store import FaissStore
from quoth.index.rows import Rows
from quoth.qa import Library
from quoth.qa.steady import steady

from .metrics import quantile
from .progress import Progress
from .speed import QUESTION, Usage, run
from .stages import Clock, Part
from .suites import SEED, Found, Run
from .tables import Plot, Row, Series, Table

__all__ = [
    "STAGES",
    "Measured",
    "Times",
    "made_library",
    "measure",
    "put_out_of_memory",
    "recall",
    "sizes",
    "sizes_found",
    "spent",
]

STAGES = ("embedding", "meaning", "words", "rows and fusion", "reading", "everything else")
_FINDING = "finding"  # meaning, words, rows and fusion together
_WARM_UP = 5
_RECIPE = "1"  # another one makes all libraries again
_ABOUT = (
    "Libraries of the public sets' documents as far as they go, their passages embedded by the model; beyond them of "
    "documents whose passages are real ones with one sentence exchanged, and whose vectors are made of real ones: "
    "normalize(x + 0.4 (y - z)). Everything else is as in any library. The questions are SQuAD 2.0's, half of them "
    "without an answer, asked one by one in one process, the same of every library.",
)
_STAGES_NOTES = (
    "Milliseconds, median / 95th percentile. Meaning is the search of the vectors; words the lexical index, with all "
    "that is counted there; reading the model that points at the answer; everything else choosing sentences, judging, "
    "cutting and checking quotes.",
)
_NEEDS_NOTES = (
    "Recall: how many of the ten passages nearest to a question by a scan of all vectors in numpy the search finds. A "
    "process is `quoth ask` from the shell, with the library's files in the system's memory and after they were put "
    "out of it (all but the model's); its memory counts the mapped pages that it touched. Making leaves out the "
    "embedding that was done before.",
)
_FILTER_NOTES = ("Median milliseconds of finding the best ten passages, not reading them, with a filter on documents.",)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each question: of the whole of `ask`, and of each stage."""

    whole: tuple[float, ...]
    stages: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Measured:
    """All that is measured of the library of one size."""

    passages: int
    documents: int
    kind: str
    times: Times
    recall: float
    filtered: Mapping[str, float]
    megabytes: Mapping[str, float]
    making: Usage
    warm: Usage
    cold: Usage


def sizes(run: Run) -> Found:
    """The suite."""
    counts = (1_000, 10_000) if run.quick else (1_000, 10_000, 100_000, 1_000_000)
    chosen = random.Random(SEED).sample(run.read("squad2_dev_a").questions, 30 if run.quick else 200)
    questions = [question.text for question in chosen]
    found = [measure(run, count, 2_000 if run.quick else 20_000, questions) for count in counts]
    return sizes_found(found)


def sizes_found(found: Sequence[Measured]) -> Found:
    """What was measured, as the suite shows it."""
    tables = (_stages_table(found), _needs_table(found), _filter_table(found))
    return Found("Asking, by size of the library", _ABOUT, tables, (_plot(found),))


def measure(given: Run, passages: int, embedded: int, questions: Sequence[str]) -> Measured:
    """Make the library of this size, or take the one made before, and ask it."""
    folder = given.kept / "sizes" / str(passages)
    making = made_library(folder, passages, embedded, given.data)
    ask = (str(Path(sys.executable).with_name("quoth")), "ask", "--library", str(folder), QUESTION)
    put_out_of_memory(folder)
    cold = run(ask, (0, 1))
    warm = run(ask, (0, 1))
    with Library.open(folder) as library:
        times = spent(f"asking {passages:,} passages", library, questions)
        vectors = library._encoder.encode_questions(questions)
        stored = library._index.stored()
        return Measured(
            passages,
            library.stamp.documents,
            stored.kind if stored else "",
            times,
            recall(library, vectors),
            _filtered(library, questions[:20]),
            _megabytes(folder),
            making,
            warm,
            cold,
        )


def spent(what: str, library: Library, questions: Sequence[str]) -> Times:
    """The questions asked one after the other; the first five are not counted."""
    whole, stages = [], []
    progress = Progress(what, len(questions))
    for question in questions:
        progress.advance()
        clock = Clock()
        clock.spent = dict.fromkeys((*STAGES, _FINDING), 0.0)
        with ExitStack() as patched:
            for owner, method, stage in (
                (FaissStore, "search", "meaning"), (Rows, "match", "words"), (Rows, "frequencies", "words"),
            ):  # fmt: skip
                work = clock.timed(stage, getattr(owner, method))
                patched.enter_context(mock.patch.object(owner, method, work))
            began = time.perf_counter()
            try:
                steady(library._index, lambda clock=clock, question=question: _ask(library, clock, question))  # type: ignore[misc]
            except BadQuestion:
                continue
        whole.append(time.perf_counter() - began)
        parts = clock.spent
        parts["rows and fusion"] = parts.pop(_FINDING) - parts["meaning"] - parts["words"]
        parts["everything else"] = whole[-1] - sum(parts.values())
        stages.append(parts)
    counted = stages[_WARM_UP:]
    return Times(tuple(whole[_WARM_UP:]), {stage: tuple(one[stage] for one in counted) for stage in STAGES})


def _ask(library: Library, clock: Clock, question: str) -> None:
    asker: Any = library._asker()
    timed = replace(
        asker,
        encoder=Part(asker.encoder, clock, {"encode_questions": "embedding"}),
        index=Part(asker.index, clock, dict.fromkeys(("search", "word_weights", "missing_words"), _FINDING)),
        reader=Part(asker.reader, clock, {"read": "reading"}),
    )
    timed.ask(question, 3, None, ())


def recall(library: Library, queries: Vectors, k: int = 10) -> float:
    """Share of the k nearest by a scan in numpy that the store finds: of those as near, where several are."""
    with library._index._view() as (_, store):
        used: Any = store._used  # type: ignore[attr-defined]
        best = np.full((len(queries), k), -np.inf, dtype=np.float32)
        for at in range(0, len(used.ids), 50_000):
            flat = hasattr(used, "vectors")
            part = used.vectors() if flat else used.floats.take(used.slots[at : at + 50_000])
            best = np.sort(np.concatenate([best, queries @ part.T], axis=1), axis=1)[:, -k:]
            if flat:
                break
        found = np.concatenate([store.search(query[None, :], k)[0] for query in queries])
    return float(np.mean(found >= best[:, :1] - 1e-6))


def put_out_of_memory(folder: Path) -> None:
    """Ask the system to forget what it holds of these files; the encoder's stay. Does nothing where there is no way."""
    if not hasattr(os, "posix_fadvise"):
        return
    for path in folder.glob("*.*"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def made_library(folder: Path, passages: int, embedded: int, data: Path) -> Usage:
    """What making the library took, when it was made."""
    note = folder.with_suffix(".json")
    facts = json.loads(note.read_text(encoding="utf-8")) if note.exists() and folder.exists() else {}
    recipe = [_RECIPE, passages, embedded]
    if facts.get("recipe") != recipe:
        shutil.rmtree(folder, ignore_errors=True)
        module = "benchmarks.size_library"
        usage = run((sys.executable, "-m", module, str(folder), str(passages), str(embedded), str(data)))
        facts = {"recipe": recipe, **asdict(usage)}
        note.write_text(json.dumps(facts), encoding="utf-8")
    return Usage(facts["seconds"], facts["memory"])


def _filtered(library: Library, questions: Sequence[str]) -> dict[str, float]:
    """Median seconds of a search in some of the documents."""
    documents = sorted(library._index.state().documents)
    vectors = library._encoder.encode_questions(questions)
    found = {}
    for name, chosen in (
        ("all", None),
        ("one document", documents[:1]),
        ("a tenth", documents[::10]),
        ("half", documents[::2]),
    ):
        seconds = []
        for question, vector in zip(questions, vectors, strict=True):
            began = time.perf_counter()
            library._index.search(question, 10, chosen, vector)
            seconds.append(time.perf_counter() - began)
        found[name] = statistics.median(seconds)
    return found


def _megabytes(folder: Path) -> dict[str, float]:
    parts = {"texts": "shelf.sqlite*", "words and passages": "index.sqlite*", "vectors": "vectors-*"}
    return {name: sum(path.stat().st_size for path in folder.glob(some)) / 1e6 for name, some in parts.items()}


def _stages_table(found: Sequence[Measured]) -> Table:
    rows = []
    for one in found:
        cells = (_both(one.times.whole), *(_both(one.times.stages[stage]) for stage in STAGES))
        rows.append(Row(f"{one.passages:,} passages", "", (str(len(one.times.whole)), *cells)))
    return Table("A question", ("questions", "whole", *STAGES), tuple(rows), _STAGES_NOTES)


def _both(seconds: Sequence[float]) -> str:
    return f"{1000 * quantile(seconds, 0.5):.1f} / {1000 * quantile(seconds, 0.95):.1f}"


def _needs_table(found: Sequence[Measured]) -> Table:
    columns = (
        "documents", "search of vectors", "recall at 10", "texts", "words and passages", "vectors",
        "a process", "from disk", "its memory", "making", "its memory",
    )  # fmt: skip
    rows = []
    for one in found:
        cells = (
            f"{one.documents:,}",
            one.kind.partition(" ")[0],
            f"{100 * one.recall:.1f} %",
            *(f"{size:,.0f} MB" for size in one.megabytes.values()),
            f"{one.warm.seconds:.2f} s",
            f"{one.cold.seconds:.2f} s",
            f"{one.warm.memory:,.0f} MB",
            f"{one.making.seconds:,.0f} s",
            f"{one.making.memory:,.0f} MB",
        )
        rows.append(Row(f"{one.passages:,} passages", "", cells))
    return Table("What a library needs", columns, tuple(rows), _NEEDS_NOTES)


def _filter_table(found: Sequence[Measured]) -> Table:
    rows = [
        Row(f"{one.passages:,} passages", "", tuple(f"{1000 * part:.1f}" for part in one.filtered.values()))
        for one in found
    ]
    return Table("Finding in some of the documents", tuple(found[0].filtered), tuple(rows), _FILTER_NOTES)


def _plot(found: Sequence[Measured]) -> Plot:
    def series(label: str, taken: Sequence[Sequence[float]]) -> Series:
        points = [(float(one.passages), 1000 * quantile(some, 0.5)) for one, some in zip(found, taken, strict=True)]
        return Series(label, tuple(points))

    lines = [series("whole", [one.times.whole for one in found])]
    lines += [series(stage, [one.times.stages[stage] for one in found]) for stage in STAGES]
    return Plot("sizes", "A question, by size of the library", "passages", "median ms", tuple(lines), True, True)
