"""Many questions at once: the same answers in the same order, each question once, and never all of them in memory."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import BadQuestion
from quoth.qa import Abstention, Answer, Library
from quoth.qa.batching import Asked, Bulk, Current, in_order
from quoth.qa.questions import read_questions
from quoth.ui.plain import as_json
from quoth.ui.record import answer_record
from small_library import SmallLibrary, small_library

ROOT = Path(__file__).resolve().parent.parent
TEXTS = {path.name: path.read_bytes().decode() for path in sorted((ROOT / "corpus" / "texts").glob("*.txt"))}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("small") / "library", TEXTS)


def record(outcome: Answer | Abstention) -> str:
    """The bytes of an answer record, without the time it took."""
    return as_json(answer_record(replace(outcome, elapsed_ms=0.0)), "utf-8")


# In order


@given(st.lists(st.integers()), st.integers(1, 4))
def test_it_is_a_map(items: list[int], workers: int) -> None:
    assert list(in_order(lambda item: item * 2, items, workers)) == [item * 2 for item in items]


def test_slow_ones_do_not_change_the_order() -> None:
    def slowly(item: int) -> int:
        time.sleep(0.02 if item % 3 == 0 else 0)
        return item

    assert list(in_order(slowly, range(30), 4)) == list(range(30))


def test_it_works_on_several_at_a_time() -> None:
    """Each waits for another one to be at work as well; alone they would wait in vain."""
    meeting = threading.Barrier(2, timeout=20)
    assert list(in_order(lambda item: (meeting.wait(), item)[1], range(8), 2)) == list(range(8))


def test_only_a_few_are_taken_ahead() -> None:
    taken = 0

    def items() -> Iterator[int]:
        nonlocal taken
        while taken < 100_000:
            taken += 1
            yield taken

    results = in_order(lambda item: item, items(), 2)
    for expected in range(1, 50):
        assert next(results) == expected
        assert taken <= expected + 2 * 4 + 1
    results.close()


def test_an_error_comes_where_its_item_was_and_ends_it() -> None:
    before = set(threading.enumerate())
    done: list[int] = []

    def work(item: int) -> int:
        if item == 5:
            raise BadQuestion("five")
        done.append(item)
        return item

    results = in_order(work, range(1_000), 2)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(BadQuestion, match="five"):
        next(results)
    assert len(done) < 50
    assert set(threading.enumerate()) <= before


def test_who_stops_early_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    results = in_order(lambda item: item, range(1_000), 3)
    next(results)
    results.close()
    assert set(threading.enumerate()) <= before


# Answers


def asked(name: str) -> list[Asked]:
    rows = read_questions(ROOT / "tests" / "data" / name).rows
    return [Asked(row.question, None, row.history) for row in rows]


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("name", ["articles.jsonl", "followups.jsonl"])
def test_every_record_is_that_of_ask_byte_for_byte(name: str, workers: int, small: Library) -> None:
    questions = asked(name)
    together = small.ask_many(questions, workers=workers)
    alone = (small.ask(one.question, history=one.history) for one in questions)
    for a, b in zip(together, alone, strict=True):
        assert record(a) == record(b)


def test_the_shipped_reader_gives_the_same_bytes_from_many_threads(library: Path) -> None:
    questions = [*asked("articles.jsonl")[::8], *asked("followups.jsonl")[::8]]
    with Library.open(library) as real:
        together = [record(one) for one in real.ask_many(questions, workers=4)]
        alone = [record(real.ask(one.question, history=one.history)) for one in questions]
    assert together == alone


def test_only_the_documents_given_are_searched(small: Library) -> None:
    for document in small.documents():
        scoped = Asked("Which route bypasses Russia?", (document.id,))
        (outcome,) = small.ask_many([scoped])
        assert record(outcome) == record(small.ask(scoped.question, documents=[document.id]))
        shown = outcome.quotes if isinstance(outcome, Answer) else outcome.nearest
        assert {quote.source.document for quote in shown} == {document.id}


def test_the_same_question_is_answered_once(small: Library) -> None:
    assert isinstance(small, SmallLibrary)
    found = list(small.ask_many([Asked("Which route?"), "Which route?"] * 25, workers=4))
    assert all(one is found[0] for one in found)
    assert next(small.ask_many([Asked("Which route?", history=("When?",))])) is not found[0]


def test_every_question_is_asked_of_the_library_as_it_is_then(tmp_path: Path) -> None:
    """Documents may come and go between two questions; nobody gets an answer from before."""
    asked = Asked("When was the treaty of Delft signed?")
    with small_library(tmp_path / "library", {"hague.txt": "The Hague has a court."}) as library:
        current = Current(library._index, library._asker, 3)
        before = current.ask(asked)
        library.add_files([("delft.txt", b"The treaty of Delft was signed in 1999. Nobody objected.")])
        there = current.ask(asked)
        assert isinstance(there, Answer)
        assert "1999" in there.quotes[0].text
        assert current.ask(asked) is there
        library.remove([there.quotes[0].source.document])
        assert record(current.ask(asked)) == record(before)


def test_what_was_asked_long_ago_is_forgotten(small: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quoth.qa.batching._REMEMBERED", 3)
    bulk = Bulk(small._asker(), 3)
    first = bulk.ask(Asked("Which route?"))
    assert bulk.ask(Asked("Which route?")) is first
    for number in range(4):
        bulk.ask(Asked(f"Which route {number}?"))
    assert bulk.ask(Asked("Which route?")) is not first


def test_a_question_that_cannot_be_asked_raises_every_time(small: Library) -> None:
    bulk = Bulk(small._asker(), 3)
    for _ in range(2):
        with pytest.raises(BadQuestion):
            bulk.ask(Asked("  "))


def test_asking_loads_nothing_that_only_evaluation_needs(bundled_library: Path) -> None:
    code = (
        "import sys; from quoth.qa import Library; from quoth.ui.cli import main;"
        f"Library.open({str(bundled_library)!r}).ask('Which route bypasses Russia?');"
        "print([name for name in ('scipy', 'ir_measures', 'pytrec_eval', 'openpyxl') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
