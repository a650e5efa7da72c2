"""Judgements of answers become test data: whatever is kept is read back as the question row it stands for."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import BadRequest, LibraryError
from quoth.qa import Feedback, FeedbackFile, Gold, QuestionRow, evaluate, read_questions
from quoth.ui.record import answer_record
from small_encoder import HashingEncoder
from small_library import SmallLibrary, small_library
from strategies import visible_texts

ASKED = "Where does the heron nest?"
HERE = Gold("in the reeds", "3f2a", 17)
RIGHT = Feedback("right", True, ASKED, HERE, library="lib")


@pytest.fixture
def kept(tmp_path: Path) -> FeedbackFile:
    return FeedbackFile(tmp_path)


def rows(kept: FeedbackFile) -> list[QuestionRow]:
    """All rows of the file, none of them broken."""
    found = read_questions(kept.path)
    assert found.problems == ()
    return list(found.rows)


def test_a_right_answer_becomes_a_row_with_its_place(kept: FeedbackFile) -> None:
    id = kept.keep(RIGHT)
    (row,) = rows(kept)
    assert (row.id, row.question, row.golds, row.answerable) == (id, ASKED, (HERE,), True)
    (line,) = kept.path.read_text().splitlines()
    value = json.loads(line)
    assert value["answers"] == [{"text": "in the reeds", "document": "3f2a", "start": 17}]
    assert {**value["feedback"], "at": ""} == {"kind": "right", "answered": True, "library": "lib", "at": ""}
    assert kept.content() == kept.path.read_bytes()


@pytest.mark.parametrize(
    ("kind", "answered", "gold", "answerable"),
    [
        ("right", True, HERE, True),
        ("right", False, None, False),
        ("not there", True, None, False),
        ("wrong words", True, HERE, True),
        ("wrong words", True, None, None),
        ("wrong place", True, None, None),
        ("not answered", False, HERE, True),
        ("not answered", False, None, None),
    ],
)
def test_what_each_judgement_says_of_the_question(
    kept: FeedbackFile, kind: str, answered: bool, gold: Gold | None, answerable: bool | None
) -> None:
    kept.keep(Feedback(kind, answered, ASKED, gold, ("What nests here?",), ("3f2a",)))  # type: ignore[arg-type]
    (row,) = rows(kept)
    assert (row.answerable, row.golds) == (answerable, () if gold is None else (gold,))
    assert (row.history, row.documents) == (("What nests here?",), ("3f2a",))


@pytest.mark.parametrize(
    ("kind", "answered", "gold"),
    [
        ("right", True, None),  # by which words?
        ("right", False, HERE),
        ("not there", True, HERE),
        ("not there", False, None),
        ("not answered", True, None),
        ("wrong words", False, None),
        ("wrong place", True, Gold("somewhere", None, None)),
        ("wrong place", True, Gold("", "3f2a", None)),
        ("fine", True, HERE),
    ],
)
def test_what_cannot_be_said_cannot_be_built(kind: str, answered: bool, gold: Gold | None) -> None:
    with pytest.raises(ValueError, match=" "):
        Feedback(kind, answered, ASKED, gold)  # type: ignore[arg-type]


@pytest.mark.parametrize("question", ["", "  ", "x" * 3_000, "half \ud800"])
def test_what_could_not_be_asked_cannot_be_judged(question: str) -> None:
    with pytest.raises(ValueError, match="question"):
        Feedback("right", False, question)


def test_a_judgement_is_replaced_and_withdrawn(kept: FeedbackFile) -> None:
    first = kept.keep(RIGHT)
    other = kept.keep(Feedback("right", False, "How much does it weigh?"))
    second = kept.keep(Feedback("wrong place", True, ASKED), instead_of=first)
    assert [row.id for row in rows(kept)] == [other, second]
    assert not kept.withdraw(first)
    assert not kept.withdraw("")
    assert kept.withdraw(second)
    assert (len(kept), [row.id for row in rows(kept)]) == (1, [other])
    assert kept.withdraw(other)
    assert (len(kept), kept.content()) == (0, b"")
    with pytest.raises(BadRequest):
        read_questions(kept.path)
    kept.keep(RIGHT, instead_of="feedback-that-is-gone")
    assert len(rows(kept)) == 1


def test_nothing_is_written_before_somebody_judges(kept: FeedbackFile) -> None:
    assert (len(kept), kept.content(), kept.withdraw("any")) == (0, b"", False)
    assert not kept.path.exists()


golds = st.builds(Gold, visible_texts, visible_texts, st.integers(0, 10**9))
words = visible_texts.filter(lambda text: len(text) <= 200)
histories = st.lists(words, max_size=3).map(tuple)


@st.composite
def feedbacks(draw: st.DrawFn) -> Feedback:
    kind, answered = draw(
        st.sampled_from([("right", True), ("right", False), ("wrong words", True), ("wrong place", True)])
        | st.sampled_from([("not answered", False), ("not there", True)])
    )
    none = kind == "not there" or (kind, answered) == ("right", False)
    gold = None if none else draw(golds if kind == "right" else st.none() | golds)
    asked, history, documents = draw(words), draw(histories), draw(histories)
    return Feedback(kind, answered, asked, gold, history, documents)  # type: ignore[arg-type]


steps_taken = st.tuples(st.sampled_from(["keep", "replace", "withdraw"]), feedbacks(), st.integers(0, 9))


@settings(deadline=None, max_examples=40)
@given(st.lists(steps_taken, max_size=9))
def test_whatever_was_kept_is_read_back_without_a_broken_row(steps: list[tuple[str, Feedback, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept, expected = FeedbackFile(Path(folder)), dict[str, Feedback]()
        for step, feedback, which in steps:
            old = list(expected)[which % len(expected)] if expected else ""
            if step == "withdraw":
                assert kept.withdraw(old) == (expected.pop(old, None) is not None)
                continue
            id = kept.keep(feedback, instead_of=old if step == "replace" else "")
            if step == "replace":
                expected.pop(old, None)
            expected[id] = feedback
        assert len(kept) == len(expected)
        if expected:
            wanted = [feedback.row(id, line) for line, (id, feedback) in enumerate(expected.items(), 1)]
            assert rows(kept) == wanted


@pytest.mark.parametrize("torn", [b'{"id": "x", "quest', b'{"id": "half \xc3', b'{"question": "no id'])
def test_half_a_row_left_by_a_crash_spoils_no_other(kept: FeedbackFile, torn: bytes) -> None:
    first = kept.keep(RIGHT)
    with kept.path.open("ab") as file:
        file.write(torn)
    assert len(kept) == 1
    second = kept.keep(Feedback("right", False, ASKED))
    assert [row.id for row in rows(kept)] == [first, second]


def test_a_last_row_without_a_line_end_is_kept(kept: FeedbackFile) -> None:
    kept.path.write_text('{"id": "by hand", "question": "Who?"}')
    id = kept.keep(RIGHT)
    assert [row.id for row in rows(kept)] == ["by hand", id]


def test_lines_that_somebody_else_wrote_stay_as_they_are(kept: FeedbackFile) -> None:
    foreign = b'\n[]\nno row\n{"id": 7, "question": "Who?"}\n'
    kept.path.write_bytes(foreign)
    id = kept.keep(RIGHT)
    assert kept.withdraw(id)
    assert kept.path.read_bytes() == foreign


def test_a_folder_that_cannot_be_written_to_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / FeedbackFile.NAME).mkdir()
    with pytest.raises(LibraryError, match=r"feedback\.jsonl cannot be written"):
        FeedbackFile(tmp_path).keep(RIGHT)


WRITER = """
import sys
from pathlib import Path
from quoth.qa import Feedback, FeedbackFile
kept = FeedbackFile(Path(sys.argv[1]))
for number in range(20):
    id = kept.keep(Feedback("right", False, f"{sys.argv[2]} asks {number}?" + "!" * 500))
    if number % 4 == 3:
        assert kept.withdraw(id)
