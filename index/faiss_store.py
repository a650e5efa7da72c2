"""The embedded vector store: FAISS in checked files, exact or quantised by size."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from quoth.corpus import LibraryDamaged, whole_file, write_whole

from .durable import REPAIR, Hashed, digest, open_checked, read_checked
from .encoder import Vectors
from .faiss_indexes import Flat, RaBitQ, faiss
from .float_rows import FloatRows
from .kinds import EXACT, KIND, QUANTISED, Kind
from .quantised import Quantised
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
        self._used: Flat | Quantised = Flat.empty(dimension)

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
            store._used = Quantised.unpacked(kind, folder / stamp.beside, data, RaBitQ.opened)
        else:
            with open_checked(path, stamp.size, stamp.digest) as file:
                store._used = Flat.read(file)
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
        if isinstance(self._used, Flat) and len(self) + len(ids) > self._kind.border:
            floats = FloatRows(self._dimension)
            slots = np.concatenate([floats.append(self._used.vectors()), floats.append(vectors)])
            ids = np.concatenate([self._used.ids, ids])
            self._used = Quantised.made(self._kind, floats, ids, slots, RaBitQ.trained)
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
        if isinstance(self._used, Flat):
            return self._save_flat(self._used, path.with_suffix(".faiss"))
        self._used.floats.write(path)
        beside = self._used.floats.path.name
        path, data = path.with_suffix(".codes"), self._used.packed()
        write_whole(path, data)
        return StoreStamp(path.name, digest(data), len(data), len(self), QUANTISED, beside)

    def __len__(self) -> int:
        return len(self._used.ids)

    def _save_flat(self, flat: Flat, path: Path) -> StoreStamp:
        """Hashed as it is written: the vectors are in memory once."""
        hashed = Hashed()
        with whole_file(path) as file:
            hashed.file = file
            flat.write(hashed)
        return StoreStamp(path.name, hashed.digest, hashed.size, len(self), EXACT, "")

    def _fit(self, floats: Path) -> None:
        """Take the form that the store's size asks for now; floats that are written anew go to the file `floats`."""
        if isinstance(self._used, Flat):
            return
        if len(self) > self._kind.border:
            self._used = self._used.renewed(floats, RaBitQ.trained)
        else:
            flat = Flat.empty(self._dimension)
            flat.add(self._used.ids, self._used.floats.take(self._used.slots))
            self._used = flat


def search_on_one_thread() -> None:
    """From now on the calling thread searches by itself, as each does after its first search; others are not affected.

    For a single question helpers saved a millisecond where nothing else ran (30,000 vectors, two cores) and cost thirty
    where something did: each waits for the other to be given a core.
    """
    faiss().omp_set_num_threads(1)
