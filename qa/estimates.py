"""Measured numbers with their n and their 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["RESAMPLES", "SEED", "Estimate", "bootstrapped", "exact_rate", "mean", "quantile", "rate"]

Floats = NDArray[np.float64]
RESAMPLES = 2_000
SEED = 20_251_220
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

    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.96 (Wilson 1927, J. Am. Stat. Assoc. 22:209), by scipy.
    """
    return _proportion(hits, n, "wilson")


def exact_rate(hits: int, n: int) -> Estimate | None:
    """`hits / n` with the interval of Clopper and Pearson (1934, Biometrika 26:404), which never promises too much.

    From the 2.5 % quantile of Beta(hits, n - hits + 1) to the 97.5 % quantile of Beta(hits + 1, n - hits), by scipy;
    None for n = 0.
    """
    return _proportion(hits, n, "exact")


def _proportion(hits: int, n: int, method: str) -> Estimate | None:
    if not n:
        return None
    from scipy.stats import binomtest

    interval = binomtest(hits, n).proportion_ci(0.95, method)
    value = hits / n
    return Estimate(value, min(value, max(0.0, float(interval.low))), max(value, min(1.0, float(interval.high))), n)


def mean(values: Collection[float], least: float = 0.0) -> Estimate | None:
    """The mean of numbers from `least` to 1, with the percentile bootstrap over questions; None where there are none.

    2,000 seeded resamples (Efron 1979, Ann. Stat. 7:1), by scipy. One question tells nothing: its interval is all there
    could be.
    """
    sample = np.fromiter(values, dtype=np.float64, count=len(values))
    if not len(sample):
        return None
    value = float(sample.mean())
    if len(sample) == 1:
        return Estimate(value, least, 1.0, 1)
    from scipy.stats import bootstrap

    found = bootstrap(
        (sample,),
        np.mean,
        n_resamples=RESAMPLES,
        batch=max(1, _AT_ONCE // len(sample)),
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return Estimate(value, min(value, float(found.low)), max(value, float(found.high)), len(sample))


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
