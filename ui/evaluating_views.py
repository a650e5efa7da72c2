"""What the Evaluate tab shows, as JSON: every sentence is made here, the browser only draws it."""

from __future__ import annotations

from typing import Any, Final

from quoth.qa import ALL_MEASURES, CalibrationReport, EvaluationReport, Refused

from .report_page import percent_or_number
from .row_views import OUTCOMES
from .run import Run, Status
from .run_table import RunTable
from .views import amount

__all__ = ["CALIBRATION_RATE", "calibration_view", "run_view"]

CALIBRATION_RATE: Final = 0.05
_NEEDED = 19  # unanswerable questions, for a rate of 0.05: (19 + 1) * 0.05 = 1
_MOST_PROBLEMS = 100

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


def run_view(run: Run) -> dict[str, Any]:
    """Where a run stands; when it is done, with what it found."""
    status = run.status
    report, table = run.report, run.table
    view = {
        "run": run.token,
        "name": run.name,
        "phase": status.phase,
        "done": status.done,
        "total": status.total,
        "stopping": run.stopping and status.phase in ("reading", "asking"),
        "sentence": _progress(status),
    }
    if report is None or table is None:
        return view
    return {**view, **_found(run, report, table), "calibration": calibration_view(run, table)}


def calibration_view(run: Run, table: RunTable) -> dict[str, Any]:
    """Whether the library can be calibrated by this file, and what doing so did."""
    done = run.calibration
    before = 0 if run.report is None else run.report.outcomes["false refusal"]
    rate = f"{CALIBRATION_RATE:.0%}"
    enough = table.unanswerable >= _NEEDED
    offer = (
        f"{amount(table.unanswerable, 'question')} of this file "
        f"{'has' if table.unanswerable == 1 else 'have'} no answer in the documents. "
    )
    offer += (
        f"By them Quoth can set how sure it must be, so that at most {rate} of such questions get an answer. "
        "That holds for everybody who asks this library, until its documents change."
        if enough
        else f"With {_NEEDED} or more, Quoth could set by them how sure it must be, so that at most {rate} of such "
        "questions get an answer."
    )
    return {
        "enough": enough,
        "offer": offer,
        "error": done if isinstance(done, str) else "",
        "sentences": _calibrated(done, before) if isinstance(done, CalibrationReport) else [],
    }


def _progress(status: Status) -> str:
    asked = f"{status.done:,} of {amount(status.total, 'question')}"
    left = "" if status.left is None or status.phase != "asking" else f", about {_duration(status.left)} left"
    return {
        "reading": "Reading the questions, and timing some of them one by one…",
        "asking": f"{asked} asked{left}.",
        "scoring": f"All {amount(status.total, 'question')} asked; working out the numbers…",
        "calibrating": "Asking the questions once more, to calibrate the library…",
        "stopped": f"Stopped after {asked}. What was answered is kept."
        if status.total
        else "Stopped before the first question.",
        "done": "",
        "failed": status.sentence,
    }[status.phase]


def _duration(seconds: float) -> str:
    if seconds < 60:
        return amount(max(1, round(seconds)), "second")
    minutes = round(seconds / 60)
    return amount(minutes, "minute") if minutes < 120 else amount(round(minutes / 60), "hour")


def _found(run: Run, report: EvaluationReport, table: RunTable) -> dict[str, Any]:
    library = report.library
    told = [{"name": one.name, "reason": one.reason} for one in report.problems[:_MOST_PROBLEMS]]
    more = len(report.problems) - len(told)
    return {
        "title": f"{amount(report.questions, 'question')} of {report.name}",
        "asked": f"asked of {amount(library.passages, 'passage')} in {amount(library.documents, 'document')}",
        "figures": [_figure(report, *figure) for figure in _FIGURES],
        "problems": told,
        "problems_title": _problems_title(report.problems),
        "problems_more": f"And {more:,} more; report.json names them." if more > 0 else "",
        "filters": [{"outcome": "", "label": "all", "count": f"{len(table.numbers('')):,}"}, *_filters(report)],
        "report_link": f"runs/{run.token}/report.html",
        "zip_link": f"runs/{run.token}/run.zip",
        "said": _announcement(report),
    }


def _problems_title(problems: tuple[Refused, ...]) -> str:
    return f"{amount(len(problems), 'remark')} on the file: what could not be used, and why" if problems else ""


def _filters(report: EvaluationReport) -> list[dict[str, str]]:
    return [
        {"outcome": outcome, "label": label, "count": f"{report.outcomes[outcome]:,}"}
        for outcome, (label, _) in OUTCOMES.items()
        if report.outcomes[outcome]
    ]


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


def _announcement(report: EvaluationReport) -> str:
    """What a screen reader says when the numbers appear."""
    first = _figure(report, *_FIGURES[0])
    return f"Evaluation done. {first['label']}: {first['value']}, {first['range']}, {first['n']}."


def _calibrated(report: CalibrationReport, before: int) -> list[str]:
    made, rate = report.calibration, report.calibration.rate
    sentences = [
        f"Calibrated: of further questions of this kind at most {made.target:.1%} get an answer.",
        f"Of the {amount(rate.n, 'unanswerable question')} of the file {rate.rate:.1%} still would "
        f"(95 % interval of the rate {rate.low:.1%} to {rate.high:.1%}).",
    ]
    if report.answerable:
        refused = f"{report.refused:,} of the {amount(report.answerable, 'question')} that have an answer"
        sentences.append(
            f"The price: {refused} {'is' if report.refused == 1 else 'are'} refused now, {before:,} before."
        )
    return [*sentences, "Refusals state this rate from now on. The numbers here are from before; evaluate again."]
