"""What the Evaluate tab shows, as JSON: every sentence is made here, the browser only draws it."""

from __future__ import annotations

from typing import Any

from quoth.qa import EvaluationReport, Refused

from .figure_views import announcement, charts, figures
from .further_views import calibration_view, comparison_view
from .run import Run
from .run_table import RunTable
from .status import Status
from .views import amount, extent

__all__ = ["run_view"]

_MOST_PROBLEMS = 100


def run_view(run: Run, before: Run | None = None) -> dict[str, Any]:
    """Where a run stands; when it is done, with what it found. `before` is the run it can be compared with."""
    status = run.status
    report, table = run.report, run.table
    view = {
        "run": run.token,
        "name": run.name,
        "phase": status.phase,
        "done": status.done,
        "total": status.total,
        "stopping": run.stopping and status.stoppable,
        "stoppable": status.stoppable,
        "sentence": _progress(status),
    }
    if report is None or table is None or status.phase != "done":
        return view
    return {
        **view,
        **_found(run, report, table),
        "calibration": calibration_view(run, table),
        "comparison": comparison_view(run, before),
    }


def _progress(status: Status) -> str:
    some = f"{status.done:,} of {amount(status.total, 'question')}"
    pace = _pace(status)
    return {
        "reading": "Reading the questions…",
        "timing": f"Asking single questions first, to see how long one takes: {some}{pace}.",
        "asking": f"{some} asked{pace}.",
        "scoring": f"All asked; {some} scored{pace}."
        if status.stoppable
        else f"All {amount(status.total, 'question')} scored; working out the intervals…",
        "calibrating": f"Asking the questions once more, to calibrate the library: {some}{pace}.",
        "comparing": "Comparing with the run before, question by question…",
        "stopped": f"Stopped after {some}. What was answered is kept."
        if status.total
        else "Stopped before the first question.",
        "done": "",
        "failed": status.sentence,
    }[status.phase]


def _pace(status: Status) -> str:
    """How fast it goes and how long the rest takes, where that is known."""
    if status.rate is None or status.left is None:
        return ""
    speed = f"{status.rate:,.0f}" if status.rate >= 10 else f"{status.rate:.1f}"
    return f", {speed} a second, about {_duration(status.left)} left" if status.left else f", {speed} a second"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return amount(max(1, round(seconds)), "second")
    minutes = round(seconds / 60)
    return amount(minutes, "minute") if minutes < 120 else amount(round(minutes / 60), "hour")


def _found(run: Run, report: EvaluationReport, table: RunTable) -> dict[str, Any]:
    told = [{"name": one.name, "reason": one.reason} for one in report.problems[:_MOST_PROBLEMS]]
    more = len(report.problems) - len(told)
    return {
        "title": f"{amount(report.questions, 'question')} of {report.name}",
        "asked": f"asked of {extent(report.library)}",
        "figures": figures(report),
        "charts": charts(report),
        "problems": told,
        "problems_title": _problems_title(report.problems),
        "problems_more": f"And {more:,} more; report.json names them." if more > 0 else "",
        "filters": [{"outcome": "", "label": "all", "count": f"{len(table.numbers('')):,}"}, *_filters(report)],
        "report_link": f"runs/{run.token}/report.html",
        "zip_link": f"runs/{run.token}/run.zip",
        "said": announcement(report),
    }


def _problems_title(problems: tuple[Refused, ...]) -> str:
    return f"{amount(len(problems), 'remark')} on the file: what could not be used, and why" if problems else ""


def _filters(report: EvaluationReport) -> list[dict[str, str]]:
    return [
        {"outcome": outcome, "label": outcome, "count": f"{number:,}"}
        for outcome, number in report.outcomes.items()
        if number
    ]
