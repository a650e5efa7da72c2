"""The index as a whole: commits are all or nothing, both searches count, filters hold, damage is named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import DocumentId, LibraryDamaged, LibraryMismatch, Passage
from quoth.index import Fusion, Index, tokens
from quoth.index.tokens import content_tokens
from small_encoder import HashingEncoder

A, B, C = (DocumentId(letter * 16) for letter in "abc")
SETTINGS = {"splitting": {"target": 600}}


def passages(document: DocumentId, texts: Sequence[str]) -> list[Passage]:
    made, start = [], 0
    for ordinal, text in enumerate(texts):
        made.append(Passage(document, ordinal, start, start + len(text), text))
        start += len(text)
    return made


SUMMIT = passages(A, ["The summit took place in Tokyo. ", "Trade in uranium grew by 12 percent.\n"])
CORRIDOR = passages(B, ["The corridor crosses the Caspian Sea. ", "東京で会議が開かれた。", "Ёлка стоит в Москве."])


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    index = Index(tmp_path, HashingEncoder())
    index.commit([(A, SUMMIT), (B, CORRIDOR)], (), SETTINGS)
    yield index
    index.close()


def texts(index: Index, question: str, **options: object) -> list[str]:
    return [hit.passage.text.strip() for hit in index.search(question, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("Where did the summit take place?", "The summit took place in Tokyo."),
        ("uranium", "Trade in uranium grew by 12 percent."),
        ("12", "Trade in uranium grew by 12 percent."),
        ("東京", "東京で会議が開かれた。"),
        ("елка", "Ёлка стоит в Москве."),
        ("CASPIAN", "The corridor crosses the Caspian Sea."),
    ],
)
def test_each_passage_is_found_by_its_words(index: Index, question: str, first: str) -> None:
    assert texts(index, question, k=1) == [first]


def test_hits_come_back_whole_and_ranked(index: Index) -> None:
    hits = index.search("summit in Tokyo", k=5)
    assert {hit.passage for hit in hits} == {*SUMMIT, *CORRIDOR}
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(
        hit.score == pytest.approx(hit.dense + 0.5 * hit.lexical, abs=1e-6) or Fusion().lexical_weight != 0.5
        for hit in hits
    )
    assert all(0.0 <= hit.lexical <= 1.0 and -1.001 <= hit.dense <= 1.001 for hit in hits)


def test_only_the_documents_asked_for_are_searched(index: Index) -> None:
    assert {hit.passage.document for hit in index.search("summit in Tokyo", k=5, documents=[B])} == {B}
    assert index.search("summit", k=5, documents=[]) == []


def test_a_question_without_words_still_gets_dense_hits(index: Index) -> None:
    assert len(index.search("?!", k=3)) == 3


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = Index(tmp_path, HashingEncoder())
    assert index.search("anything") == []
    assert index.state().documents == {}


def test_a_removed_document_is_gone_from_both_searches(index: Index) -> None:
    state = index.commit((), [A], SETTINGS)
    assert state.documents == {B: 3}
    assert all(hit.passage.document == B for hit in index.search("summit uranium Tokyo", k=10))
    index.commit([(A, SUMMIT)], (), SETTINGS)
    assert texts(index, "uranium", k=1) == ["Trade in uranium grew by 12 percent."]


def test_a_failing_commit_changes_nothing(index: Index, tmp_path: Path) -> None:
    before, files = index.state(), sorted(path.name for path in tmp_path.glob("vectors-*"))

    def breaking() -> Iterator[tuple[DocumentId, Sequence[Passage]]]:
        yield C, passages(C, ["One more. "])
        raise RuntimeError("the reader died")

    with pytest.raises(RuntimeError, match="died"):
        index.commit(breaking(), [A], SETTINGS)
    assert index.state() == before
    assert sorted(path.name for path in tmp_path.glob("vectors-*")) == files
    assert texts(index, "uranium", k=1) == ["Trade in uranium grew by 12 percent."]


def test_another_opening_sees_commits_at_once(index: Index, tmp_path: Path) -> None:
    other = Index(tmp_path, HashingEncoder())
    assert len(other.search("summit", k=10)) == 5
    index.commit((), [B], SETTINGS)
    assert {hit.passage.document for hit in other.search("summit", k=10)} == {A}
    other.close()


def test_generations_do_not_pile_up(index: Index, tmp_path: Path) -> None:
    for _ in range(5):
        index.commit((), (), SETTINGS)
    assert len(list(tmp_path.glob("vectors-*"))) <= 2


def test_settings_are_kept(index: Index) -> None:
    assert index.state().settings == SETTINGS


@pytest.mark.usefixtures("index")
def test_another_encoder_is_refused_with_both_names(tmp_path: Path) -> None:
    with pytest.raises(LibraryMismatch, match=r"hashing/64.*other/1"):
        Index(tmp_path, HashingEncoder(fingerprint="other/1"))


def test_a_catalogue_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "index.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(LibraryDamaged, match=r"index\.sqlite"):
        Index(tmp_path, HashingEncoder())


@pytest.mark.usefixtures("index")
def test_vectors_damaged_on_disk_are_not_searched(tmp_path: Path) -> None:
    for path in tmp_path.glob("vectors-*"):
        path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(LibraryDamaged, match="doctor --repair"):
        Index(tmp_path, HashingEncoder()).search("summit")


words = st.text(alphabet="abcde 東", min_size=1, max_size=12)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(words, min_size=1, max_size=4), min_size=1, max_size=4), words)
def test_scores_are_those_of_a_scan_over_everything(
    tmp_path_factory: pytest.TempPathFactory, documents: list[list[str]], question: str
) -> None:
    """The oracle: cosine by numpy over every passage; lexical is zero exactly where no word is shared."""
    encoder = HashingEncoder()
    index = Index(tmp_path_factory.mktemp("index"), encoder)
    added = [(DocumentId(f"{n:016x}"), passages(DocumentId(f"{n:016x}"), parts)) for n, parts in enumerate(documents)]
    index.commit(added, (), SETTINGS)
    hits = index.search(question, k=100)
    everything = [passage for _, parts in added for passage in parts]
    assert {hit.passage for hit in hits} == set(everything)
    query = encoder.encode_questions([question])[0]
    for hit in hits:
        assert hit.dense == pytest.approx(
            float(encoder.encode_passages([hit.passage.text.strip()])[0] @ query), abs=1e-5
        )
        shared = set(tokens(hit.passage.text)) & set(content_tokens(question))
        assert (hit.lexical > 0) == bool(shared)
    index.close()
