"""Reads and writes inside one transaction of the catalogue: passages, their words, the manifest."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from quoth.corpus import DocumentId, LibraryDamaged, Passage

from .tokens import tokens

__all__ = ["SCHEMA", "Rows"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS manifest (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (id TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document TEXT NOT NULL REFERENCES documents(id),
    ordinal INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, text TEXT NOT NULL,
    UNIQUE (document, ordinal)
);
CREATE VIRTUAL TABLE IF NOT EXISTS lexical USING fts5(
    tokens, content='', tokenize="unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '.'"
);
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab(lexical, 'row');
"""
# The plus sign keeps SQLite from looking up one rowid after the other: each lookup would be a search of its own, which
# counts for BM25 again how many passages hold each word.
_AMONG = """
SELECT rowid, -rank FROM lexical WHERE lexical MATCH ? AND +rowid IN (SELECT value FROM json_each(?))
"""
_SHORT = """
SELECT d.id FROM documents d LEFT JOIN passages p ON p.document = d.id
GROUP BY d.id HAVING count(p.id) <> d.passages OR min(p.ordinal) <> 0 OR max(p.ordinal) <> count(p.id) - 1
"""
_PASSAGE = [str, int, int, int, str]
_SEAL = "seal"  # the manifest's own key: generation and hash of all the other facts
_REPAIR = "run `quoth doctor --repair` to make it anew from the stored documents."
_MOST_VARIABLES = 500  # SQLite takes at least 999 parameters a statement


