"""Thousands of questions through `quoth evaluate`, as a user starts it; its ranking is scored by another tool too."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from quoth.qa import Library

from .data import Question, TextSet
from .metrics import Estimate
from .speed import Usage, run
from .tables import Row, Table

__all__ = ["bulk_tables", "outside_table", "throughput_table"]

_SHOWN = (
    "right_first", "right_3", "right_5", "mrr", "right_when_answered", "right_document", "exact_match", "squad_f1",
    "answered", "false_answer", "false_refusal", "squad2_f1", "auroc", "aurc", "documents_ndcg_10", "documents_mrr",
    "passages_ndcg_10", "passages_mrr", "passages_recall_10", "broken_quotes",
)  # fmt: skip
_OUTSIDE = {"ndcg@10": "ndcg_10", "mrr": "mrr", **{f"recall@{most}": f"recall_{most}" for most in (1, 5, 10)}}
_SPEED_NOTES = ("One process, started from the shell. Alone: single questions by `ask`, one after the other.",)
_ROUNDS, _EACH = 9, 20
_RATE_NOTES = (
    f"Questions a second, medians of {_ROUNDS} rounds in which the same {_EACH} questions are asked both ways, taking "
    "turns at going first, so that a busy machine is unfair to neither. Both read passages on all cores; `ask_many`, "
    "which `quoth evaluate` uses, searches and judges others meanwhile. The goal was three times as many; what both "
    "spend their time on is the reader's arithmetic, no faster in another order.",
)
_RANX_NOTES = (
    "ranx (Bassani 2022) computes these measures in code of its own; Quoth's are those of trec_eval. Both read the "
    "same run; what Quoth finds nothing for counts as 0 in both.",
)


def bulk_tables(chosen: TextSet, folder: Path) -> tuple[Table, ...]:
    """Evaluate all questions of a set in a fresh library under `folder`; the run is left in `folder`/run."""
    shutil.rmtree(folder, ignore_errors=True)
    texts, library, out = folder / "texts", folder / "library", folder / "run"
    texts.mkdir(parents=True)
    for name, data in chosen.files:
        (texts / name).write_bytes(data)
    questions = folder / f"{chosen.name}.jsonl"
    questions.write_text("".join(_row(question) for question in chosen.questions), encoding="utf-8")
    quoth = str(Path(sys.executable).with_name("quoth"))
    run((quoth, "--library", str(library), "add", str(texts)))
    usage = run((quoth, "--library", str(library), "evaluate", str(questions), "--out", str(out)))
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    timing = json.loads((out / "timing.json").read_text(encoding="utf-8"))
    return _numbers(report), _speed(usage, timing, len(chosen.questions))


def _row(question: Question) -> str:
    answers = [{"text": gold.text, "document": gold.document, "start": gold.start} for gold in question.golds]
    row = {"id": question.id, "question": question.text, "answers": answers, "answerable": question.answerable}
    return json.dumps(row, ensure_ascii=False) + "\n"


def _numbers(report: dict[str, Any]) -> Table:
    rows = []
    for name in _SHOWN:
        metric = report["metrics"][name]
        estimate = Estimate(metric["value"], metric["low"], metric["high"], metric["n"])
        share = metric["kind"] in ("rate", "exact rate")
        rows.append(Row(metric["label"], "%" if share else "", (estimate,)))
    return Table("What report.json says", ("Quoth",), tuple(rows))


def _speed(usage: Usage, timing: dict[str, Any], count: int) -> Table:
    cells = (
        f"{count:,}",
        f"{usage.seconds / 60:.1f} min",
        f"{timing['together_per_second']:.2f}",
        f"{timing['alone_p50_ms']:.0f} ms",
        f"{timing['alone_p95_ms']:.0f} ms",
        f"{usage.memory:.0f} MB",
    )
    columns = (
        "questions", "whole process", "questions a second", "median alone", "95th percentile", "peak memory",
    )  # fmt: skip
    return Table("Time and memory", columns, (Row("quoth evaluate", "", cells),), _SPEED_NOTES)


def throughput_table(library: Path, questions: Sequence[str]) -> Table:
    """`Library.ask_many` against `Library.ask` in a loop."""
    rates: dict[str, list[float]] = {"ask, in a loop": [], "ask_many": []}
    with Library.open(library) as opened:
        ways: dict[str, Callable[[Sequence[str]], object]] = {
            "ask, in a loop": lambda some: [opened.ask(question) for question in some],
            "ask_many": lambda some: list(opened.ask_many(some)),
        }
        opened.ask(questions[0])
        for at in range(_ROUNDS):
            some = questions[at * _EACH : (at + 1) * _EACH]
            for name in sorted(ways, reverse=bool(at % 2)):
                began = time.perf_counter()
                ways[name](some)
                rates[name].append(len(some) / (time.perf_counter() - began))
    ratios = [many / one for one, many in zip(*rates.values(), strict=True)]
    cells = (*(f"{statistics.median(found):.2f}" for found in rates.values()), f"{statistics.median(ratios):.2f}")
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    row = Row(f"{_ROUNDS} rounds, {os.cpu_count()} cores", "", (*cells, spread))
    return Table("Throughput", (*rates, "times as many", "smallest to largest"), (row,), _RATE_NOTES)


def outside_table(out: Path) -> Table:
    """The run in the folder `out` scored by ranx, to four decimals, beside what its report says."""
    from ranx import Qrels, Run, evaluate  # pyright: ignore[reportMissingImports]

    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    rows = []
    for unit, suffix in (("documents", ""), ("passages", ".passages")):
        qrels = Qrels.from_file(str(out / f"qrels{suffix}.trec"), kind="trec")
        ranking = Run.from_file(str(out / f"run{suffix}.trec"), kind="trec")
        theirs = evaluate(qrels, ranking, list(_OUTSIDE), make_comparable=True)
        for measure, name in _OUTSIDE.items():
            ours = report["metrics"][f"{unit}_{name}"]
            same = "yes" if f"{ours['value']:.4f}" == f"{theirs[measure]:.4f}" else "NO"
            cells = (f"{ours['n']:,}", f"{ours['value']:.4f}", f"{theirs[measure]:.4f}", same)
            rows.append(Row(f"{unit}: {measure}", "", cells))
    return Table("run.trec scored by ranx", ("questions", "Quoth", "ranx", "equal"), tuple(rows), _RANX_NOTES)
