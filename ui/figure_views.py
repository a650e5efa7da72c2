"""The head figures of an evaluation and its pictures, as JSON for the page."""

from __future__ import annotations

from typing import Any, Final

from quoth.qa import ALL_MEASURES, EvaluationReport

from .charts import drawing_tree
from .pictures import pictures
from .report_page import percent_or_number
from .views import amount

__all__ = ["announcement", "charts", "figures"]

_SHOWN: Final = 2  # pictures; the third one is in the report
_FIGURES: Final = (
    (
        "right_first",
        "First quote right",
        "Of the questions that have an answer, so many had it in the first quote; a refusal counts as wrong.",
    ),
    (
        "right_3",
        "Right within three",
        "Of the questions that have an answer, so many had it in one of the first three quotes.",
    ),
    ("answered", "Answered", "Of all questions, so many got an answer, right or wrong."),
    (
        "false_answer",
        "False answers",
        "Of the questions that have no answer, so many got one all the same. Fewer is better.",
    ),
    (
        "false_refusal",
        "False refusals",
        "Of the questions that have an answer, so many were refused. Fewer is better.",
    ),
    (
        "auroc",
        "AUROC",
        "How well the score tells questions with an answer from those without: 1 is always, 0.5 is a coin.",
    ),
    (
        "broken_quotes",
        "Broken quotes",
        "Of all quotes shown, so many do not stand in their document character for character. It must be none.",
    ),
)


def figures(report: EvaluationReport) -> list[dict[str, str]]:
    """Each number with its interval, its n and what it means; the time of one question last."""
    shown = [_figure(report, *figure) for figure in _FIGURES]
    if (timing := report.timing) is not None:
        shown.append(
            {
                "label": "Median time",
                "meaning": "How long a question takes that is asked alone, measured on this machine before the others "
                "were asked.",
                "value": f"{timing.alone_p50_ms:,.0f}\N{NO-BREAK SPACE}ms",
                "range": f"95 of 100 within {timing.alone_p95_ms:,.0f}\N{NO-BREAK SPACE}ms",
                "n": f"n = {amount(timing.alone_n, 'question')}",
                "colour": "",
            }
        )
    return shown


def charts(report: EvaluationReport) -> list[dict[str, Any]]:
    """Outcome bars and risk-coverage curve as in report.html, as elements that the page can build."""
    return [
        {"title": one.title, "words": one.words, "drawing": drawing_tree(one.drawing)}
        for one in pictures(report)[:_SHOWN]
    ]


def announcement(report: EvaluationReport) -> str:
    """What a screen reader says when the numbers appear."""
    first = _figure(report, *_FIGURES[0])
    return f"Evaluation done. {first['label']}: {first['value']}, {first['range']}, {first['n']}."


def _figure(report: EvaluationReport, name: str, label: str, meaning: str) -> dict[str, str]:
    estimate = report.estimates[name]
    kind = next(measure.kind for measure in ALL_MEASURES if measure.name == name)
    if estimate is None:
        return {
            "label": label,
            "meaning": meaning,
            "value": "–",
            "range": "no question of the file tells",
            "n": "",
            "colour": "",
        }
    value, low, high = (
        percent_or_number(number, kind).replace(" ", "\N{NO-BREAK SPACE}")
        for number in (estimate.value, estimate.low, estimate.high)
    )
    bad = name == "broken_quotes" and estimate.value > 0
    return {
        "label": label,
        "meaning": meaning,
        "value": value,
        "range": f"95 % interval {low} to {high}",
        "n": f"n = {amount(estimate.n, 'quote' if name == 'broken_quotes' else 'question')}",
        "colour": "bad" if bad else "",
    }
