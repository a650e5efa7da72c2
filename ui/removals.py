"""Documents lately removed in the web app, kept aside for as long as the removal can be undone."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from threading import Lock

from quoth.corpus import BadRequest, DocumentId, SqliteShelf
from quoth.qa import DocumentRecord, Library

from .clerk import Clerk

__all__ = ["Removals"]


class Removals:
    """Removing and undoing it, each of which waits for its turn. What is kept is gone when the server ends."""

    def __init__(self, library: Library, clerk: Clerk, *, kept: float = 1800) -> None:
        self._library, self._clerk, self._kept = library, clerk, kept
        self._folder = Path(tempfile.mkdtemp(prefix="quoth-removed-"))  # made readable by this user alone
        self._aside = SqliteShelf(self._folder / "removed.sqlite")
        self._removed: dict[str, tuple[float, frozenset[DocumentId]]] = {}
        self._lock = Lock()

    def remove(self, ids: Collection[DocumentId]) -> tuple[tuple[DocumentRecord, ...], str]:
        """Removes those of the documents that are still there; they come with the token that brings them back, which
        is empty where nothing can be brought back: a damaged text is not kept. Raises QuothError, Stopped.
        """
        self.sweep()
        there = {record.id for record in self._library.documents()}.intersection(ids)
        if not there:
            return (), ""
        removed = self._clerk.wait("removing", lambda _: self._library.remove(there, self._aside))
        kept = self._aside.ids() & there
        token = secrets.token_urlsafe(24) if kept else ""
        if token:
            with self._lock:
                self._removed[token] = time.monotonic(), frozenset(kept)
        return removed, token

    def restore(self, token: str) -> tuple[DocumentRecord, ...]:
        """Brings the documents of a removal back, each as it was. Raises QuothError, Stopped."""
        with self._lock:
            _, ids = self._removed.get(token, (0.0, frozenset[DocumentId]()))
        if not ids:
            raise BadRequest("This removal is too long ago to be undone; add the files again.")
        restored = self._clerk.wait("bringing back", lambda tell: self._library.restore(ids, self._aside, tell))
        self._forget(token)
        return restored

    def sweep(self) -> None:
        """Forgets what was removed long ago, text and all."""
        for token, (when, _) in tuple(self._removed.items()):
            if time.monotonic() - when > self._kept:
                self._forget(token)

    def close(self) -> None:
        """Takes everything away. The clerk must have been closed before."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _forget(self, token: str) -> None:
        with self._lock:
            _, ids = self._removed.pop(token, (0.0, frozenset[DocumentId]()))
            needed = {id for _, others in self._removed.values() for id in others}
        self._aside.drop(ids - needed)
