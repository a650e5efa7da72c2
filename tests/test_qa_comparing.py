"""Two runs: what flipped, what was lost, and that chance is not taken for a loss."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import BadRequest
from quoth.qa.changes import Change, Seen, Shown, changed
from quoth.qa.comparing import TESTED, RunComparison, compare_runs, comparison_record
from quoth.qa.evaluating import evaluate
from quoth.qa.measures import MEASURES
from quoth.qa.significance import holm, mcnemar, randomised
from quoth.ui.record import answer_record
from small_library import small_library

Row = Mapping[str, Any]


def row(key: str, outcome: str = "right", /, **values: float) -> Row:
    return {"key": key, "outcome": outcome, "quote": "It fell.", "values": values}


def written(folder: Path, rows: Sequence[Row], broken: float = 0.0) -> Path:
    """A run's folder as `evaluate` writes it, as far as comparing reads it."""
    folder.mkdir()
    scores, answers = [], []
    for one in rows:
        question = one.get("question", f"Question {one['key']}?")
        scores.append({"key": one["key"], "question": question, "outcome": one["outcome"], "values": one["values"]})
        source = {"title": "Bridges", "document": "d", "start": 3}
        quotes = [] if one["quote"] is None else [{"text": one["quote"], "source": source}]
        answers.append({"question": question, "quotes": quotes})
    for name, found in (("scores.jsonl", scores), ("answers.jsonl", answers)):
        (folder / name).write_text("".join(json.dumps(one) + "\n" for one in found), encoding="utf-8")
    report = {"metrics": {"broken_quotes": {"value": broken, "n": 100}}}
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    return folder


def compared(tmp_path: Path, before: Sequence[Row], after: Sequence[Row], **more: float) -> RunComparison:
    return compare_runs(written(tmp_path / "a", before), written(tmp_path / "b", after), **more)


def yes_no(flags: Sequence[int], name: str = "right_first") -> list[Row]:
    outcome = {0: "wrong quote", 1: "right"}
    return [row(str(at), outcome[flag], **{name: float(flag)}) for at, flag in enumerate(flags)]


# Losses


def test_a_significant_loss_fails(tmp_path: Path) -> None:
    """Ten questions of 40 were right and are wrong, none the other way: p = 2 / 1024."""
    found = compared(tmp_path, yes_no([1] * 40), yes_no([1] * 30 + [0] * 10))
    (contrast,) = found.contrasts
    assert (contrast.name, contrast.before, contrast.after, contrast.verdict) == ("right_first", 1.0, 0.75, "worse")
    assert contrast.p == pytest.approx(2 / 1024)
    assert contrast.loss == contrast.difference.value * -1 == 0.25
    assert contrast.difference.low < -0.25 < contrast.difference.high < 0
    assert found.lost == ("right_first",)
    assert not found.passed


def test_a_loss_within_the_tolerance_passes(tmp_path: Path) -> None:
    found = compared(tmp_path, yes_no([1] * 40), yes_no([1] * 30 + [0] * 10), tolerance=0.25)
    assert found.contrasts[0].verdict == "worse"
    assert found.lost == ()
    assert found.passed


def test_a_loss_that_chance_may_have_done_passes(tmp_path: Path) -> None:
    """Five of five lost has p = 1/16."""
    found = compared(tmp_path, yes_no([1] * 40), yes_no([1] * 35 + [0] * 5))
    assert found.contrasts[0].p == pytest.approx(1 / 16)
    assert found.contrasts[0].verdict == "no difference shown"
    assert found.passed


def test_a_gain_is_no_loss(tmp_path: Path) -> None:
    found = compared(tmp_path, yes_no([0] * 12), yes_no([1] * 12))
    assert found.contrasts[0].verdict == "better"
    assert found.contrasts[0].loss == 0
    assert found.passed


@pytest.mark.parametrize("name", ["false_answer", "false_refusal"])
def test_more_of_what_should_be_few_is_a_loss(name: str, tmp_path: Path) -> None:
    found = compared(tmp_path, yes_no([0] * 12, name), yes_no([1] * 12, name))
    assert found.lost == (name,)


def test_numbers_between_are_tested_by_signing(tmp_path: Path) -> None:
    before = [row(str(at), mrr=0.5) for at in range(8)]
    after = [row(str(at), mrr=0.25) for at in range(8)]
    found = compared(tmp_path, before, after)
    assert found.contrasts[0].p == pytest.approx(2 / 256)
    assert found.lost == ("mrr",)


def test_many_measures_need_stronger_evidence(tmp_path: Path) -> None:
    """Six lost of six: p = 1/32 for each by itself, 2/32 for each of two by Holm."""
    before = [row(str(at), right_first=1.0, false_refusal=0.0) for at in range(6)]
    after = [row(str(at), right_first=0.0, false_refusal=1.0) for at in range(6)]
    found = compared(tmp_path, before, after)
    assert [one.p for one in found.contrasts] == pytest.approx([2 / 32, 2 / 32])
    assert found.passed
    alone = [row(str(at), right_first=float(at > 5)) for at in range(6)]
    assert compare_runs(tmp_path / "a", written(tmp_path / "c", alone)).lost == ("right_first",)


