"""The shelf: where documents are kept, text and all. What is on it is not yet visible; the index decides that."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from .document import Document, DocumentId, Mark, sha256_of_text
from .errors import LibraryDamaged
from .sqlite import opened

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
        with opened(self._path, _SCHEMA) as sql:
            sql.execute("BEGIN IMMEDIATE")
            sql.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            sql.execute("COMMIT")

    def get(self, id: DocumentId) -> Document:
        """See `Shelf.get`."""
        # as bytes: a text that is no UTF-8 any more must be our error, with the document's id, and not SQLite's
        query = (
            "SELECT title, uri, CAST(text AS BLOB), marks, file_sha256, text_sha256, extractor "
            "FROM documents WHERE id = ?"
        )
        with opened(self._path, _SCHEMA) as sql:
            row = sql.execute(query, (id,)).fetchone()
        if row is None:
            raise LibraryDamaged(f"The document {id} is missing from {self._path}; {_AGAIN}.")
        try:
            return _document(id, row)
        except (ValueError, TypeError, KeyError) as error:
            raise LibraryDamaged(f"The document {id} is not as it was stored ({error}); {_AGAIN}.") from error

    def drop(self, ids: Collection[DocumentId]) -> None:
        """See `Shelf.drop`."""
        with opened(self._path, _SCHEMA) as sql:
            sql.execute("BEGIN IMMEDIATE")
            sql.executemany("DELETE FROM documents WHERE id = ?", [(id,) for id in ids])
            sql.execute("COMMIT")

    def ids(self) -> set[DocumentId]:
        """See `Shelf.ids`."""
        with opened(self._path, _SCHEMA) as sql:
            return {DocumentId(row[0]) for row in sql.execute("SELECT id FROM documents")}

    def list(self) -> list[LightDocument]:
        """See `Shelf.list`."""
        query = "SELECT id, title, uri, characters, file_sha256, text_sha256, extractor FROM documents ORDER BY id"
        with opened(self._path, _SCHEMA) as sql:
            return [LightDocument(DocumentId(row[0]), *row[1:]) for row in sql.execute(query)]


def _document(id: DocumentId, row: tuple[str, str, bytes, str, str, str, str]) -> Document:
    """The stored document; ValueError, TypeError or KeyError where the stored values are none."""
    title, uri, stored, marks, file_sha256, text_sha256, extractor = row
    text = stored.decode("utf-8")
    if sha256_of_text(text) != text_sha256:
        raise ValueError(f"the text of {title!r} no longer matches its hash")
    return Document(id, title, uri, text, _load(marks), file_sha256, text_sha256, extractor)


def _dump(marks: tuple[Mark, ...]) -> str:
    return json.dumps([asdict(mark) for mark in marks], ensure_ascii=False)


def _load(marks: str) -> tuple[Mark, ...]:
    return tuple(Mark(**mark) for mark in json.loads(marks))
