"""The formulas: small pure functions, each with its source. Intervals are 95 %."""

from __future__ import annotations

import math
import re
import string
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quoth.qa.estimates import quantile
from quoth.qa.overlaps import total, union

__all__ = [
    "Estimate",
    "Ranges",
    "auroc",
    "auroc_estimate",
    "contains_text",
    "mean_estimate",
    "ndcg",
    "overlap_scores",
    "quantile",
    "rate_estimate",
    "threshold_refusing",
    "total",
    "union",
    "wilson",
]

Ranges = Sequence[tuple[int, int]]
"""Half-open stretches of characters of one text."""

RESAMPLES = 2_000
SEED = 20_251_220
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured `value` in its 95 % interval [`low`, `high`], from `n` questions; NaN where nothing was measured."""

    value: float
    low: float
    high: float
    n: int


NOTHING = Estimate(math.nan, math.nan, math.nan, 0)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The score interval of a proportion.

    (p + z²/2n ± z·sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n), z = 1.96 (Wilson 1927, J. Am. Stat. Assoc. 22:209).

    >>> [round(bound, 4) for bound in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"no proportion: {hits} of {n}")
    p, z2 = hits / n, _Z95 * _Z95
    middle = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate_estimate(outcomes: Collection[bool]) -> Estimate:
    """The share of true outcomes, with its Wilson interval."""
    if not outcomes:
        return NOTHING
    hits = sum(outcomes)
    return Estimate(hits / len(outcomes), *wilson(hits, len(outcomes)), len(outcomes))


def mean_estimate(values: Sequence[float]) -> Estimate:
    """The mean, with the percentile bootstrap over questions (Efron 1979): 2,000 seeded resamples."""
    if not values:
        return NOTHING
    sample = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(SEED)
    means = [float(sample[draws.integers(0, len(sample), len(sample))].mean()) for _ in range(RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    return Estimate(float(sample.mean()), float(low), float(high), len(values))


def auroc(positive: ArrayLike, negative: ArrayLike) -> float:
    """The probability that a positive's score is above a negative's, ties counted half.

    The Mann-Whitney statistic over the number of pairs (Hanley & McNeil 1982, Radiology 143:29).

    >>> auroc([0.9, 0.5], [0.5, 0.1])
    0.875
    """
    above, below = np.asarray(positive, dtype=np.float64), np.sort(np.asarray(negative, dtype=np.float64))
    if not len(above) or not len(below):
        return math.nan
    smaller = np.searchsorted(below, above, side="left")
    not_larger = np.searchsorted(below, above, side="right")
    return float((smaller + not_larger).sum() / (2 * len(above) * len(below)))


def auroc_estimate(scores: Sequence[float], answerable: Sequence[bool]) -> Estimate:
    """AUROC of `scores` for `answerable`, with the percentile bootstrap within each of the two classes."""
    values, labels = np.asarray(scores, dtype=np.float64), np.asarray(answerable, dtype=bool)
    positive, negative = values[labels], values[~labels]
    if not len(positive) or not len(negative):
        return NOTHING
    draws = np.random.default_rng(SEED)
    found = [auroc(_redrawn(positive, draws), _redrawn(negative, draws)) for _ in range(RESAMPLES)]
    low, high = np.percentile(found, [2.5, 97.5])
    return Estimate(auroc(positive, negative), float(low), float(high), len(values))


def _redrawn(sample: NDArray[np.float64], draws: np.random.Generator) -> NDArray[np.float64]:
    return sample[draws.integers(0, len(sample), len(sample))]


def threshold_refusing(share: float, scores: Sequence[float], answerable: Sequence[bool]) -> float:
    """The largest threshold that refuses (score < threshold) at most `share` of the answerable questions.

    Chosen on the very questions it is then judged by, which flatters the score: for baselines, which have no threshold.
    """
    kept = sorted(score for score, can in zip(scores, answerable, strict=True) if can)
    if not kept:
        return math.nan
    return kept[min(len(kept) - 1, math.floor(share * len(kept) + 1e-9))]


def ndcg(ranking: Sequence[str], relevant: Collection[str], depth: int = 10) -> float:
    """Normalised discounted cumulative gain with binary relevance.

    sum over ranks r <= depth of rel(r) / log2(r + 1), over the same sum of the ideal ranking
    (Järvelin & Kekäläinen 2002, ACM TOIS 20:422; the form trec_eval and BEIR use).

    >>> round(ndcg(["b", "a"], {"a"}), 4)
    0.6309
    """
    wanted = set(relevant)
    if not wanted:
        return math.nan
    gained = sum(1 / math.log2(rank + 1) for rank, name in enumerate(ranking[:depth], 1) if name in wanted)
    return gained / sum(1 / math.log2(rank + 1) for rank in range(1, min(depth, len(wanted)) + 1))


def _shared(some: Ranges, others: Ranges) -> int:
    """Characters in both of two unions."""
    return sum(max(0, min(a_stop, b_stop) - max(a, b)) for a, a_stop in some for b, b_stop in others)


def overlap_scores(gold: Ranges, retrieved: Ranges, elsewhere: int = 0) -> tuple[float, float, float]:
    """Recall, precision and IoU of retrieved characters, for one question.

    With E the gold characters and R the retrieved ones, both as unions: recall |E∩R|/|E|, precision |E∩R|/|R|,
    IoU |E∩R|/|E∪R| (Smith & Troynikov 2024, "Evaluating Chunking Strategies for Retrieval", Chroma; their code counts
    the characters of overlapping passages twice in |R|, ours do not overlap). `elsewhere` counts the characters
    retrieved from other documents: they are in R and never gold. Nothing retrieved gives 0, 0, 0.

    >>> overlap_scores([(0, 10)], [(5, 15)], elsewhere=5)
    (0.5, 0.3333333333333333, 0.25)
    """
    wanted, got = union(gold), union(retrieved)
    both, found = _shared(wanted, got), total(got) + elsewhere
    if not wanted or not found:
        return 0.0, 0.0, 0.0
    return both / total(wanted), both / found, both / (total(wanted) + found - both)


_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_PUNCTUATION = str.maketrans(dict.fromkeys(string.punctuation + "’‘“”–—", " "))


def normalised(text: str) -> str:
    """Lower case, punctuation as spaces, without the articles a, an, the, single spaces.

    After Rajpurkar et al. 2016, whose SQuAD evaluation deletes punctuation: then "December" is not in "mid-December".

    >>> normalised("The  “Old” Bridge, A. mid-December")
    'old bridge mid december'
    """
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def contains_text(text: str, golds: Iterable[str]) -> bool:
    """Whether a gold answer stands in `text` as whole words, both normalised."""
    words = f" {normalised(text)} "
    return any(f" {gold} " in words for gold in map(normalised, golds) if gold)
