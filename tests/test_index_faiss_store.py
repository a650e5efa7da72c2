"""FAISS under the store contract, exact and quantised, and what it does with damaged files."""

from __future__ import annotations

import re
import tracemalloc
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import LibraryDamaged
from quoth.index import StoreStamp, Vectors, VectorStore
from quoth.index.durable import digest
from quoth.index.faiss_store import FaissStore
from quoth.index.kinds import EXACT, KIND, QUANTISED, Kind
from vector_store_contract import DIMENSION, VectorStoreContract, exact, unit_vectors

SMALL = Kind(border=12, least=12, factor=2, scanned=0.1)
"""Quantised from the thirteenth vector on, and with so few proposals that they matter."""


WIDTH = 128


def text_like(count: int, seed: int) -> Vectors:
    """Unit vectors (count, WIDTH) about 200 topics, of which each has one and a little of another, as passages do."""
    topics = np.random.default_rng(0).standard_normal((200, WIDTH))
    random = np.random.default_rng(seed)
    first, second = random.integers(0, 200, size=(2, count))
    rows = topics[first] + 0.5 * topics[second] + 0.5 * random.standard_normal((count, WIDTH))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


class TestExact(VectorStoreContract):
    def make(self, folder: Path) -> VectorStore:
        return FaissStore(folder, DIMENSION)

    def reopen(self, folder: Path, stamp: StoreStamp) -> VectorStore:
        return FaissStore.load(folder, DIMENSION, stamp)


class TestQuantised(VectorStoreContract):
    """From the first vector on; 40 vectors are fewer than the 400 proposals, so that the oracle's answer is exact."""

    kind = Kind(border=0)

    def make(self, folder: Path) -> VectorStore:
        return FaissStore(folder, DIMENSION, self.kind)

    def reopen(self, folder: Path, stamp: StoreStamp) -> VectorStore:
        return FaissStore.load(folder, DIMENSION, stamp, self.kind)


class TestCrossingTheBorder(TestQuantised):
    kind = Kind(border=7)


@pytest.fixture(params=[KIND, Kind(border=0)], ids=["exact", "quantised"])
def kind(request: pytest.FixtureRequest) -> Kind:
    assert isinstance(request.param, Kind)
    return request.param


@pytest.fixture
def saved(tmp_path: Path, kind: Kind) -> StoreStamp:
    store = FaissStore(tmp_path, DIMENSION, kind)
    store.add(np.arange(30, dtype=np.int64), unit_vectors(30, 1))
    return store.save(1)


def test_the_size_chooses_the_kind_both_ways(tmp_path: Path) -> None:
    vectors, query = unit_vectors(40, 2), unit_vectors(1, 3)
    store = FaissStore(tmp_path, DIMENSION, SMALL)
    kinds, found = [], []
    for generation, (first, last) in enumerate([(0, 12), (12, 13), (13, 40)], 1):
        store.add(np.arange(first, last, dtype=np.int64), vectors[first:last])
        stamp = store.save(generation)
        kinds.append(stamp.kind)
        store = FaissStore.load(tmp_path, DIMENSION, stamp, SMALL)
    for generation, removed in enumerate([range(20), range(20, 28)], 4):
        store.remove(np.array(removed, dtype=np.int64))
        stamp = store.save(generation)
        kinds.append(stamp.kind)
        store = FaissStore.load(tmp_path, DIMENSION, stamp, SMALL)
        found.append(store.search(query, 5)[1].tolist())
    assert kinds == [EXACT, QUANTISED, QUANTISED, QUANTISED, EXACT]
    rest = np.arange(28, 40, dtype=np.int64)
    assert found[-1] == exact(vectors[rest], rest, query, 5)[1].tolist()


def test_what_an_older_quoth_saved_is_still_opened(tmp_path: Path) -> None:
    """It knew one kind only, and its manifests name neither that nor another file."""
    store = FaissStore(tmp_path, DIMENSION)
    store.add(np.arange(30, dtype=np.int64), unit_vectors(30, 4))
    stamp = store.save(1)
    older = StoreStamp(stamp.name, stamp.digest, stamp.size, stamp.count)
    assert older == stamp
    grown = FaissStore.load(tmp_path, DIMENSION, older, SMALL)
    grown.add(np.array([30], dtype=np.int64), unit_vectors(1, 5))
    assert grown.save(2).kind == QUANTISED


