"""Search in two steps for large libraries: codes of one bit a number propose, the exact vectors decide.

Scores are always exact inner products, so a passage scores the same whatever found it; what the codes can cost is a
neighbour that they do not propose.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .encoder import Vectors
from .float_rows import FloatRows, Slots
from .kinds import Kind
from .store import Ids

__all__ = ["Bytes", "Codes", "Quantised", "Train"]

Bytes = NDArray[np.uint8]
_TRAINED_ON = 100_000  # vectors at most: all that is learnt of them is their middle
_AT_ONCE = 65_536  # vectors read at once: 100 MB


class Codes(Protocol):
    """Short codes of vectors, in rows 0 to n - 1. A row that goes moves all behind it up."""

    def add(self, vectors: Vectors) -> None:
        """Append the codes of `vectors` (n, d)."""
        ...

    def remove(self, rows: Slots) -> None:
        """Take these rows out."""
        ...

    def nearest(self, query: Vectors, count: int) -> Slots:
        """The `count` rows that seem nearest to `query` (d,), in any order; there are as many."""
        ...

    def packed(self) -> Bytes:
        """All there is to keep of them."""
        ...


Train = Callable[[Vectors], Codes]
"""New codes for vectors like these, none taken in yet."""


class Quantised:
    """Row i of `codes` is of the vector `ids[i]`, whose numbers are in `floats` at `slots[i]`."""

    def __init__(self, kind: Kind, floats: FloatRows, codes: Codes, ids: Ids, slots: Slots, trained: int) -> None:
        self.floats, self.dimension = floats, floats.dimension
        self._kind, self._codes, self._trained = kind, codes, trained
        self.ids, self.slots = ids, slots
        self._sort()

    @classmethod
    def made(cls, kind: Kind, floats: FloatRows, ids: Ids, slots: Slots, train: Train) -> Quantised:
        """With new codes, trained on rows from all over."""
        codes = train(floats.take(slots[:: -(-len(slots) // _TRAINED_ON)]))
        for part in _parts(slots):
            codes.add(floats.take(part))
        return cls(kind, floats, codes, ids, slots, len(ids))

    @classmethod
    def unpacked(cls, kind: Kind, floats: Path, data: bytes, opened: Callable[[Bytes], Codes]) -> Quantised:
        """What `packed` gave, with the file of its floats."""
        parts = np.load(io.BytesIO(data), allow_pickle=False)
        codes = opened(parts["codes"])
        rows = FloatRows(int(parts["dimension"]), floats, parts["hashes"])
        return cls(kind, rows, codes, parts["ids"], parts["slots"], int(parts["trained"]))

    def packed(self) -> bytes:
        """Everything but the floats, as an .npz file."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            codes=self._codes.packed(),
            ids=self.ids,
            slots=self.slots,
            hashes=self.floats.hashes,
            trained=np.int64(self._trained),
            dimension=np.int64(self.dimension),
        )
        return buffer.getvalue()

    def renewed(self, path: Path, train: Train) -> Quantised:
        """The same vectors: with new codes where many came since they were trained, and the floats in the new file
        `path` where many of them are of vectors that are gone.
        """
        if len(self.floats) - len(self.ids) > self._kind.waste * len(self.floats):
            floats = FloatRows(self.dimension)
            for part in _parts(self.slots):
                floats.append(self.floats.take(part))
                floats.write(path)
            return Quantised.made(self._kind, floats, self.ids, np.arange(len(floats), dtype=np.int64), train)
        if len(self.ids) > self._kind.growth * self._trained:
            return Quantised.made(self._kind, self.floats, self.ids, self.slots, train)
        return self

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """See `VectorStore.add`."""
        self._codes.add(vectors)
        self.slots = np.concatenate([self.slots, self.floats.append(vectors)])
        self.ids = np.concatenate([self.ids, ids])
        self._sort()

    def remove(self, ids: Ids) -> None:
        """See `VectorStore.remove`."""
        rows = self._rows(ids)
        if len(rows):
            self._codes.remove(rows)
            self.slots, self.ids = np.delete(self.slots, rows), np.delete(self.ids, rows)
            self._sort()

    def search(self, queries: Vectors, k: int, allowed: Ids | None) -> tuple[Vectors, Ids]:
        """See `VectorStore.search`."""
        scores = np.full((len(queries), k), -np.inf, dtype=np.float32)
        ids = np.full((len(queries), k), -1, dtype=np.int64)
        passing = None if allowed is None else self._rows(allowed)
        for at, query in enumerate(queries):
            rows = np.sort(self._candidates(query, k, passing))
            found, names = self.floats.scores(query, self.slots[rows]), self.ids[rows]
            best = np.lexsort((names, -found))[:k]
            scores[at, : len(best)], ids[at, : len(best)] = found[best], names[best]
        return scores, ids

    def _candidates(self, query: Vectors, k: int, allowed: Slots | None) -> Slots:
        """Rows among which the best are. Codes know nothing of filters: where few pass, these are scanned instead."""
        count, wanted = len(self.ids), max(self._kind.least, self._kind.factor * k)
        if allowed is None:
            return self._codes.nearest(query, min(wanted, count))
        if len(allowed) <= max(wanted, self._kind.scanned * count):
            return allowed
        proposed = self._codes.nearest(query, min(2 * wanted * count // len(allowed), count))
        passing = proposed[np.isin(proposed, allowed)]
        return passing if len(passing) >= wanted else allowed

    def _rows(self, ids: Ids) -> Slots:
        """The rows of those of `ids` that are there, each once."""
        rising = (np.diff(ids) > 0).all()  # as the catalogue gives them: a million of them are not sorted in no time
        wanted = ids if rising else np.unique(ids)
        at = np.searchsorted(self._ascending, wanted)
        known = at < len(self._ascending)
        known[known] = self._ascending[at[known]] == wanted[known]
        return self._order[at[known]]

    def _sort(self) -> None:
        self._order = np.argsort(self.ids, kind="stable")
        self._ascending = self.ids[self._order]


def _parts(slots: Slots) -> Iterator[Slots]:
    for at in range(0, len(slots), _AT_ONCE):
        yield slots[at : at + _AT_ONCE]
