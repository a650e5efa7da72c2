"""Putting passages in: rows and words into the catalogue, vectors into the store, under the same ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from quoth.corpus import DocumentId, Passage

from .encoder import Encoder
from .rows import Rows
from .store import VectorStore

__all__ = ["Added", "OnEncoded", "insert"]

Added = Iterable[tuple[DocumentId, Sequence[Passage]]]
OnEncoded = Callable[[int, int], None]
_AT_ONCE = 256  # texts embedded between two reports of progress


def insert(rows: Rows, store: VectorStore, encoder: Encoder, add: Added, on_encoded: OnEncoded | None = None) -> None:
    """Add every document's passages; `on_encoded` is told how many of how many different texts are embedded."""
    ids: list[int] = []
    texts: list[str] = []
    for document, passages in add:
        ids += rows.insert(document, passages)
        texts += [passage.text.strip() for passage in passages]
    places: dict[str, list[int]] = {}  # the same words are embedded once
    for at, text in enumerate(texts):
        places.setdefault(text, []).append(at)
    distinct = list(places)
    vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    if on_encoded is not None and distinct:
        on_encoded(0, len(distinct))
    for start in range(0, len(distinct), _AT_ONCE):
        part = distinct[start : start + _AT_ONCE]
        for text, row in zip(part, encoder.encode_passages(part), strict=True):
            vectors[places[text]] = row
        if on_encoded is not None:
            on_encoded(start + len(part), len(distinct))
    if ids:
        store.add(np.array(ids, dtype=np.int64), vectors)
