"""The files that documents came from: those of uploads are kept, the others are looked for where they were."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .document import Document, DocumentId
from .errors import BadRequest, LibraryError
from .filelog import FileLog
from .scarcity import told
from .whole import make_folder, write_whole

__all__ = ["Originals", "original_of"]


_GIVEN_UP: Final = ".gone"
"""The ending of an empty file that says: this one is lost, and a repair has said so."""


class Originals:
    """Uploaded files, byte for byte, one file each in `folder`, called by the document's id. The folder is made with
    the first of them; a file is there whole or not at all, and never changes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, id: DocumentId, content: bytes) -> None:
        """Keep the file of a document; on disk when this returns. Raises LibraryError where it cannot be written."""
        path = self._folder / id
        with _in_our_words(path):
            if self.get(id) is None:
                make_folder(self._folder)
                write_whole(path, content)
                path.with_name(f"{id}{_GIVEN_UP}").unlink(missing_ok=True)

    def get(self, id: DocumentId) -> bytes | None:
        """The file of a document; None when it was not kept or is not as it was. Raises LibraryError."""
        path = self._folder / id
        with _in_our_words(path):
            if not path.exists():
                return None
            content = path.read_bytes()
        return content if hashlib.sha256(content).hexdigest().startswith(id) else None

    def ids(self) -> set[DocumentId]:
        """The documents whose files are kept."""
        return {DocumentId(path.name) for path in self._there() if path.suffix not in (".partial", _GIVEN_UP)}

    def give_up(self, ids: Collection[DocumentId]) -> None:
        """Note that the files of these are lost, and that it was told. Raises LibraryError where that cannot be."""
        for id in ids:
            path = self._folder / f"{id}{_GIVEN_UP}"
            with _in_our_words(path):
                make_folder(self._folder)
                write_whole(path, b"")

    def given_up(self) -> set[DocumentId]:
        """The documents of which it is known that their files are lost."""
        return {DocumentId(path.stem) for path in self._there() if path.suffix == _GIVEN_UP}

    def _there(self) -> list[Path]:
        return list(self._folder.iterdir()) if self._folder.is_dir() else []

    def drop(self, ids: Collection[DocumentId]) -> None:
        """Forget the files of these documents. Raises LibraryError where they cannot be deleted."""
        self._delete(self._folder / name for id in ids for name in (id, f"{id}{_GIVEN_UP}"))

    def tidy(self) -> None:
        """Take away what a crash left half written; only while nobody else writes."""
        self._delete(self._folder.glob("*.partial"))

    def copy(self, ids: Collection[DocumentId], to: Originals) -> None:
        """Keep these elsewhere too, as far as they are here and whole."""
        for id in sorted(self.ids().intersection(ids)):
            content = self.get(id)
            if content is not None:
                to.keep(id, content)

    def _delete(self, paths: Iterable[Path]) -> None:
        for path in paths:
            with _in_our_words(path):
                path.unlink(missing_ok=True)


@contextmanager
def _in_our_words(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LibraryError(f"{path}: {told(error)}.") from error


def original_of(document: Document, kept: Originals, files: FileLog) -> bytes:
    """The file that `document` was read from, its SHA-256 checked. Raises BadRequest, which says why it is not to be
    had: it was not kept, is gone, or has changed.
    """
    content = kept.get(document.id)
    if content is not None:
        return content
    paths = [path for path in files.paths_of(document.id) if Path(path).is_absolute()]  # the others are of uploads
    if not paths:
        raise BadRequest(f"The file of “{document.title}” was not kept; add it again.")
    there = [path for path in map(Path, paths) if path.is_file()]
    for path in there:
        try:
            content = path.read_bytes()
        except OSError:
            continue
        if hashlib.sha256(content).hexdigest() == document.file_sha256:
            return content
    name = Path(paths[0]).name.encode("utf-8", "replace").decode("utf-8")
    if there:
        raise BadRequest(f"The file {name} has changed since it was added, or cannot be read; add it again.")
    raise BadRequest(f"The file {name} is not where it was when it was added; put it back, or add it from where it is.")
