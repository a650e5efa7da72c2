"""The judge: its score is the formula, moves with each weight's sign, and the shipped numbers hold together."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, asdict, fields, replace
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.qa import ErrorRate
from quoth.qa.choosing import Features
from quoth.qa.judge import Band, Judge, shipped_judge

NAMES = [field.name for field in fields(Features)]
RATE = ErrorRate(0.1, 0.05, 0.2, 100, "test questions", calibrated=False)


def features_of(values: Mapping[str, float]) -> Features:
    """Features by name; whatever fields there are now."""
    return Features(**{name: values.get(name, 0.0) for name in NAMES})


def judge_of(weights: Mapping[str, float], bias: float = 0.0, threshold: float = 0.5) -> Judge:
    bands = Band("high", 0.9, 0.95, 0.9, 0.98, 100), Band("medium", 0.6, 0.8, 0.7, 0.9, 100), Band("low", 0, 0, 0, 1, 9)
    return Judge(weights, bias, threshold, bands, false_answer_rate=RATE)


NUMBERS = st.floats(-20, 20)
VALUES = st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(-5, 5)))
WEIGHTS = st.fixed_dictionaries({}, optional=dict.fromkeys(NAMES, NUMBERS))


class TestScore:
    @given(WEIGHTS, NUMBERS, VALUES)
    def test_it_is_the_logistic_formula(self, weights: dict[str, float], bias: float, values: dict[str, float]) -> None:
        total = bias + math.fsum(weights[name] * values[name] for name in weights)
        expected = 1 / (1 + math.exp(-total)) if total > -700 else 0.0
        assert judge_of(weights, bias).score(features_of(values)) == pytest.approx(expected, rel=1e-9, abs=1e-12)

    @given(st.fixed_dictionaries(dict.fromkeys(NAMES, st.floats(-1e200, 1e200))), st.floats(-1e100, 1e100), VALUES)
    def test_it_is_a_probability_whatever_the_numbers(
        self, weights: dict[str, float], bias: float, values: dict[str, float]
    ) -> None:
        assert 0.0 <= judge_of(weights, bias).score(features_of(values)) <= 1.0

    @given(WEIGHTS, NUMBERS, VALUES, st.sampled_from(NAMES), st.floats(0, 5))
    def test_more_of_a_feature_moves_it_the_way_of_its_weight(
        self, weights: dict[str, float], bias: float, values: dict[str, float], name: str, more: float
    ) -> None:
        judge = judge_of(weights, bias)
        before = judge.score(features_of(values))
        after = judge.score(features_of({**values, name: values[name] + more}))
        weight = weights.get(name, 0.0)
        assert after >= before - 1e-12 if weight >= 0 else after <= before + 1e-12
        if name not in weights:
            assert after == before

    @given(WEIGHTS, VALUES, NUMBERS, st.floats(0, 20))
    def test_a_higher_bias_never_lowers_it(
        self, weights: dict[str, float], values: dict[str, float], bias: float, more: float
    ) -> None:
        features = features_of(values)
        assert judge_of(weights, bias + more).score(features) >= judge_of(weights, bias).score(features) - 1e-12

    def test_without_weights_and_bias_nothing_is_known(self) -> None:
        assert judge_of({}).score(features_of({})) == 0.5

    @given(WEIGHTS, NUMBERS, VALUES)
    def test_turning_every_number_round_turns_the_probability_round(
        self, weights: dict[str, float], bias: float, values: dict[str, float]
    ) -> None:
        features = features_of(values)
        against = judge_of({name: -weight for name, weight in weights.items()}, -bias)
        assert judge_of(weights, bias).score(features) + against.score(features) == pytest.approx(1.0)

    def test_a_weight_for_a_feature_that_does_not_exist_is_not_ignored(self) -> None:
        with pytest.raises(KeyError, match="no_such_feature"):
            judge_of({"no_such_feature": 1.0}).score(features_of({}))


class TestDecisions:
    @given(st.floats(0, 1), st.floats(0, 1))
    def test_a_quote_answers_from_the_threshold_on(self, threshold: float, score: float) -> None:
        judge = judge_of({}, threshold=threshold)
        assert judge.answers(score) is (score >= threshold)
        assert judge.answers(threshold)

    @pytest.mark.parametrize(
        ("score", "word"),
        [(0.0, "low"), (0.5999, "low"), (0.6, "medium"), (0.8999, "medium"), (0.9, "high"), (1.0, "high")],
    )
    def test_confidence_words_are_bands(self, score: float, word: str) -> None:
        assert judge_of({}).confidence(score) == word

    @given(st.floats(0, 1), st.floats(0, 1))
    def test_a_better_score_never_gets_a_weaker_word(self, one: float, other: float) -> None:
        order = ("low", "medium", "high")
        judge = judge_of({})
        weaker, stronger = (judge.confidence(score) for score in sorted((one, other)))
        assert order.index(weaker) <= order.index(stronger)

    def test_a_judge_does_not_change(self) -> None:
        with pytest.raises(FrozenInstanceError):
            judge_of({}).threshold = 0.1  # type: ignore[misc]
        assert replace(judge_of({}), threshold=0.1).threshold == 0.1


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("quoth.qa").joinpath("judge.json").read_text(encoding="utf-8"))
    return found


class TestShipped:
    """No number is asserted here: they come from training. That they fit together is."""

    def test_every_weight_is_of_a_feature_and_finite(self) -> None:
        judge = shipped_judge()
        assert judge.weights
        assert judge.weights.keys() <= set(NAMES)
        assert all(math.isfinite(number) for number in (judge.bias, *judge.weights.values()))

    def test_threshold_and_bands_are_in_order(self) -> None:
        judge = shipped_judge()
        starts = [band.start for band in judge.bands]
        assert starts == sorted(starts, reverse=True)
        assert [band.word for band in judge.bands] == ["high", "medium", "low"]
        assert starts[-1] == judge.threshold > 0.0
        assert starts[0] < 1.0

    def test_a_better_word_was_right_more_often(self) -> None:
        rights = [band.right for band in shipped_judge().bands]
        assert rights == sorted(rights, reverse=True)

    def test_the_bands_are_told_with_their_figures(self) -> None:
        told = shipped_judge().told
        for band in shipped_judge().bands:
            assert f"{band.word} from {band.start:.2f} ({band.right:.0%} right" in told
            assert f"n = {band.n}" in told

    def test_an_answer_is_not_promised_more_often_than_it_can_be(self) -> None:
        rate = shipped_judge().false_answer_rate
        assert 0.0 <= rate.low <= rate.rate <= rate.high <= 1.0
        assert rate.n >= 100
        assert rate.measured_on.strip()
        assert rate.calibrated is False  # nobody has calibrated it on the reader's own library

    def test_the_interval_is_clopper_pearson_of_the_rate(self) -> None:
        """Checked by the tails: seeing as many false answers, or as few, has probability 2.5 % at the ends."""
        rate = shipped_judge().false_answer_rate
        wrong = round(rate.rate * rate.n)
        assert wrong / rate.n == pytest.approx(rate.rate, abs=0.0006)
        if 0 < wrong < rate.n:
            assert _at_least(wrong, rate.n, rate.low) == pytest.approx(0.025, abs=0.004)
            assert 1 - _at_least(wrong + 1, rate.n, rate.high) == pytest.approx(0.025, abs=0.004)

    def test_what_is_loaded_is_what_the_file_says(self, facts: dict[str, Any]) -> None:
        judge = shipped_judge()
        assert (dict(judge.weights), judge.bias, judge.threshold) == (
            facts["weights"],
            facts["bias"],
            facts["threshold"],
        )
        assert [asdict(band) for band in judge.bands] == facts["bands"]

    def test_it_is_read_once(self) -> None:
        assert shipped_judge() is shipped_judge()

    def test_some_candidate_answers_and_some_does_not(self) -> None:
        """Each feature far on the better, or on the worse, side of its weight."""
        judge = shipped_judge()
        best = features_of({name: math.copysign(20.0, weight) for name, weight in judge.weights.items()})
        worst = features_of({name: -math.copysign(20.0, weight) for name, weight in judge.weights.items()})
        assert judge.answers(judge.score(best))
        assert judge.confidence(judge.score(best)) == "high"
        assert not judge.answers(judge.score(worst))

    def test_scores_between_threshold_and_medium_are_answers_of_low_confidence(self) -> None:
        judge = shipped_judge()
        assert judge.answers(judge.threshold)
        assert judge.confidence(judge.threshold) == "low"


@pytest.mark.parametrize("numbers", [(0.5, 0.6, 0.7, 10), (0.5, 0.4, 0.45, 10), (0.5, 0.4, 0.6, 0), (1.5, 0.4, 1.6, 9)])
def test_a_band_without_sense_cannot_be_built(numbers: tuple[float, float, float, int]) -> None:
    right, low, high, n = numbers
    with pytest.raises(ValueError, match="no band"):
        Band("high", 0.5, right, low, high, n)


def test_every_number_of_a_judge_is_in_its_fingerprint() -> None:
    one = judge_of({"dense": 1.0})
    others = [judge_of({"dense": 1.1}), judge_of({"dense": 1.0}, 0.1), judge_of({"dense": 1.0}, 0.0, 0.4)]
    assert len({one.fingerprint, *(other.fingerprint for other in others)}) == 4
    assert judge_of({"dense": 1.0}).fingerprint == one.fingerprint


def _at_least(wrong: int, of: int, rate: float) -> float:
    """The probability of `wrong` or more of `of`, each with probability `rate`."""
    if rate in (0.0, 1.0):
        return rate
    steps = range(wrong, of + 1)
    choices = (math.lgamma(of + 1) - math.lgamma(k + 1) - math.lgamma(of - k + 1) for k in steps)
    return math.fsum(
        math.exp(choice + k * math.log(rate) + (of - k) * math.log1p(-rate))
        for k, choice in zip(steps, choices, strict=True)
    )
