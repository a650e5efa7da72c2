"""What an evaluation found: all numbers of a run, and its JSON rendering `quoth.report/1` (`report.schema.json`)."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, get_args

from .answer import LibraryStamp
from .estimates import Estimate, exact_rate
from .measures import ALL_MEASURES, MEASURES, estimated
from .refusing import Bin, RiskPoint, aurc, auroc, calibration_error, reliability, risk_coverage
from .reports import Refused
from .scoring import Outcome, Scored

__all__ = ["Counts", "EvaluationReport", "Timing", "report_record"]

SCHEMA = "quoth.report/1"


@dataclass(frozen=True, slots=True)
class Timing:
    """What this machine took. `alone`: milliseconds of single questions; `together`: all questions, by all workers.

    `speedup` is how many times as many questions a second were answered together as alone, one after the other.
    """

    alone_n: int
    alone_p50_ms: float
    alone_p95_ms: float
    alone_per_second: float
    together_n: int
    together_seconds: float
    together_per_second: float
    workers: int
    speedup: float
    peak_memory_mb: float | None


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """All numbers of a run. `estimates` has every measure by name, None where no question tells; `timing` is None for
    a report that was read back. `operating` is where the judge stands on the risk-coverage curve today.
    """

    name: str
    library: LibraryStamp
    questions: int
    outcomes: Mapping[Outcome, int]
    estimates: Mapping[str, Estimate | None]
    risk_coverage: tuple[RiskPoint, ...]
    operating: RiskPoint | None
    reliability: tuple[Bin, ...]
    calibration_error: float | None
    problems: tuple[Refused, ...]
    timing: Timing | None


class Counts:
    """Gathers the numbers of one question after the other, eight bytes each."""

    __slots__ = ("answerable", "answered", "outcomes", "right", "scores", "values")

    def __init__(self) -> None:
        self.outcomes: Counter[Outcome] = Counter()
        self.values = {one.name: array("d") for one in MEASURES}
        self.scores = array("d")
        self.answerable, self.right, self.answered = array("b"), array("b"), array("b")

    def add(self, answerable: bool | None, scored: Scored) -> None:
        """Count one question. Unknown is -1."""
        self.outcomes[scored.outcome] += 1
        for name, value in scored.values.items():
            self.values[name].append(value)
        self.scores.append(scored.score)
        self.answerable.append(-1 if answerable is None else answerable)
        self.right.append(-1 if scored.right is None else scored.right)
        self.answered.append(scored.answered)

    def report(
        self,
        name: str,
        library: LibraryStamp,
        threshold: float,
        quotes: tuple[int, int],
        problems: Sequence[Refused],
    ) -> EvaluationReport:
        """Everything as one; `quotes` are how many were checked again, and how many of them did not stand."""
        checked, broken = quotes
        estimates = {one.name: estimated(one.kind, self.values[one.name]) for one in MEASURES}
        known = [at for at, right in enumerate(self.right) if right >= 0]
        scores, right = [self.scores[at] for at in known], [bool(self.right[at]) for at in known]
        wrong = [not one for one in right]
        bins = reliability(scores, right)
        return EvaluationReport(
            name=name,
            library=library,
            questions=len(self.scores),
            outcomes={outcome: self.outcomes[outcome] for outcome in get_args(Outcome)},
            estimates=estimates
            | {"auroc": self._auroc(), "aurc": aurc(scores, wrong), "broken_quotes": exact_rate(broken, checked)},
            risk_coverage=risk_coverage(scores, wrong),
            operating=self._operating(known, threshold),
            reliability=bins,
            calibration_error=calibration_error(bins) if bins else None,
            problems=tuple(problems),
            timing=None,
        )

    def _auroc(self) -> Estimate | None:
        known = [at for at, answerable in enumerate(self.answerable) if answerable >= 0]
        return auroc([self.scores[at] for at in known], [bool(self.answerable[at]) for at in known])

    def _operating(self, known: Sequence[int], threshold: float) -> RiskPoint | None:
        answered = [at for at in known if self.answered[at]]
        if not known:
            return None
        lost = sum(1 for at in answered if not self.right[at])
        return RiskPoint(threshold, len(answered) / len(known), lost / len(answered) if answered else 0.0)


def report_record(report: EvaluationReport) -> dict[str, Any]:
    """The report as JSON-ready values, without its timing: the same run gives the same bytes."""
    return {
        "schema": SCHEMA,
        "name": report.name,
        "library": asdict(report.library),
        "questions": report.questions,
        "outcomes": dict(report.outcomes),
        "metrics": {name: _metric(name, estimate) for name, estimate in report.estimates.items()},
        "risk_coverage": {
            "curve": [asdict(point) for point in report.risk_coverage],
            "operating": None if report.operating is None else asdict(report.operating),
        },
        "calibration": {
            "bins": [asdict(one) for one in report.reliability],
            "expected_error": report.calibration_error,
        },
        "problems": [asdict(problem) for problem in report.problems],
    }


def _metric(name: str, estimate: Estimate | None) -> dict[str, Any]:
    """A number with what it means; value and interval are null where no question tells."""
    measure = asdict(next(one for one in ALL_MEASURES if one.name == name))
    del measure["name"]
    return measure | ({"value": None, "low": None, "high": None, "n": 0} if estimate is None else asdict(estimate))