"""


def test_several_processes_and_threads_write_without_losing_a_row(kept: FeedbackFile) -> None:
    command = [sys.executable, "-Ic", WRITER, str(kept.path.parent)]
    with_names = [subprocess.Popen([*command, name]) for name in ("one", "two")]
    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(lambda number: kept.keep(Feedback("right", False, f"Thread {number}?")), range(20)))
    assert [process.wait(timeout=120) for process in with_names] == [0, 0]
    questions = [row.question for row in rows(kept)]
    assert len(set(ids)) == 20
    assert len(set(questions)) == len(questions) == 20 + 2 * 15


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[tuple[Path, Feedback]]:
    """A library, and a judgement of an answer that it gave."""
    text = "A lake 😀 lies here.\n\nThe heron nests in the reeds of the lake, they say.\n"
    with small_library(tmp_path / "library", {"lake.txt": text}) as library:
        (record,) = library.documents()
        gold = Gold("in the reeds", record.id, text.index("in the reeds"))
        yield library.folder, Feedback("right", True, ASKED, gold)


def test_the_file_is_evaluated_as_it_is(lake: tuple[Path, Feedback], tmp_path: Path) -> None:
    folder, right = lake
    kept = FeedbackFile(folder)
    for feedback in (right, Feedback("wrong words", True, ASKED), Feedback("right", False, "How heavy is a zebra?")):
        kept.keep(feedback)
    with SmallLibrary.open(folder, encoder=HashingEncoder()) as library:
        report = evaluate(library, kept.path, tmp_path / "run", answer_record)
    assert (report.questions, report.problems) == (3, ())
    assert report.outcomes["not scored"] == 1
