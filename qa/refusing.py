"""Is the score worth trusting? Ranking right before wrong, what refusing buys, and whether 0.8 means eight of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .estimates import Estimate, bootstrapped, rate

__all__ = ["Bin", "RiskPoint", "aurc", "auroc", "calibration_error", "reliability", "risk_coverage"]

Floats = NDArray[np.float64]
_BINS = 10
_MOST_POINTS = 200


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Answering only what scores `threshold` or more answers a share `coverage`, of which a share `risk` is wrong."""

    threshold: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions with a score from `low` to `high`: their mean score, and the share of them that was right."""

    low: float
    high: float
    score: float
    right: Estimate


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> Estimate | None:
    """The probability that a positive's score is above a negative's, ties counted half; None without both classes.

    The Mann-Whitney statistic over the number of pairs (Hanley & McNeil 1982, Radiology 143:29); bootstrap interval.
    """
    level, labels = _levels(scores), np.asarray(positive, dtype=np.float64)

    def value(counts: Floats) -> float:
        above, below = (_summed(level, counts * of) for of in (labels, 1.0 - labels))
        pairs = above.sum() * below.sum()
        return float((above * (below.sum() - below.cumsum() + below / 2)).sum() / pairs) if pairs else math.nan

    return bootstrapped(len(level), value)


def aurc(scores: Sequence[float], wrong: Sequence[bool]) -> Estimate | None:
    """The area under the risk-coverage curve: the mean, over k = 1 … n, of the error rate of the k best scores.

    Geifman & El-Yaniv 2017, "Selective Classification for Deep Neural Networks" (arXiv 1705.08500). Lower is better; a
    score without any information has the overall error rate. Of equal scores any order is as likely: the sum over a
    block of g with e errors, after W questions with E errors, is e + (E - eW/g) · (H(W + g) - H(W)), H the harmonic
    numbers. Bootstrap interval.
    """
    level, errors = _levels(scores), np.asarray(wrong, dtype=np.float64)
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, len(level) + 1))])

    def value(counts: Floats) -> float:
        sizes, lost = _summed(level, counts), _summed(level, counts * errors)
        sizes, lost = sizes[sizes > 0], lost[sizes > 0]
        after, all_lost = sizes.cumsum(), lost.cumsum()
        before, lost_before = after - sizes, all_lost - lost
        grown = harmonic[after.astype(np.int64)] - harmonic[before.astype(np.int64)]
        return float((lost + (lost_before - lost * before / sizes) * grown).sum() / after[-1])

    return bootstrapped(len(level), value)


def _levels(scores: Sequence[float]) -> NDArray[np.int64]:
    """Of each question the number of its score among the distinct ones, the highest being 0."""
    return np.unique(-np.asarray(scores, dtype=np.float64), return_inverse=True)[1].astype(np.int64)


def _summed(level: NDArray[np.int64], weights: Floats) -> Floats:
    return np.asarray(np.bincount(level, weights=weights), dtype=np.float64)


def risk_coverage(scores: Sequence[float], wrong: Sequence[bool]) -> tuple[RiskPoint, ...]:
    """The curve, highest threshold first: one point for each distinct score, 200 of them at most, the last one kept."""
    values = np.asarray(scores, dtype=np.float64)
    if not len(values):
        return ()
    level = _levels(scores)
    answered = _summed(level, np.ones(len(values))).cumsum()
    lost = _summed(level, np.asarray(wrong, dtype=np.float64)).cumsum()
    distinct = -np.unique(-values)
    chosen = np.unique(np.linspace(0, len(distinct) - 1, min(_MOST_POINTS, len(distinct))).round().astype(int))
    return tuple(
        RiskPoint(float(distinct[at]), float(answered[at] / len(values)), float(lost[at] / answered[at]))
        for at in chosen
    )


def reliability(scores: Sequence[float], right: Sequence[bool]) -> tuple[Bin, ...]:
    """The calibration curve: ten bins of equal width; empty ones are left out (DeGroot & Fienberg 1983)."""
    values, labels = np.asarray(scores, dtype=np.float64), np.asarray(right, dtype=bool)
    bins = []
    for at, (low, high) in enumerate(pairwise(np.arange(_BINS + 1) / _BINS)):
        inside = (values >= low) & ((values < high) | (at == _BINS - 1))
        share = rate(int(labels[inside].sum()), int(inside.sum()))
        if share is not None:
            bins.append(Bin(float(low), float(high), float(values[inside].mean()), share))
    return tuple(bins)


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error: sum over bins of n_b / n · |share right - mean score|; NaN without bins.

    Naeini, Cooper & Hauskrecht 2015 (AAAI), as Guo et al. 2017 (arXiv 1706.04599) use it.
    """
    n = sum(one.right.n for one in bins)
    return sum(one.right.n * abs(one.right.value - one.score) for one in bins) / n if n else math.nan
