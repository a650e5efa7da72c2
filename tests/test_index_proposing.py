"""Candidates for a question: both scores of each are exact, whichever search found it, and filters hold in both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import DocumentId, Passage
from quoth.index import Fusion, Ids, Index, Vectors, tokens
from quoth.index.catalogue import Catalogue
from quoth.index.faiss_store import FaissStore
from quoth.index.fusion import best_possible, word_weights
from quoth.index.proposing import propose
from quoth.index.rows import Rows
from small_encoder import HashingEncoder

ENCODER = HashingEncoder(dimension=16, fingerprint="hashing/16")
DOCUMENT = DocumentId("d" * 16)
WORDS = ["summit", "corridor", "trade", "uranium", "the", "the", "12", "東京都", "Ёлка"]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)


def passages(texts: Sequence[str], document: DocumentId = DOCUMENT) -> list[Passage]:
    made, start = [], 0
    for ordinal, text in enumerate(texts):
        made.append(Passage(document, ordinal, start, start + len(text), text))
        start += len(text)
    return made


class RolledBack(Exception):
    """Leaves a `write` block without keeping anything of it."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    catalogue = Catalogue(tmp_path_factory.mktemp("proposing") / "index.sqlite")
    yield catalogue
    catalogue.close()


def filled(rows: Rows, folder: Path, texts: Sequence[str]) -> tuple[FaissStore, Ids, Vectors]:
    """A store of the same passages as `rows`, with their ids and vectors."""
    ids = np.array(rows.insert(DOCUMENT, passages(texts)), dtype=np.int64)
    vectors = ENCODER.encode_passages(texts)
    store = FaissStore(folder, ENCODER.dimension)
    store.add(ids, vectors)
    return store, ids, vectors


def question_of(text: str) -> tuple[Vectors, list[str]]:
    return ENCODER.encode_questions([text])[0], list(dict.fromkeys(tokens(text)))


@settings(deadline=None, max_examples=60)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=14),
    question=TEXTS | st.just("nothing of this") | st.just("?!"),
    pool=st.integers(1, 16),
    data=st.data(),
)
def test_both_scores_of_every_candidate_are_exact(
    shared: Catalogue, tmp_path_factory: pytest.TempPathFactory, texts: list[str], question: str, pool: int,
    data: st.DataObject,
) -> None:  # fmt: skip
    """The oracle: numpy over all vectors, FTS5 over all passages, the ceiling over the whole library."""
    folder = tmp_path_factory.getbasetemp()
    query, words = question_of(question)
    with pytest.raises(RolledBack), shared.write() as rows:
        store, ids, vectors = filled(rows, folder, texts)
        chosen = data.draw(st.none() | st.lists(st.sampled_from(ids.tolist()), unique=True))
        allowed = None if chosen is None else np.array(chosen, dtype=np.int64)
        dense, lexical = propose(rows, store, query, words, pool, allowed)
        cosines = dict(zip(ids.tolist(), (vectors @ query).tolist(), strict=True))
        matches = dict(rows.match(words, 10_000))
        ceiling = best_possible(words, word_weights(rows.frequencies(words), rows.count())) or 1.0
        assert dense.keys() == lexical.keys()
        assert dense == pytest.approx({at: cosines[at] for at in dense}, abs=1e-5)
        assert lexical == pytest.approx({at: matches.get(at, 0.0) / ceiling for at in lexical}, abs=1e-9)
        assert all(0.0 <= share <= 1.0 for share in lexical.values())
        among = set(ids.tolist() if chosen is None else chosen)
        assert dense.keys() <= among
        _both_pools_are_in(dense.keys() & among, among, cosines, matches, pool)
        raise RolledBack


def _both_pools_are_in(
    found: set[int], among: set[int], cosines: dict[int, float], matches: dict[int, float], pool: int
) -> None:
    """The `pool` nearest (equal cosines may change places) and the `pool` most alike in words, and hardly more."""
    nearest = sorted((cosines[at] for at in among), reverse=True)[:pool]
    assert all(at in found for at in among if nearest and cosines[at] > nearest[-1] + 1e-5)
    alike = sorted(among & matches.keys(), key=lambda at: (-matches[at], at))[:pool]
    assert set(alike) <= found
    assert min(pool, len(among)) <= len(found) <= len(nearest) + len(alike)


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Rows]:
    catalogue = Catalogue(tmp_path / "index.sqlite")
    with catalogue.write() as rows:
        yield rows
    catalogue.close()


