"""What a finished evaluation is good for beyond its numbers: calibrating the library, comparing with the run before."""

from __future__ import annotations

from typing import Any, Final

from quoth.qa import CalibrationReport, smallest_sample

from .comparison_page import Compared
from .run import Run, Sentence
from .run_table import RunTable
from .views import amount, extent

__all__ = ["CALIBRATION_RATE", "calibration_view", "comparison_view"]

CALIBRATION_RATE: Final = 0.05


def calibration_view(run: Run, table: RunTable) -> dict[str, Any]:
    """Whether the library can be calibrated by this file, and what doing so did."""
    done = run.calibration
    needed = smallest_sample(CALIBRATION_RATE)
    enough = table.unanswerable >= needed
    return {
        "enough": enough,
        "offer": _offer(table.unanswerable, needed),
        **_ended(done),
        "sentences": _calibrated(run, done) if isinstance(done, CalibrationReport) else [],
    }


def comparison_view(run: Run, before: Run | None) -> dict[str, Any] | None:
    """The comparison with the run before: offered, done or refused; None where there is no run before."""
    if before is None or before.report is None:
        return None
    token, done = run.compared or ("", None)
    done = done if token == before.token else None
    report = before.report
    return {
        "offer": f"The run before: {amount(report.questions, 'question')} of {report.name}, asked of "
        f"{extent(report.library)}.",
        **_ended(done),
        "sentences": _compared(done) if isinstance(done, Compared) else [],
        "link": f"runs/{run.token}/comparison.html" if isinstance(done, Compared) else "",
    }


def _ended(done: object) -> dict[str, str]:
    """Why it is not there: an error, or a note that it was stopped."""
    if not isinstance(done, Sentence):
        return {"error": "", "note": ""}
    return {"error": done.text if done.bad else "", "note": "" if done.bad else done.text}


def _offer(unanswerable: int, needed: int) -> str:
    rate = f"{CALIBRATION_RATE:.0%}"
    known = (
        f"{amount(unanswerable, 'question')} of this file {'has' if unanswerable == 1 else 'have'} no answer in the "
        "documents. "
    )
    if unanswerable < needed:
        return (
            f"{known}With {needed} or more, Quoth could set by them how sure it must be, so that at most {rate} of "
            "such questions get an answer."
        )
    return (
        f"{known}By them Quoth can set how sure it must be, so that at most {rate} of such questions get an answer. "
        "That holds for everybody who asks this library, until its documents change."
    )


def _calibrated(run: Run, report: CalibrationReport) -> list[str]:
    made, rate = report.calibration, report.calibration.rate
    before = 0 if run.report is None else run.report.outcomes["false refusal"]
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


def _compared(found: Compared) -> list[str]:
    lost = "No significant loss." if found.passed else f"Significantly lost: {found.verdict}."
    if not found.different and found.passed:
        return [f"Compared with the run before: {amount(found.questions, 'question')}, and none answered differently."]
    return [
        f"Compared with the run before: of {amount(found.questions, 'question')} that both have, "
        f"{found.different:,} {'is' if found.different == 1 else 'are'} answered differently.",
        f"{found.gained:,} now right, {found.lost:,} now wrong; {found.kinds}. {lost}",
    ]
