"""Stopping what runs: many questions, adding, evaluating. What was done stays, and the library is whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quoth.corpus import BadQuestion, BadRequest, QuothError
from quoth.qa import Abstention, Answer, Asked, Library, Progress, evaluate
from quoth.ui.record import answer_record
from small_library import small_library

YEARS = {"a": 1901, "b": 1902, "c": 1903, "d": 1904}
TEXTS = {f"{name}.txt": f"The {name} treaty was signed in {year}. Nobody objected." for name, year in YEARS.items()}
QUESTIONS = [f"When was the {name} treaty signed?" for name in YEARS]


class Stopped(Exception):
    """Raised by whoever had enough."""


def stop_at(stage: str, done: int) -> Callable[[Progress], None]:
    def progress(told: Progress) -> None:
        if (told.stage, told.done) == (stage, done):
            raise Stopped

    return progress


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with small_library(tmp_path / "library", TEXTS) as made:
        yield made


def untimed(outcome: Answer | Abstention) -> Answer | Abstention:
    return replace(outcome, elapsed_ms=0.0)


# Many questions


def test_strings_and_asked_questions_may_be_mixed(library: Library) -> None:
    document = library.documents()[1].id
    first = QUESTIONS[0]
    questions: list[str | Asked] = [first, Asked(first, (document,)), Asked("And b?", history=(first,))]
    alone = [
        library.ask(first),
        library.ask(first, documents=[document]),
        library.ask("And b?", history=[first]),
    ]
    assert [*map(untimed, library.ask_many(questions))] == [*map(untimed, alone)]
    assert [len(one.quotes) for one in library.ask_many(QUESTIONS, quotes=1) if isinstance(one, Answer)] == [1] * 4


@pytest.mark.parametrize(("questions", "workers"), [("When?", None), (["When?"], 0), (["When?"], -1)])
def test_a_slip_is_told_at_once(library: Library, questions: str | list[str], workers: int | None) -> None:
    with pytest.raises(BadRequest):
        library.ask_many(questions, workers=workers)


def test_lists_are_as_good_as_tuples(library: Library) -> None:
    documents: Any = [library.documents()[1].id]
    history: Any = [QUESTIONS[0]]
    (scoped, following) = library.ask_many([Asked(QUESTIONS[0], documents), Asked("And b?", None, history)])
    assert untimed(scoped) == untimed(library.ask(QUESTIONS[0], documents=documents))
    assert untimed(following) == untimed(library.ask("And b?", history=history))


def test_closing_the_generator_asks_no_more(library: Library) -> None:
    before = set(threading.enumerate())  # a server of an earlier test may still be ending one of its own
    taken = []

    def questions() -> Iterator[str]:
        for number in range(100_000):
            taken.append(number)
            yield f"When was treaty {number} signed?"

    with closing(library.ask_many(questions(), workers=2)) as answers:
        first = next(answers)
    assert first.question == "When was treaty 0 signed?"
    assert len(taken) < 100
    assert [thread.name for thread in set(threading.enumerate()) - before] == []
    assert list(answers) == []
    assert library.ask(QUESTIONS[0]).question == QUESTIONS[0]


def test_nothing_is_asked_before_the_first_answer_is_wanted(library: Library) -> None:
    answers = library.ask_many(iter([""]))
    with pytest.raises(BadQuestion):
        next(answers)


def test_a_question_that_cannot_be_asked_ends_it_in_its_turn(library: Library) -> None:
    answers = library.ask_many([QUESTIONS[0], QUESTIONS[1], "", QUESTIONS[2]], workers=1)
    assert [next(answers).question for _ in range(2)] == QUESTIONS[:2]
    with pytest.raises(BadQuestion):
        next(answers)
    assert list(answers) == []


# Adding


@pytest.mark.parametrize(("stage", "done"), [("reading", 1), ("reading", 3), ("indexing", 3)])
def test_adding_stops_where_progress_raises(library: Library, tmp_path: Path, stage: str, done: int) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    for name in "efg":
        (folder / f"{name}.txt").write_text(f"The {name} treaty was signed in 2000.", encoding="utf-8")
    before = library.stamp
    with pytest.raises(Stopped):
        library.add([folder], stop_at(stage, done))
    assert library.stamp == before  # a batch is there as a whole or not at all
    assert library.doctor().healthy
    assert len(library.add([folder]).added) == 3
    assert library.doctor().healthy


def test_uploading_stops_where_progress_raises(library: Library) -> None:
    before = library.stamp
    with pytest.raises(Stopped):
        library.add_files([("e.txt", b"The e treaty was signed in 1999.")], stop_at("indexing", 1))
    assert library.stamp == before
    assert len(library.add_files([("e.txt", b"The e treaty was signed in 1999.")]).added) == 1


# Evaluating


def test_an_evaluation_that_was_stopped_goes_on_where_it_was(library: Library, tmp_path: Path) -> None:
    questions = tmp_path / "questions.csv"
    lines = [f"When was the {name} treaty signed?,{year},{name}.txt,true\n" for name, year in YEARS.items()]
    questions.write_text("".join(["question,answer,document,answerable\n", *lines]), encoding="utf-8")
    whole = tmp_path / "whole"
    evaluate(library, questions, whole, answer_record)
    run = tmp_path / "run"
    stages: list[Progress] = []

    def progress(told: Progress) -> None:
        stages.append(told)
        if told.done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        evaluate(library, questions, run, answer_record, progress=progress)
    with pytest.raises(QuothError, match="unfinished"):
        evaluate(library, questions, run, answer_record)
    evaluate(library, questions, run, answer_record, resume=True)
    for name in ("answers.jsonl", "report.json", "run.trec"):
        assert (run / name).read_bytes() == (whole / name).read_bytes()
    assert stages[-1].total == 4
