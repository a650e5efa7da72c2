"""How every SQLite file of a library is opened: safe against crashes, readable where nothing may be written."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from .errors import LibraryDamaged

__all__ = ["connect"]


def connect(path: Path, schema: str) -> sqlite3.Connection:
    """A connection in autocommit to `path`; `schema` (statements that may be repeated) is applied where writing is
    possible. Writes survive a crash and a power cut (write-ahead log, full sync). Raises LibraryDamaged.
    """
    writable = _can_write(path)
    mode = "mode=rwc" if writable else "mode=ro&immutable=1"  # a read-only folder has no room for the log's files
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None, timeout=30.0, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys=ON")
        if writable:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            _apply(connection, schema)
    except sqlite3.DatabaseError as error:
        raise LibraryDamaged(f"{path}: {error}; `quoth doctor` tells more.") from error
    return connection


def _apply(connection: sqlite3.Connection, schema: str) -> None:
    """Only into an empty file: a reader must not wait for a writer just to be told that nothing is to be done."""
    if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
        connection.executescript(f"BEGIN IMMEDIATE; {schema}; COMMIT;")


def _can_write(path: Path) -> bool:
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
