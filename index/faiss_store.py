"""The embedded vector store: FAISS in checked files, exact or quantised by size. Only this module imports faiss."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from quoth.corpus import LibraryDamaged, whole_file, write_whole

from .durable import REPAIR, Hashed, digest, open_checked, read_checked
from .encoder import Vectors
from .float_rows import FloatRows, Slots
from .kinds import EXACT, KIND, QUANTISED, Kind
from .quantised import Bytes, Quantised
from .store import Ids, StoreStamp

__all__ = ["FaissStore", "search_on_one_thread"]


class FaissStore:
    """Inner-product search, safe from many threads; `add` and `remove` belong to one writer's own copy.

    Up to the border of `kind` one FAISS file holds the vectors; above it, one holds codes and lies beside their floats.
    """

    def __init__(self, folder: Path, dimension: int, kind: Kind = KIND) -> None:
        self._folder = folder
        self._dimension = dimension
        self._kind = kind
        self._used: _Flat | Quantised = _Flat.empty(dimension)

    @classmethod
    def load(cls, folder: Path, dimension: int, stamp: StoreStamp, kind: Kind = KIND) -> FaissStore:
        """Open the saved file that `stamp` describes.

        FAISS answers wrongly or crashes on some damaged files, so size and hash are checked before it sees a byte.
        Raises LibraryDamaged.
        """
        path = folder / stamp.name
        store = cls(folder, dimension, kind)
        if stamp.beside:
            data = read_checked(path, stamp.size, stamp.digest)
            store._used = Quantised.unpacked(kind, folder / stamp.beside, data, _Codes.opened)
        else:
            with open_checked(path, stamp.size, stamp.digest) as file:
                store._used = _Flat.read(file)
        if store._used.dimension != dimension or len(store) != stamp.count:
            found = f"{len(store)} vectors of {store._used.dimension}"
            raise LibraryDamaged(f"{path} holds {found}, not {stamp.count} of {dimension}; {REPAIR}")
        return store

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """See `VectorStore.add`."""
        if vectors.shape != (len(ids), self._dimension):
            raise ValueError(
                f"{len(ids)} ids need vectors of shape ({len(ids)}, {self._dimension}), not {vectors.shape}"
            )
        ids, vectors = np.asarray(ids, dtype=np.int64), np.ascontiguousarray(vectors, dtype=np.float32)
        if isinstance(self._used, _Flat) and len(self) + len(ids) > self._kind.border:
            floats = FloatRows(self._dimension)
            slots = np.concatenate([floats.append(self._used.vectors()), floats.append(vectors)])
            ids = np.concatenate([self._used.ids, ids])
            self._used = Quantised.made(self._kind, floats, ids, slots, _Codes.trained)
        elif len(ids):
            self._used.add(ids, vectors)

    def remove(self, ids: Ids) -> None:
        """See `VectorStore.remove`."""
        if len(ids):
            self._used.remove(np.asarray(ids, dtype=np.int64))

    def search(self, queries: Vectors, k: int, allowed: Ids | None = None) -> tuple[Vectors, Ids]:
        """See `VectorStore.search`."""
        chosen = None if allowed is None else np.ascontiguousarray(allowed, dtype=np.int64)
        search_on_one_thread()
        return self._used.search(np.ascontiguousarray(queries, dtype=np.float32), k, chosen)

    def save(self, generation: int) -> StoreStamp:
        """See `VectorStore.save`. Every file is whole and synced before the stamp names it."""
        path = self._folder / f"vectors-{generation:08d}.f32"
        self._fit(path)
        if isinstance(self._used, _Flat):
            return self._save_flat(self._used, path.with_suffix(".faiss"))
        self._used.floats.write(path)
        beside = self._used.floats.path.name
        path, data = path.with_suffix(".codes"), self._used.packed()
        write_whole(path, data)
        return StoreStamp(path.name, digest(data), len(data), len(self), QUANTISED, beside)

    def __len__(self) -> int:
        return len(self._used.ids)

    def _save_flat(self, flat: _Flat, path: Path) -> StoreStamp:
        """Hashed as it is written: the vectors are in memory once."""
        hashed = Hashed()
        with whole_file(path) as file:
            hashed.file = file
            flat.write(hashed)
        return StoreStamp(path.name, hashed.digest, hashed.size, len(self), EXACT, "")

    def _fit(self, floats: Path) -> None:
        """Take the form that the store's size asks for now; floats that are written anew go to the file `floats`."""
        if isinstance(self._used, _Flat):
            return
        if len(self) > self._kind.border:
            self._used = self._used.renewed(floats, _Codes.trained)
        else:
            flat = _Flat.empty(self._dimension)
            flat.add(self._used.ids, self._used.floats.take(self._used.slots))
            self._used = flat


