"""The embedded vector store: one FAISS index in one checked file. The only module that imports faiss."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np

from quoth.corpus import LibraryDamaged

from .encoder import Vectors
from .store import Ids, StoreStamp

__all__ = ["FaissStore", "search_on_one_thread"]

_REPAIR = "run `quoth doctor --repair` to rebuild it from the stored documents"


class FaissStore:
    """Exact inner-product search, safe from many threads; `add` and `remove` belong to one writer's own copy."""

    def __init__(self, folder: Path, dimension: int, index: Any = None) -> None:
        import faiss

        self._folder = folder
        self._dimension = dimension
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension)) if index is None else index

    @classmethod
    def load(cls, folder: Path, dimension: int, stamp: StoreStamp) -> FaissStore:
        """Open the saved file that `stamp` describes.

        FAISS answers wrongly or crashes on some damaged files, so size and hash are checked before it sees a byte.
        Raises LibraryDamaged.
        """
        import faiss

        path = folder / stamp.name
        try:
            data = path.read_bytes()
        except OSError as error:
            raise LibraryDamaged(f"{path} cannot be read ({error.strerror}); {_REPAIR}") from error
        if len(data) != stamp.size or _digest(data) != stamp.digest:
            raise LibraryDamaged(f"{path} is not the file that was saved; {_REPAIR}")
        index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
        if index.d != dimension or index.ntotal != stamp.count:
            raise LibraryDamaged(
                f"{path} holds {index.ntotal} vectors of {index.d}, not {stamp.count} of {dimension}; {_REPAIR}"
            )
        return cls(folder, dimension, index)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """See `VectorStore.add`."""
        if vectors.shape != (len(ids), self._dimension):
            raise ValueError(
                f"{len(ids)} ids need vectors of shape ({len(ids)}, {self._dimension}), not {vectors.shape}"
            )
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), ids.astype(np.int64))

    def remove(self, ids: Ids) -> None:
        """See `VectorStore.remove`."""
        if len(ids):
            self._index.remove_ids(np.asarray(ids, dtype=np.int64))

    def search(self, queries: Vectors, k: int, allowed: Ids | None = None) -> tuple[Vectors, Ids]:
        """See `VectorStore.search`."""
        import faiss

        parameters = None
        if allowed is not None:
            chosen = np.unique(np.asarray(allowed, dtype=np.int64))
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(chosen))  # type: ignore[call-arg]  # set by SWIG
        scores, ids = self._index.search(np.ascontiguousarray(queries, dtype=np.float32), k, params=parameters)
        scores = np.where(ids < 0, -np.inf, scores).astype(np.float32)
        order = np.lexsort((ids, -scores), axis=1)  # FAISS leaves the order of equal scores open
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(ids, order, axis=1)

    def save(self, generation: int) -> StoreStamp:
        """See `VectorStore.save`. The file is whole and synced before it gets its name."""
        import faiss

        data = faiss.serialize_index(self._index).tobytes()
        path = self._folder / f"vectors-{generation:08d}.faiss"
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        _sync_folder(self._folder)
        return StoreStamp(path.name, _digest(data), len(data), len(self))

    def __len__(self) -> int:
        return int(self._index.ntotal)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; Windows cannot open folders and needs none of it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def search_on_one_thread() -> None:
    """From now on the calling thread searches by itself: for one of many workers, which keep each other's cores busy.

    Other threads are not affected; waking helpers for a single question costs more than they save.
    """
    import faiss

    faiss.omp_set_num_threads(1)
