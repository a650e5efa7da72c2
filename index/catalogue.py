"""The catalogue: which documents and passages are in the library, their words, and the manifest, in one SQLite file.

What is committed here is what a reader sees; every other file of the library is only believed as far as this one
vouches for it. SQLite's write-ahead log gives readers one consistent generation while a writer works.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quoth.corpus import connect, in_our_words, lies_there

from .rows import SCHEMA, Rows

__all__ = ["Catalogue"]


class _Own:
    """A thread's own connection to the file with this identity, closed when the thread has ended and lets go of it."""

    __slots__ = ("__weakref__", "close", "connection", "identity")

    def __init__(self, connection: sqlite3.Connection, identity: object) -> None:
        self.connection, self.identity = connection, identity
        self.close = weakref.finalize(self, connection.close)


class Catalogue:
    """Open with an existing or a new file. One connection a thread; `read` and `write` are the only ways in.

    Both raise LibraryBusy while another process writes for too long, LibraryDamaged and LibraryError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: weakref.WeakSet[_Own] = weakref.WeakSet()  # a server's threads come and go: none is held here
        self._lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Rows]:
        """A consistent view: everything inside the block sees the same generation."""
        with self._transaction("BEGIN") as rows:
            yield rows

    @contextmanager
    def write(self) -> Iterator[Rows]:
        """All or nothing: committed when the block ends well, rolled back when it raises."""
        with self._transaction("BEGIN IMMEDIATE") as rows:
            yield rows

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for own in list(self._opened):
                own.close()
            self._opened.clear()
        self._local = threading.local()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Rows]:
        try:
            connection = self._connection()
            connection.execute(begin)
            try:
                yield Rows(connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:  # something went wrong before the commit
                    connection.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            raise in_our_words(self._path, error) from error

    def _connection(self) -> sqlite3.Connection:
        """This thread's own; a new one where a repair has put another file in the place of the one that was open, or
        somebody else has written to one that this process may only read.
        """
        own: _Own | None = getattr(self._local, "own", None)
        found = lies_there(self._path)
        if own is None or found not in (None, own.identity):
            if own is not None:
                own.close()
            own = _Own(connect(self._path, SCHEMA), found or lies_there(self._path))  # what was before, if anything
            self._local.own = own
            with self._lock:
                self._opened.add(own)
        return own.connection