def test_most_true_neighbours_are_found_and_every_score_is_exact(tmp_path: Path) -> None:
    count, few = 6000, Kind(border=100)
    vectors, ids = text_like(count, 6), np.random.default_rng(7).permutation(count).astype(np.int64)
    store = FaissStore(tmp_path, WIDTH, few)
    store.add(ids, vectors)
    queries = text_like(50, 8)
    scores, found = store.search(queries, 10)
    _, expected = exact(vectors, ids, queries, 10)
    recall = np.mean([len(set(one) & set(other)) / 10 for one, other in zip(found, expected, strict=True)])
    assert recall >= 0.98
    row_of = np.argsort(ids)
    cosines = np.einsum("qd,qkd->qk", queries, vectors[row_of[found]])
    assert np.allclose(scores, cosines, atol=1e-6)
    assert (np.diff(scores, axis=1) <= 0).all()


@pytest.mark.parametrize("share", [0.002, 0.05, 0.3, 0.9, 1.0])
def test_filters_are_kept_and_find_what_exact_search_finds(tmp_path: Path, share: float) -> None:
    count = 4000
    vectors, ids = text_like(count, 9), np.arange(count, dtype=np.int64)
    store = FaissStore(tmp_path, WIDTH, Kind(border=100))
    store.add(ids, vectors)
    allowed = np.sort(np.random.default_rng(10).choice(ids, int(share * count), replace=False))
    queries = text_like(20, 11)
    _, found = store.search(queries, 8, np.concatenate([allowed, [count + 5]]))
    _, expected = exact(vectors[allowed], allowed, queries, 8)
    assert np.isin(found, allowed).all()
    recall = np.mean([len(set(one) & set(other)) / 8 for one, other in zip(found, expected, strict=True)])
    assert recall == 1.0 if share <= 0.1 else recall >= 0.98


def test_a_filter_that_leaves_only_what_is_far_from_the_question_is_exact(tmp_path: Path) -> None:
    """Half of all vectors pass, and none of them is among those that the codes would propose."""
    store = FaissStore(tmp_path, DIMENSION, Kind(border=100, least=50, factor=1))
    near, far = np.eye(1, DIMENSION, dtype=np.float32), unit_vectors(1000, 12)
    far[:, 0] = -abs(far[:, 0])
    around = near + 0.1 * unit_vectors(1000, 13)
    around /= np.linalg.norm(around, axis=1, keepdims=True)
    store.add(np.arange(2000, dtype=np.int64), np.concatenate([around.astype(np.float32), far]))
    allowed = np.arange(1000, 2000, dtype=np.int64)
    assert store.search(near, 5, allowed)[1].tolist() == exact(far, allowed, near, 5)[1].tolist()


steps = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "reopen"]), st.sets(st.integers(0, 60), min_size=1, max_size=25)),
    max_size=8,
)


@settings(deadline=None, max_examples=25)
@given(steps)
def test_adding_removing_and_adding_again_in_any_order_is_what_a_dictionary_would_hold(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, set[int]]]
) -> None:
    """With 4,000 proposals at least the answer is exact, whatever the codes are."""
    folder = tmp_path_factory.mktemp("steps")
    kind = Kind(border=10, least=4000)
    store, held = FaissStore(folder, DIMENSION, kind), dict[int, int]()
    for generation, (what, chosen) in enumerate(steps, 1):
        ids = sorted(chosen)
        if what == "add":
            new = [id for id in ids if id not in held]
            held.update({id: 100 * generation + id for id in new})
            rows = [unit_vectors(1, held[id]) for id in new]
            store.add(np.array(new, dtype=np.int64), np.concatenate([unit_vectors(0, 0), *rows]))
        elif what == "remove":
            store.remove(np.array(ids, dtype=np.int64))
            held = {id: seed for id, seed in held.items() if id not in chosen}
        else:
            store = FaissStore.load(folder, DIMENSION, store.save(generation), kind)
        query = unit_vectors(1, generation)
        vectors = np.concatenate([unit_vectors(0, 0), *(unit_vectors(1, seed) for seed in held.values())])
        there = np.array(list(held), dtype=np.int64)
        assert len(store) == len(held)
        expected = exact(vectors, there, query, 70)[1][0].tolist()
        assert store.search(query, 70)[1][0].tolist() == expected + [-1] * (70 - len(expected))
        allowed = np.arange(0, 60, 2, dtype=np.int64)
        only = [id for id in expected if id in allowed][:7]
        assert store.search(query, 7, allowed)[1][0].tolist() == only + [-1] * (7 - len(only))


