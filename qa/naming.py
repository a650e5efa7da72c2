"""Documents by the names people give them: id, file name, stem, path or title."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from quoth.corpus import DocumentId

from .reports import DocumentRecord

__all__ = ["UPLOAD", "DocumentNames", "file_of", "path_of"]

UPLOAD = "upload:"  # these addresses carry the name as it was given, the others are real ones


def file_of(record: DocumentRecord) -> PurePosixPath:
    """The path of the file that a document came from, or the name it was uploaded under."""
    return path_of(record.uri)


def path_of(uri: str) -> PurePosixPath:
    """The path in a document's address, or the name in that of an upload; all of what is no address after all."""
    if uri.startswith(UPLOAD):
        return PurePosixPath(uri.removeprefix(UPLOAD).replace("\\", "/"))
    try:
        path = urlsplit(uri).path
    except ValueError:  # a `sources.toml` may say anything
        path = uri
    return PurePosixPath(unquote(path.replace("\\", "/")))  # before: an escaped one is part of a file's name


class DocumentNames:
    """Which documents a name can mean."""

    def __init__(self, records: Iterable[DocumentRecord]) -> None:
        self._levels: list[dict[str, list[DocumentId]]] = [{} for _ in range(5)]
        for record in records:
            for level, name in zip(self._levels, _names(record), strict=True):
                level.setdefault(name, []).append(record.id)

    def find(self, name: str) -> DocumentId:
        """The one document of this name; an id goes before a file name, a stem, a path's end, a title.

        A path is looked for by its last two parts and then by its file name, since folders move. Raises ValueError
        when there is none, or more than one.
        """
        path = PurePosixPath(name.replace("\\", "/"))
        tries = [name, name, name, "/".join(path.parts[-2:]), name]
        for level, wanted in zip(self._levels, tries, strict=True):
            if found := level.get(wanted):
                return _only(name, found)
        if len(path.parts) > 1 and (found := self._levels[1].get(path.name)):
            return _only(name, found)
        raise ValueError(f"no document of the library is called {name!r}; add it, or name it as `quoth list` does")


def _only(name: str, found: list[DocumentId]) -> DocumentId:
    if len(found) > 1:
        raise ValueError(f"{name!r} can mean {len(found)} documents; give the id of one, as `quoth list` shows it")
    return found[0]


def _names(record: DocumentRecord) -> Iterator[str]:
    """By level: id, file name, stem, end of the path, title."""
    path = file_of(record)
    yield from (record.id, path.name, path.stem, "/".join(path.parts[-2:]), record.title)
