"""Damaged input of every kind that rooms read, each case named by a number; benchmarks/input_suite.py takes more."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz_targets import TARGETS, ask_anything, asked_library
from mutating import damaged_bytes, odd_text

FEW = {"Word": 12, "questions, XLSX": 20, "HTML": 40, "feedback": 30, "questions asked": 80}
NASTY = [
    "", " ", "\x00", "\ud800", "\udfff\ud800", "\u202eWho?", "e\u0301" * 500, "😀" * 500, "the of and", "((((",
    '" OR *',
    "NEAR(a b)", "a AND NOT b", "-" * 2_000, "1" * 2_000, "\ufeff", "\uffff", "(a+)+$" * 100, "x" * 2_001,
    "y" * 1_000_000,
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def shut() -> Iterator[None]:
    yield
    asked_library.cache_clear()


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_input_that_damage_starts_from_is_read(name: str) -> None:
    target = TARGETS[name]
    if name in ("calibration", "run folders", "questions, BEIR"):  # one file of several; a hash no hand can write
        return
    assert all(target.judge(seed) == "read" for seed in target.seeds())


@pytest.mark.parametrize("name", sorted(TARGETS))
@pytest.mark.filterwarnings("ignore")  # of parsers that go on after what they warn of
def test_damaged_input_is_read_or_refused(name: str) -> None:
    target = TARGETS[name]
    for number in range(FEW.get(name, 150)):
        assert target.judge(target.case(number)) in ("read", "refused"), number


def test_a_number_names_a_case_for_good() -> None:
    for target in TARGETS.values():
        if target.name != "Word" and "XLSX" not in target.name:  # archives hold the time they were made
            assert target.case(7) == target.case(7)


@pytest.mark.parametrize("question", NASTY)
def test_any_words_are_a_question_or_are_refused(question: str) -> None:
    for history in ((), (question,), ("When did the harbour open?", question)):
        assert ask_anything(question, history) in ("read", "refused")
        assert ask_anything("And why?", history) in ("read", "refused")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80), st.lists(st.text(max_size=30), max_size=3), st.none() | st.lists(st.text(max_size=16)))
def test_any_text_history_and_filter(question: str, history: list[str], documents: list[str] | None) -> None:
    assert ask_anything(question, history, documents) in ("read", "refused")


def test_damage_is_mostly_damage_and_of_every_length() -> None:
    rng = random.Random(1)
    data = bytes(range(256)) * 4
    found = [damaged_bytes(rng, data) for _ in range(300)]
    assert sum(one != data for one in found) > 250
    assert min(map(len, found)) < len(data) < max(map(len, found))
    assert any("\ud800" in odd_text(rng) for _ in range(300))