def test_any_broken_quote_fails(tmp_path: Path) -> None:
    rows = yes_no([1])
    found = compare_runs(written(tmp_path / "a", rows), written(tmp_path / "b", rows, broken=0.01), 0.5)
    assert found.broken == 1
    assert found.lost == ()
    assert not found.passed


@given(st.integers(0, 2**31))
def test_p_values_are_those_of_the_tests_themselves(seed: int) -> None:

    draws = random.Random(seed)
    tested = [measure for measure in MEASURES if measure.name in ("right_first", "mrr", "quote_iou")]

    def values() -> dict[str, float]:
        right = float(draws.random() < 0.5)
        return {"right_first": right, "mrr": draws.choice([0, 0.5, 1]), "quote_iou": draws.random()}

    def rows() -> list[Row]:
        return [row(str(at), **values()) for at in range(12)]

    before, after = rows(), rows()
    with TemporaryDirectory() as folder:
        found = compared(Path(folder), before, after)
    pairs = [(a["values"], b["values"]) for a, b in zip(before, after, strict=True)]
    gained = sum(b["right_first"] > a["right_first"] for a, b in pairs)
    lost = sum(b["right_first"] < a["right_first"] for a, b in pairs)
    expected = [mcnemar(gained, lost)]
    expected += [randomised([b[name] - a[name] for a, b in pairs]) for name in ("mrr", "quote_iou")]
    assert [one.name for one in found.contrasts] == [measure.name for measure in tested]
    assert [one.p for one in found.contrasts] == pytest.approx(list(holm(expected)))


def test_a_run_against_itself_shows_nothing(tmp_path: Path) -> None:
    rows = [row(str(at), right_first=float(at % 2), mrr=at / 9) for at in range(9)]
    found = compared(tmp_path, rows, rows)
    assert {one.p for one in found.contrasts} == {1.0}
    assert found.changes == ()
    assert found.passed


def test_every_tested_measure_is_one() -> None:
    assert set(TESTED) <= {measure.name for measure in MEASURES}
    assert all(measure.better for measure in MEASURES if measure.name in TESTED)


# Pairing


def test_questions_are_paired_by_key_and_words(tmp_path: Path) -> None:
    before = [row("1", right_first=1.0), row("2", right_first=1.0), row("3", right_first=1.0)]
    after = [row("3", right_first=0.0), row("1", right_first=1.0), {**row("2", right_first=0.0), "question": "Other?"}]
    found = compared(tmp_path, before, [*after, row("4", right_first=0.0)])
    assert (found.questions, found.only_before, found.only_after) == (2, ("2",), ("2", "4"))
    assert (found.contrasts[0].before, found.contrasts[0].after) == (1.0, 0.5)


def test_a_number_that_only_one_run_has_is_not_compared(tmp_path: Path) -> None:
    found = compared(tmp_path, [row("1", mrr=1.0), row("2")], [row("1", mrr=1.0), row("2", mrr=0.0)])
    assert found.contrasts[0].difference.n == 1


def test_runs_on_other_questions_are_not_compared(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="no question in common"):
        compared(tmp_path, [row("1")], [row("2")])


@pytest.mark.parametrize("tolerance", [-0.1, 1.0, float("nan")])
def test_a_tolerance_that_makes_no_sense(tolerance: float, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="difference from 0 to 1"):
        compared(tmp_path, [row("1")], [row("1")], tolerance=tolerance)


@pytest.mark.parametrize("name", ["scores.jsonl", "answers.jsonl", "report.json"])
@pytest.mark.parametrize("content", [None, "{", '{"question": "Question 1?"}\n{}\n{}\n'])
def test_what_is_no_whole_run_is_refused(name: str, content: str | None, tmp_path: Path) -> None:
    folder = written(tmp_path / "a", [row("1", right_first=1.0)])
    broken = written(tmp_path / "b", [row("1", right_first=1.0)])
    if content is None:
        (broken / name).unlink()
    else:
        (broken / name).write_text(content)
    with pytest.raises(BadRequest, match="evaluate again"):
        compare_runs(folder, broken)


# What became of each question


FELL, STOOD = Shown("It fell.", "Bridges", "d", 3), Shown("It stood.", "Bridges", "d", 30)


def seen(outcome: str, first: Shown | None) -> Seen:
    return Seen("1", "Why?", outcome, first, {})


