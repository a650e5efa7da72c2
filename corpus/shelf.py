"""The shelf: where documents are kept, text and all. What is on it is not yet visible; the index decides that."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from .document import Document, DocumentId, Mark, sha256_of_text
from .errors import LibraryDamaged
from .originals import Originals
from .shelf_rows import ARRIVALS, SEALS, SHELF_SCHEMA, seal, sealed_as
from .sqlite import opened

__all__ = ["Arrival", "LightDocument", "Shelf", "SqliteShelf"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a document came: `at` is the time in UTC (ISO 8601, to the second), `file_bytes` the size of its file then.

    It is told beside the document and is no part of it: no id and no answer depends on it.
    """

    at: str
    file_bytes: int


@dataclass(frozen=True, slots=True)
class LightDocument:
    """A document without its text; `characters` are code points. A library of before arrivals were kept has none."""

    id: DocumentId
    title: str
    uri: str
    characters: int
    file_sha256: str
    text_sha256: str
    extractor: str
    arrival: Arrival | None


_NONE: Final[Mapping[DocumentId, Arrival]] = MappingProxyType({})


class Shelf(Protocol):
    """Keeps documents by id, and of some the file they came from. The contract is shipped as tests in
    `tests/shelf_contract.py`.
    """

    originals: Originals

    def put(self, documents: Iterable[Document], arrivals: Mapping[DocumentId, Arrival] = _NONE) -> None:
        """Keep these, all or none; one of an id that is there already takes its place, and keeps the first arrival."""
        ...

    def get(self, id: DocumentId) -> Document:
        """The document, its text checked against its hash. Raises LibraryDamaged when it is missing or changed."""
        ...

    def drop(self, ids: Collection[DocumentId]) -> None:
        """Forget these, all or none, and then their originals; ids that are not there are ignored."""
        ...

    def ids(self) -> set[DocumentId]:
        """The ids of all documents."""
        ...

    def list(self) -> list[LightDocument]:
        """All documents without their texts, in order of id."""
        ...


_AGAIN = "run `quoth doctor --repair` to read it again from its file"
_LIGHT = (str, str, str, int, str, str, str)


class SqliteShelf:
    """`Shelf` in one SQLite file. Every call opens it anew (a tenth of a millisecond), so threads share nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.originals = Originals(path.parent / "originals")

    def put(self, documents: Iterable[Document], arrivals: Mapping[DocumentId, Arrival] = _NONE) -> None:
        """See `Shelf.put`."""
        rows = [
            (d.id, d.title, d.uri, d.text, len(d.text), _dump(d.marks), d.file_sha256, d.text_sha256, d.extractor)
            for d in documents
        ]
        with opened(self._path, SHELF_SCHEMA) as sql:
            sql.execute("BEGIN IMMEDIATE")
            for later in (ARRIVALS, SEALS):  # a library of before they were kept
                sql.execute(later)
            came = {**arrivals, **_arrivals(sql)}
            sql.executemany("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
            known = ((row[0], came[row[0]]) for row in rows if row[0] in came)
            noted = [(id, arrival.at, arrival.file_bytes) for id, arrival in known]
            sql.executemany("INSERT OR REPLACE INTO arrivals VALUES (?, ?, ?)", noted)
            seals = [(row[0], seal(*row[:3], *row[4:])) for row in rows]
            sql.executemany("INSERT OR REPLACE INTO seals VALUES (?, ?)", seals)
            sql.execute("COMMIT")

    def get(self, id: DocumentId) -> Document:
        """See `Shelf.get`."""
        # as bytes: a text that is no UTF-8 any more must be our error, with the document's id, and not SQLite's
        query = (
            "SELECT title, uri, CAST(text AS BLOB), characters, marks, file_sha256, text_sha256, extractor "
            "FROM documents WHERE id = ?"
        )
        with opened(self._path, SHELF_SCHEMA) as sql:
            row = sql.execute(query, (id,)).fetchone()
            sealed = sealed_as(sql, id)
        if row is None:
            raise LibraryDamaged(f"The document {id} is missing from {self._path}; {_AGAIN}.")
        try:
            return _document(id, row, sealed)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise LibraryDamaged(f"The document {id} is not as it was stored ({error}); {_AGAIN}.") from error

    def drop(self, ids: Collection[DocumentId]) -> None:
        """See `Shelf.drop`."""
        with opened(self._path, SHELF_SCHEMA) as sql:
            sql.execute("BEGIN IMMEDIATE")
            sql.executemany("DELETE FROM documents WHERE id = ?", [(id,) for id in ids])
            sql.execute("COMMIT")
        self.originals.drop(ids)

    def ids(self) -> set[DocumentId]:
        """See `Shelf.ids`."""
        with opened(self._path, SHELF_SCHEMA) as sql:
            return {DocumentId(row[0]) for row in sql.execute("SELECT id FROM documents")}

    def list(self) -> list[LightDocument]:
        """See `Shelf.list`."""
        query = "SELECT id, title, uri, characters, file_sha256, text_sha256, extractor FROM documents ORDER BY id"
        with opened(self._path, SHELF_SCHEMA) as sql:
            came = _arrivals(sql)
            rows = sql.execute(query).fetchall()
        if any(tuple(map(type, row)) != _LIGHT for row in rows):
            raise LibraryDamaged(f"{self._path} holds a row that is none; {_AGAIN}.")
        return [
            LightDocument(DocumentId(id), title, uri, length, file_sha256, text_sha256, extractor, came.get(id))
            for id, title, uri, length, file_sha256, text_sha256, extractor in rows
        ]

    def arrivals(self) -> dict[DocumentId, Arrival]:
        """How the documents came, as far as it was kept."""
        with opened(self._path, SHELF_SCHEMA) as sql:
            return _arrivals(sql)


def _arrivals(sql: sqlite3.Connection) -> dict[DocumentId, Arrival]:
    """All that are kept; none in a library of before."""
    if sql.execute("SELECT 1 FROM sqlite_master WHERE name = 'arrivals'").fetchone() is None:
        return {}
    rows = sql.execute("SELECT id, at, file_bytes FROM arrivals")
    return {DocumentId(row[0]): Arrival(*row[1:]) for row in rows if tuple(map(type, row)) == (str, str, int)}


def _document(id: DocumentId, row: tuple[str, str, bytes, int, str, str, str, str], sealed: str | None) -> Document:
    """The stored document; ValueError, TypeError and the like where the stored values are none."""
    title, uri, stored, length, marks, file_sha256, text_sha256, extractor = row
    if sealed not in (None, seal(id, title, uri, length, marks, file_sha256, text_sha256, extractor)):
        raise ValueError("its title, address or pages have changed")
    text = stored.decode("utf-8")
    if sha256_of_text(text) != text_sha256:
        raise ValueError(f"the text of {title!r} no longer matches its hash")
    return Document(id, title, uri, text, _load(marks), file_sha256, text_sha256, extractor)


def _dump(marks: tuple[Mark, ...]) -> str:
    return json.dumps([asdict(mark) for mark in marks], ensure_ascii=False)


def _load(marks: str) -> tuple[Mark, ...]:
    return tuple(Mark(**mark) for mark in json.loads(marks))
