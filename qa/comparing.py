"""Two runs on the same questions: what is better, what is worse, and whether chance alone could have done it.

Numbers are compared question by question: yes and no by McNemar's exact test, others by a paired randomisation test.
Because several measures are looked at, their p-values are Holm's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from quoth.corpus import BadRequest

from .changes import Change, Seen, changed, seen
from .estimates import Estimate, mean
from .measures import MEASURES, Measure
from .significance import holm, mcnemar, randomised

__all__ = ["SIGNIFICANT", "TESTED", "Contrast", "RunComparison", "compare_runs", "comparison_record"]

SCHEMA = "quoth.comparison/1"
SIGNIFICANT = 0.05
TESTED = (
    "right_first", "mrr", "right_document", "quote_iou", "squad_f1", "false_answer", "false_refusal", "brier",
    "documents_ndcg_10", "passages_ndcg_10",
)  # fmt: skip
"""One measure for each thing that can go wrong. More of them would say the same again and make each test weaker."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A measure in both runs, over the `n` questions that have it in both. `p` is Holm's; `loss` is how much worse it
    is now, 0 where it is not.
    """

    name: str
    label: str
    before: float
    after: float
    difference: Estimate
    p: float
    verdict: Literal["better", "worse", "no difference shown"]
    loss: float


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Run `after` against run `before`. `lost` names the measures with a significant loss beyond `tolerance`; `broken`
    counts the quotes of `after` that do not stand in their documents, of which none is tolerated.
    """

    before: str
    after: str
    questions: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    contrasts: tuple[Contrast, ...]
    changes: tuple[Change, ...]
    tolerance: float
    lost: tuple[str, ...]
    broken: int

    @property
    def passed(self) -> bool:
        """Whether nothing was lost: exit code 0."""
        return not self.lost and not self.broken


def compare_runs(before: Path, after: Path, tolerance: float = 0.0) -> RunComparison:
    """Compare the folders of two evaluations. A loss of up to `tolerance`, an absolute difference, is put up with.

    Questions are paired by key and words; those in one run only are named and not compared. Raises BadRequest.
    """
    if not 0 <= tolerance < 1:
        raise BadRequest(f"A tolerance is a difference from 0 to 1, not {tolerance}.")
    known = {(one.key, one.question): one for one in seen(before)}
    pairs: list[tuple[Seen, Seen]] = []
    only_after = []
    for one in seen(after):
        earlier = known.pop((one.key, one.question), None)
        if earlier is None:
            only_after.append(one.key)
        else:
            pairs.append((earlier, one))
    if not pairs:
        raise BadRequest(f"{before} and {after} have no question in common; compare runs on the same question file.")
    contrasts = _contrasts(pairs)
    return RunComparison(
        before=str(before),
        after=str(after),
        questions=len(pairs),
        only_before=tuple(key for key, _ in known),
        only_after=tuple(only_after),
        contrasts=contrasts,
        changes=tuple(change for pair in pairs if (change := changed(*pair))),
        tolerance=tolerance,
        lost=tuple(one.name for one in contrasts if one.verdict == "worse" and one.loss > tolerance),
        broken=_broken(after),
    )


def _contrasts(pairs: Sequence[tuple[Seen, Seen]]) -> tuple[Contrast, ...]:
    tested = [measure for measure in MEASURES if measure.name in TESTED]
    values = {measure: _values(measure.name, pairs) for measure in tested}
    tested = [measure for measure in tested if values[measure]]
    adjusted = holm([_p_value(measure, values[measure]) for measure in tested])
    return tuple(_contrast(measure, values[measure], p) for measure, p in zip(tested, adjusted, strict=True))


def _values(name: str, pairs: Sequence[tuple[Seen, Seen]]) -> list[tuple[float, float]]:
    return [(a.values[name], b.values[name]) for a, b in pairs if name in a.values and name in b.values]


def _p_value(measure: Measure, values: Sequence[tuple[float, float]]) -> float:
    if measure.kind == "mean":
        return randomised([b - a for a, b in values])
    return mcnemar(sum(b > a for a, b in values), sum(b < a for a, b in values))


def _contrast(measure: Measure, values: Sequence[tuple[float, float]], p: float) -> Contrast:
    difference = mean([b - a for a, b in values], least=-1.0)
    if difference is None:
        raise ValueError(f"nothing to compare {measure.name} by")
    gain = difference.value if measure.better == "higher" else -difference.value
    verdict: Literal["better", "worse", "no difference shown"] = "no difference shown"
    if p < SIGNIFICANT:
        verdict = "better" if gain > 0 else "worse"
    before, after = (sum(pair[at] for pair in values) / len(values) for at in (0, 1))
    return Contrast(measure.name, measure.label, before, after, difference, p, verdict, max(0.0, -gain))


def _broken(folder: Path) -> int:
    try:
        report: Mapping[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        metric = report["metrics"]["broken_quotes"]
        return round(float(metric["value"] or 0.0) * int(metric["n"]))
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise BadRequest(f"{folder} has no report.json to be read ({error}); evaluate again.") from error


def comparison_record(comparison: RunComparison) -> dict[str, Any]:
    """The comparison as JSON-ready values."""
    return {"schema": SCHEMA, "passed": comparison.passed, "significant": SIGNIFICANT, **asdict(comparison)}
