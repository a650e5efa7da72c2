"""The contract of `VectorStore`, as tests: inherit, give `make` and `reopen`, and every promise is checked.

Exact search over all vectors in numpy is the oracle.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
import pytest

from quoth.index import Ids, StoreStamp, Vectors, VectorStore

DIMENSION = 16


def unit_vectors(count: int, seed: int) -> Vectors:
    rows = np.random.default_rng(seed).standard_normal((count, DIMENSION))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def exact(vectors: Vectors, ids: Ids, queries: Vectors, k: int) -> tuple[Vectors, Ids]:
    scores = queries @ vectors.T
    order = np.stack([np.lexsort((ids, -row)) for row in scores])[:, :k]
    return np.take_along_axis(scores, order, axis=1), ids[order]


class VectorStoreContract(ABC):
    @abstractmethod
    def make(self, folder: Path) -> VectorStore:
        """A new, empty store of DIMENSION numbers a row."""

    @abstractmethod
    def reopen(self, folder: Path, stamp: StoreStamp) -> VectorStore:
        """The store that `save` described."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> VectorStore:
        return self.make(tmp_path)

    def test_a_new_store_is_empty_and_finds_nothing(self, store: VectorStore) -> None:
        scores, ids = store.search(unit_vectors(2, 0), 3)
        assert len(store) == 0
        assert ids.tolist() == [[-1] * 3] * 2
        assert np.isneginf(scores).all()

    @pytest.mark.parametrize("k", [1, 5, 40])
    def test_search_agrees_with_exact_search(self, store: VectorStore, k: int) -> None:
        vectors, ids = unit_vectors(40, 1), np.arange(100, 140, dtype=np.int64)
        store.add(ids, vectors)
        queries = unit_vectors(7, 2)
        scores, found = store.search(queries, k)
        expected_scores, expected = exact(vectors, ids, queries, k)
        assert found.tolist() == expected.tolist()
        assert np.allclose(scores, expected_scores, atol=1e-5)

    def test_equal_vectors_come_in_order_of_id(self, store: VectorStore) -> None:
        row = unit_vectors(1, 3)
        store.add(np.array([9, 4, 7], dtype=np.int64), np.repeat(row, 3, axis=0))
        assert store.search(row, 3)[1].tolist() == [[4, 7, 9]]

    def test_only_allowed_ids_are_found(self, store: VectorStore) -> None:
        vectors, ids = unit_vectors(40, 4), np.arange(40, dtype=np.int64)
        store.add(ids, vectors)
        allowed = np.array([3, 17, 31], dtype=np.int64)
        query = unit_vectors(1, 5)
        _, found = store.search(query, 3, allowed)
        assert found.tolist() == exact(vectors[allowed], allowed, query, 3)[1].tolist()

    def test_fewer_than_k_are_padded(self, store: VectorStore) -> None:
        store.add(np.array([1, 2], dtype=np.int64), unit_vectors(2, 6))
        scores, ids = store.search(unit_vectors(1, 7), 4)
        assert (ids[0, 2:] == -1).all()
        assert np.isneginf(scores[0, 2:]).all()
        assert store.search(unit_vectors(1, 7), 4, np.array([2], dtype=np.int64))[1].tolist() == [[2, -1, -1, -1]]

    def test_no_id_allowed_finds_nothing(self, store: VectorStore) -> None:
        store.add(np.array([1], dtype=np.int64), unit_vectors(1, 8))
        assert store.search(unit_vectors(1, 8), 2, np.zeros(0, dtype=np.int64))[1].tolist() == [[-1, -1]]

    def test_removed_ids_are_gone_and_unknown_ones_ignored(self, store: VectorStore) -> None:
        vectors, ids = unit_vectors(10, 9), np.arange(10, dtype=np.int64)
        store.add(ids, vectors)
        store.remove(np.array([0, 5, 99], dtype=np.int64))
        rest = np.array([1, 2, 3, 4, 6, 7, 8, 9], dtype=np.int64)
        query = unit_vectors(1, 10)
        assert len(store) == 8
        assert store.search(query, 8)[1].tolist() == exact(vectors[rest], rest, query, 8)[1].tolist()

    def test_a_saved_store_answers_the_same_when_reopened(self, store: VectorStore, tmp_path: Path) -> None:
        store.add(np.arange(20, dtype=np.int64), unit_vectors(20, 11))
        store.remove(np.array([3], dtype=np.int64))
        stamp = store.save(1)
        again = self.reopen(tmp_path, stamp)
        query = unit_vectors(3, 12)
        assert len(again) == stamp.count == 19
        assert again.search(query, 5)[1].tolist() == store.search(query, 5)[1].tolist()

    def test_an_older_generation_stays_readable_after_a_newer_is_saved(
        self, store: VectorStore, tmp_path: Path
    ) -> None:
        store.add(np.arange(3, dtype=np.int64), unit_vectors(3, 13))
        first = store.save(1)
        store.add(np.arange(3, 6, dtype=np.int64), unit_vectors(3, 14))
        second = store.save(2)
        assert (len(self.reopen(tmp_path, first)), len(self.reopen(tmp_path, second))) == (3, 6)

    def test_wrong_shapes_are_refused(self, store: VectorStore) -> None:
        with pytest.raises(ValueError, match="shape"):
            store.add(np.arange(2, dtype=np.int64), unit_vectors(3, 15))
