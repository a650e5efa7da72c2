"""Could it be chance? Tests on paired numbers: the same questions, asked in two runs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .estimates import SEED

__all__ = ["holm", "mcnemar", "randomised"]

_RESAMPLES = 10_000
_EXACT = 13  # as many differences: all 8,192 ways of signing them are fewer than the resamples
_AT_ONCE = 4_000_000


def mcnemar(gained: int, lost: int) -> float:
    """Two-sided p-value of `gained` questions that became right against `lost` ones that became wrong.

    The exact test: were both as likely, `gained` would be binomial of gained + lost and 1/2 (McNemar 1947,
    Psychometrika 12:153, in its exact form). 1 where nothing changed.
    """
    n, ways, tail = gained + lost, 1, 0
    for k in range(min(gained, lost) + 1):
        tail, ways = tail + ways, ways * (n - k) // (k + 1)  # whole numbers: nothing is rounded
    return min(1.0, float(2 * tail / 2**n))


def randomised(differences: Sequence[float]) -> float:
    """Two-sided p-value of the mean difference by Fisher's paired randomisation test.

    Were the runs alike, each difference might as well have the other sign: p is the share of signings with a sum at
    least as far from 0 (Fisher 1935; Smucker, Allan & Carterette 2007, CIKM, recommend it for ranking measures). All
    signings up to 13 differences that are not 0, else 10,000 seeded ones and, counted with them, the one that was seen.
    """
    found = np.asarray(differences, dtype=np.float64)
    found = found[found != 0]
    if not len(found):
        return 1.0
    least = abs(found.sum()) * (1 - 1e-12)  # sums of the same numbers in another order differ by rounding
    if len(found) <= _EXACT:
        signs = 1 - 2 * ((np.arange(2 ** len(found))[:, None] >> np.arange(len(found))) & 1)
        return float((abs(signs @ found) >= least).mean())
    draws, far, left = np.random.default_rng(SEED), 0, _RESAMPLES
    while left:
        rows = min(left, max(1, _AT_ONCE // len(found)))
        signs = 1 - 2 * draws.integers(0, 2, (rows, len(found)), dtype=np.int8)
        far, left = far + int((abs(signs @ found) >= least).sum()), left - rows
    return (1 + far) / (1 + _RESAMPLES)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """The p-values adjusted so that, over all of them, an error of the first kind keeps its rate.

    The i-th smallest of m times m - i + 1, at least as large as the one before, at most 1 (Holm 1979, Scandinavian
    Journal of Statistics 6:65).

    >>> holm([0.03, 0.01, 0.04])
    (0.06, 0.03, 0.06)
    """
    adjusted = [0.0] * len(p_values)
    least = 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=lambda at: p_values[at])):
        least = adjusted[at] = max(least, min(1.0, p_values[at] * (len(p_values) - rank)))
    return tuple(adjusted)
