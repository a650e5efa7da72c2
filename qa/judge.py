"""Answer or abstain: a calibrated probability that a candidate quote answers the question, and what it is worth.

The numbers come from `judge.json`, fitted on public data by `training/fit_judge.py`; logistic regression, so that every
weight can be read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files

from .answer import Confidence, ErrorRate
from .choosing import Features

__all__ = ["Judge", "shipped_judge"]


@dataclass(frozen=True, slots=True)
class Judge:
    """score = 1 / (1 + exp(-(bias + sum of weight * feature))); a quote answers when its score reaches `threshold`.

    Confidence words are bands of the score: "high" from `high`, "medium" from `medium`, else "low".
    """

    weights: Mapping[str, float]
    bias: float
    threshold: float
    high: float
    medium: float
    false_answer_rate: ErrorRate

    def score(self, features: Features) -> float:
        """Probability, 0 to 1, that the candidate answers the question."""
        values = asdict(features)
        total = self.bias + sum(weight * values[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, total))))

    def answers(self, score: float) -> bool:
        """True when a quote of this score is shown as an answer."""
        return score >= self.threshold

    def confidence(self, score: float) -> Confidence:
        """The word for a score."""
        return "high" if score >= self.high else "medium" if score >= self.medium else "low"


@lru_cache(maxsize=1)
def shipped_judge() -> Judge:
    """The judge that comes with Quoth."""
    facts = json.loads(files("quoth.qa").joinpath("judge.json").read_text(encoding="utf-8"))
    return Judge(
        weights=facts["weights"],
        bias=facts["bias"],
        threshold=facts["threshold"],
        high=facts["bands"]["high"],
        medium=facts["bands"]["medium"],
        false_answer_rate=ErrorRate(**facts["false_answer_rate"]),
    )
