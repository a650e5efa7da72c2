"""Candidates for a question: the passages near in meaning and those alike in words, each with both scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .encoder import Vectors
from .fusion import best_possible, word_weights
from .rows import Rows
from .store import Ids, VectorStore

__all__ = ["propose"]


def propose(
    rows: Rows,
    store: VectorStore,
    query: Vectors,
    words: Sequence[str],
    pool: int,
    allowed: Ids | None,
    total: int | None = None,
) -> tuple[dict[int, float], dict[int, float]]:
    """The `pool` nearest and the `pool` most alike of the allowed passages: cosine and lexical share (0 to 1) by id.

    What one search found and the other did not is scored by the other too, so that both scores are exact. `total` is
    how many passages there are, where the caller knows it: counting takes time.
    """
    dense = _scores(store, query, pool, allowed)
    found = dict(rows.match(words, pool, None if allowed is None else allowed.tolist()))
    missing = np.array(sorted(found.keys() - dense.keys()), dtype=np.int64)
    if len(missing):
        dense |= _scores(store, query, len(missing), missing)
    unseen = sorted(dense.keys() - found.keys())
    found |= dict(rows.match(words, len(unseen), unseen))
    weights = word_weights(rows.frequencies(words), rows.count() if total is None else total)
    ceiling = best_possible(words, weights) or 1.0
    return dense, {at: min(1.0, found.get(at, 0.0) / ceiling) for at in dense}


def _scores(store: VectorStore, query: Vectors, k: int, allowed: Ids | None) -> dict[int, float]:
    scores, ids = store.search(query[None, :], k, allowed)
    return {int(at): float(score) for at, score in zip(ids[0], scores[0], strict=True) if at >= 0}
