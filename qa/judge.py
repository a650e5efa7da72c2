"""Answer or abstain: a calibrated probability that a candidate quote answers the question, and what it is worth.

The numbers come from `judge.json`, fitted on public data by `training/fit_judge.py`; logistic regression, so that every
weight can be read.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files

from .answer import Confidence, ErrorRate
from .choosing import Features

__all__ = ["Band", "Judge", "mean_score", "shipped_judge"]


@dataclass(frozen=True, slots=True)
class Band:
    """The scores from `start` up to the next better band have this `word`; of `n` first quotes in it the share `right`
    was right, 95 % interval `low` to `high`.
    """

    word: Confidence
    start: float
    right: float
    low: float
    high: float
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.right <= self.high <= 1 or self.n < 1:
            raise ValueError(f"no band: {self.low} <= {self.right} <= {self.high} of {self.n}")


@dataclass(frozen=True, slots=True)
class Judge:
    """score = 1 / (1 + exp(-(bias + sum of weight * feature))); a quote answers when its score reaches `threshold`.

    Confidence words are `bands` of the score, best first.
    """

    weights: Mapping[str, float]
    bias: float
    threshold: float
    bands: tuple[Band, ...]
    false_answer_rate: ErrorRate

    @property
    def fingerprint(self) -> str:
        """Names this judge: changes with every number of it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:16]

    def score(self, features: Features) -> float:
        """Probability, 0 to 1, that the candidate answers the question."""
        values = asdict(features)
        total = self.bias + sum(weight * values[name] for name, weight in self.weights.items())
        return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, total))))

    def answers(self, score: float) -> bool:
        """True when a quote of this score is shown as an answer."""
        return score >= self.threshold

    def confidence(self, score: float) -> Confidence:
        """The word for a score; "low" below all bands."""
        for band in self.bands:
            if score >= band.start:
                return band.word
        return "low"

    @property
    def told(self) -> str:
        """The bands in a sentence for a person."""
        parts = (
            f"{one.word} from {one.start:.2f} ({one.right:.0%} right, {one.low:.0%} to {one.high:.0%}, n = {one.n})"
            for one in self.bands
        )
        return f"answers from a score of {self.threshold:.2f}; confidence is {', '.join(parts)}"


def mean_score(scores: Sequence[float]) -> float:
    """One probability of several for the same quote: the mean of their log odds, as a probability."""
    odds = [math.log(inside / (1 - inside)) for inside in (min(max(score, 1e-9), 1 - 1e-9) for score in scores)]
    return scores[0] if len(scores) == 1 else 1.0 / (1.0 + math.exp(-sum(odds) / len(odds)))


@lru_cache(maxsize=1)
def shipped_judge() -> Judge:
    """The judge that comes with Quoth."""
    facts = json.loads(files("quoth.qa").joinpath("judge.json").read_text(encoding="utf-8"))
    return Judge(
        weights=facts["weights"],
        bias=facts["bias"],
        threshold=facts["threshold"],
        bands=tuple(Band(**band) for band in facts["bands"]),
        false_answer_rate=ErrorRate(**facts["false_answer_rate"]),
    )
