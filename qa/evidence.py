"""What saved answers are checked against: the files they were quoted from, or a library's stored texts. No model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from quoth.corpus import (
    BadRequest,
    Document,
    DocumentId,
    FoundFile,
    SqliteShelf,
    UnknownDocument,
    UnreadableDocument,
    document_id,
    find_files,
    read_file,
)

from .caching import DocumentCache
from .naming import path_of
from .places import SHELF, existing_library
from .verifying import Verdict, verify_records

__all__ = ["verify_files", "verify_library"]

_BLOCK = 1 << 20


def verify_files(lines: Iterable[str], paths: Iterable[str | Path]) -> Iterator[Verdict]:
    """Check answer records in JSONL against files and folders: each file is hashed, and read again where it is quoted.

    Raises BadRequest when there is nothing at one of the paths.
    """
    files = _Files(Path(path) for path in paths)
    return verify_records(lines, DocumentCache(files).get, files.named)


def verify_library(lines: Iterable[str], path: str | Path | None = None) -> Iterator[Verdict]:
    """Check answer records in JSONL against the texts that the library at `path` keeps (None: the default one).

    Raises LibraryMissing.
    """
    kept = _Kept(existing_library(path))
    return verify_records(lines, DocumentCache(kept).get, kept.named)


class _Files:
    """Documents in files, by the hash of their bytes."""

    def __init__(self, paths: Iterable[Path]) -> None:
        found = find_files(paths)
        for name, reason in found.refused:
            raise BadRequest(f"{name}: {reason}.")
        self._files = found.files
        self._homes: dict[DocumentId, FoundFile] = {}
        self._hashed = False

    def get(self, id: DocumentId) -> Document:
        """The document whose file has this hash. Raises UnknownDocument, UnreadableDocument."""
        if not self._hashed:
            self._homes = {_id_of(file.path): file for file in reversed(self._files)}
            self._hashed = True
        if id not in self._homes:
            raise UnknownDocument(id)
        return _read(self._homes[id])

    def named(self, uri: str) -> Document | None:
        """The document of the file that has this address, else the file name in it. Raises UnreadableDocument."""
        there = [file for file in self._files if uri in (file.uri, file.path.as_uri())]
        name = path_of(uri).name
        there += [file for file in self._files if name and file.path.name == name]
        return _read(there[0]) if there else None


class _Kept:
    """Documents on a library's shelf."""

    def __init__(self, folder: Path) -> None:
        self._shelf = SqliteShelf(folder / SHELF)
        self._ids = self._shelf.ids()

    def get(self, id: DocumentId) -> Document:
        """The document. Raises UnknownDocument, LibraryDamaged."""
        if id not in self._ids:
            raise UnknownDocument(id)
        return self._shelf.get(id)

    def named(self, uri: str) -> Document | None:
        """The document that came from this address. Raises LibraryDamaged."""
        return next((self._shelf.get(light.id) for light in self._shelf.list() if light.uri == uri), None)


def _read(file: FoundFile) -> Document:
    return read_file(file.path, file.title, file.uri)


def _id_of(path: Path) -> DocumentId:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError as error:
        raise UnreadableDocument(str(path), f"the file cannot be opened ({error.strerror}); check it") from error
    return document_id(digest.hexdigest())
