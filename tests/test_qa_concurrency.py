"""Many ask while others change the library: no error, no quote that does not stand, no generation seen by halves."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest

from quoth.corpus import DocumentId, LibraryDamaged, Passage
from quoth.index import Index, VectorStore
from quoth.qa import Answer, Library, Quote
from small_encoder import HashingEncoder

TESTS = Path(__file__).resolve().parent
READERS = 8
ROUNDS = 6
QUESTIONS = ["Which sea does the corridor cross?", "topic3 in Tokyo", "When was topic11 opened?", "Who wrote Hamlet?"]
CHILD = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from quoth.qa import Library
from small_encoder import HashingEncoder
from test_qa_concurrency import change

with Library.open(sys.argv[1], encoder=HashingEncoder()) as library:
    print("ready", flush=True)
    sys.stdin.readline()
    change(library, int(sys.argv[2]))
    print("changed", library.stamp.id, flush=True)
"""


def text_of(number: int) -> str:
    return (
        f"File {number} speaks of topic{number} in Tokyo. It was opened in {1900 + number}, nobody knows why.\n\n"
        f"The corridor crosses the sea number {number}. Trade in uranium grew.\n"
    )


TEXTS = {DocumentId(hashlib.sha256(text_of(number).encode()).hexdigest()[:16]): text_of(number) for number in range(60)}
NAMES = [(f"{number}.txt", text_of(number).encode()) for number in range(60)]


def change(library: Library, first: int) -> None:
    """Put three documents in and take two of them out, round after round, `first` being this writer's own numbers."""
    for round in range(ROUNDS):
        at = first + 3 * round
        added = library.add_files(NAMES[at : at + 3]).added
        assert len(added) == 3
        library.remove([record.id for record in added[:2]])


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add_files(NAMES[:6])
        yield library


def check_quote(quote: Quote) -> None:
    """Against the texts known beforehand: the document may be gone from the library by now."""
    text = TEXTS[quote.source.document]
    assert text[quote.source.start : quote.source.stop] == quote.text
    assert quote.receipt.quote_sha256 == hashlib.sha256(quote.text.encode()).hexdigest()


def read(library: Library, start: Barrier, over: Event, seed: int) -> int:
    """Ask, search and list until the writers are done; gives how often."""
    start.wait(timeout=20)
    rounds, generation = 0, -1
    while not over.is_set() or rounds < 3:
        question = QUESTIONS[(seed + rounds) % len(QUESTIONS)]
        outcome = library.ask(question)
        for quote in outcome.quotes if isinstance(outcome, Answer) else outcome.nearest:
            check_quote(quote)
        assert outcome.library.passages == 0 or outcome.library.documents > 0
        for hit in library.search(question, 5):
            assert TEXTS[hit.source.document][hit.source.start : hit.source.stop] == hit.text
        state = library._index.state()
        assert state.generation >= generation
        assert state.documents.keys() >= set(list(TEXTS)[:6])  # nobody takes these out
        assert {record.id for record in library.documents()} <= TEXTS.keys()
        generation, rounds = state.generation, rounds + 1
    return rounds


def test_readers_go_on_while_two_others_write(library: Library) -> None:
    """Eight threads read one Library; another object in this process, and another process, change the same folder."""
    start, over = Barrier(READERS + 1), Event()
    command = [sys.executable, "-I", "-c", CHILD, str(library.folder), "30"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child,
        ThreadPoolExecutor(READERS) as pool,
        Library.open(library.folder, encoder=HashingEncoder()) as other,
    ):
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        readers: list[Future[int]] = [pool.submit(read, library, start, over, seed) for seed in range(READERS)]
        try:
            start.wait(timeout=20)
            child.stdin.write("go\n")
            child.stdin.flush()
            change(other, 6)
            assert child.stdout.readline().startswith("changed")
        finally:
            over.set()
        assert all(reader.result(timeout=30) >= 3 for reader in readers)
        assert child.wait(timeout=20) == 0
    assert len(library.documents()) == 6 + 2 * ROUNDS
    assert library.doctor().healthy, library.doctor()
    assert {library.document(record.id).text for record in library.documents()} <= set(TEXTS.values())


def test_writers_wait_for_each_other_and_lose_nothing(library: Library) -> None:
    """Four threads, each with a Library object of its own, add at once: the lock lets one in after the other."""

    def add(number: int) -> str:
        with Library.open(library.folder, encoder=HashingEncoder()) as own:
            (record,) = own.add_files([NAMES[number]]).added
            return record.title

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(add, range(10, 22))) == sorted(str(number) for number in range(10, 22))
    assert len(library.documents()) == 18
    assert library.doctor().healthy, library.doctor()


