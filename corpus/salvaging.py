"""Making the shelf and the file log anew from what can still be read of damaged ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from .document import Document, DocumentId
from .errors import LibraryError
from .filelog import FileLog
from .shelf import Arrival, SqliteShelf
from .sound import beside, put_in_place
from .sqlite import opened

__all__ = ["salvage_log", "salvage_shelf"]

_AT_ONCE = 64
"""Documents: bounds memory, and spares the disk."""


def salvage_shelf(path: Path, known: Collection[DocumentId]) -> None:
    """Put a new shelf in the place of the damaged one, with every document that is still as it was stored; the ids in
    `known` are looked for too where the file's own list of ids cannot be read. The damaged one stays beside it.
    """
    old, new = SqliteShelf(path), beside(path)
    fresh = SqliteShelf(new)
    fresh.put(())
    came: dict[DocumentId, Arrival] = {}
    with suppress(LibraryError):
        came = old.arrivals()
    batch: list[Document] = []
    for document in _readable(old, sorted(_ids(path) | set(known))):
        batch.append(document)
        if len(batch) == _AT_ONCE:
            fresh.put(batch, came)
            batch.clear()
    fresh.put(batch, came)
    put_in_place(new, path, keep=True)


def salvage_log(path: Path) -> None:
    """Put a new file log in the place of the damaged one; what it knew is found again by reading the files."""
    new = beside(path)
    FileLog(new).note({})
    put_in_place(new, path, keep=True)


def _ids(path: Path) -> set[DocumentId]:
    """All ids that can be read before the damage ends it, by the table and by its index."""
    found: set[DocumentId] = set()
    for how in ("NOT INDEXED", "INDEXED BY sqlite_autoindex_documents_1"):
        with suppress(LibraryError), opened(path, "") as sql:
            found.update(
                DocumentId(row[0])
                for row in sql.execute(f"SELECT id FROM documents {how}")  # noqa: S608  one of the two above
                if isinstance(row[0], str)
            )
    return found


def _readable(shelf: SqliteShelf, ids: list[DocumentId]) -> Iterator[Document]:
    for id in ids:
        with suppress(LibraryError):
            yield shelf.get(id)
