"""What a damaged library still knows of its documents: which there were, how they were called, where they came from."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from quoth.corpus import DocumentId, FileLog, FileStamp, LibraryError, LightDocument, Originals, SqliteShelf

from .naming import UPLOAD
from .places import FILES, SHELF
from .unfinished import unfinished_repair

__all__ = ["Remembered", "kept_uploads", "remembered"]

_MAGIC = ((b"%PDF", ".pdf"), (b"PK\x03\x04", ".docx"), (b"<", ".html"))


@dataclass(frozen=True, slots=True)
class Remembered:
    """The documents that there should be, and what is known of them. `log` says which file or upload gave which."""

    wanted: frozenset[DocumentId]
    settings: dict[str, Any]
    shelved: dict[DocumentId, LightDocument]
    log: dict[str, FileStamp]

    def paths_of(self, ids: Collection[DocumentId]) -> list[str]:
        """Paths and upload addresses of these documents."""
        return [path for path, stamp in self.log.items() if stamp.document in ids]

    def name(self, id: DocumentId) -> str:
        """What to call it in a sentence: title, else file name, and the id."""
        if id in self.shelved:
            return f"“{self.shelved[id].title}” ({id})"
        paths = self.paths_of([id])
        if not paths:
            return id
        name = os.fsencode(PurePath(paths[0].removeprefix(UPLOAD)).name).decode("utf-8", "replace")
        return f"{' '.join(name.split())} ({id})"  # what is no text cannot be sent to a browser


def remembered(folder: Path, known: tuple[Collection[DocumentId], dict[str, Any]], *, sound: bool) -> Remembered:
    """All that can be read. What is `known` are the documents and settings of the index; where that is not `sound`, all
    that is on the shelf was in it, and where neither can be read, all that there are files for. What a repair that was
    broken off had to bring back is wanted too.
    """
    shelf, log = SqliteShelf(folder / SHELF), {}
    shelved: dict[DocumentId, LightDocument] | None = None
    if (folder / SHELF).exists():
        with suppress(LibraryError):
            shelved = {light.id: light for light in shelf.list()}
    with suppress(LibraryError):
        log = FileLog(folder / FILES).all()
    wanted, settings = known
    unfinished = unfinished_repair(folder)
    ids, log = {*wanted, *unfinished.wanted}, {**unfinished.log, **log}
    if not sound:
        ids |= set(shelved or ()) | shelf.originals.ids()
    if not sound and shelved is None:
        ids |= {stamp.document for stamp in log.values()}
    return Remembered(frozenset(ids), settings, shelved or {}, log)


def kept_uploads(originals: Originals, ids: Collection[DocumentId], memory: Remembered) -> Iterator[tuple[str, bytes]]:
    """The uploads among these documents whose files were kept, under all the names that each came under."""
    for id in sorted(ids):
        content = originals.get(id)
        if content is None:
            continue
        names = [path for path in memory.paths_of([id]) if path.startswith(UPLOAD)]
        if not names and id in memory.shelved:
            names = [memory.shelved[id].uri]
        for name in names or [f"{id}{_suffix(content)}"]:
            yield name.removeprefix(UPLOAD), content


def _suffix(content: bytes) -> str:
    """Of a file whose name is lost."""
    return next((suffix for begins, suffix in _MAGIC if content.lstrip().startswith(begins)), ".txt")