def test_what_a_library_adds_its_other_openings_find_at_once(library: Library) -> None:
    with Library.open(library.folder, encoder=HashingEncoder()) as other:
        for number in range(20, 24):
            (record,) = other.add_files([NAMES[number]]).added
            assert library.search(f"topic{number}", 1)[0].source.document == record.id
            assert library.stamp == other.stamp
            other.remove([record.id])
            assert all(hit.source.document != record.id for hit in library.search(f"topic{number}", 50))


@pytest.mark.parametrize("way", ["ask", "search"])
def test_a_document_removed_while_it_is_asked_is_no_damage(
    library: Library, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Found by the index, gone from the shelf a moment later: the question is asked of what is there now."""
    (gone, *_) = library.documents()
    find, done = library._index.search, Event()

    def removing(*arguments: object, **options: object) -> object:
        found = find(*arguments, **options)  # type: ignore[arg-type]  # handed on as it came
        if not done.is_set():
            done.set()
            with Library.open(library.folder, encoder=HashingEncoder()) as other:
                other.remove([gone.id])
        return found

    monkeypatch.setattr(library._index, "search", removing)
    if way == "search":
        assert gone.id not in {hit.source.document for hit in library.search("topic0 Tokyo", 50)}
    else:
        outcome = library.ask("topic0 Tokyo")
        for quote in outcome.quotes if isinstance(outcome, Answer) else outcome.nearest:
            check_quote(quote)
            assert quote.source.document != gone.id


class TestOneGeneration:
    """What a reader sees is rows and vectors of the same generation, whatever is committed at that very moment."""

    A, B, C = (DocumentId(letter * 16) for letter in "abc")

    def passages(self, document: DocumentId) -> list[Passage]:
        return [Passage(document, 0, 0, 20, f"the sea of {document[:9]}")]

    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[Index]:
        index = Index(tmp_path, HashingEncoder())
        index.commit([(self.A, self.passages(self.A)), (self.B, self.passages(self.B))], (), {})
        yield index
        index.close()

    def at_the_first_load(self, monkeypatch: pytest.MonkeyPatch, reader: Index, act: Callable[[], object]) -> None:
        """Do something between the moment the reader has its view and the moment it reads its vectors."""
        load, done = reader._load, Event()

        def acting(facts: dict[str, object]) -> VectorStore:
            if not done.is_set():
                done.set()
                act()
            return load(facts)

        monkeypatch.setattr(reader, "_load", acting)

    def test_vectors_swept_away_meanwhile_are_those_of_a_newer_view(
        self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader = Index(tmp_path, HashingEncoder())

        def two_commits() -> None:
            index.commit([(self.C, self.passages(self.C))], (), {})
            index.commit((), [self.A], {})

        self.at_the_first_load(monkeypatch, reader, two_commits)
        assert {hit.passage.document for hit in reader.search("the sea", 10)} == {self.B, self.C}
        reader.close()

    def test_one_commit_meanwhile_changes_nothing_in_the_view(
        self, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        reader = Index(tmp_path, HashingEncoder())
        self.at_the_first_load(monkeypatch, reader, lambda: index.commit((), [self.A], {}))
        assert {hit.passage.document for hit in reader.search("the sea", 10)} == {self.A, self.B}
        assert {hit.passage.document for hit in reader.search("the sea", 10)} == {self.B}
        reader.close()

    def test_another_threads_newer_vectors_are_not_taken_for_ones_own(self, index: Index, tmp_path: Path) -> None:
        """The kept vectors are shared between threads: one sets them while another is about to read them."""
        newer: list[tuple[int, VectorStore]] = []

        class Watched(Index):
            @property
            def _snapshot(self) -> tuple[int, VectorStore] | None:
                return self.kept

            @_snapshot.setter
            def _snapshot(  # pyright: ignore[reportIncompatibleVariableOverride]
                self, value: tuple[int, VectorStore] | None
            ) -> None:
                self.kept = newer[0] if newer and value is not None else value

        reader = Watched(tmp_path, HashingEncoder())
        index.commit((), [self.A, self.B], {})
        with reader._catalogue.read() as rows:
            empty = reader._store(rows)
        index.commit([(self.A, self.passages(self.A))], (), {})
        newer.append((99, empty))
        assert [hit.passage.document for hit in reader.search("the sea", 10)] == [self.A]
        reader.close()

    def test_damage_that_stays_is_told_and_not_looked_for_for_ever(self, index: Index, tmp_path: Path) -> None:
        index.commit((), (), {})
        for path in tmp_path.glob("vectors-*"):
            path.unlink()
        reader = Index(tmp_path, HashingEncoder())
        with pytest.raises(LibraryDamaged, match="doctor --repair"):
            reader.search("the sea")
        reader.close()
