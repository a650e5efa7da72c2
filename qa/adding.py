"""Keeping a library in step with files: what is new, changed, unchanged or gone, and getting it in safely.

Order of every write: documents onto the shelf, then one commit of the index, which makes them visible, then the file
log; last, whatever no reader sees any more is swept off the shelf. A crash in between loses nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from quoth.corpus import (
    BadRequest,
    Document,
    DocumentId,
    FileLog,
    FileStamp,
    FoundFile,
    InputError,
    LibraryDamaged,
    LightDocument,
    Passage,
    Shelf,
    Splitting,
    UnreadableDocument,
    find_files,
    read_bytes,
    read_file,
    split,
)
from quoth.index import Index, IndexState

from .locking import writing
from .reports import AddReport, DocumentRecord, OnProgress, Progress, Refused

__all__ = ["Adder"]

_BATCH_CHARACTERS = 2_000_000
"""Characters of text that are indexed in one go: bounds memory, and what a crash makes to be done again."""


@dataclass(slots=True)
class _Outcome:
    """What has happened so far; ids in the order of the files."""

    added: list[DocumentId] = field(default_factory=list)
    replaced: list[DocumentId] = field(default_factory=list)
    unchanged: list[DocumentId] = field(default_factory=list)
    removed: list[DocumentRecord] = field(default_factory=list)
    skipped: list[Refused] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


@dataclass(slots=True)
class _Batch:
    """Documents read and not yet indexed, the files they came from, and the documents they replace."""

    documents: dict[DocumentId, Document] = field(default_factory=dict)
    files: list[tuple[FoundFile, DocumentId]] = field(default_factory=list)
    replaced: set[DocumentId] = field(default_factory=set)

    @property
    def characters(self) -> int:
        return sum(len(document.text) for document in self.documents.values())


class Adder:
    """Writes to one library. Every public method takes the write lock for as long as it runs."""

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
        with writing(self._folder):
            outcome = _Outcome()
            found = find_files(paths)
            outcome.skipped += [Refused(name, reason) for name, reason in found.skipped]
            outcome.refused += [Refused(name, reason) for name, reason in found.refused]
            self._remove_vanished(found.folders, found.files, outcome)
            self._take_in(found.files, outcome)
            self._sweep()
            return self._report(outcome)

    def add_uploads(self, files: Iterable[tuple[str, bytes]]) -> AddReport:
        """See `Library.add_files`."""
        with writing(self._folder):
            outcome, batch = _Outcome(), _Batch()
            at_uri = {record.uri: record.id for record in self.records()}
            for name, content in files:
                try:
                    document = read_bytes(content, name)
                except InputError as error:
                    outcome.refused.append(_refused(name, error))
                    continue
                self._place(document, at_uri.get(document.uri), batch, outcome)
                at_uri[document.uri] = document.id
            self._flush(batch)
            self._sweep()
            return self._report(outcome)

    def remove(self, ids: Collection[DocumentId]) -> tuple[DocumentRecord, ...]:
        """See `Library.remove`."""
        with writing(self._folder):
            records = {record.id: record for record in self.records()}
            for unknown in sorted(set(ids) - records.keys()):
                raise BadRequest(f"There is no document {unknown} in this library; `quoth list` shows what there is.")
            self._index.commit((), sorted(set(ids)), self._index.state().settings)
            self._sweep()
            return tuple(record for record in records.values() if record.id in ids)

    def _remove_vanished(self, folders: Sequence[Path], files: Sequence[FoundFile], outcome: _Outcome) -> None:
        """Take out documents whose files were in these folders and are gone, unless another file holds them."""
        log, there = self._files.all(), {str(file.path) for file in files}
        gone = [
            path
            for path in log
            if path not in there and any(Path(path).is_relative_to(folder) for folder in folders) and not _exists(path)
        ]
        kept = {stamp.document for path, stamp in log.items() if path not in gone}
        visible = {record.id: record for record in self.records()}
        lost = {log[path].document for path in gone} - kept
        outcome.removed += [visible[id] for id in sorted(lost) if id in visible]
        if outcome.removed:
            self._index.commit((), [record.id for record in outcome.removed], self._index.state().settings)
        self._files.forget(gone)

    def _take_in(self, files: Sequence[FoundFile], outcome: _Outcome) -> None:
        log, batch = self._files.all(), _Batch()
        visible = set(self._index.state().documents)
        for done, file in enumerate(files, 1):
            stamp = log.get(str(file.path))
            if stamp is not None and stamp == _stamp(file, stamp.document) and stamp.document in visible:
                outcome.unchanged.append(stamp.document)
            else:
                self._read(file, stamp.document if stamp else None, batch, outcome)
            self._progress(Progress("reading", done, len(files)))
            if batch.characters > _BATCH_CHARACTERS:
                self._flush(batch)
        self._flush(batch)

    def _read(self, file: FoundFile, before: DocumentId | None, batch: _Batch, outcome: _Outcome) -> None:
        """Read one file into the batch; one that cannot be read is refused, and what it was before stays."""
        try:
            document = read_file(file.path, file.title, file.uri)
        except InputError as error:
            outcome.refused.append(_refused(str(file.path), error))
            return
        batch.files.append((file, document.id))
        self._place(document, before, batch, outcome)

    def _place(self, document: Document, before: DocumentId | None, batch: _Batch, outcome: _Outcome) -> None:
        """Decide what a document just read is: new, a new state of `before`, or one the library has already."""
        visible = self._index.state().documents
        if document.id in batch.documents or (document.id in visible and self._shelf.get(document.id) == document):
            outcome.unchanged.append(document.id)
        elif document.id in visible and before != document.id:
            outcome.unchanged.append(document.id)  # the same bytes under another name: the first name stays
        else:
            batch.documents[document.id] = document
            replaces = before is not None and before in visible
            if replaces and before is not None and self._only_home(before, batch):
                batch.replaced.add(before)
            (outcome.replaced if replaces else outcome.added).append(document.id)

    def _only_home(self, document: DocumentId, batch: _Batch) -> bool:
        """Whether no file but those of this batch holds `document` any more."""
        moving = {str(file.path) for file, _ in batch.files}
        return all(stamp.document != document or path in moving for path, stamp in self._files.all().items())

    def _flush(self, batch: _Batch) -> None:
        """Shelf, then index, then log; the batch is empty afterwards."""
        if batch.documents:
            state = self._index.state()
            self._shelf.put(batch.documents.values())
            self._index.commit(
                self._passages(batch.documents.values(), state),
                sorted(batch.replaced | (batch.documents.keys() & state.documents.keys())),
                state.settings,
                on_encoded=lambda done, total: self._progress(Progress("indexing", done, total)),
            )
        self._files.note({str(file.path): _stamp(file, id) for file, id in batch.files})
        batch.documents.clear()
        batch.files.clear()
        batch.replaced.clear()

    def _passages(self, documents: Iterable[Document], state: IndexState) -> Iterator[tuple[DocumentId, list[Passage]]]:
        splitting = Splitting(**state.settings["splitting"])
        return ((document.id, split(document, splitting)) for document in documents)

    def rebuild(self) -> None:
        """Make passages, words and vectors anew from the stored documents, and read damaged documents again from the
        files they came from; what has no file any more is taken out. Raises LibraryBusy, LibraryDamaged.
        """
        with writing(self._folder):
            state = self._index.state()
            damaged = {id for id in state.documents if self._is_damaged(id)}
            whole = (self._shelf.get(id) for id in state.documents if id not in damaged)
            self._index.commit(self._passages(whole, state), list(state.documents), state.settings, fresh=True)
            paths = [path for path, stamp in self._files.all().items() if stamp.document in damaged]
            self._files.forget(paths)
            self._take_in(find_files(Path(path) for path in paths).files, _Outcome())
            self._sweep()

    def _is_damaged(self, document: DocumentId) -> bool:
        try:
            self._shelf.get(document)
        except LibraryDamaged:
            return True
        return False

    def _sweep(self) -> None:
        """Drop what no reader sees from the shelf."""
        self._shelf.drop(self._shelf.ids() - set(self._index.state().documents))

    def _report(self, outcome: _Outcome) -> AddReport:
        records = {record.id: record for record in self.records()}

        def of(ids: Iterable[DocumentId]) -> tuple[DocumentRecord, ...]:
            return tuple(records[id] for id in dict.fromkeys(ids) if id in records)

        return AddReport(
            of(outcome.added),
            of(outcome.replaced),
            of(outcome.unchanged),
            tuple(outcome.removed),
            tuple(outcome.skipped),
            tuple(outcome.refused),
        )


def _record(light: LightDocument, passages: int) -> DocumentRecord:
    return DocumentRecord(
        light.id,
        light.title,
        light.uri,
        light.characters,
        passages,
        light.file_sha256,
        light.text_sha256,
        light.extractor,
    )


def _stamp(file: FoundFile, document: DocumentId) -> FileStamp:
    said = json.dumps([file.title, file.uri], ensure_ascii=False)
    return FileStamp(file.size, file.mtime_ns, said, document)


def _refused(name: str, error: InputError) -> Refused:
    return Refused(name, error.reason if isinstance(error, UnreadableDocument) else str(error))


def _exists(path: str) -> bool:
    return Path(path).exists()
