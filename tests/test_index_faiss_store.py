"""FAISS under the store contract, and what it does with damaged files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from quoth.corpus import LibraryDamaged
from quoth.index import StoreStamp, VectorStore
from quoth.index.faiss_store import FaissStore
from vector_store_contract import DIMENSION, VectorStoreContract, unit_vectors


class TestFaissStore(VectorStoreContract):
    def make(self, folder: Path) -> VectorStore:
        return FaissStore(folder, DIMENSION)

    def reopen(self, folder: Path, stamp: StoreStamp) -> VectorStore:
        return FaissStore.load(folder, DIMENSION, stamp)


@pytest.fixture
def saved(tmp_path: Path) -> StoreStamp:
    store = FaissStore(tmp_path, DIMENSION)
    store.add(np.arange(30, dtype=np.int64), unit_vectors(30, 1))
    return store.save(1)


def test_every_truncation_and_flipped_bit_is_refused_before_faiss_sees_it(tmp_path: Path, saved: StoreStamp) -> None:
    path = tmp_path / saved.name
    whole = path.read_bytes()
    damaged = [whole[:length] for length in range(0, len(whole), 97)]
    damaged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 61)]
    for data in damaged:
        path.write_bytes(data)
        with pytest.raises(LibraryDamaged, match=re.escape("doctor --repair")):
            FaissStore.load(tmp_path, DIMENSION, saved)


def test_a_missing_file_is_named(tmp_path: Path, saved: StoreStamp) -> None:
    (tmp_path / saved.name).unlink()
    with pytest.raises(LibraryDamaged, match=saved.name):
        FaissStore.load(tmp_path, DIMENSION, saved)


def test_a_store_of_another_width_is_refused(tmp_path: Path, saved: StoreStamp) -> None:
    with pytest.raises(LibraryDamaged, match=f"of {DIMENSION}, not 30 of 8"):
        FaissStore.load(tmp_path, 8, saved)


def test_saving_leaves_no_partial_file(tmp_path: Path, saved: StoreStamp) -> None:
    assert [path.name for path in tmp_path.iterdir()] == [saved.name]
