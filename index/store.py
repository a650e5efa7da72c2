"""Where vectors live: the seam between Quoth and a vector database."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .encoder import Vectors

__all__ = ["Ids", "StoreStamp", "VectorStore"]

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StoreStamp:
    """What the manifest remembers of a saved store, so that the next opening can check it before trusting it.

    `name` is the file or collection, `digest` the BLAKE2b (hex) of its bytes. `kind` says how it searches, for people;
    `beside` names another file that the first one cannot do without, if there is one.
    """

    name: str
    digest: str
    size: int
    count: int
    kind: str = "exact"
    beside: str = ""

    def facts(self) -> dict[str, Any]:
        """As JSON for the manifest; an older Quoth, which knows one kind only, still opens what is of that kind."""
        facts = asdict(self)
        return facts if self.beside else {name: facts[name] for name in ("name", "digest", "size", "count")}


class VectorStore(Protocol):
    """Rows of float32 vectors of length 1 under int64 ids; similarity is the inner product.

    The contract is shipped as tests in `tests/vector_store_contract.py`.
    """

    def add(self, ids: Ids, vectors: Vectors) -> None:
        """Store `vectors` (n, d) under `ids` (n,), none of which is there yet."""
        ...

    def remove(self, ids: Ids) -> None:
        """Forget these ids; those not there are ignored."""
        ...

    def search(self, queries: Vectors, k: int, allowed: Ids | None = None) -> tuple[Vectors, Ids]:
        """The `k` nearest of the allowed ids (all when None) for each query: scores and ids, both (q, k), best first.

        Ties go to the smaller id. Where fewer than `k` exist the rest is score -inf, id -1.
        """
        ...

    def save(self, generation: int) -> StoreStamp:
        """Make all changes durable beside the older generations; what `open` needs to find them again."""
        ...

    def __len__(self) -> int:
        """How many vectors there are."""
        ...
