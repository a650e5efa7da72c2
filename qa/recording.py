"""What is told of adding, and of the documents: read from the shelf once a generation by who writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from quoth.corpus import DocumentId, LightDocument, Shelf
from quoth.index import Index

from .reports import DocumentRecord, Refused

__all__ = ["Outcome", "Records"]

_MOST_KEPT: Final = 20_000
"""Records; one takes about 0.8 KB, half of what the vector of a passage takes."""


class Outcome:
    """What became of everything given, filled while a run goes on; ids in the order of the files."""

    __slots__ = ("added", "refused", "replaced", "unchanged")

    def __init__(self) -> None:
        self.added: list[DocumentId] = []
        self.replaced: list[DocumentId] = []
        self.unchanged: list[DocumentId] = []
        self.refused: list[Refused] = []


class Records:
    """The records of the visible documents."""

    def __init__(self, index: Index, shelf: Shelf) -> None:
        self._index = index
        self._shelf = shelf
        self._kept: tuple[int, Mapping[DocumentId, DocumentRecord]] = (-1, {})

    def listed(self) -> tuple[DocumentRecord, ...]:
        """All, ordered by title, then id, as they are on the shelf now."""
        return tuple(sorted(self._read(), key=lambda record: (record.title.casefold(), record.id)))

    def by_id(self) -> Mapping[DocumentId, DocumentRecord]:
        """All, by id; for who holds the write lock. Up to 20,000 are kept until the library has another generation:
        what is on the shelf of a visible document changes with a commit, and with nothing else.
        """
        generation = self._index.state().generation
        if self._kept[0] != generation:
            found = {record.id: record for record in self._read()}
            if len(found) > _MOST_KEPT:
                return found
            self._kept = generation, found
        return self._kept[1]

    def forget(self) -> None:
        """Read the shelf again next time."""
        self._kept = (-1, {})

    def _read(self) -> Iterator[DocumentRecord]:
        visible = self._index.state().documents
        return (_record(light, visible[light.id]) for light in self._shelf.list() if light.id in visible)


def _record(light: LightDocument, passages: int) -> DocumentRecord:
    hashes = light.file_sha256, light.text_sha256
    came = (None, None) if light.arrival is None else (light.arrival.at, light.arrival.file_bytes)
    return DocumentRecord(light.id, light.title, light.uri, light.characters, passages, *hashes, light.extractor, *came)
