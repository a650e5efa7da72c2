"""Documents lately quoted from, kept in memory, so that their text is read and checked once and not per question."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Protocol

from quoth.corpus import Document, DocumentId

__all__ = ["DocumentCache", "Keeper"]

_CACHED_CHARACTERS = 20_000_000


class Keeper(Protocol):
    """Whatever gives documents by id."""

    def get(self, id: DocumentId) -> Document:
        """The document of this id."""
        ...


class DocumentCache:
    """Documents lately used, by id; a document never changes under its id."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._lock = Lock()
        self._kept: OrderedDict[DocumentId, Document] = OrderedDict()
        self._characters = 0

    def get(self, id: DocumentId) -> Document:
        """The document, from memory or from its keeper. Raises what that raises."""
        with self._lock:
            if id in self._kept:
                self._kept.move_to_end(id)
                return self._kept[id]
        document = self._keeper.get(id)
        with self._lock:
            if id not in self._kept:  # else another thread was faster
                self._kept[id] = document
                self._characters += len(document.text)
            while len(self._kept) > 1 and self._characters > _CACHED_CHARACTERS:
                self._characters -= len(self._kept.popitem(last=False)[1].text)
        return document