@pytest.mark.parametrize(
    ("before", "after", "kind", "flip"),
    [
        (seen("right", FELL), seen("wrong quote", STOOD), "other quote", "lost"),
        (seen("wrong quote", FELL), seen("right", STOOD), "other quote", "gained"),
        (seen("right", FELL), seen("right", STOOD), "other quote", None),
        (seen("false refusal", None), seen("right", FELL), "new answer", "gained"),
        (seen("false refusal", None), seen("wrong quote", FELL), "new answer", None),
        (seen("right refusal", None), seen("false answer", FELL), "new answer", "lost"),
        (seen("false answer", FELL), seen("right refusal", None), "new refusal", "gained"),
        (seen("right", FELL), seen("false refusal", None), "new refusal", "lost"),
        (seen("wrong quote", FELL), seen("right", FELL), "same quote", "gained"),
        (seen("not scored", FELL), seen("not scored", STOOD), "other quote", None),
        (seen("not scored", None), seen("right", FELL), "new answer", None),
        (seen("right refusal", None), seen("false refusal", None), "refused again", "lost"),
    ],
)
def test_what_became_of_a_question(before: Seen, after: Seen, kind: str, flip: str | None) -> None:
    found = changed(before, after)
    assert found is not None
    assert (found.kind, found.flip) == (kind, flip)
    assert (found.before, found.after) == (before.first, after.first)
    assert (found.outcome_before, found.outcome_after) == (before.outcome, after.outcome)


@pytest.mark.parametrize(
    ("outcome", "first"), [("right", FELL), ("false refusal", None), ("not scored", FELL), ("not scored", None)]
)
def test_what_stayed_is_not_told(outcome: str, first: Shown | None) -> None:
    assert changed(seen(outcome, first), seen(outcome, first)) is None


def test_the_same_words_further_down_are_the_same_quote() -> None:
    moved = Shown("It fell.", "Bridges", "d", 300)
    assert changed(seen("right", FELL), seen("right", moved)) is None


# Whole runs


def test_documents_that_were_added_change_answers(tmp_path: Path) -> None:
    """The answer diff: the same questions before and after."""
    texts = {"bridge.txt": "The bridge opened in May 1901. Nobody came to the feast of the bridge."}
    questions = tmp_path / "q.jsonl"
    rows = [
        {"id": "bridge", "question": "When was it that the bridge opened?", "answers": [{"text": "1901"}]},
        {
            "id": "tower",
            "question": "How high is the crooked tower of the harbour?",
            "answers": [{"text": "40 metres"}],
        },
    ]
    questions.write_text("".join(json.dumps(one) + "\n" for one in rows))
    library = small_library(tmp_path / "library", texts)
    evaluate(library, questions, tmp_path / "before", answer_record)
    tower = "The crooked tower of the harbour is 40 metres high."
    library.add_files([("tower.txt", tower.encode())])
    evaluate(library, questions, tmp_path / "after", answer_record)
    found = compare_runs(tmp_path / "before", tmp_path / "after")
    (change,) = [one for one in found.changes if one.key == "tower"]
    assert isinstance(change, Change)
    assert change.after is not None
    assert (change.kind, change.flip, change.after.text) == ("new answer", "gained", tower)
    assert change.before is None
    assert found.passed


def test_the_comparison_as_json(tmp_path: Path) -> None:
    found = compared(tmp_path, yes_no([1] * 20), yes_no([0] * 20))
    record = json.loads(json.dumps(comparison_record(found), allow_nan=False))
    assert (record["schema"], record["passed"], record["lost"]) == ("quoth.comparison/1", False, ["right_first"])
    assert len(record["changes"]) == 20
    assert record["changes"][0]["before"] == {"text": "It fell.", "title": "Bridges", "document": "d", "start": 3}
    assert set(record["contrasts"][0]["difference"]) == {"value", "low", "high", "n"}


@given(st.integers(0, 2**31))
def test_the_other_way_round_it_is_the_same_with_the_signs_changed(seed: int) -> None:
    draws = random.Random(seed)

    def rows() -> list[Row]:
        flags = (int(draws.random() < 0.5) for _ in range(15))
        return [
            row(
                str(at),
                "right" if flag else "wrong quote",
                right_first=float(flag),
                mrr=draws.choice([0, flag / 2, flag]),
            )
            for at, flag in enumerate(flags)
        ]

    before, after = rows(), rows()
    with TemporaryDirectory() as folder:
        there = compared(Path(folder), before, after)
        back = compare_runs(Path(folder) / "b", Path(folder) / "a")
    opposite = {"better": "worse", "worse": "better", "no difference shown": "no difference shown"}
    flipped = {"gained": "lost", "lost": "gained"}
    assert [one.p for one in there.contrasts] == pytest.approx([one.p for one in back.contrasts])
    assert [one.verdict for one in there.contrasts] == [opposite[one.verdict] for one in back.contrasts]
    values = [-one.difference.value for one in back.contrasts]
    assert [one.difference.value for one in there.contrasts] == pytest.approx(values)
    assert [one.flip for one in there.changes] == [flipped[one.flip or ""] for one in back.changes]
