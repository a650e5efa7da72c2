"""Keeping a library in step with files. Every write holds the lock; what no reader sees any more is swept up last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from quoth.corpus import (
    DocumentId,
    FileLog,
    FileStamp,
    FoundFile,
    LibraryDamaged,
    Shelf,
    UnknownDocument,
    find_files,
)
from quoth.index import Index

from .intake import Intake
from .locking import writing
from .recording import Outcome, Records
from .reports import AddReport, DocumentRecord, OnProgress, Refused
from .unfinished import leave_out, unfinished_repair

__all__ = ["Adder", "sweep"]

_COPIED_AT_ONCE = 64
"""Documents: bounds memory, and spares the disk."""


class Adder:
    """Writes to one library. Every public method takes the write lock for as long as it runs."""

    def __init__(
        self,
        folder: Path,
        index: Index,
        shelf: Shelf,
        files: FileLog,
        records: Records,
        progress: OnProgress | None = None,
    ) -> None:
        self._folder = folder
        self._index = index
        self._shelf = shelf
        self._files = files
        self._records = records
        self._progress = progress

    def add_paths(self, paths: Iterable[Path]) -> AddReport:
        """See `Library.add`."""
        found = find_files(paths)
        with writing(self._folder):
            log = self._files.all()
            removed = self._remove_vanished(log, found.folders, found.files)
            intake = Intake(self._index, self._shelf, self._files, self._progress, log)
            intake.files(found.files)
            self._sweep(intake.left)
            skipped, refused = ([Refused(*pair) for pair in pairs] for pairs in (found.skipped, found.refused))
            return self._report(intake.outcome, removed, skipped, refused)

    def add_uploads(self, files: Iterable[tuple[str, bytes]]) -> AddReport:
        """See `Library.add_files`."""
        with writing(self._folder):
            intake = self._intake()
            intake.uploads(files, {record.uri: record.id for record in self._records.listed()})
            self._sweep(intake.left)
            return self._report(intake.outcome)

    def remove(self, ids: Collection[DocumentId], aside: Shelf | None = None) -> tuple[DocumentRecord, ...]:
        """See `Library.remove`."""
        with writing(self._folder):
            records = {record.id: record for record in self._records.listed()}
            for unknown in sorted(set(ids) - records.keys()):
                raise UnknownDocument(unknown)
            if aside is not None:
                self._copy(ids, aside)
            self._take_out(set(ids))
            self._sweep()
            return tuple(record for record in records.values() if record.id in ids)

    def restore(self, ids: Collection[DocumentId], aside: Shelf) -> tuple[DocumentRecord, ...]:
        """See `Library.restore`."""
        with writing(self._folder):
            came = {light.id: light.arrival for light in aside.list()}
            aside.originals.copy(ids, self._shelf.originals)
            self._intake().again((aside.get(id), came.get(id)) for id in sorted(set(ids)))
            self._sweep()
            return tuple(record for record in self._records.listed() if record.id in ids)

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

    def _intake(self) -> Intake:
        return Intake(self._index, self._shelf, self._files, self._progress)

    def _remove_vanished(
        self, log: dict[str, FileStamp], folders: Sequence[Path], files: Sequence[FoundFile]
    ) -> list[DocumentRecord]:
        """Take out documents whose files were in these folders and are gone, unless another file holds them; the files
        go from `log` too.
        """
        there = {file.place for file in files}
        gone = {path for path in log if path not in there and _inside(path, folders) and _is_gone(path)}
        if not gone:
            return []
        kept = {stamp.document for path, stamp in log.items() if path not in gone}
        lost = {log[path].document for path in gone} - kept
        removed = [record for record in self._records.listed() if record.id in lost] if lost else []
        if removed:
            self._take_out({record.id for record in removed})
        self._files.forget(gone)
        for path in gone:
            del log[path]
        return removed

    def _take_out(self, ids: Collection[DocumentId]) -> None:
        """Noted first: a repair that was broken off must not bring them back, whatever happens in between."""
        leave_out(self._folder, ids)
        self._index.commit((), sorted(ids), self._index.state().settings)

    def _sweep(self, left: Collection[DocumentId] = ()) -> None:
        """But what a repair that was broken off has still to bring back; what has `left` since is none of that."""
        leave_out(self._folder, left)
        sweep(self._shelf, {*self._index.state().documents, *unfinished_repair(self._folder).wanted})

    def _report(
        self,
        outcome: Outcome,
        removed: Sequence[DocumentRecord] = (),
        skipped: Sequence[Refused] = (),
        refused: Sequence[Refused] = (),
    ) -> AddReport:
        records = self._records.by_id()

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


def sweep(shelf: Shelf, visible: Collection[DocumentId]) -> None:
    """Drop what no reader sees from the shelf."""
    shelf.drop((shelf.ids() | shelf.originals.ids() | shelf.originals.given_up()) - set(visible))
    shelf.originals.tidy()


def _inside(path: str, folders: Sequence[Path]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _is_gone(path: str) -> bool:
    """Whether the file is known to be away: one in a folder that may not be entered is not."""
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