def test_a_passage_far_in_meaning_is_proposed_for_its_words(rows: Rows, tmp_path: Path) -> None:
    """The lexical search alone finds it: the vectors are turned away from the question on purpose."""
    store = FaissStore(tmp_path, 2)
    ids = np.array(rows.insert(DOCUMENT, passages(["uranium", "near", "nearer"])), dtype=np.int64)
    store.add(ids, np.array([[-1, 0], [0.8, 0.6], [1, 0]], dtype=np.float32))
    dense, lexical = propose(rows, store, np.array([1, 0], dtype=np.float32), ["uranium"], 1, None)
    assert dense == pytest.approx({int(ids[2]): 1.0, int(ids[0]): -1.0})
    assert lexical[int(ids[2])] == 0.0
    assert lexical[int(ids[0])] > 0.0


def test_a_passage_without_the_words_is_proposed_for_its_meaning(rows: Rows, tmp_path: Path) -> None:
    store, ids, _ = filled(rows, tmp_path, ["trade grew", "the summit"])
    query, _ = question_of("the summit")
    dense, lexical = propose(rows, store, query, ["absent"], 1, None)
    assert list(dense) == [ids[1]]
    assert list(lexical.values()) == [0.0]


def test_a_filter_does_not_change_the_scores(rows: Rows, tmp_path: Path) -> None:
    """Word weights are those of the whole library, so the same passage gets the same scores in any selection."""
    texts = ["the summit in Tokyo", "the trade in uranium", "the summit", "uranium", "a corridor to the sea"]
    store, ids, _ = filled(rows, tmp_path, texts)
    query, words = question_of("uranium summit")
    everywhere = propose(rows, store, query, words, 10, None)
    for at in ids:
        alone = propose(rows, store, query, words, 10, np.array([at], dtype=np.int64))
        assert alone[0] == pytest.approx({int(at): everywhere[0][int(at)]}, abs=1e-6)
        assert alone[1] == pytest.approx({int(at): everywhere[1][int(at)]}, abs=1e-12)


def test_nothing_allowed_and_nothing_there_propose_nothing(rows: Rows, tmp_path: Path) -> None:
    query, words = question_of("summit")
    assert propose(rows, FaissStore(tmp_path, 16), query, words, 5, None) == ({}, {})
    store, _, _ = filled(rows, tmp_path, ["the summit"])
    assert propose(rows, store, query, words, 5, np.zeros(0, dtype=np.int64)) == ({}, {})


def test_more_than_five_hundred_allowed_passages(rows: Rows, tmp_path: Path) -> None:
    """The filter of the lexical search goes in parts; the best must come from all of them."""
    store, ids, _ = filled(rows, tmp_path, [f"common word{n}" + " filler" * (n % 5) for n in range(1_100)])
    query, _ = question_of("filler")  # the vector knows nothing of the words: only the lexical search can find them
    words = tokens("word7 word555 word1099")
    dense, lexical = propose(rows, store, query, words, 20, ids)
    best = sorted(lexical, key=lambda at: -lexical[at])[:3]
    assert set(best) == {int(ids[n]) for n in (7, 555, 1099)}
    unfiltered = propose(rows, store, query, words, 20, None)
    assert dense == pytest.approx(unfiltered[0], abs=1e-6)
    assert lexical == pytest.approx(unfiltered[1], abs=1e-12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = [f"passage {n} speaks of " + " ".join(WORDS[n % 5 : n % 5 + 3]) for n in range(40)]
    index = Index(tmp_path, ENCODER)
    index.commit([(DOCUMENT, passages(texts))], (), {})
    index.close()
    return tmp_path


@pytest.mark.parametrize("k", [1, 3, 40, 100])
def test_the_pool_bounds_the_candidates_and_never_the_hits(folder: Path, k: int) -> None:
    index = Index(folder, ENCODER, Fusion(pool=2))
    hits = index.search("summit corridor trade", k)
    assert len(hits) == min(k, 40)
    index.close()


def test_a_pool_of_everything_ranks_like_a_scan(folder: Path) -> None:
    index = Index(folder, ENCODER, Fusion(lexical_weight=0.7, pool=40))
    everything = index.search("summit uranium", 40)
    ranked = sorted(everything, key=lambda hit: (-(hit.dense + 0.7 * hit.lexical), hit.passage.ordinal))
    assert everything == ranked
    assert index.search("summit uranium", 5) == everything[:5]
    index.close()


def test_a_given_vector_is_used_instead_of_the_questions_own(folder: Path) -> None:
    index = Index(folder, ENCODER, Fusion(lexical_weight=0.0))
    vector = ENCODER.encode_questions(["uranium the 12"])[0]
    borrowed = index.search("summit", 5, vector=vector)
    assert [hit.dense for hit in borrowed] == [hit.dense for hit in index.search("uranium the 12", 5)]
    index.close()