class _Flat:
    """All vectors as they are, in memory."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.dimension = int(index.d)

    @classmethod
    def empty(cls, dimension: int) -> _Flat:
        """Without vectors."""
        return cls(_faiss().IndexIDMap2(_faiss().IndexFlatIP(dimension)))

    @property
    def ids(self) -> Ids:
        """The id of each row."""
        return np.asarray(_faiss().vector_to_array(self._index.id_map), dtype=np.int64)

    def vectors(self) -> Vectors:
        """All rows, (n, d)."""
        return np.asarray(self._index.index.reconstruct_n(0, self._index.ntotal), dtype=np.float32)

    @classmethod
    def read(cls, file: BinaryIO) -> _Flat:
        """What `write` wrote."""
        return cls(_faiss().read_index(_faiss().PyCallbackIOReader(file.read)))

    def write(self, to: Hashed) -> None:
        """A FAISS file, a part at a time."""
        _faiss().write_index(self._index, _faiss().PyCallbackIOWriter(to.write))

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """See `VectorStore.add`."""
        if len(ids):
            self._index.add_with_ids(vectors, ids)

    def remove(self, ids: Ids) -> None:
        """See `VectorStore.remove`."""
        self._index.remove_ids(ids)

    def search(self, queries: Vectors, k: int, allowed: Ids | None) -> tuple[Vectors, Ids]:
        """See `VectorStore.search`."""
        parameters = None
        if allowed is not None:
            parameters = _faiss().SearchParameters(sel=_faiss().IDSelectorBatch(allowed))
        scores, ids = self._index.search(queries, k, params=parameters)
        scores = np.where(ids < 0, -np.inf, scores).astype(np.float32)
        order = np.lexsort((ids, -scores), axis=1)  # FAISS leaves the order of equal scores open
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(ids, order, axis=1)


class _Codes:
    """RaBitQ in FastScan's layout: a bit for each number and a little more, 56 bytes for 384 numbers."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def trained(cls, vectors: Vectors) -> _Codes:
        """See `Train`."""
        index = _faiss().index_factory(vectors.shape[1], "RaBitQfs", _faiss().METRIC_INNER_PRODUCT)
        index.train(vectors)
        return cls(index)

    @classmethod
    def opened(cls, data: Bytes) -> _Codes:
        """What `packed` gave."""
        return cls(_faiss().deserialize_index(data))

    def packed(self) -> Bytes:
        """See `Codes.packed`."""
        return np.asarray(_faiss().serialize_index(self._index), dtype=np.uint8)

    def add(self, vectors: Vectors) -> None:
        """See `Codes.add`."""
        self._index.add(vectors)

    def remove(self, rows: Slots) -> None:
        """See `Codes.remove`."""
        self._index.remove_ids(rows)

    def nearest(self, query: Vectors, count: int) -> Slots:
        """See `Codes.nearest`."""
        found: Slots = self._index.search(query[None, :], max(1, count))[1][0]
        return found[found >= 0]


def _faiss() -> Any:
    import faiss  # takes a tenth of a second, and brings threads: not before vectors are searched

    return faiss


def search_on_one_thread() -> None:
    """From now on the calling thread searches by itself, as each does after its first search; others are not affected.

    For a single question helpers saved a millisecond where nothing else ran (30,000 vectors, two cores) and cost thirty
    where something did: each waits for the other to be given a core.
    """
    _faiss().omp_set_num_threads(1)
