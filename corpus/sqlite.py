"""How every SQLite file of a library is opened: safe against crashes, readable where nothing may be written."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from .errors import LibraryBusy, LibraryDamaged, LibraryError
from .scarcity import remedy_for

__all__ = ["connect", "in_our_words", "lies_there", "opened"]


_PATIENCE = 1.0
"""Seconds: much longer than it takes to switch the log on."""

_REMEDIES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "full": remedy_for(errno.ENOSPC),
        "disk I/O": f"{remedy_for(errno.ENOSPC)}, and check the disk",
        "readonly": remedy_for(errno.EROFS),
        "unable to open": f"{remedy_for(errno.EROFS)}; or {remedy_for(errno.EMFILE)}",
    }
)


@contextmanager
def opened(path: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """`connect` for one block, closed after it; a transaction begun in it and not committed leaves nothing behind.

    Raises LibraryBusy while another process writes, LibraryDamaged where the file is not what it was, and LibraryError
    for a full disk and the like, whatever statement it is that meets them.
    """
    try:
        with closing(connect(path, schema)) as connection:
            yield connection
    except sqlite3.DatabaseError as error:
        raise in_our_words(path, error) from error


def in_our_words(path: Path, error: sqlite3.DatabaseError) -> LibraryError:
    """The error to raise for one of SQLite's: it tells apart by words what we tell apart by type."""
    said = str(error)
    if "locked" in said or "busy" in said:
        return LibraryBusy(f"{path}: another process is writing; try again when it is done.")
    for word, remedy in _REMEDIES.items():
        if word in said:
            return LibraryError(f"{path}: {said}; {remedy}.")
    return LibraryDamaged(f"{path}: {said}; run `quoth doctor --repair`.")


def connect(path: Path, schema: str) -> sqlite3.Connection:
    """A connection in autocommit to `path`; `schema` (statements that may be repeated) is applied where writing is
    possible. Writes survive a crash and a power cut (write-ahead log, full sync). Raises LibraryBusy, LibraryDamaged or
    LibraryError.
    """
    writable = _can_write(path)
    mode = "mode=rwc" if writable else _reading(path)
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None, timeout=30.0, check_same_thread=False
        )
    except sqlite3.DatabaseError as error:
        raise in_our_words(path, error) from error
    try:
        connection.execute("PRAGMA foreign_keys=ON")
        if writable:
            _write_ahead(connection)
            # NORMAL would be sound too, but a power cut could take back what was told to be added
            connection.execute("PRAGMA synchronous=FULL")
            _apply(connection, schema)
    except sqlite3.DatabaseError as error:
        connection.close()  # else a damaged file stays open for as long as the traceback lives
        raise in_our_words(path, error) from error
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """The log is switched on by whoever opens a new file first; SQLite makes the others fail instead of wait."""
    started = time.monotonic()
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:  # noqa: PERF203  tried again on purpose
            if "locked" not in str(error) or time.monotonic() - started > _PATIENCE:
                raise
            time.sleep(0.005)
        else:
            return


def _apply(connection: sqlite3.Connection, schema: str) -> None:
    """Only into an empty file: a reader must not wait for a writer just to be told that nothing is to be done."""
    if connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is None:
        connection.executescript(f"BEGIN IMMEDIATE; {schema}; COMMIT;")


def _reading(path: Path) -> str:
    """A read-only folder has no room for the log's files; where a writer has left them there, or is at work, what
    stands in the log counts, and to call the file immutable would leave it out.
    """
    log = path.with_name(f"{path.name}-wal")
    return "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"


def lies_there(path: Path) -> tuple[int, int, str, int] | None:
    """What a connection to `path` is to, None where there is no file: when this has changed, a new one is needed.

    One that may write, or reads the log, sees the changes of others; one to what was called immutable never does.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    mode = "" if _can_write(path) else _reading(path)
    return found.st_dev, found.st_ino, mode, found.st_mtime_ns if "immutable" in mode else 0


def _can_write(path: Path) -> bool:
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))