def test_reopening_and_threads_and_company_change_no_answer(tmp_path: Path) -> None:
    kind = Kind(border=100, least=60, factor=1)
    store = FaissStore(tmp_path, DIMENSION, kind)
    vectors, queries = unit_vectors(3000, 14), unit_vectors(30, 15)
    for at in range(0, 3000, 700):
        store.add(np.arange(at, min(at + 700, 3000), dtype=np.int64), vectors[at : at + 700])
    store.remove(np.arange(0, 3000, 9, dtype=np.int64))
    again = FaissStore.load(tmp_path, DIMENSION, store.save(1), kind)
    before = store.search(queries, 20)
    alone = [again.search(query[None, :], 20) for query in queries]
    for scores, ids in (store.search(queries, 20), again.search(queries, 20)):
        assert (ids == before[1]).all()
        assert (scores == before[0]).all()
    assert (np.concatenate([ids for _, ids in alone]) == before[1]).all()
    assert (np.concatenate([scores for scores, _ in alone]) == before[0]).all()


def test_rows_that_are_gone_are_written_out_of_the_file_before_they_are_many(tmp_path: Path) -> None:
    kind = Kind(border=10, waste=0.25)
    store = FaissStore(tmp_path, DIMENSION, kind)
    store.add(np.arange(100, dtype=np.int64), unit_vectors(100, 16))
    first = store.save(1)
    store.remove(np.arange(20, dtype=np.int64))
    second = store.save(2)
    store.remove(np.arange(20, 40, dtype=np.int64))
    third = store.save(3)
    sizes = [(tmp_path / stamp.beside).stat().st_size // (4 * DIMENSION) for stamp in (first, second, third)]
    assert (first.beside == second.beside != third.beside, sizes) == (True, [100, 100, 60])
    rest = np.arange(40, 100, dtype=np.int64)
    query = unit_vectors(1, 17)
    expected = exact(unit_vectors(100, 16)[rest], rest, query, 9)[1].tolist()
    assert FaissStore.load(tmp_path, DIMENSION, third, kind).search(query, 9)[1].tolist() == expected
    older = FaissStore.load(tmp_path, DIMENSION, first, kind)
    assert len(older) == 100, "a reader of the generation before still finds its file"


def test_a_write_that_was_never_committed_is_written_over(tmp_path: Path) -> None:
    kind = Kind(border=10)
    vectors, query = unit_vectors(60, 18), unit_vectors(1, 19)
    store = FaissStore(tmp_path, DIMENSION, kind)
    store.add(np.arange(40, dtype=np.int64), vectors[:40])
    stamp = store.save(1)
    reader = FaissStore.load(tmp_path, DIMENSION, stamp, kind)
    lost = FaissStore.load(tmp_path, DIMENSION, stamp, kind)
    lost.add(np.arange(500, 530, dtype=np.int64), unit_vectors(30, 20))
    lost.save(2)
    kept = FaissStore.load(tmp_path, DIMENSION, stamp, kind)
    kept.add(np.arange(40, 60, dtype=np.int64), vectors[40:])
    again = FaissStore.load(tmp_path, DIMENSION, kept.save(2), kind)
    ids = np.arange(60, dtype=np.int64)
    assert again.search(query, 60)[1].tolist() == exact(vectors, ids, query, 60)[1].tolist()
    assert reader.search(query, 40)[1].tolist() == exact(vectors[:40], ids[:40], query, 40)[1].tolist()


def test_every_truncation_and_flipped_bit_is_refused_before_faiss_sees_it(
    tmp_path: Path, saved: StoreStamp, kind: Kind
) -> None:
    path = tmp_path / saved.name
    whole = path.read_bytes()
    damaged = [whole[:length] for length in range(0, len(whole), 97)]
    damaged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 61)]
    for data in damaged:
        path.write_bytes(data)
        with pytest.raises(LibraryDamaged, match=re.escape("doctor --repair")):
            FaissStore.load(tmp_path, DIMENSION, saved, kind)


