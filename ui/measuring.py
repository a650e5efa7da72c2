"""The commands that measure: setting the error rate of a library by its own questions."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quoth.qa import CalibrationReport

from .progress_bar import progress_bar
from .shell import Settings, note
from .terminal import Page, count

__all__ = ["calibrate_library", "calibration_record"]

_SHOWN = 5


def calibrate_library(settings: Settings, questions: Path, target: float, *, quiet: bool) -> CalibrationReport:
    """Calibrates the library and, unless `quiet`, says what it is worth; rows that could not be used go to stderr."""
    try:
        with ExitStack() as stack:
            progress = progress_bar(stack, "loading")
            report = stack.enter_context(settings.open_or_bundled()).calibrate(questions, target, progress)
    except KeyboardInterrupt:
        note("Stopped: the library is as it was.")
        raise
    for problem in report.problems[:_SHOWN]:
        note(f"Left out: {problem.name}: {problem.reason}")
    if len(report.problems) > _SHOWN:
        note(f"Left out: {len(report.problems) - _SHOWN} more.")
    if not quiet:
        _page(report).write()
    return report


def calibration_record(report: CalibrationReport) -> dict[str, Any]:
    """The same as JSON-ready values."""
    made = report.calibration
    return {
        "target": made.target,
        "threshold": made.threshold,
        "false_answer_rate": asdict(made.rate),
        "answerable": report.answerable,
        "refused": report.refused,
        "problems": [asdict(problem) for problem in report.problems],
    }


def _page(report: CalibrationReport) -> Page:
    page, rate = Page(), report.calibration.rate
    page.line(f"A further question of this kind without an answer gets one in at most {report.calibration.target:.1%}.")
    page.line(
        f"Of the {count(rate.n, 'unanswerable question')} of the file {rate.rate:.1%} would still get an answer "
        f"(95 % interval of the rate {rate.low:.1%} to {rate.high:.1%}, Clopper and Pearson)."
    )
    if report.answerable:
        page.line(f"Of the {count(report.answerable, 'answerable question')} {report.refused} are refused.")
    page.line("It holds until documents, models or settings change; refusals state it.", "dim")
    return page
