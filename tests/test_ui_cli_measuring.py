"""`quoth calibrate`, and asking with a filter or in a conversation, as a person does it in a shell."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conftest import Quoth
from quoth.qa import smallest_sample
from quoth.ui.cli_measuring import calibrate

UNANSWERABLE = [f"What colour is the coat of the keeper of lighthouse number {n}?" for n in range(20)]


@pytest.fixture
def library(bundled_library: Path, tmp_path: Path) -> Path:
    """A copy of its own: calibrating changes it."""
    shutil.copytree(bundled_library, tmp_path / "library")
    return tmp_path / "library"


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = [{"question": question, "answerable": False} for question in UNANSWERABLE]
    rows += [{"question": "Who is the Japanese Prime Minister?", "answerable": True}]
    file = tmp_path / "own.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_calibrating_is_told_and_stated_with_every_refusal(quoth: Quoth, library: Path, questions: Path) -> None:
    done = quoth("calibrate", questions, "--false-answer-rate", "0.05", "--library", library)
    assert done.returncode == 0, done.stderr
    assert "at most 5.0%" in done.stdout
    assert "Of the 20 unanswerable questions" in done.stdout
    assert "Of the 1 answerable question " in done.stdout
    refused = json.loads(quoth("ask", UNANSWERABLE[0], "--json", "--library", library).stdout)
    rate = refused["abstention"]["false_answer_rate"]
    assert (rate["calibrated"], rate["n"]) == (True, 20)
    assert "own.jsonl" in rate["measured_on"]


def test_the_help_says_how_many_questions_are_needed() -> None:
    needed = f"at least {smallest_sample(0.05)} for a rate of 0.05, {smallest_sample(0.01)} for 0.01"
    assert needed in " ".join((calibrate.help or "").split())


def test_calibrating_as_json(quoth: Quoth, library: Path, questions: Path) -> None:
    record = json.loads(
        quoth("calibrate", questions, "--false-answer-rate", "0.05", "--json", "--library", library).stdout
    )
    assert record["target"] == 0.05
    assert record["false_answer_rate"]["n"] == 20
    assert (record["answerable"], record["problems"]) == (1, [])


@pytest.mark.parametrize(("rate", "says"), [("0.01", "99 or more are needed"), ("5", "between 0 and 1")])
def test_a_rate_that_cannot_be_stated_is_refused(
    quoth: Quoth, library: Path, questions: Path, rate: str, says: str
) -> None:
    done = quoth("calibrate", questions, "--false-answer-rate", rate, "--library", library)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_rows_that_are_left_out_are_named(quoth: Quoth, library: Path, questions: Path) -> None:
    questions.write_text(questions.read_text() + "".join(f'{{"question": "Open {n}?"}}\n' for n in range(7)))
    done = quoth("calibrate", questions, "--false-answer-rate", "0.05", "--library", library)
    assert done.returncode == 0
    assert "Left out: line 22: does not say answerable" in done.stderr
    assert "Left out: 2 more." in done.stderr


def test_the_doctor_tells_of_the_calibration_and_of_its_end(quoth: Quoth, library: Path, questions: Path) -> None:
    assert quoth("calibrate", questions, "--false-answer-rate", "0.05", "--library", library).returncode == 0
    assert "calibration: at most 5.0%" in quoth("doctor", "--library", library).stdout
    assert quoth("add", questions.with_name("new.txt"), "--library", library).returncode == 2  # nothing there
    questions.with_name("new.txt").write_text("The keeper of the lighthouse has a red coat.")
    assert quoth("add", questions.with_name("new.txt"), "--library", library).returncode == 0
    done = quoth("doctor", "--library", library)
    assert done.returncode == 1
    assert "is void" in done.stdout
    assert "quoth calibrate" in done.stdout


def test_the_bands_are_told_by_the_doctor(quoth: Quoth, bundled_library: Path) -> None:
    told = quoth("doctor", "--library", bundled_library).stdout
    assert "confidence is high from" in told
    assert "95 %" in told or "n = " in told


def test_a_filter_searches_only_what_is_named(quoth: Quoth, bundled_library: Path) -> None:
    listed = json.loads(quoth("list", "--json", "--library", bundled_library).stdout)["documents"]
    for document in listed:
        name = Path(document["uri"]).stem
        done = quoth("search", "summit", "--document", name, "--json", "--library", bundled_library)
        assert {hit["source"]["document"] for hit in json.loads(done.stdout)["hits"]} == {document["id"]}


def test_a_filter_that_hides_the_answer_is_named_with_it(quoth: Quoth, tmp_path: Path) -> None:
    (tmp_path / "ferry.txt").write_text("The ferry to Skye leaves Mallaig at nine in the morning.")
    (tmp_path / "bread.txt").write_text("The bakery sells bread and cakes.")
    library = tmp_path / "own"
    assert quoth("add", tmp_path / "ferry.txt", tmp_path / "bread.txt", "--library", library).returncode == 0
    question = "When does the ferry to Skye leave Mallaig?"
    assert quoth("ask", question, "--library", library).returncode == 0
    done = quoth("ask", question, "--document", "bread", "--json", "--library", library)
    assert done.returncode == 1
    abstention = json.loads(done.stdout)["abstention"]
    assert abstention["outside_filter"]["text"] == "The ferry to Skye leaves Mallaig at nine in the morning."
    assert "left out" in abstention["reason"]
    assert set(abstention["missing_words"]) <= {"Mallaig", "Skye", "ferry", "leave"} - {"ferry"}


def test_a_filter_that_fits_nothing_is_one_sentence(quoth: Quoth, bundled_library: Path) -> None:
    done = quoth("ask", "When?", "--document", "nothing-like-it", "--library", bundled_library)
    assert (done.returncode, done.stdout) == (2, "")
    assert "nothing was searched" in done.stderr


def test_a_follow_up_says_what_was_searched_for(quoth: Quoth, bundled_library: Path) -> None:
    done = quoth(
        "ask", "And why?", "--after", "Who met?", "--after", "When was the summit?", "--json", "--library",
        bundled_library,
    )  # fmt: skip
    record = json.loads(done.stdout)
    assert (record["question"], record["query_used"]) == ("And why?", "And why? met summit")
