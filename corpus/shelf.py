"""The shelf: where documents are kept, text and all. What is on it is not yet visible; the index decides that."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from .document import Document, DocumentId, Mark, sha256_of_text
from .errors import LibraryDamaged
from .sqlite import connect

__all__ = ["LightDocument", "Shelf", "SqliteShelf"]


@dataclass(frozen=True, slots=True)
class LightDocument:
    """A document without its text; `characters` are code points."""

    id: DocumentId
    title: str
    uri: str
    characters: int
    file_sha256: str
    text_sha256: str
    extractor: str


class Shelf(Protocol):
    """Keeps documents by id. The contract is shipped as tests in `tests/shelf_contract.py`."""

    def put(self, documents: Iterable[Document]) -> None:
        """Keep these, all or none; one of an id that is there already takes its place."""
        ...

    def get(self, id: DocumentId) -> Document:
        """The document, its text checked against its hash. Raises LibraryDamaged when it is missing or changed."""
        ...

    def drop(self, ids: Collection[DocumentId]) -> None:
        """Forget these, all or none; ids that are not there are ignored."""
        ...

    def ids(self) -> set[DocumentId]:
        """The ids of all documents."""
        ...

    def list(self) -> list[LightDocument]:
        """All documents without their texts, in order of id."""
        ...


_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, uri TEXT NOT NULL, text TEXT NOT NULL, characters INTEGER NOT NULL,
    marks TEXT NOT NULL, file_sha256 TEXT NOT NULL, text_sha256 TEXT NOT NULL, extractor TEXT NOT NULL
)
"""
_AGAIN = "run `quoth doctor --repair` to read it again from its file"


class SqliteShelf:
    """`Shelf` in one SQLite file. Every call opens it anew (a tenth of a millisecond), so threads share nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, documents: Iterable[Document]) -> None:
        """See `Shelf.put`."""
        rows = [
            (d.id, d.title, d.uri, d.text, len(d.text), _dump(d.marks), d.file_sha256, d.text_sha256, d.extractor)
            for d in documents
        ]
        with closing(self._open()) as sql:
            sql.execute("BEGIN IMMEDIATE")
            sql.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            sql.execute("COMMIT")

    def get(self, id: DocumentId) -> Document:
        """See `Shelf.get`."""
        query = "SELECT title, uri, text, marks, file_sha256, text_sha256, extractor FROM documents WHERE id = ?"
        with closing(self._open()) as sql:
            row = _one(sql, self._path, query, (id,))
        if row is None:
            raise LibraryDamaged(f"The document {id} is missing from {self._path}; {_AGAIN}.")
        title, uri, text, marks, file_sha256, text_sha256, extractor = row
        if sha256_of_text(text) != text_sha256:
            raise LibraryDamaged(f"The stored text of {title!r} ({id}) no longer matches its hash; {_AGAIN}.")
        return Document(id, title, uri, text, _load(marks), file_sha256, text_sha256, extractor)

    def drop(self, ids: Collection[DocumentId]) -> None:
        """See `Shelf.drop`."""
        with closing(self._open()) as sql:
            sql.execute("BEGIN IMMEDIATE")
            sql.executemany("DELETE FROM documents WHERE id = ?", [(id,) for id in ids])
            sql.execute("COMMIT")

    def ids(self) -> set[DocumentId]:
        """See `Shelf.ids`."""
        with closing(self._open()) as sql:
            return {DocumentId(row[0]) for row in sql.execute("SELECT id FROM documents")}

    def list(self) -> list[LightDocument]:
        """See `Shelf.list`."""
        query = "SELECT id, title, uri, characters, file_sha256, text_sha256, extractor FROM documents ORDER BY id"
        with closing(self._open()) as sql:
            return [LightDocument(DocumentId(row[0]), *row[1:]) for row in sql.execute(query)]

    def _open(self) -> sqlite3.Connection:
        return connect(self._path, _SCHEMA)


def _one(sql: sqlite3.Connection, path: Path, query: str, values: tuple[str, ...]) -> tuple[str, ...] | None:
    try:
        row: tuple[str, ...] | None = sql.execute(query, values).fetchone()
    except sqlite3.DatabaseError as error:  # a torn page, or text that is no UTF-8 any more
        raise LibraryDamaged(f"{path}: {error}; {_AGAIN}.") from error
    return row


def _dump(marks: tuple[Mark, ...]) -> str:
    return json.dumps([asdict(mark) for mark in marks], ensure_ascii=False)


def _load(marks: str) -> tuple[Mark, ...]:
    return tuple(Mark(**mark) for mark in json.loads(marks))
