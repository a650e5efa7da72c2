"""What a calibration holds for, and the library's id: they change with what decides an answer and with nothing else."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import DocumentId, Splitting
from quoth.index import IndexState
from quoth.qa import Calibration, ErrorRate, Library
from quoth.qa.calibration import store
from quoth.qa.conditions import conditions_of, judge_and_stamp
from quoth.qa.judge import shipped_judge
from small_encoder import HashingEncoder
from small_library import small_library

IDS = [DocumentId(letter * 16) for letter in "abcd"]
DOCUMENTS = st.dictionaries(st.sampled_from(IDS), st.integers(1, 99))
SETTINGS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"splitting": st.fixed_dictionaries({"target": st.sampled_from([1, 600]), "longest": st.sampled_from([600, 1000])})}
)
STATES = st.builds(IndexState, st.integers(0, 9), DOCUMENTS, SETTINGS, st.sampled_from(["hashing/64", "hashing/32"]))
RATE = ErrorRate(0.0, 0.0, 0.2, 19, "the 19 unanswerable questions of own.jsonl, 2026-01-01", calibrated=True)
CALIBRATIONS = st.builds(
    Calibration, st.sampled_from([0.05, 0.1]), st.floats(0, 2), st.just(RATE), st.just(""), st.just("2026-01-01")
)
TEXTS = {
    "ferry.txt": "The ferry leaves at nine.",
    "bread.txt": "Bread is cheap in winter.",
    "sea.txt": "The sea is wide.",
}


def decisive(state: IndexState) -> object:
    return state.encoder, json.dumps(state.settings, sort_keys=True), frozenset(state.documents)


@given(STATES, STATES)
def test_conditions_are_the_same_exactly_for_the_same_model_settings_and_documents(
    one: IndexState, other: IndexState
) -> None:
    assert (conditions_of(one) == conditions_of(other)) == (decisive(one) == decisive(other))


@given(STATES, st.integers(0, 99), st.randoms(use_true_random=False))
def test_generation_order_and_number_of_passages_decide_nothing(
    state: IndexState, generation: int, chance: Any
) -> None:
    ids = list(state.documents)
    chance.shuffle(ids)
    shuffled = replace(state, generation=generation, documents=dict.fromkeys(ids, 7))
    assert conditions_of(shuffled) == conditions_of(state)


@given(STATES, STATES, CALIBRATIONS)
def test_a_calibration_is_applied_exactly_under_its_own_conditions(
    tmp_path_factory: pytest.TempPathFactory, made_for: IndexState, now: IndexState, calibration: Calibration
) -> None:
    folder = tmp_path_factory.mktemp("conditions")
    shipped, plain = judge_and_stamp(folder, now)
    assert shipped == shipped_judge()
    assert plain.id == conditions_of(now)[:16]
    assert (plain.documents, plain.passages) == (len(now.documents), sum(now.documents.values()))
    store(folder, replace(calibration, conditions=conditions_of(made_for)))
    judge, stamp = judge_and_stamp(folder, now)
    if decisive(made_for) == decisive(now):
        assert (judge.threshold, judge.false_answer_rate) == (calibration.threshold, RATE)
        assert (judge.weights, judge.bias, judge.bands) == (shipped.weights, shipped.bias, shipped.bands)
        assert stamp == replace(plain, id=stamp.id) != plain
    else:
        assert (judge, stamp) == (shipped, plain)


@given(STATES, CALIBRATIONS, CALIBRATIONS)
def test_two_calibrations_give_two_ids_where_they_decide_differently(
    tmp_path_factory: pytest.TempPathFactory, state: IndexState, one: Calibration, other: Calibration
) -> None:
    folder = tmp_path_factory.mktemp("two")
    ids = []
    for calibration in (one, other):
        store(folder, replace(calibration, conditions=conditions_of(state)))
        ids.append(judge_and_stamp(folder, state)[1].id)
    assert (ids[0] == ids[1]) == (one.threshold == other.threshold)


def test_a_calibration_that_equals_what_is_shipped_is_still_told_apart(tmp_path: Path) -> None:
    state = IndexState(1, {IDS[0]: 1}, {}, "hashing/64")
    judge = shipped_judge()
    store(tmp_path, Calibration(0.05, judge.threshold, judge.false_answer_rate, conditions_of(state), "2026-01-01"))
    assert judge_and_stamp(tmp_path, state)[0] == judge
    assert judge_and_stamp(tmp_path, state)[1].id != conditions_of(state)[:16]


# On disk


def test_neither_order_nor_names_nor_place_nor_ways_of_adding_change_the_id(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / "files" / f"other-{name}").write_bytes(text.encode())
    with (
        small_library(tmp_path / "a", TEXTS) as one,
        small_library(tmp_path / "b", dict(reversed(TEXTS.items()))) as backwards,
        small_library(tmp_path / "c", {}) as added,
    ):
        added.add([tmp_path / "files"])
        assert one.stamp == backwards.stamp == added.stamp
        before = one.stamp
        one.doctor(repair=True)  # made anew: a generation later, the same passages
        assert one.stamp == before
        one.add_files([("ferry.txt", TEXTS["ferry.txt"].encode())])
        assert one.stamp == before
    shutil.copytree(tmp_path / "a", tmp_path / "copied")
    with Library.open(tmp_path / "copied", encoder=HashingEncoder()) as copied:
        assert copied.stamp == before


def test_every_change_of_the_documents_changes_the_id_and_taking_it_back_restores_it(tmp_path: Path) -> None:
    with small_library(tmp_path / "library", TEXTS) as library:
        seen = [library.stamp.id]
        library.add_files([("ferry.txt", b"The ferry leaves at ten.")])
        seen.append(library.stamp.id)
        library.remove([record.id for record in library.documents() if "sea" in record.uri])
        seen.append(library.stamp.id)
        library.add_files([("empty line.txt", b"The ferry leaves at ten.\n")])  # one byte more is another document
        seen.append(library.stamp.id)
        assert len(set(seen)) == 4
        library.remove([record.id for record in library.documents() if "bread" not in record.uri])
        library.add_files((name, text.encode()) for name, text in TEXTS.items())
        assert library.stamp.id == seen[0]


def test_settings_and_model_are_part_of_the_id(tmp_path: Path) -> None:
    ids = set()
    for number, (encoder, splitting) in enumerate(
        [
            (HashingEncoder(), Splitting()),
            (HashingEncoder(32, "hashing/32"), Splitting()),
            (HashingEncoder(), Splitting(599, 1000)),
            (HashingEncoder(), Splitting(600, 1001)),
        ]
    ):
        with Library.create(tmp_path / str(number), encoder=encoder, splitting=splitting) as library:
            library.add_files((name, text.encode()) for name, text in TEXTS.items())
            ids.add(library.stamp.id)
    assert len(ids) == 4
