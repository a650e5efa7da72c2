"""The numbers of a calibration, as laws, and its file: read back as it was, or named as damaged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import LibraryDamaged
from quoth.qa import Calibration, ErrorRate
from quoth.qa.calibrating import calibrated, conformal_threshold, smallest_sample
from quoth.qa.calibration import store, stored
from quoth.qa.judge import shipped_judge

TARGETS = st.sampled_from([0.05, 0.1, 0.2, 0.5])
SCORES = st.lists(st.floats(0, 1), min_size=19, max_size=60)
RATE = ErrorRate(0.0, 0.0, 0.2, 19, "q", calibrated=True)
MADE = Calibration(0.05, 0.5, RATE, "these", "2026-01-01")


# The numbers


@given(SCORES, TARGETS, st.randoms(use_true_random=False))
def test_the_threshold_is_just_above_a_score_and_the_order_of_questions_says_nothing(
    scores: list[float], target: float, chance: Any
) -> None:
    threshold = conformal_threshold(scores, target)
    shuffled = list(scores)
    chance.shuffle(shuffled)
    assert conformal_threshold(shuffled, target) == threshold
    below = [score for score in scores if score < threshold]
    assert not [score for score in scores if max(below) < score < threshold]
    assert len(below) >= smallest_sample(target) * (1 - target)


@given(SCORES, TARGETS, TARGETS)
def test_who_puts_up_with_more_false_answers_gets_no_higher_threshold(
    scores: list[float], one: float, other: float
) -> None:
    strict, lax = sorted((one, other))
    assert conformal_threshold(scores, strict) >= conformal_threshold(scores, lax)


@given(SCORES, TARGETS, st.integers(0, 18), st.floats(0, 1))
def test_a_question_that_scores_higher_never_lowers_the_threshold(
    scores: list[float], target: float, at: int, score: float
) -> None:
    raised = [*scores[:at], max(score, scores[at]), *scores[at + 1 :]]
    assert conformal_threshold(raised, target) >= conformal_threshold(scores, target)


@settings(deadline=None, max_examples=40)
@given(SCORES, TARGETS)
def test_the_stated_rate_is_that_of_the_threshold_and_within_the_target(scores: list[float], target: float) -> None:
    made = calibrated(scores, target, "these", "own.jsonl")
    assert made.rate.rate == sum(score >= made.threshold for score in scores) / len(scores)
    assert made.rate.rate <= target * (len(scores) + 1) / len(scores)
    assert (made.rate.n, made.target, made.conditions) == (len(scores), target, "these")
    judge = made.applied(shipped_judge())
    assert [judge.answers(score) for score in scores] == [score >= made.threshold for score in scores]


# The file


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=40), st.floats(0, 2))
def test_any_name_of_a_question_file_is_kept_lone_surrogates_included(
    tmp_path_factory: pytest.TempPathFactory, name: str, threshold: float
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    made = replace(MADE, threshold=threshold, rate=replace(RATE, measured_on=name), conditions=name)
    store(folder, made)
    assert stored(folder) == (made,)


def signed(facts: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    return json.dumps({"calibration": facts, "sha256": digest})


FACTS = asdict(MADE)


@pytest.mark.parametrize(
    "content",
    [
        "", "null", "[]", "0", '"calibration"', "{}", '{"calibration": 1, "sha256": 1}', "\ufeff{}",
        signed({}),
        signed({**FACTS, "target": 0}),
        signed({**FACTS, "threshold": float("nan")}),
        signed({**FACTS, "threshold": float("inf")}),
        signed({**FACTS, "threshold": "0.5"}),
        signed({**FACTS, "threshold": None}),
        signed({**FACTS, "more": 1}),
        signed({**FACTS, "rate": None}),
        signed({**FACTS, "rate": {**asdict(RATE), "rate": 0.3}}),
        signed({**FACTS, "rate": {**asdict(RATE), "n": 0}}),
        signed({name: value for name, value in FACTS.items() if name != "conditions"}),
        json.dumps({"calibration": {**FACTS, "threshold": 0.0}, "sha256": json.loads(signed(FACTS))["sha256"]}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_damage_even_under_the_right_hash(tmp_path: Path, content: str) -> None:
    (tmp_path / "calibration.json").write_text(content, encoding="utf-8")
    with pytest.raises(LibraryDamaged, match=r"calibration\.json is damaged; run"):
        stored(tmp_path)


def test_bytes_that_are_no_text_and_a_folder_in_its_place_are_damage(tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(LibraryDamaged, match="doctor --repair"):
        stored(tmp_path)
    (tmp_path / "calibration.json").unlink()
    (tmp_path / "calibration.json").mkdir()
    with pytest.raises(LibraryDamaged, match="doctor --repair"):
        stored(tmp_path)


def test_a_rest_of_a_crash_is_neither_read_nor_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "calibration.json.partial").write_bytes(b'{"calibration"')
    assert stored(tmp_path) == ()
    store(tmp_path, MADE)
    assert stored(tmp_path) == (MADE,)
    assert [path.name for path in tmp_path.iterdir()] == ["calibration.json"]
