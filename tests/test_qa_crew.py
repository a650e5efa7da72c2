"""The cores, shared out: in order, side by side, first come first served; and work that nobody waits for any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.index import Vectors
from quoth.qa import Library, while_wanted
from quoth.qa.asking import Asker
from quoth.qa.crew import Crew, cores
from quoth.qa.reader import Reading, shipped_reader
from quoth.qa.wanted import check_wanted
from small_encoder import HashingEncoder
from small_library import SmallLibrary
from small_reader import OverlapReader

QUESTION = "When did the harbour of Lund open?"
HARBOUR = "The harbour of Lund opened in 1904. Ships bring timber and salt."
SHARED = Crew(3)


class Told(list[str]):
    """A list that tells when all of it was taken."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(names)
        self.taken = threading.Event()

    def __iter__(self) -> Iterator[str]:
        yield from super().__iter__()
        self.taken.set()


# --- sharing out


@given(st.lists(st.integers()))
def test_it_is_a_map(parts: list[int]) -> None:
    assert SHARED.map(lambda part: part * 2, parts) == [part * 2 for part in parts]


def test_parts_are_worked_on_side_by_side() -> None:
    """Each waits for another one to be at work as well; alone they would wait in vain."""
    meeting = threading.Barrier(2, timeout=60)
    assert Crew(2).map(lambda part: (meeting.wait(), part)[1], range(6)) == list(range(6))


def test_there_are_never_more_at_work_than_threads_however_many_ask() -> None:
    crew, lock = Crew(2), threading.Lock()
    at_work, most = 0, 0

    def work(part: int) -> int:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        threading.Event().wait(0.001)  # long enough for others to come in, if they could
        with lock:
            at_work -= 1
        return part

    with ThreadPoolExecutor(6) as asking:
        found = list(asking.map(lambda first: crew.map(work, range(first, first + 5)), range(12)))
    assert found == [list(range(first, first + 5)) for first in range(12)]
    assert 1 <= most <= 2


