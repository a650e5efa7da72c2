"""The documents of a library: bringing them in, taking them out, looking at them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from quoth.corpus import Document, DocumentId, FileLog, Shelf, SqliteShelf, UnknownDocument, original_of
from quoth.index import Encoder, Index

from .adding import Adder
from .caching import DocumentCache
from .conditions import conditions_of
from .doctor import examine
from .places import SHELF
from .reports import AddReport, DoctorReport, DocumentRecord, OnProgress

__all__ = ["Holding"]


class Holding:
    """What `Library` is besides answering: a folder of documents and their index."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        """Use `open` or `create` instead: this expects a complete folder."""
        self.folder = folder
        self._encoder = encoder
        self._index = Index(folder, encoder)
        self._shelf = SqliteShelf(folder / SHELF)
        self._files = FileLog(folder / "files.sqlite")
        self._cache = DocumentCache(self._shelf)

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
        return self._adder(None).records()

    def document(self, id: DocumentId) -> Document:
        """One document with its text. Raises UnknownDocument when it is not in the library."""
        if id not in self._index.state().documents:
            raise UnknownDocument(id)
        return self._cache.get(id)

    def original(self, document: Document) -> bytes:
        """The file that `document` was read from. Raises BadRequest, which says why, where it is not to be had."""
        return original_of(document, self._shelf.originals, self._files)

    def doctor(self, *, repair: bool = False, progress: OnProgress | None = None) -> DoctorReport:
        """Look at every stored part. With `repair`, rebuild the index from the stored documents first."""
        if repair:
            self._adder(progress).rebuild()
        return examine(self.folder, self._index, self._shelf, self._encoder, self._conditions())

    def _conditions(self) -> str:
        return conditions_of(self._index.state())

    def _adder(self, progress: OnProgress | None) -> Adder:
        return Adder(self.folder, self._index, self._shelf, self._files, progress)
