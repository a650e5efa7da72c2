"""The catalogue: which documents and passages are in the library, their words, and the manifest, in one SQLite file.

What is committed here is what a reader sees; every other file of the library is only believed as far as this one
vouches for it. SQLite's write-ahead log gives readers one consistent generation while a writer works.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quoth.corpus import connect, in_our_words

from .rows import SCHEMA, Rows

__all__ = ["Catalogue"]


class Catalogue:
    """Open with an existing or a new file. One connection a thread; `read` and `write` are the only ways in.

    Both raise LibraryBusy while another process writes for too long, LibraryDamaged and LibraryError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
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
            for connection in self._opened:
                connection.close()
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
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(self._path, SCHEMA)
            self._local.connection = connection
            with self._lock:
                self._opened.append(connection)
        return connection
