"""Whether the lexical index holds the words of the passages, each in its place: SQLite itself cannot tell."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from typing import Any

from quoth.corpus import opened

from .rows import SCHEMA
from .tokens import tokens

__all__ = ["lexical_problems"]

_INSTANCES = "CREATE VIRTUAL TABLE temp.instances USING fts5vocab('main', 'lexical', 'instance')"
_PARTS = (
    ("words", "SELECT term, count(*), sum(doc), sum(offset), sum(doc * offset) FROM temp.instances GROUP BY term"),
    ("lengths", "SELECT id, sz FROM lexical_docsize ORDER BY id"),
    ("averages", "SELECT block FROM lexical_data WHERE id = 1 AND EXISTS (SELECT 1 FROM lexical_docsize)"),
    ("settings", "SELECT k, v FROM lexical_config ORDER BY k"),
)


def lexical_problems(path: Path) -> list[str]:
    """Makes the lexical index once more in a temporary file and compares everything that a search reads; of each word
    the sums of its places, which is quicker than the places. Five seconds for a million words, most of them spent on
    finding the words. Raises LibraryDamaged.
    """
    with opened(path, SCHEMA) as sql, closing(sqlite3.connect("", isolation_level=None)) as again:
        again.executescript(SCHEMA)
        sql.execute("BEGIN")
        again.execute("BEGIN")
        words = ((at, " ".join(tokens(str(text)))) for at, text in sql.execute("SELECT id, text FROM passages"))
        again.executemany("INSERT INTO lexical (rowid, tokens) VALUES (?, ?)", words)
        again.execute("COMMIT")
        for each in (sql, again):
            each.execute(_INSTANCES)
        return [f"the {name} of the lexical index are not those of the passages" for name in _different(sql, again)]


def _different(sql: sqlite3.Connection, again: sqlite3.Connection) -> Iterator[str]:
    for name, query in _PARTS:
        pairs: Iterator[tuple[Any, Any]] = zip_longest(sql.execute(query), again.execute(query))
        if any(ours != theirs for ours, theirs in pairs):
            yield name
