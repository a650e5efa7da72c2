"""Rates, means and their intervals, and the paired tests: by hand, by law, and against other implementations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from math import comb
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from quoth.qa.estimates import SEED, Estimate, bootstrapped, exact_rate, mean, quantile, rate
from quoth.qa.significance import holm, mcnemar, randomised

shares = st.floats(0, 1)
counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def known(estimate: Estimate | None) -> Estimate:
    assert estimate is not None
    return estimate


# Intervals of rates


def test_wilson_by_hand() -> None:
    """8 of 10, z² = 3.8415: middle (0.8 + 0.19207) / 1.38415, half 1.96 · sqrt(0.016 + 0.0096) / 1.38415."""
    found = known(rate(8, 10))
    assert (found.value, found.n) == (0.8, 10)
    assert [found.low, found.high] == pytest.approx([0.4902, 0.9433], abs=5e-5)


@given(counts)
def test_wilson_solves_its_own_equation(pair: tuple[int, int]) -> None:
    """Each bound p is where |observed - p| is exactly z standard errors of p."""
    hits, n = pair
    found = known(rate(hits, n))
    z2 = 1.959963984540054**2
    for bound in (found.low, found.high):
        if 1e-9 < bound < 1 - 1e-9:
            assert (hits / n - bound) ** 2 == pytest.approx(z2 * bound * (1 - bound) / n, rel=1e-6, abs=1e-12)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_clopper_pearson_by_the_binomial_itself(pair: tuple[int, int]) -> None:
    """At the lower bound as many hits or more have a chance of 2.5 %, at the upper one as many or fewer."""
    hits, n = pair
    found = known(exact_rate(hits, n))

    def chance(p: float, of: Sequence[int]) -> float:
        return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in of)

    if hits:
        assert chance(found.low, range(hits, n + 1)) == pytest.approx(0.025, abs=1e-6)
    else:
        assert found.low == 0
    if hits < n:
        assert chance(found.high, range(hits + 1)) == pytest.approx(0.025, abs=1e-6)
    else:
        assert found.high == 1


def test_no_false_answer_in_59_means_at_most_six_in_a_hundred() -> None:
    assert known(exact_rate(0, 59)).high == pytest.approx(1 - 0.025 ** (1 / 59), abs=1e-9)


@given(counts)
def test_the_exact_interval_promises_less(pair: tuple[int, int]) -> None:
    wide, narrow = known(exact_rate(*pair)), known(rate(*pair))
    assert wide.value == narrow.value
    assert wide.low <= wide.value <= wide.high
    assert 0 <= narrow.low <= narrow.value <= narrow.high <= 1


def test_nothing_measured_is_no_estimate() -> None:
    assert rate(0, 0) is exact_rate(0, 0) is mean([]) is bootstrapped(0, lambda _: 0.0) is None


@pytest.mark.parametrize(
    "numbers", [(0.5, 0.6, 0.7, 3), (0.5, 0.1, 0.4, 3), (0.5, 0.5, 0.5, 0), (math.nan, 0.0, 1.0, 3)]
)
def test_an_estimate_that_makes_no_sense_cannot_be_built(numbers: tuple[float, float, float, int]) -> None:
    with pytest.raises(ValueError, match="no estimate"):
        Estimate(*numbers)


# scipy is the oracle: evaluation computes these itself, so that nobody has to install it

PAIRS = [
    *((hits, n) for n in (*range(1, 31), 97) for hits in range(n + 1)),
    *((round(n * share), n) for n in (1_000, 9_999, 50_000) for share in (0, 0.0003, 0.01, 0.3, 0.5, 0.97, 0.9999, 1)),
    *((hits, 1_000_000) for hits in (0, 1, 999_999, 1_000_000)),
]


@pytest.mark.parametrize(("ours", "method"), [(rate, "wilson"), (exact_rate, "exact")])
def test_intervals_are_scipys(ours: Callable[[int, int], Estimate | None], method: str) -> None:
    for hits, n in PAIRS:
        found, theirs = known(ours(hits, n)), stats.binomtest(hits, n).proportion_ci(0.95, method)
        assert found.low == pytest.approx(max(0, theirs.low), rel=1e-9, abs=1e-12), (hits, n)
        assert found.high == pytest.approx(min(1, theirs.high), rel=1e-9, abs=1e-12), (hits, n)


@pytest.mark.parametrize("n", [2, 3, 50, 300, 2_500])
def test_the_bootstrap_of_a_mean_is_scipys(n: int) -> None:
    values = np.random.default_rng(n).random(n)
    batch, draws = max(1, 2_000_000 // n), np.random.default_rng(SEED)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=2_000, batch=batch, method="percentile", rng=draws)
    found, wanted = known(mean(list(values))), theirs.confidence_interval
    assert [found.low, found.high] == pytest.approx([wanted.low, wanted.high], rel=1e-12)


def test_mcnemar_is_scipys() -> None:
    pairs = [*product(range(30), repeat=2), (400, 450), (2_000, 1_900), (7_000, 1)]
    for gained, lost in pairs[1:]:
        theirs = float(stats.binomtest(gained, gained + lost, 0.5).pvalue)
        assert mcnemar(gained, lost) == pytest.approx(theirs, rel=1e-9, abs=1e-300), (gained, lost)


# Means and other statistics


@given(st.lists(shares, min_size=1, max_size=40))
@settings(max_examples=30)
def test_a_mean_lies_in_its_interval_and_comes_out_the_same_again(values: list[float]) -> None:
    found = known(mean(values))
    assert found.value == pytest.approx(fmean(values))
    assert found.low <= found.value <= found.high
    assert found == mean(values)
    assert found.n == len(values)


def test_one_question_tells_nothing() -> None:
    assert mean([0.3]) == Estimate(0.3, 0.0, 1.0, 1)
    assert mean([0.3], least=-1.0) == Estimate(0.3, -1.0, 1.0, 1)


def test_the_interval_of_a_mean_is_that_of_the_normal_law_when_there_are_many() -> None:
    values = np.random.default_rng(1).random(2_000)
    half = 1.96 * values.std() / math.sqrt(len(values))
    found = known(mean(list(values)))
    assert found.low == pytest.approx(found.value - half, abs=0.1 * half)
    assert found.high == pytest.approx(found.value + half, abs=0.1 * half)


def test_the_bootstrap_of_a_mean_written_as_a_statistic_agrees() -> None:
    values = np.random.default_rng(2).random(300)
    ours = known(bootstrapped(300, lambda counts: float(counts @ values / counts.sum())))
    theirs = known(mean(list(values)))
    assert ours.value == pytest.approx(theirs.value)
    assert [ours.low, ours.high] == pytest.approx([theirs.low, theirs.high], abs=0.003)


def test_a_resample_without_a_value_is_left_out() -> None:
    found = known(bootstrapped(3, lambda counts: 0.5 if counts[0] else math.nan))
    assert found == Estimate(0.5, 0.5, 0.5, 3)
    assert bootstrapped(3, lambda _: math.nan) is None


@given(st.lists(shares, min_size=1), shares)
def test_a_quantile_is_what_numpy_says(values: list[float], share: float) -> None:
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low, high = ordered[math.floor(at)], ordered[math.ceil(at)]
    assert quantile(values, share) == pytest.approx(low + (high - low) * (at - math.floor(at)), abs=1e-12)


# McNemar


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(0, 0, 1), (1, 0, 1), (5, 0, 2 / 32), (0, 6, 2 / 64), (1, 5, 2 * 7 / 64), (3, 3, 1)],
)
def test_mcnemar_by_hand(gained: int, lost: int, p: float) -> None:
    assert mcnemar(gained, lost) == pytest.approx(p)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_counts_the_tails(gained: int, lost: int) -> None:
    n, few = gained + lost, min(gained, lost)
    tail = Fraction(sum(comb(n, k) for k in range(few + 1)), 2**n)
    assert mcnemar(gained, lost) == pytest.approx(float(min(Fraction(1), 2 * tail)))
    assert mcnemar(gained, lost) == mcnemar(lost, gained)


# The randomisation test


@pytest.mark.parametrize(
    ("differences", "p"),
    [([], 1), ([0, 0], 1), ([0.5], 1), ([1, 1, 1, 1, 1], 2 / 32), ([1, 1, 1, -1], 10 / 16), ([0.1, 0.2, 0.3], 2 / 8)],
)
def test_randomisation_by_hand(differences: list[float], p: float) -> None:
    assert randomised(differences) == pytest.approx(p)


@given(st.lists(st.integers(-20, 20), max_size=9))
def test_randomisation_counts_every_signing(differences: list[int]) -> None:
    seen = abs(sum(differences))
    signings = [abs(sum(a * b for a, b in zip(signs, differences, strict=True))) >= seen for signs in
                product((1, -1), repeat=len(differences))]  # fmt: skip
    assert randomised(differences) == pytest.approx(sum(signings) / len(signings))


def test_randomisation_of_many_agrees_with_scipys() -> None:
    draws = np.random.default_rng(3)
    before, after = draws.random(200), draws.random(200) + 0.05
    theirs = stats.permutation_test(
        (after, before),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=10_000,
        vectorized=True,
        rng=np.random.default_rng(4),
    )
    assert randomised(list(after - before)) == pytest.approx(float(theirs.pvalue), abs=0.01)
    assert randomised(list(before - after)) == randomised(list(after - before))


def test_what_did_not_change_does_not_weaken_the_test() -> None:
    assert randomised([1, 1, 1, 1, 1, *[0] * 1_000]) == pytest.approx(2 / 32)


def test_no_p_value_is_zero() -> None:
    assert randomised([1.0] * 500) == pytest.approx(1 / 10_001)


# Holm


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.6, 0.7]) == (1.0, 1.0)
    assert holm([]) == ()


@given(st.lists(shares, min_size=1, max_size=12))
def test_holm_refuses_what_the_stepwise_procedure_refuses(p_values: list[float]) -> None:
    """The procedure as Holm wrote it: from the smallest on, while p <= alpha / (m - i)."""
    adjusted, alpha = holm(p_values), 0.05
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    refused: set[int] = set()
    for rank, at in enumerate(order):
        if p_values[at] * (len(order) - rank) >= alpha:
            break
        refused.add(at)
    assert {at for at, p in enumerate(adjusted) if p < alpha} == refused
    assert all(raw <= p <= 1 for raw, p in zip(p_values, adjusted, strict=True))
