"""A calibration of a real library: valid and void with its documents, and while others ask, add and calibrate."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import LibraryBusy
from quoth.qa import Abstention, Library
from quoth.qa.calibrating import calibrate
from quoth.qa.calibration import stored
from quoth.qa.judge import shipped_judge
from quoth.qa.reader import Reading
from small_encoder import HashingEncoder
from small_library import SmallLibrary, small_library
from small_reader import OverlapReader

TESTS = Path(__file__).resolve().parent
TEXTS = {
    "ferry.txt": "The ferry leaves at nine.",
    "bread.txt": "Bread is cheap in winter.",
    "sea.txt": "The sea is wide.",
}
NAMES = sorted(TEXTS)
UNKNOWN = "Who wrote Hamlet?"
CHILD = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from small_encoder import HashingEncoder
from small_library import SmallLibrary

with SmallLibrary.open(sys.argv[1], encoder=HashingEncoder()) as library:
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(4):
        library.calibrate(sys.argv[2], float(sys.argv[3]))
"""


def question_file(path: Path, number: int = 21) -> Path:
    rows = [{"question": f"Who is the mayor of town number {n}?", "answerable": False} for n in range(number)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with small_library(tmp_path / "library", TEXTS) as library:
        yield library


@settings(deadline=None, max_examples=12)
@given(st.lists(st.sampled_from([*NAMES, "calibrate"]), max_size=8))
def test_it_is_valid_exactly_while_the_documents_are_those_it_was_made_for(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """Each step puts a document in or takes it out, or calibrates; a model of two sets says what must hold."""
    folder = tmp_path_factory.mktemp("life")
    questions = question_file(folder / "own.jsonl")
    with small_library(folder / "library", TEXTS) as library:
        there, made_for = set(TEXTS), frozenset[str]({"never"})
        for step in steps:
            if step == "calibrate":
                library.calibrate(questions, 0.05)
                made_for = frozenset(there)
            elif step in there:
                library.remove([one.id for one in library.documents() if one.uri.endswith(step)])
                there.remove(step)
            else:
                library.add_files([(step, TEXTS[step].encode())])
                there.add(step)
            outcome = library.ask(UNKNOWN)
            assert isinstance(outcome, Abstention)
            assert outcome.false_answer_rate.calibrated == (made_for == there)
            assert outcome.library == library.stamp
            (check,) = (check for check in library.doctor().checks if check.name == "calibration")
            assert check.ok == (made_for in (there, {"never"}))


def test_every_refusal_states_the_rate_of_the_library_it_is_stamped_with(library: Library, tmp_path: Path) -> None:
    """Four threads ask while the library is calibrated: no answer is made half with either judge."""
    questions = question_file(tmp_path / "own.jsonl", 60)
    start, before = Barrier(5), library.stamp

    def ask(_: int) -> list[Abstention]:
        start.wait(timeout=20)
        outcomes = [library.ask(UNKNOWN) for _ in range(60)]
        return [outcome for outcome in outcomes if isinstance(outcome, Abstention)]

    with ThreadPoolExecutor(4) as pool:
        asking = pool.map(ask, range(4))
        start.wait(timeout=20)
        made = library.calibrate(questions, 0.05).calibration
        refused = [outcome for outcomes in asking for outcome in outcomes]
    rates = {before: shipped_judge().false_answer_rate, library.stamp: made.rate}
    assert len(refused) == 240
    assert all(outcome.false_answer_rate == rates[outcome.library] for outcome in refused)


class WritingReader(OverlapReader):
    """A document comes in, by another hand, while the first question is being read."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.done = folder, False

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        if not self.done:
            self.done = True
            with Library.open(self.folder, encoder=HashingEncoder()) as other:
                other.add_files([("late.txt", b"The mayor is late.")])
        return super().read(question, texts)


def test_documents_that_come_in_meanwhile_leave_the_old_calibration(library: Library, tmp_path: Path) -> None:
    questions = question_file(tmp_path / "own.jsonl")
    before = library.calibrate(questions, 0.05).calibration
    asker = replace(library._asker(), reader=WritingReader(library.folder))
    with pytest.raises(LibraryBusy, match="added or removed meanwhile; run `quoth calibrate` again"):
        calibrate(library.folder, asker, library._conditions, questions, 0.1)
    assert stored(library.folder) == (before,)
    assert len(library.documents()) == 4
    library.add_files([("later.txt", b"Nobody waits for the lock that a failure held.")])


def test_two_processes_calibrate_at_once_and_one_of_them_holds(library: Library, tmp_path: Path) -> None:
    files = [question_file(tmp_path / "one.jsonl", 19), question_file(tmp_path / "two.jsonl", 24)]
    alone = set()
    for file, rate in zip(files, (0.05, 0.2), strict=True):
        made = library.calibrate(file, rate).calibration
        alone.add((made.target, made.threshold, made.rate.n))
    assert len(alone) == 2
    command = [sys.executable, "-I", "-c", CHILD, str(library.folder)]
    children = [
        subprocess.Popen([*command, str(file), rate], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for file, rate in zip(files, ("0.05", "0.2"), strict=True)
    ]
    try:
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        for child in children:
            assert child.stdin is not None
            child.stdin.write("go\n")
            child.stdin.flush()
        while any(child.poll() is None for child in children):
            assert isinstance(library.ask(UNKNOWN), Abstention), "what is read meanwhile is whole"
    finally:
        for child in children:
            child.communicate(timeout=30)
    assert [child.returncode for child in children] == [0, 0]
    (last,) = stored(library.folder)
    assert (last.target, last.threshold, last.rate.n) in alone
    assert not list(library.folder.glob("*.partial"))
    assert library.doctor().healthy


def test_another_opening_knows_of_it_at_once_and_a_copy_takes_it_along(library: Library, tmp_path: Path) -> None:
    with SmallLibrary.open(library.folder, encoder=HashingEncoder()) as other:
        before = other.stamp
        made = library.calibrate(question_file(tmp_path / "own.jsonl"), 0.05).calibration
        assert other.stamp == library.stamp != before
        refused = other.ask(UNKNOWN)
        assert isinstance(refused, Abstention)
        assert refused.false_answer_rate == made.rate
    with small_library(tmp_path / "twin", TEXTS) as twin:  # the same documents: what holds for one holds for the other
        (twin.folder / "calibration.json").write_bytes((library.folder / "calibration.json").read_bytes())
        assert twin.stamp == library.stamp
