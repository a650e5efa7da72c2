"""The stated error rate: what conformal abstention promises, on its own numbers and on a real library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import comb
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import BadRequest, LibraryDamaged
from quoth.qa import Abstention, Answer, ErrorRate, Library, Progress
from quoth.qa.calibrating import calibrated, conformal_threshold, smallest_sample
from quoth.qa.calibration import Calibration, store, stored
from quoth.qa.judge import shipped_judge

TARGETS = st.sampled_from([0.01, 0.05, 0.1, 0.2, 0.3, 0.5])
SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=150)
TEXT = "The ferry to Skye leaves at nine. It was built in 1987.\n\nStorms stop the ferry in winter.\n"
FAR = [f"Who is the mayor of town number {n}?" for n in range(25)]


@pytest.mark.parametrize(("target", "n"), [(0.5, 1), (0.1, 9), (0.05, 19), (0.01, 99), (0.001, 999)])
def test_the_smallest_sample_that_can_carry_a_rate(target: float, n: int) -> None:
    assert smallest_sample(target) == n
    assert (n + 1) * Fraction(str(target)) >= 1 > n * Fraction(str(target))


@pytest.mark.parametrize("target", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_a_rate_that_is_none_is_refused(target: float) -> None:
    with pytest.raises(BadRequest, match="between 0 and 1"):
        smallest_sample(target)


@given(SCORES, TARGETS)
def test_too_small_a_sample_is_refused_and_any_other_gets_a_threshold(scores: list[float], target: float) -> None:
    if len(scores) < smallest_sample(target):
        with pytest.raises(BadRequest, match=f"from {len(scores)} unanswerable questions"):
            conformal_threshold(scores, target)
    else:
        threshold = conformal_threshold(scores, target)
        assert sum(score >= threshold for score in scores) <= target * (len(scores) + 1)


@given(SCORES, TARGETS)
def test_the_promise_holds_for_every_question_left_out_in_turn(scores: list[float], target: float) -> None:
    """Exchangeable questions: each is as likely as any other to be the next one, so counting them is the proof."""
    if len(scores) - 1 < smallest_sample(target):
        return
    answered = 0
    for at, score in enumerate(scores):
        answered += score >= conformal_threshold(scores[:at] + scores[at + 1 :], target)
    assert Fraction(answered, len(scores)) <= Fraction(str(target))


def at_least(hits: int, n: int, chance: float) -> float:
    """The binomial chance of so many hits or more."""
    return sum(comb(n, k) * chance**k * (1 - chance) ** (n - k) for k in range(hits, n + 1))


def test_by_hand() -> None:
    scores = [n / 100 for n in range(1, 40)]  # 39 questions: rank ceil(40 * 0.9) = 36, so 0.36 is still refused
    threshold = conformal_threshold(scores, 0.1)
    assert 0.36 < threshold < 0.37
    made = calibrated(scores, 0.1, "these", "questions.jsonl")
    assert made.rate.n == 39
    assert made.rate.rate == pytest.approx(3 / 39)
    # Clopper and Pearson (1934): at either end, so extreme a count has a chance of 2.5 %.
    assert at_least(3, 39, made.rate.low) == pytest.approx(0.025)
    assert 1 - at_least(4, 39, made.rate.high) == pytest.approx(0.025)
    assert made.rate.calibrated
    assert "39 unanswerable questions of questions.jsonl" in made.rate.measured_on


def test_no_question_of_nineteen_answered_leaves_room_up_to_18_percent() -> None:
    made = calibrated([0.2] * 19, 0.05, "these", "q.csv")
    assert (made.rate.rate, made.rate.low) == (0.0, 0.0)
    assert made.rate.high == pytest.approx(1 - 0.025 ** (1 / 19))


MADE = Calibration(0.05, 0.5, ErrorRate(0.0, 0.0, 0.2, 19, "q", calibrated=True), "these", "2026-01-01")


def test_what_is_stored_is_read_back(tmp_path: Path) -> None:
    assert stored(tmp_path) == ()
    store(tmp_path, MADE)
    assert stored(tmp_path) == (MADE,)
    store(tmp_path, replace(MADE, threshold=0.25))
    assert stored(tmp_path) == (replace(MADE, threshold=0.25),)
    assert [path.name for path in tmp_path.iterdir()] == ["calibration.json"]


@given(st.data())
def test_damage_is_told_and_never_taken_for_a_calibration(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    store(folder, MADE)
    file = folder / "calibration.json"
    content = bytearray(file.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 2))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    file.write_bytes(content)
    try:
        assert stored(folder) == (MADE,)  # a bit of white space
    except LibraryDamaged as error:
        assert "quoth calibrate" in str(error)


def test_a_file_nested_beyond_all_reading_is_damage_too(tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text("[" * 200_000)
    with pytest.raises(LibraryDamaged, match="quoth calibrate"):
        stored(tmp_path)


@pytest.mark.parametrize("threshold", [-0.1, 2.5])
def test_a_calibration_without_sense_cannot_be_built(threshold: float) -> None:
    with pytest.raises(ValueError, match="no calibration"):
        replace(MADE, threshold=threshold)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library") as library:
        library.add_files([("ferry.txt", TEXT.encode())])
        yield library


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows: list[dict[str, object]] = [{"question": question, "answerable": False} for question in FAR]
    rows.append({"question": "When does the ferry to Skye leave?", "answers": [{"text": "nine"}]})
    rows.append({"question": "Nobody says whether this is answerable, do they?"})
    file = tmp_path / "own.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n")
    return file


def refusal(library: Library) -> Abstention:
    outcome = library.ask("Who wrote Hamlet?")
    assert isinstance(outcome, Abstention)
    return outcome


def test_a_calibrated_library_states_its_own_rate_until_its_documents_change(library: Library, questions: Path) -> None:
    before = library.stamp
    assert refusal(library).false_answer_rate == shipped_judge().false_answer_rate
    report = library.calibrate(questions, 0.05)
    assert (report.calibration.rate.n, report.answerable) == (25, 1)
    assert [problem.reason for problem in report.problems][-1] == "does not say answerable"
    assert len(report.problems) == 2
    assert refusal(library).false_answer_rate == report.calibration.rate
    assert library.stamp.id != before.id
    healthy = {check.name: check for check in library.doctor().checks}
    assert healthy["calibration"].ok
    library.add_files([("more.txt", b"A bakery opens at six.")])
    assert refusal(library).false_answer_rate == shipped_judge().false_answer_rate
    void = {check.name: check for check in library.doctor().checks}["calibration"]
    assert not void.ok
    assert "void" in void.detail and "quoth calibrate" in void.remedy
    library.remove([document.id for document in library.documents() if document.uri.endswith("more.txt")])
    assert refusal(library).false_answer_rate == report.calibration.rate  # the same documents as then


def test_the_threshold_that_was_set_is_the_one_that_decides(library: Library, questions: Path) -> None:
    report = library.calibrate(questions, 0.05)
    answered = sum(isinstance(library.ask(question), Answer) for question in FAR)
    assert answered == report.calibration.rate.rate * report.calibration.rate.n
    likely = library.ask("When does the ferry to Skye leave?")
    assert isinstance(likely, Answer) == (report.refused == 0)


def test_calibrating_twice_gives_the_same(library: Library, questions: Path) -> None:
    assert library.calibrate(questions, 0.05) == library.calibrate(questions, 0.05)


def test_a_sample_that_is_too_small_changes_nothing_and_is_not_asked(library: Library, questions: Path) -> None:
    before, told = library.stamp, list[Progress]()
    with pytest.raises(BadRequest, match="from 25 unanswerable questions; 99 or more are needed"):
        library.calibrate(questions, 0.01, told.append)
    assert (library.stamp, told) == (before, [])
    assert stored(library.folder) == ()


def test_every_question_is_told(library: Library, questions: Path) -> None:
    told: list[Progress] = []
    library.calibrate(questions, 0.05, told.append)
    assert told == [Progress("calibrating", done, 27) for done in range(28)]


@pytest.mark.parametrize("after", [0, 13, 27])
def test_an_interrupted_calibration_leaves_the_library_as_it_was(library: Library, questions: Path, after: int) -> None:
    def stop(progress: Progress) -> None:
        if progress.done == after:
            raise KeyboardInterrupt

    library.calibrate(questions, 0.1)
    before = library.stamp
    with pytest.raises(KeyboardInterrupt):
        library.calibrate(questions, 0.05, stop)
    assert library.stamp == before
    assert [made.target for made in stored(library.folder)] == [0.1]


def test_a_damaged_calibration_is_named_by_ask_and_by_the_doctor(library: Library, questions: Path) -> None:
    library.calibrate(questions, 0.05)
    (library.folder / "calibration.json").write_text("{")
    with pytest.raises(LibraryDamaged, match=r"calibration\.json"):
        library.ask("Who wrote Hamlet?")
    assert [check.name for check in library.doctor().checks if not check.ok] == ["calibration"]
