"""Taking documents in, a batch at a time: what is new, what is a new state of something, what is there already.

Order of every batch: documents onto the shelf, then one commit of the index, which makes them visible, then the file
log. A crash in between loses nothing.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

from quoth.corpus import (
    Arrival,
    Document,
    DocumentId,
    FileLog,
    FileStamp,
    FoundFile,
    InputError,
    Shelf,
    UnreadableDocument,
    read_bytes,
    read_file,
)
from quoth.index import Index

from .naming import UPLOAD
from .passages import passages_of
from .recording import Outcome
from .reports import OnProgress, Progress, Refused
from .stamping import arrival_now, is_as_then, stamp_of

__all__ = ["Intake"]

_BATCH_CHARACTERS = 2_000_000
"""Characters of text that are indexed in one go: bounds memory, and what a crash makes to be done again."""
_BATCH_DOCUMENTS = 1_000
"""So does this, for small files."""


class Intake:
    """One run of adding. The caller holds the write lock; nothing else changes the library meanwhile."""

    def __init__(
        self,
        index: Index,
        shelf: Shelf,
        files: FileLog,
        progress: OnProgress | None,
        log: Mapping[str, FileStamp] | None = None,
    ) -> None:
        """`log` is all that `files` holds, where the caller has read it."""
        self._index = index
        self._shelf = shelf
        self._files = files
        self._progress = progress
        self._visible: Collection[DocumentId] = index.state().documents
        self._log = files.all() if log is None else log
        self._documents: dict[DocumentId, Document] = {}
        self._arrivals: dict[DocumentId, Arrival] = {}
        self._stamps: dict[str, FileStamp] = {}
        self._leaving: set[DocumentId] = set()
        self.left: set[DocumentId] = set()  # all that went because its file became something else
        self._characters = 0
        self.outcome = Outcome()

    @cached_property
    def _homes(self) -> dict[DocumentId, set[str]]:
        """The paths of each document; not made before a file is read."""
        homes: dict[DocumentId, set[str]] = {}
        for path, stamp in self._log.items():
            homes.setdefault(stamp.document, set()).add(path)
        return homes

    def files(self, found: Sequence[FoundFile]) -> None:
        """Take in these files; one that cannot be read is refused, and what it was before stays."""
        for done, file in enumerate(found, 1):
            stamp = self._log.get(file.place)
            if stamp is not None and is_as_then(file, stamp) and stamp.document in self._visible:
                self.outcome.unchanged.append(stamp.document)
            else:
                self._file(file, stamp.document if stamp else None)
            if self._progress is not None:
                self._tell("reading", done, len(found))
        self._flush()

    def uploads(self, uploads: Iterable[tuple[str, bytes]], at_uri: dict[str, DocumentId]) -> None:
        """Take in (name, content); `at_uri` says which document is known at each address, and is brought up to date."""
        self._know(at_uri)
        for done, (name, content) in enumerate(uploads, 1):
            try:
                document = read_bytes(content, name)
            except InputError as error:
                self.outcome.refused.append(_refused(name, error))
                self._tell("refused", done, 0, self.outcome.refused[-1].reason)
                continue
            self._tell("reading", done, 0)
            self._shelf.originals.keep(document.id, content)
            self._upload(document, arrival_now(len(content)), at_uri)
        self._flush()

    def _know(self, at_uri: dict[str, DocumentId]) -> None:
        """Names of uploads: those of the log, and for a library that did not log them yet those of the documents."""
        logged = {path: stamp.document for path, stamp in self._log.items() if path.startswith(UPLOAD)}
        for uri, document in at_uri.items():
            if uri.startswith(UPLOAD) and uri not in logged:
                self._homes.setdefault(document, set()).add(uri)
        at_uri |= logged

    def _upload(self, document: Document, arrival: Arrival, at_uri: dict[str, DocumentId]) -> None:
        """What is here under another name keeps that one, and stays when another file takes the name."""
        before = at_uri.get(document.uri)
        at_uri[document.uri] = document.id
        homes = self._homes.setdefault(document.id, set())
        if document.id not in self._documents and document.id not in self._visible:
            removed = {home for home in homes if home.startswith(UPLOAD)}  # the names it had before it was removed
            self._files.forget(removed)
            homes -= removed
        if before is not None:
            self._homes.setdefault(before, set()).discard(document.uri)
        homes.add(document.uri)
        self._stamps[document.uri] = FileStamp(arrival.file_bytes, 0, "", document.id)
        self._place(document, before, arrival)

    def again(self, documents: Iterable[tuple[Document, Arrival | None]]) -> None:
        """Take in documents that were here before, each as it was, whatever has its address by now."""
        for document, arrival in documents:
            self._place(document, None, arrival)
        self._flush()

    def _file(self, file: FoundFile, before: DocumentId | None) -> None:
        path, began = file.place, time.time_ns()
        try:
            document = read_file(file.path, file.title, file.uri)
        except InputError as error:
            self.outcome.refused.append(_refused(path, error))
            return
        if before is not None:
            self._homes[before].discard(path)
        self._homes.setdefault(document.id, set()).add(path)
        self._stamps[path] = stamp_of(file, document.id, began)
        self._place(document, before, arrival_now(file.size))

    def _place(self, document: Document, before: DocumentId | None, arrival: Arrival | None) -> None:
        """Decide what a document just read is: new, a new state of `before`, or one the library has already."""
        moved = before is not None and before != document.id
        if before is not None and moved and not self._homes.get(before):
            self._leaving.add(before)
            self._documents.pop(before, None)
        self._leaving.discard(document.id)
        if document.id in self._documents or (document.id in self._visible and self._same(document, moved=moved)):
            self.outcome.unchanged.append(document.id)
            return
        self._documents[document.id] = document
        if arrival is not None:
            self._arrivals[document.id] = arrival
        self._characters += len(document.text)
        known = self.outcome.replaced if before in self._visible else self.outcome.added
        known.append(document.id)
        if self._characters > _BATCH_CHARACTERS or len(self._documents) >= _BATCH_DOCUMENTS:
            self._flush()

    def _same(self, document: Document, *, moved: bool) -> bool:
        """Whether the library has this document as it is; the same bytes under a second name keep their first one."""
        elsewhere = len(self._homes.get(document.id, ())) > 1
        return moved or elsewhere or self._shelf.get(document.id) == document

    def _tell(self, stage: str, done: int, total: int, reason: str = "") -> None:
        if self._progress is not None:
            self._progress(Progress(stage, done, total, reason))

    def _flush(self) -> None:
        if self._documents or self._leaving:
            state = self._index.state()
            self._shelf.put(self._documents.values(), self._arrivals)
            after = self._index.commit(
                passages_of(self._documents.values(), state.settings),
                sorted((self._leaving | self._documents.keys()) & state.documents.keys()),
                state.settings,
                on_encoded=lambda done, total: self._tell("indexing", done, total),
            )
            self._visible = after.documents
            self.left = (self.left | self._leaving) - self._documents.keys()
        if self._stamps:
            self._files.note(self._stamps)
        self._documents.clear()
        self._arrivals.clear()
        self._stamps.clear()
        self._leaving.clear()
        self._characters = 0


def _refused(name: str, error: InputError) -> Refused:
    return Refused(name, error.reason if isinstance(error, UnreadableDocument) else str(error))
