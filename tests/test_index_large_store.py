"""The index of a large library, with the border between exact and quantised search set so low that a few texts cross
it; and what a question must not read, however large the library is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import DocumentId, LibraryDamaged, Passage
from quoth.index import Index, content_tokens
from quoth.index.catalogue import Catalogue
from quoth.index.kinds import EXACT, QUANTISED, Kind
from quoth.index.rows import Rows
from small_encoder import HashingEncoder

KIND = Kind(border=20)
WORDS = [
    "ferry", "storm", "summit", "uranium", "corridor", "lake",
    "harbour", "treaty", "winter", "copper", "bridge", "senate",
]  # fmt: skip


def document(number: int, count: int = 6) -> tuple[DocumentId, list[Passage]]:
    """Passages of two words each, that no two documents share."""
    name = DocumentId(f"{number:016x}")
    texts = [f"{WORDS[number % 12]} {WORDS[(number + at) % 12]} word{number}x{at}. " for at in range(count)]
    starts = [sum(map(len, texts[:at])) for at in range(count)]
    return name, [Passage(name, at, starts[at], starts[at] + len(texts[at]), texts[at]) for at in range(count)]


def opened(folder: Path) -> Index:
    return Index(folder, HashingEncoder(), kind=KIND)


def found(index: Index, question: str, documents: Sequence[DocumentId] | None = None) -> list[tuple[str, float]]:
    return [(hit.passage.text, hit.score) for hit in index.search(question, 5, documents)]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = opened(tmp_path)
    for first in range(0, 9, 3):
        index.commit([document(number) for number in range(first, first + 3)], (), {})
    yield index
    index.close()


def test_commits_cross_the_border_both_ways(tmp_path: Path, index: Index) -> None:
    """54 passages are above it, and 12 are not; every passage is found by its own word all along."""
    kinds = []
    for removed in (range(2), range(2, 7)):
        stored = index.stored()
        assert stored is not None
        kinds.append((stored.kind, stored.count))
        index.commit((), [document(number)[0] for number in removed], {})
        assert index.problems() == []
        assert {text for text, _ in found(index, "word8x3")} >= {document(8)[1][3].text}
        assert not any("word0x" in text for text, _ in found(index, "word0x3"))
    assert kinds == [(QUANTISED, 54), (QUANTISED, 42)]
    stored = index.stored()
    assert stored is not None
    assert (stored.kind, stored.count, stored.beside) == (EXACT, 12, "")
    index.commit((), (), {})
    assert sorted(path.suffix for path in tmp_path.glob("vectors-*")) == [".faiss", ".faiss"], "no floats are left"


def test_a_large_index_answers_as_a_small_one_does(tmp_path: Path, index: Index) -> None:
    """All scores are exact: with more proposals than passages even the ranks are."""
    (tmp_path / "small").mkdir()
    small = Index(tmp_path / "small", HashingEncoder())
    small.commit([document(number) for number in range(9)], (), {})
    only = [document(number)[0] for number in (1, 4)]
    for question in ("word3x2", "the storm at the lake", "copper bridge", "?!"):
        for documents in (None, only):
            ours, theirs = found(index, question, documents), found(small, question, documents)
            assert [text for text, _ in ours] == [text for text, _ in theirs]
            assert [score for _, score in ours] == pytest.approx([score for _, score in theirs], abs=1e-6)
    small.close()


def test_the_manifest_of_a_small_index_is_as_it_always_was(tmp_path: Path, index: Index) -> None:
    """So that an older Quoth opens it; of a large one it must not think that it can."""
    noted = []
    for _ in range(2):
        catalogue = Catalogue(tmp_path / "index.sqlite")
        with catalogue.read() as rows:
            noted.append(set(rows.manifest()["store"]))
        catalogue.close()
        index.commit((), [document(number)[0] for number in range(7)] if len(noted) == 1 else (), {})
    assert noted[1] == {"name", "digest", "size", "count"} == noted[0] - {"kind", "beside"} != noted[0]


def test_another_opening_sees_each_commit_and_finds_the_same(tmp_path: Path, index: Index) -> None:
    other = opened(tmp_path)
    for number in range(9, 14):
        before = other.state()
        index.commit([document(number)], [document(number - 9)[0]], {})
        assert other.state() != before
        assert found(other, f"word{number}x1 storm") == found(index, f"word{number}x1 storm")
    assert other.problems() == []
    other.close()


def test_building_anew_leaves_nothing_of_before(tmp_path: Path, index: Index) -> None:
    everything = [document(number) for number in range(9)]
    before = found(index, "winter treaty")
    for _ in range(2):
        index.commit(everything, [name for name, _ in everything], {}, fresh=True)
    assert found(index, "winter treaty") == before
    stored = index.stored()
    assert stored is not None
    floats = tmp_path / stored.beside
    assert floats.stat().st_size == 54 * 64 * 4
    assert stored.beside.rpartition("-")[2] == stored.name.rpartition("-")[2].replace(".codes", ".f32")


def test_floats_damaged_on_disk_are_found_by_the_doctor_and_never_searched(tmp_path: Path, index: Index) -> None:
    stored = index.stored()
    assert stored is not None
    path = tmp_path / stored.beside
    index.close()
    data = path.read_bytes()
    path.write_bytes(data[:-7] + bytes([data[-7] ^ 4]) + data[-6:])
    again = opened(tmp_path)
    assert [problem for problem in again.problems() if "doctor --repair" in problem and path.name in problem]
    with pytest.raises(LibraryDamaged, match=path.name):
        again.search("word8x5")
    again.close()


def test_documents_are_read_once_a_generation_and_not_once_a_question(
    tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = []

    def counted(rows: Rows) -> dict[DocumentId, int]:
        reads.append(rows)
        return every(rows)

    every = Rows.documents
    monkeypatch.setattr(Rows, "documents", counted)
    monkeypatch.setattr(Rows, "count", counted)
    other = opened(tmp_path)
    for at in range(5):
        other.search(f"word{at}x{at} storm", 3)
        other.word_weights("storm")
        assert other.state() is other.state()
    assert len(reads) == 1
    index.commit([document(20)], (), {})
    assert document(20)[0] in other.state().documents
    assert len(other.search("word20x0", 1)) == 1
    other.close()


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True), st.integers(1, 40), st.data())
def test_words_among_some_passages_score_as_among_all(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], k: int, data: st.DataObject
) -> None:
    catalogue = Catalogue(tmp_path_factory.mktemp("among") / "index.sqlite")
    with catalogue.write() as rows:
        ids = [at for number in range(20) for at in rows.insert(*document(number))]
        tokens = content_tokens(" ".join(words))
        everything = rows.match(tokens, 1000)
        among = data.draw(st.sets(st.sampled_from([*ids, 999, 1000])))
        assert rows.match(tokens, k, among) == [row for row in everything if row[0] in among][:k]
        assert rows.match(tokens, 1000, range(2000)) == everything, "more ids than a statement has variables"
    catalogue.close()


def test_the_count_of_passages_is_that_of_the_documents(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "index.sqlite")
    with catalogue.write() as rows:
        for number in range(5):
            rows.insert(*document(number, number + 1))
        assert rows.count() == 15
        rows.delete(document(3)[0])
        assert rows.count() == 11
    catalogue.close()
