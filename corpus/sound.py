"""Whether a SQLite file is still what it was made as, and putting another one in the place of one that is not."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from .errors import LibraryBusy, LibraryError
from .sqlite import opened
from .whole import sync

__all__ = ["beside", "discard", "faults", "put_in_place"]


def faults(path: Path, schema: str) -> list[str]:
    """What is wrong with the pages, the indexes and the declarations of the file; empty when nothing is. Content that
    is merely another is not seen. Raises LibraryBusy.
    """
    if not path.exists():
        return [f"{path} is missing"]
    try:
        with opened(path, schema) as sql:
            torn = [str(row[0]) for row in sql.execute("PRAGMA integrity_check") if row[0] != "ok"]
            orphans = sql.execute("PRAGMA foreign_key_check").fetchall()
            return [*torn, *(f"{row[0]} refers to what is not there" for row in orphans[:1]), *_altered(sql, schema)]
    except LibraryBusy:
        raise
    except LibraryError as error:
        return [str(error)]


def _altered(sql: sqlite3.Connection, schema: str) -> list[str]:
    """Tables that are declared in other words than ours: one flipped bit there changes what every row means."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(schema)
        ours, theirs = _declared(fresh), _declared(sql)
    return [f"{name} is not declared as it was" for name in sorted(ours) if theirs.get(name, ours[name]) != ours[name]]


def _declared(sql: sqlite3.Connection) -> dict[str, str]:
    """By name; the tables that FTS5 makes for itself may differ between versions of SQLite."""
    rows = sql.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: " ".join(str(said).split()) for name, said in rows if not str(name).startswith("lexical_")}


def beside(path: Path) -> Path:
    """Where the file that is to take the place of `path` is made; what was left there is gone."""
    new = path.with_name(f"{path.name}.new")
    discard(new)
    return new


def put_in_place(new: Path, path: Path, *, keep: bool) -> None:
    """`new`, closed and whole, becomes `path`; with `keep` the old one stays as NAME.damaged. Only while nobody writes:
    the old one's log goes first and for good, for SQLite would play it into the new file.
    """
    if keep and path.exists():
        damaged = path.with_name(f"{path.name}.damaged")
        shutil.copyfile(path, damaged)
        sync(damaged)
    for tail in ("-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
    sync(path.parent)
    new.replace(path)
    sync(path.parent)


def discard(path: Path) -> None:
    """Delete a SQLite file with its log."""
    for tail in ("", "-wal", "-shm"):
        path.with_name(path.name + tail).unlink(missing_ok=True)
