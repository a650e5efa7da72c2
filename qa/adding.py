"""Keeping a library in step with files. Every write holds the lock; what no reader sees any more is swept up last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from quoth.corpus import (
    DocumentId,
    FileLog,
    FoundFile,
    LibraryDamaged,
    LightDocument,
    Shelf,
    UnknownDocument,
    find_files,
)
from quoth.index import Index

from .intake import Intake, Outcome, passages_of
from .locking import writing
from .naming import UPLOAD
from .reports import AddReport, DocumentRecord, OnProgress, Progress, Refused

__all__ = ["Adder"]

_COPIED_AT_ONCE = 64
"""Documents: bounds memory, and spares the disk."""


class Adder:
    """Writes to one library. Every public method but `records` takes the write lock for as long as it runs."""

    def __init__(
        self, folder: Path, index: Index, shelf: Shelf, files: FileLog, progress: OnProgress | None = None
    ) -> None:
        self._folder = folder
        self._index = index
        self._shelf = shelf
        self._files = files
        self._progress = progress or (lambda _: None)

    def records(self) -> tuple[DocumentRecord, ...]:
        """Every visible document, ordered by title, then id."""
        visible = self._index.state().documents
        found = [_record(light, visible[light.id]) for light in self._shelf.list() if light.id in visible]
        return tuple(sorted(found, key=lambda record: (record.title.casefold(), record.id)))

    def add_paths(self, paths: Iterable[Path]) -> AddReport:
        """See `Library.add`."""
        found = find_files(paths)
        with writing(self._folder):
            removed = self._remove_vanished(found.folders, found.files)
            intake = self._intake()
            intake.files(found.files)
            self._sweep()
            skipped, refused = ([Refused(*pair) for pair in pairs] for pairs in (found.skipped, found.refused))
            return self._report(intake.outcome, removed, skipped, refused)

    def add_uploads(self, files: Iterable[tuple[str, bytes]]) -> AddReport:
        """See `Library.add_files`."""
        with writing(self._folder):
            intake = self._intake()
            intake.uploads(files, {record.uri: record.id for record in self.records()})
            self._sweep()
            return self._report(intake.outcome)

    def remove(self, ids: Collection[DocumentId], aside: Shelf | None = None) -> tuple[DocumentRecord, ...]:
        """See `Library.remove`."""
        with writing(self._folder):
            records = {record.id: record for record in self.records()}
            for unknown in sorted(set(ids) - records.keys()):
                raise UnknownDocument(unknown)
            if aside is not None:
                self._copy(ids, aside)
            self._index.commit((), sorted(set(ids)), self._index.state().settings)
            self._sweep()
            return tuple(record for record in records.values() if record.id in ids)

    def restore(self, ids: Collection[DocumentId], aside: Shelf) -> tuple[DocumentRecord, ...]:
        """See `Library.restore`."""
        with writing(self._folder):
            came = {light.id: light.arrival for light in aside.list()}
            aside.originals.copy(ids, self._shelf.originals)
            self._intake().again((aside.get(id), came.get(id)) for id in sorted(set(ids)))
            self._sweep()
            return tuple(record for record in self.records() if record.id in ids)

    def rebuild(self) -> None:
        """Make passages, words and vectors anew from the stored documents, and read damaged documents again from the
        files they came from, kept or in their place; what has no file any more is taken out. Raises LibraryBusy,
        LibraryDamaged.
        """
        with writing(self._folder):
            state = self._index.state()
            damaged = {id for id in state.documents if self._is_damaged(id)}
            originals = self._shelf.originals
            originals.drop([id for id in originals.ids() if originals.get(id) is None])
            whole = (self._shelf.get(id) for id in state.documents if id not in damaged)
            self._index.commit(
                passages_of(whole, state), list(state.documents), state.settings, fresh=True, on_encoded=self._encoded
            )
            log = self._files.all().items()
            paths = [path for path, stamp in log if stamp.document in damaged and not path.startswith(UPLOAD)]
            self._files.forget(paths)
            intake = self._intake()
            intake.files(find_files(Path(path) for path in paths).files)
            intake.uploads(self._kept(damaged), {record.uri: record.id for record in self.records()})
            self._sweep()

    def _kept(self, ids: Collection[DocumentId]) -> Iterator[tuple[str, bytes]]:
        """The uploads among these documents whose files were kept, by name."""
        for light in self._shelf.list():
            content = self._shelf.originals.get(light.id) if light.id in ids else None
            if content is not None and light.uri.startswith(UPLOAD):
                yield light.uri.removeprefix(UPLOAD), content

    def _copy(self, ids: Collection[DocumentId], aside: Shelf) -> None:
        """Onto another shelf; what is damaged is not worth keeping."""
        came = {light.id: light.arrival for light in self._shelf.list() if light.arrival is not None}
        whole = [id for id in sorted(set(ids)) if not self._is_damaged(id)]
        for at in range(0, len(whole), _COPIED_AT_ONCE):
            aside.put([self._shelf.get(id) for id in whole[at : at + _COPIED_AT_ONCE]], came)
        self._shelf.originals.copy(whole, aside.originals)

    def _is_damaged(self, document: DocumentId) -> bool:
        try:
            self._shelf.get(document)
        except LibraryDamaged:
            return True
        return False

    def _encoded(self, done: int, total: int) -> None:
        self._progress(Progress("indexing", done, total))

    def _intake(self) -> Intake:
        return Intake(self._index, self._shelf, self._files, self._progress)

    def _remove_vanished(self, folders: Sequence[Path], files: Sequence[FoundFile]) -> list[DocumentRecord]:
        """Take out documents whose files were in these folders and are gone, unless another file holds them."""
        log, there = self._files.all(), {str(file.path) for file in files}
        known = (path for path in log if path not in there)
        gone = {path for path in known if _inside(path, folders) and not Path(path).exists()}
        kept = {stamp.document for path, stamp in log.items() if path not in gone}
        lost = {log[path].document for path in gone} - kept
        removed = [record for record in self.records() if record.id in lost]
        if removed:
            self._index.commit((), [record.id for record in removed], self._index.state().settings)
        self._files.forget(gone)
        return removed

    def _sweep(self) -> None:
        """Drop what no reader sees from the shelf."""
        kept = self._shelf.ids() | self._shelf.originals.ids()
        self._shelf.drop(kept - set(self._index.state().documents))
        self._shelf.originals.tidy()

    def _report(
        self,
        outcome: Outcome,
        removed: Sequence[DocumentRecord] = (),
        skipped: Sequence[Refused] = (),
        refused: Sequence[Refused] = (),
    ) -> AddReport:
        records = {record.id: record for record in self.records()}

        def of(ids: Iterable[DocumentId]) -> tuple[DocumentRecord, ...]:
            return tuple(records[id] for id in dict.fromkeys(ids) if id in records)

        return AddReport(
            of(outcome.added),
            of(outcome.replaced),
            of(outcome.unchanged),
            tuple(removed),
            tuple(skipped),
            (*refused, *outcome.refused),
        )


def _record(light: LightDocument, passages: int) -> DocumentRecord:
    hashes = light.file_sha256, light.text_sha256
    came = (None, None) if light.arrival is None else (light.arrival.at, light.arrival.file_bytes)
    return DocumentRecord(light.id, light.title, light.uri, light.characters, passages, *hashes, light.extractor, *came)


def _inside(path: str, folders: Sequence[Path]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)