class Rows:
    """Reads and writes inside one transaction of a `Catalogue`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._sql = connection

    def manifest(self) -> dict[str, Any]:
        """Everything noted with `note`. Raises LibraryDamaged where it is not as it was noted."""
        found = dict(self._sql.execute("SELECT key, value FROM manifest").fetchall())
        try:
            sealed = json.loads(found.pop(_SEAL, '[null, ""]'))
            facts = {key: json.loads(value) for key, value in found.items()}
            if sealed[0] is not None and sealed[0] == facts.get("generation") and sealed[1] != _digest(found):
                raise ValueError("another hash")
        except (ValueError, TypeError, LookupError, RecursionError) as error:
            raise LibraryDamaged(f"The manifest of the index is not as it was noted; {_REPAIR}") from error
        return facts

    def note(self, facts: Mapping[str, Any]) -> None:
        """Set facts (JSON values) of the manifest."""
        rows = [(key, json.dumps(value, sort_keys=True)) for key, value in facts.items()]
        self._sql.executemany("INSERT OR REPLACE INTO manifest VALUES (?, ?)", rows)
        noted = dict(self._sql.execute("SELECT key, value FROM manifest WHERE key <> ?", (_SEAL,)).fetchall())
        seal = json.dumps([json.loads(noted.get("generation", "null")), _digest(noted)])  # an older Quoth sets no seal
        self._sql.execute("INSERT OR REPLACE INTO manifest VALUES (?, ?)", (_SEAL, seal))

    def documents(self) -> dict[DocumentId, int]:
        """Every document with its number of passages, in order of id."""
        rows = self._sql.execute("SELECT id, passages FROM documents ORDER BY id").fetchall()
        if any(type(name) is not str or type(count) is not int for name, count in rows):
            raise LibraryDamaged(f"The index names a document that is none; {_REPAIR}")
        return dict(rows)

    def count(self) -> int:
        """How many passages there are."""
        return int(self._sql.execute("SELECT coalesce(sum(passages), 0) FROM documents").fetchone()[0])

    def insert(self, document: DocumentId, passages: Sequence[Passage]) -> list[int]:
        """Add one document's passages; gives their ids, in order."""
        self._sql.execute("INSERT INTO documents VALUES (?, ?)", (document, len(passages)))
        ids = []
        for passage in passages:
            row = (document, passage.ordinal, passage.start, passage.stop, passage.text)
            cursor = self._sql.execute(
                "INSERT INTO passages (document, ordinal, start, stop, text) VALUES (?, ?, ?, ?, ?)", row
            )
            ids.append(int(cursor.lastrowid or 0))
            words = " ".join(tokens(passage.text))
            self._sql.execute("INSERT INTO lexical (rowid, tokens) VALUES (?, ?)", (ids[-1], words))
        return ids

    def delete(self, document: DocumentId) -> list[int]:
        """Take out one document's passages; gives the ids they had."""
        rows = self._sql.execute("SELECT id, text FROM passages WHERE document = ?", (document,)).fetchall()
        for number, text in rows:  # a contentless index must be told the words it is to forget
            words = " ".join(tokens(text))
            self._sql.execute("INSERT INTO lexical (lexical, rowid, tokens) VALUES ('delete', ?, ?)", (number, words))
        self._sql.execute("DELETE FROM passages WHERE document = ?", (document,))
        self._sql.execute("DELETE FROM documents WHERE id = ?", (document,))
        return [number for number, _ in rows]

    def passages(self, ids: Iterable[int]) -> dict[int, Passage]:
        """Passages by id; ids that are not there are left out."""
        found: dict[int, Passage] = {}
        for part in _parts(list(ids)):
            marks = ",".join("?" * len(part))
            query = f"SELECT id, document, ordinal, start, stop, text FROM passages WHERE id IN ({marks})"  # noqa: S608
            for number, *row in self._sql.execute(query, part):
                found[number] = _passage(row)
        return found

    def ids_of(self, documents: Iterable[DocumentId]) -> list[int]:
        """Ids of all passages of these documents, ascending; ids of documents that are not there are left out."""
        ids: list[int] = []
        for part in _parts([id for id in documents if id.isascii()]):  # SQLite takes no lone surrogate
            marks = ",".join("?" * len(part))
            query = f"SELECT id FROM passages WHERE document IN ({marks})"  # noqa: S608
            ids += [row[0] for row in self._sql.execute(query, part)]
        return sorted(ids)

    def all_passages(self) -> Iterator[tuple[int, Passage]]:
        """Every passage with its id, ascending."""
        for number, *row in self._sql.execute(
            "SELECT id, document, ordinal, start, stop, text FROM passages ORDER BY id"
        ):
            yield number, _passage(row)

    def match(self, words: Sequence[str], k: int, among: Iterable[int] | None = None) -> list[tuple[int, float]]:
        """The `k` best passages that hold any of `words`: (id, BM25 score > 0), best first, ties to the smaller id.

        BM25 as SQLite's FTS5 computes it: k1 = 1.2, b = 0.75.
        """
        if not words:
            return []
        query = " OR ".join(f'"{word}"' for word in words)
        if among is None:
            rows = self._sql.execute(
                "SELECT rowid, -rank FROM lexical WHERE lexical MATCH ? ORDER BY rank, rowid LIMIT ?", (query, k)
            ).fetchall()
        else:
            rows = self._sql.execute(_AMONG, (query, json.dumps(list(among)))).fetchall()
        return sorted(rows, key=lambda row: (-row[1], row[0]))[:k]

    def frequencies(self, words: Iterable[str]) -> dict[str, int]:
        """How many passages hold each word; words found nowhere are given as 0."""
        counts = dict.fromkeys(words, 0)
        for part in _parts(list(counts)):
            marks = ",".join("?" * len(part))
            counts.update(self._sql.execute(f"SELECT term, doc FROM vocabulary WHERE term IN ({marks})", part))  # noqa: S608
        return counts

    def problems(self) -> list[str]:
        """What SQLite itself finds wrong with the file; empty when all is well."""
        found = [row[0] for row in self._sql.execute("PRAGMA integrity_check") if row[0] != "ok"]
        try:
            self._sql.execute("INSERT INTO lexical (lexical) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            if not any(word in str(error) for word in ("locked", "readonly")):  # this check counts as a write
                found.append(f"lexical index: {error}")
        short = self._sql.execute(_SHORT).fetchone()
        return [*found, f"passages of {short[0]} are missing"] if short else found


def _parts(items: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), _MOST_VARIABLES):
        yield items[start : start + _MOST_VARIABLES]


def _passage(row: list[Any]) -> Passage:
    """Raises LibraryDamaged where the row is none."""
    try:
        if list(map(type, row)) == _PASSAGE:
            return Passage(*row)
    except ValueError:  # its numbers make no sense
        pass
    raise LibraryDamaged(f"The index holds a passage that is none; {_REPAIR}")


def _digest(noted: Mapping[str, str]) -> str:
    return hashlib.blake2b(json.dumps(sorted(noted.items())).encode(), digest_size=16).hexdigest()
