"""Whether the files of a library are whole: the shelf, the log of files, the uploads that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from quoth.corpus import (
    LOG_SCHEMA,
    SHELF_SCHEMA,
    DocumentId,
    FileLog,
    FileStamp,
    LibraryBusy,
    LibraryError,
    LightDocument,
    Originals,
    SqliteShelf,
    faults,
)

from .naming import UPLOAD
from .places import FILES, SHELF

__all__ = ["file_faults", "missing_originals", "shelf_faults"]


def shelf_faults(folder: Path) -> list[str]:
    """What is wrong with the shelf's file and the rows beside the texts; one that was never made is whole."""
    path = folder / SHELF
    return _faults(path, SHELF_SCHEMA, lambda: SqliteShelf(path).list()) if path.exists() else []


def file_faults(folder: Path) -> list[str]:
    """What is wrong with the log of files; one that was never made is whole."""
    path = folder / FILES
    return _faults(path, LOG_SCHEMA, lambda: FileLog(path).all()) if path.exists() else []


def _faults(path: Path, schema: str, read: Any) -> list[str]:
    if found := faults(path, schema):
        return found
    try:
        read()
    except LibraryBusy:
        raise
    except LibraryError as error:
        return [str(error)]
    return []


def missing_originals(
    originals: Originals, documents: Iterable[LightDocument], log: Mapping[str, FileStamp]
) -> Iterator[DocumentId]:
    """The uploads among these documents whose file is not kept, though no repair has told of that."""
    uploaded = {stamp.document for path, stamp in log.items() if path.startswith(UPLOAD)}
    known = originals.ids() | originals.given_up()
    for one in documents:
        if (one.id in uploaded or one.uri.startswith(UPLOAD)) and one.id not in known:
            yield one.id
