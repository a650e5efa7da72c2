"""FAISS's indexes behind the embedded vector store. Only this module imports faiss."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from .durable import Hashed
from .encoder import Vectors
from .float_rows import Slots
from .quantised import Bytes
from .store import Ids

__all__ = ["Flat", "RaBitQ", "faiss"]


class Flat:
    """All vectors as they are, in memory."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self.dimension = int(index.d)

    @classmethod
    def empty(cls, dimension: int) -> Flat:
        """Without vectors."""
        return cls(faiss().IndexIDMap2(faiss().IndexFlatIP(dimension)))

    @property
    def ids(self) -> Ids:
        """The id of each row."""
        return np.asarray(faiss().vector_to_array(self._index.id_map), dtype=np.int64)

    def vectors(self) -> Vectors:
        """All rows, (n, d)."""
        return np.asarray(self._index.index.reconstruct_n(0, self._index.ntotal), dtype=np.float32)

    @classmethod
    def read(cls, file: BinaryIO) -> Flat:
        """What `write` wrote."""
        return cls(faiss().read_index(faiss().PyCallbackIOReader(file.read)))

    def write(self, to: Hashed) -> None:
        """A FAISS file, a part at a time."""
        faiss().write_index(self._index, faiss().PyCallbackIOWriter(to.write))

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
            parameters = faiss().SearchParameters(sel=faiss().IDSelectorBatch(allowed))
        scores, ids = self._index.search(queries, k, params=parameters)
        scores = np.where(ids < 0, -np.inf, scores).astype(np.float32)
        order = np.lexsort((ids, -scores), axis=1)  # FAISS leaves the order of equal scores open
        return np.take_along_axis(scores, order, axis=1), np.take_along_axis(ids, order, axis=1)


class RaBitQ:
    """RaBitQ in FastScan's layout: a bit for each number and a little more, 56 bytes for 384 numbers."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def trained(cls, vectors: Vectors) -> RaBitQ:
        """See `Train`."""
        index = faiss().index_factory(vectors.shape[1], "RaBitQfs", faiss().METRIC_INNER_PRODUCT)
        index.train(vectors)
        return cls(index)

    @classmethod
    def opened(cls, data: Bytes) -> RaBitQ:
        """What `packed` gave."""
        return cls(faiss().deserialize_index(data))

    def packed(self) -> Bytes:
        """See `Codes.packed`."""
        return np.asarray(faiss().serialize_index(self._index), dtype=np.uint8)

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


def faiss() -> Any:
    """The library itself."""
    import faiss as library  # takes a tenth of a second, and brings threads: not before vectors are searched

    return library
