"""Every question of a run as a table in a page, read from the run's files: it need not fit in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from quoth.qa import EvaluationReport

from .charts import outcome_kind
from .report_page import badge, safe, table_head

__all__ = ["question_table"]

_MOST_ROWS = 5_000


def question_table(report: EvaluationReport, folder: Path) -> Iterator[str]:
    """The section with a row a question and a filter by outcome; of very many, those that did not go right."""
    yield "<section><h2>Every question</h2>\n<div class='filter' role='group' aria-label='Show'>"
    yield "<button data-show='' aria-pressed='true'>all</button>"
    for outcome, number in report.outcomes.items():
        if number:
            yield f"<button data-show='{outcome}' aria-pressed='false'>{outcome} ({number:,})</button>"
    yield "</div>\n"
    cut = report.questions > _MOST_ROWS
    if cut:
        yield f"<p class='soft'>Of {report.questions:,} questions the first {_MOST_ROWS:,} that did not go right stand "
        yield "here; all are in answers.jsonl and scores.jsonl.</p>\n"
    yield table_head("question", "outcome", "first quote", "expected", "score#", kind="questions") + "<tbody>\n"
    shown = 0
    for score, record in _lines(folder):
        if shown < _MOST_ROWS and not (cut and outcome_kind(score["outcome"]) == "good"):
            shown += 1
            yield _question(score, record)
    yield "</tbody></table></div></section>\n"


def _lines(folder: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    with ExitStack() as stack:
        names = ("scores.jsonl", "answers.jsonl")
        scores, answers = (stack.enter_context((folder / name).open(encoding="utf-8")) for name in names)
        for score, record in zip(scores, answers, strict=True):
            yield json.loads(score), json.loads(record)


def _question(score: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    outcome = safe(score["outcome"])
    if record["quotes"]:
        shown = _quote(record["quotes"][0])
    elif record["abstention"]["nearest"]:
        shown = f"<div class='soft'>No answer. Nearest passage:{_quote(record['abstention']['nearest'][0])}</div>"
    else:
        shown = f"<span class='soft'>{safe(record['abstention']['reason'])}</span>"
    key = f"<small class='soft'>{safe(score['key'])}</small>"
    problems = "".join(f"<br><small class='soft'>{safe(problem)}</small>" for problem in score["problems"])
    golds = " / ".join(map(safe, score["golds"]))
    return (
        f"<tr data-kind='{outcome}'><td>{safe(record['question'])}<br>{key}</td><td>{badge(score['outcome'])}{problems}"
        f"</td><td>{shown}</td><td>{golds}</td><td class='figure'>{score['score']:.2f}</td></tr>\n"
    )


def _quote(quote: Mapping[str, Any]) -> str:
    """The words with those that answer marked, and where they stand."""
    text, source, highlight = quote["text"], quote["source"], quote["highlight"]
    start, stop = (0, 0) if highlight is None else (highlight[end] - source["start"] for end in ("start", "stop"))
    marked = f"<mark>{safe(text[start:stop])}</mark>" if stop else ""
    lines = source["line_start"], source["line_stop"]
    where = f"line {lines[0]}" if lines[0] == lines[1] else f"lines {lines[0]} to {lines[1]}"
    page = "" if source["page"] is None else f", page {source['page']}"
    return (
        f"<blockquote>{safe(text[:start])}{marked}{safe(text[stop:])}</blockquote>"
        f"<small class='soft'>{safe(source['title'])}{page}, {where}</small>"
    )
