"""The documents of a library: bringing them in, taking them out, looking at them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from quoth.corpus import Document, DocumentId, FileLog, LibraryDamaged, Shelf, SqliteShelf, UnknownDocument, original_of
from quoth.index import Encoder, Index

from .adding import Adder
from .caching import DocumentCache
from .conditions import conditions_of
from .doctor import examine
from .mending import mend
from .places import FILES, SHELF
from .recording import Records
from .reports import AddReport, DoctorReport, DocumentRecord, Mended, OnProgress

__all__ = ["Holding"]


class Holding:
    """What `Library` is besides answering: a folder of documents and their index."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        """Use `open` or `create` instead: this expects a complete folder."""
        self.folder = folder
        self._encoder = encoder
        self._index = Index(folder, encoder)
        self._shelf = SqliteShelf(folder / SHELF)
        self._files = FileLog(folder / FILES)
        self._records = Records(self._index, self._shelf)
        self._cache = DocumentCache(self._shelf)
        if not self._index.state().generation and self._was_used():
            self.close()
            raise LibraryDamaged(f"The index in {folder} is empty or gone; run `quoth doctor --repair`.")

    def close(self) -> None:
        """Close the files. Using the library afterwards opens them again."""
        self._index.close()

    def add(self, paths: Iterable[str | Path], progress: OnProgress | None = None) -> AddReport:
        """Bring files and folders in: new ones are added, changed ones replaced, unchanged ones cost a look at the
        file's date, and documents whose file is gone from a given folder are removed. Raises LibraryBusy, InputError.
        """
        return self._adder(progress).add_paths([Path(path) for path in paths])

    def add_files(self, files: Iterable[tuple[str, bytes]], progress: OnProgress | None = None) -> AddReport:
        """Bring in uploads, as (name, content). One of a name that is there already replaces it. Raises LibraryBusy."""
        return self._adder(progress).add_uploads(files)

    def remove(self, ids: Collection[DocumentId], aside: Shelf | None = None) -> tuple[DocumentRecord, ...]:
        """Take documents out, all or none, and put those that are whole `aside`, from where `restore` brings them back.
        Raises UnknownDocument, LibraryBusy.
        """
        return self._adder(None).remove(ids, aside)

    def restore(
        self, ids: Collection[DocumentId], aside: Shelf, progress: OnProgress | None = None
    ) -> tuple[DocumentRecord, ...]:
        """Bring back what `remove` put `aside`, each document as it was. Raises LibraryBusy, LibraryDamaged."""
        return self._adder(progress).restore(ids, aside)

    def documents(self) -> tuple[DocumentRecord, ...]:
        """Every document, ordered by title."""
        return self._records.listed()

    @property
    def size(self) -> int:
        """How many documents there are."""
        return len(self._index.state().documents)

    def document(self, id: DocumentId) -> Document:
        """One document with its text. Raises UnknownDocument when it is not in the library."""
        if id not in self._index.state().documents:
            raise UnknownDocument(id)
        return self._cache.get(id)

    def original(self, document: Document) -> bytes:
        """The file that `document` was read from. Raises BadRequest, which says why, where it is not to be had."""
        return original_of(document, self._shelf.originals, self._files)

    def doctor(self, *, repair: bool = False, progress: OnProgress | None = None) -> DoctorReport:
        """Look at every stored part. With `repair`, first mend what is damaged and rebuild the index from the
        stored documents; the check "repair" then tells what was done and names what could not be brought back; it
        fails where there is such a thing.
        """
        return self._examined(self._mended(progress) if repair else None)

    def _examined(self, mended: Mended | None) -> DoctorReport:
        """All checks, and one of what a repair did."""
        report = examine(self.folder, self._index, self._shelf, self._encoder, self._conditions)
        return report if mended is None else DoctorReport((mended.check(), *report.checks))

    def _mended(self, progress: OnProgress | None) -> Mended:
        if os.name == "nt":  # it lets no file take the place of one that is open
            self._index.close()
        self._records.forget()
        kind = self._index.kind
        return mend(self.folder, lambda name: Index(self.folder, self._encoder, kind=kind, name=name), progress)

    def _was_used(self) -> bool:
        """Whether there were documents once; a library whose making was broken off may have vectors, of nothing."""
        later = [path for path in self.folder.glob("vectors-*") if not path.stem.endswith("-00000001")]
        return bool(later) or ((self.folder / SHELF).exists() and bool(self._shelf.ids()))

    def _conditions(self) -> str:
        return conditions_of(self._index.state())

    def _adder(self, progress: OnProgress | None) -> Adder:
        return Adder(self.folder, self._index, self._shelf, self._files, self._records, progress)
