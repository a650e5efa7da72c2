"""The pictures of an evaluation with what they say in words: the same in report.html and on the Evaluate tab."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quoth.qa import EvaluationReport, RiskPoint

from .charts import outcome_bars, reliability_curve, risk_curve
from .saying import count

__all__ = ["Picture", "pictures"]


@dataclass(frozen=True, slots=True)
class Picture:
    """`drawing` is SVG; `words` say what it shows, numbers included."""

    title: str
    drawing: str
    words: str


def pictures(report: EvaluationReport) -> tuple[Picture, ...]:
    """What became of the questions; where some can be scored, also what refusing buys and what the score is worth."""
    bars = Picture("What became of the questions", outcome_bars(report.outcomes), _outcomes(report))
    if report.operating is None:
        return (bars,)
    error = report.calibration_error
    return (
        bars,
        Picture(
            "What refusing buys",
            risk_curve(report.risk_coverage, report.operating),
            _risk(report.risk_coverage, report.operating),
        ),
        Picture(
            "Does the score mean what it says?",
            reliability_curve(report.reliability),
            "" if error is None else f"Expected calibration error {error:.3f}; on the dashed line it would be 0.",
        ),
    )


def _outcomes(report: EvaluationReport) -> str:
    good = report.outcomes["right"] + report.outcomes["right refusal"]
    scored = sum(report.outcomes.values()) - report.outcomes["not scored"]
    if not scored:
        return "No question of the file says what would be right."
    return f"{good:,} of {count(scored, 'scored question')} went right: answered rightly, or rightly refused."


def _risk(curve: Sequence[RiskPoint], today: RiskPoint) -> str:
    """Today's point, and where the curve would be with fewer and with more answers."""
    half = next((point for point in curve if point.coverage >= 0.5), curve[-1])
    return (
        f"Today {today.coverage:.0%} of the scored questions are answered, and {today.risk:.0%} of these answers are "
        f"wrong. The curve answers the surest questions first: of the surest {half.coverage:.0%} it would get "
        f"{half.risk:.0%} wrong, of all {curve[-1].risk:.0%}."
    )