def test_whoever_asks_first_is_served_first() -> None:
    crew, gate, done = Crew(1), threading.Event(), list[str]()

    def work(name: str) -> str:
        assert gate.wait(60)
        done.append(name)
        return name

    groups = [Told([f"{group}{number}" for number in range(3)]) for group in "abc"]
    with ThreadPoolExecutor(3) as asking:
        for group in groups:
            asking.submit(crew.map, work, group)
            assert group.taken.wait(60)
        gate.set()
    assert done == ["a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "c2"]


def test_a_part_that_fails_fails_its_own_question_and_no_other() -> None:
    crew, gate, done = Crew(1), threading.Event(), list[str]()

    def work(name: str) -> str:
        if name == "bad":
            raise ZeroDivisionError(name)
        assert gate.wait(60)
        done.append(name)
        return name

    first, other = Told(["bad", "held", "dropped"]), Told(["x", "y"])
    with ThreadPoolExecutor(2) as asking:
        failing = asking.submit(crew.map, work, first)
        assert first.taken.wait(60)
        fine = asking.submit(crew.map, work, other)
        assert other.taken.wait(60)
        with pytest.raises(ZeroDivisionError, match="bad"):
            failing.result(60)
        gate.set()
        assert fine.result(60) == ["x", "y"]
    assert done in (["x", "y"], ["held", "x", "y"]), "what was not begun by then never is"


def test_what_nobody_waits_for_any_more_is_dropped() -> None:
    crew, gone, gate, done = Crew(1), threading.Event(), threading.Event(), list[int]()

    def work(part: int) -> None:
        done.append(part)
        if part == 0:
            gone.set()
        else:
            assert gate.wait(60)

    with while_wanted(gone), pytest.raises(CancelledError):
        crew.map(work, range(20))
    gate.set()
    crew.map(work, [99])  # behind everything that came before
    assert done in ([0, 99], [0, 1, 99])


def test_the_cores_of_this_process() -> None:
    assert cores() >= 1


# --- whether anybody still waits


def test_it_is_told_inside_the_block_of_its_own_thread_only() -> None:
    outer, inner = threading.Event(), threading.Event()
    check_wanted()
    with while_wanted(outer):
        check_wanted()
        with while_wanted(inner):
            inner.set()
            with pytest.raises(CancelledError):
                check_wanted()
            with ThreadPoolExecutor(1) as elsewhere:
                elsewhere.submit(check_wanted).result(60)
        check_wanted()
        outer.set()
        with pytest.raises(CancelledError):
            check_wanted()
    check_wanted()


def test_the_mark_is_gone_after_a_failure() -> None:
    gone = threading.Event()
    gone.set()
    with pytest.raises(ZeroDivisionError), while_wanted(gone):
        raise ZeroDivisionError
    check_wanted()


class LeavingEncoder(HashingEncoder):
    """Embeds a question, and then nobody waits for its answer."""

    def __init__(self, gone: threading.Event) -> None:
        super().__init__()
        self._gone = gone

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        self._gone.set()
        return super().encode_questions(texts)


class LeavingReader(OverlapReader):
    """Reads, and counts how often; then nobody waits."""

    def __init__(self, gone: threading.Event | None = None) -> None:
        self.read_so_far, self._gone = 0, gone

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        self.read_so_far += 1
        if self._gone is not None:
            self._gone.set()
        return super().read(question, texts)


class LeavingLibrary(SmallLibrary):
    """With a reader of the test."""

    reader: LeavingReader

    def _asker(self) -> Asker:
        return replace(super()._asker(), reader=self.reader)


def leaving(folder: Path, encoder: HashingEncoder, reader: LeavingReader) -> LeavingLibrary:
    """A library of one text. It knows the encoder it was made with by its fingerprint."""
    with SmallLibrary.create(folder, encoder=HashingEncoder()) as made:
        made.add_files([("harbour.txt", HARBOUR.encode())])
    library = LeavingLibrary(folder, encoder)
    library.reader = reader
    return library


def test_a_question_ends_before_it_searches(tmp_path: Path) -> None:
    gone, reader = threading.Event(), LeavingReader()
    library = leaving(tmp_path, HashingEncoder(), reader)
    gone.set()
    for ask in (library.ask, library.search):
        with while_wanted(gone), pytest.raises(CancelledError):
            ask(QUESTION)
    assert reader.read_so_far == 0


def test_a_question_ends_between_searching_and_reading(tmp_path: Path) -> None:
    gone, reader = threading.Event(), LeavingReader()
    library = leaving(tmp_path, LeavingEncoder(gone), reader)
    with while_wanted(gone), pytest.raises(CancelledError):
        library.ask(QUESTION)
    assert reader.read_so_far == 0


def test_a_question_ends_between_reading_and_judging(tmp_path: Path) -> None:
    gone = threading.Event()
    library = leaving(tmp_path, HashingEncoder(), LeavingReader(gone))
    with while_wanted(gone), pytest.raises(CancelledError):
        library.ask(QUESTION, documents=[one.id for one in library.documents()])
    assert library.ask(QUESTION).question == QUESTION, "the next one is answered"


def test_the_shipped_reader_ends_between_two_passages() -> None:
    reader, gone = shipped_reader(), threading.Event()
    before = reader.read(QUESTION, [HARBOUR])
    gone.set()
    with while_wanted(gone), pytest.raises(CancelledError):
        reader.read(QUESTION, [HARBOUR] * 50)
    assert reader.read(QUESTION, [HARBOUR]) == before


def test_many_questions_are_asked_whether_or_not_a_single_one_is_wanted(tmp_path: Path) -> None:
    """Whoever takes answers from a generator stops by closing it; its threads are its own."""
    library: Library = leaving(tmp_path, HashingEncoder(), LeavingReader())
    with while_wanted(threading.Event()):
        assert [one.question for one in library.ask_many([QUESTION, "What do ships bring?"])] == [
            QUESTION,
            "What do ships bring?",
        ]
