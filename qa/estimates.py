"""Measured numbers with their n and their 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = ["RESAMPLES", "SEED", "Estimate", "bootstrapped", "exact_rate", "mean", "quantile", "rate"]

Floats = NDArray[np.float64]
RESAMPLES = 2_000
SEED = 20_251_220
_TAIL = 0.025
_HALVINGS = 64  # of [0, 1]: to 5e-20
_AT_ONCE = 2_000_000
"""Numbers that are drawn in one go: bounds the memory of a bootstrap over many questions."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` in its 95 % interval [`low`, `high`], from `n` questions."""

    value: float
    low: float
    high: float
    n: int

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high or self.n < 1:  # NaN fails here too
            raise ValueError(f"no estimate: {self.low} <= {self.value} <= {self.high} of {self.n}")


def rate(hits: int, n: int) -> Estimate | None:
    """`hits / n` with Wilson's interval; None for n = 0.

    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.96 (Wilson 1927, J. Am. Stat. Assoc. 22:209).
    """
    if not n:
        return None
    z, p = NormalDist().inv_cdf(1 - _TAIL), hits / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + (z / (2 * n)) ** 2)
    low, high = ((middle + side) / (1 + z * z / n) for side in (-half, half))
    return Estimate(p, min(p, max(0.0, low)), max(p, min(1.0, high)), n)


def exact_rate(hits: int, n: int) -> Estimate | None:
    """`hits / n` with the interval of Clopper and Pearson (1934, Biometrika 26:404), which never promises too much.

    At its lower end as many hits or more have a chance of 2.5 %, at its upper end as many or fewer; None for n = 0.
    """
    if not n:
        return None
    value = hits / n
    return Estimate(value, min(value, _least(hits, n)), max(value, 1 - _least(n - hits, n)), n)


def _least(hits: int, n: int) -> float:
    """The p at which `hits` or more of n have a chance of 2.5 %: halving, since that chance only grows with p."""
    if not hits:
        return 0.0
    fewer = 2 * hits <= n  # the shorter sum is taken: of all that are fewer, or of the rest
    some = range(hits) if fewer else range(hits, n + 1)
    ways = np.array([math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) for k in some])
    counts = np.array(some)
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        p = (low + high) / 2
        summed = float(np.exp(ways + counts * math.log(p) + (n - counts) * math.log1p(-p)).sum())
        low, high = (p, high) if (1 - summed if fewer else summed) < _TAIL else (low, p)
    return low


def mean(values: Collection[float], least: float = 0.0) -> Estimate | None:
    """The mean of numbers from `least` to 1, with the percentile bootstrap over questions; None where there are none.

    2,000 seeded resamples (Efron 1979, Ann. Stat. 7:1). One question tells nothing: its interval is all there
    could be.
    """
    sample = np.fromiter(values, dtype=np.float64, count=len(values))
    if not len(sample):
        return None
    value = float(sample.mean())
    if len(sample) == 1:
        return Estimate(value, least, 1.0, 1)
    draws, rows = np.random.default_rng(SEED), max(1, _AT_ONCE // len(sample))
    parts = (min(rows, RESAMPLES - done) for done in range(0, RESAMPLES, rows))
    found = [sample[draws.integers(0, len(sample), (part, len(sample)))].mean(axis=1) for part in parts]
    low, high = np.percentile(np.concatenate(found), [100 * _TAIL, 100 * (1 - _TAIL)])
    return Estimate(value, min(value, float(low)), max(value, float(high)), len(sample))


def bootstrapped(n: int, statistic: Callable[[Floats], float]) -> Estimate | None:
    """`statistic` of n questions with its percentile bootstrap; None where it is NaN for all of them together.

    It is given how often each question counts: 1 for the value, and for each of 2,000 seeded resamples how often it was
    drawn. A resample for which it is NaN (one that lacks a class) is left out.
    """
    value = statistic(np.ones(n)) if n else math.nan
    if math.isnan(value):
        return None
    draws = np.random.default_rng(SEED)
    drawn = (np.bincount(draws.integers(0, n, n), minlength=n).astype(np.float64) for _ in range(RESAMPLES))
    found = np.array([statistic(counts) for counts in drawn])
    low, high = np.percentile(found[~np.isnan(found)], [2.5, 97.5]) if n > 1 else (0.0, 1.0)
    return Estimate(value, min(value, float(low)), max(value, float(high)), n)


def quantile(values: Sequence[float], share: float) -> float:
    """The `share` quantile, linear between neighbours (Hyndman & Fan 1996, Am. Stat. 50:361, type 7).

    >>> quantile([1.0, 2.0, 4.0], 0.75)
    3.0
    """
    return float(np.percentile(np.asarray(values, dtype=np.float64), 100 * share))