def test_no_damaged_float_is_ever_scored(tmp_path: Path) -> None:
    kind = Kind(border=0)
    store = FaissStore(tmp_path, DIMENSION, kind)
    store.add(np.arange(30, dtype=np.int64), unit_vectors(30, 21))
    saved = store.save(1)
    path = tmp_path / saved.beside
    whole = path.read_bytes()
    for at in range(0, len(whole), 37):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        row = at // (4 * DIMENSION)
        opened = FaissStore.load(tmp_path, DIMENSION, saved, kind)
        others = np.delete(np.arange(30, dtype=np.int64), row)
        assert sorted(opened.search(unit_vectors(1, 22), 29, others)[1][0].tolist()) == others.tolist()
        for allowed in (None, np.array([row], dtype=np.int64)):
            with pytest.raises(LibraryDamaged, match=re.escape("doctor --repair")):
                opened.search(unit_vectors(1, 22), 1, allowed)
    path.write_bytes(whole[:-1])
    with pytest.raises(LibraryDamaged, match="shorter"):
        FaissStore.load(tmp_path, DIMENSION, saved, kind)
    path.unlink()
    with pytest.raises(LibraryDamaged, match=saved.beside):
        FaissStore.load(tmp_path, DIMENSION, saved, kind)


def test_a_missing_file_is_named(tmp_path: Path, saved: StoreStamp, kind: Kind) -> None:
    (tmp_path / saved.name).unlink()
    with pytest.raises(LibraryDamaged, match=saved.name):
        FaissStore.load(tmp_path, DIMENSION, saved, kind)


def test_a_store_of_another_width_is_refused(tmp_path: Path, saved: StoreStamp, kind: Kind) -> None:
    with pytest.raises(LibraryDamaged, match=f"of {DIMENSION}, not 30 of 8"):
        FaissStore.load(tmp_path, 8, saved, kind)


def test_saving_leaves_no_partial_file(tmp_path: Path, saved: StoreStamp) -> None:
    there = {saved.name, saved.beside} - {""}
    assert {path.name for path in tmp_path.iterdir()} == there


def test_the_file_is_what_faiss_makes_of_the_vectors_and_the_stamp_is_of_it(tmp_path: Path) -> None:
    """Written in parts of a megabyte, it is the file that was written in one before."""
    vectors = text_like(5_000, 5)
    store = FaissStore(tmp_path, WIDTH)
    store.add(np.arange(5_000), vectors)
    stamp = store.save(1)
    index = faiss.IndexIDMap2(faiss.IndexFlatIP(WIDTH))
    index.add_with_ids(vectors, np.arange(5_000))
    written = (tmp_path / stamp.name).read_bytes()
    assert written == faiss.serialize_index(index).tobytes()
    assert (stamp.digest, stamp.size) == (digest(written), len(written))


def test_saving_and_opening_hold_no_second_copy_of_the_vectors(tmp_path: Path) -> None:
    vectors = text_like(30_000, 6)
    store = FaissStore(tmp_path, WIDTH)
    store.add(np.arange(30_000), vectors)
    FaissStore.load(tmp_path, WIDTH, store.save(1))  # all that is loaded on first use is there
    tracemalloc.start()
    try:
        reopened = FaissStore.load(tmp_path, WIDTH, store.save(2))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(reopened) == 30_000
    assert peak < vectors.nbytes / 3, "FAISS's own copy is not counted"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has such a device")
def test_a_disk_that_is_full_is_told_by_its_own_error(tmp_path: Path) -> None:
    store = FaissStore(tmp_path, WIDTH)
    store.add(np.arange(50), text_like(50, 7))
    (tmp_path / "vectors-00000001.faiss.partial").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        store.save(1)
    assert not (tmp_path / "vectors-00000001.faiss").exists()
