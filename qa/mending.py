"""Mending a damaged library from what is whole: stored texts, kept uploads, the files that documents came from.

Parts are mended in the order in which they are needed: calibration, file log, shelf, index, documents. A part that
cannot be mended in place is made anew beside it and then put there; a damaged one that may still be of use to somebody
stays as NAME.damaged.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quoth.corpus import (
    Document,
    DocumentId,
    FileLog,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    LibraryMismatch,
    Splitting,
    SqliteShelf,
    beside,
    find_files,
    put_in_place,
    salvage_log,
    salvage_shelf,
)
from quoth.index import INDEX, Index

from .adding import sweep
from .calibration import put_aside
from .intake import Intake
from .locking import writing
from .naming import UPLOAD
from .passages import passages_of
from .places import FILES, SHELF
from .remembering import Remembered, kept_uploads, remembered
from .reports import Mended, OnProgress, Progress
from .soundness import file_faults, missing_originals, shelf_faults
from .unfinished import forget_repair, note_repair

__all__ = ["OpenIndex", "mend"]

OpenIndex = Callable[[str], Index]
_NAMED = 20


def mend(folder: Path, open_index: OpenIndex, progress: OnProgress | None = None) -> Mended:
    """Mend what is damaged and make passages, words and vectors anew. Tells everything that was not in order, and names
    what could not be brought back. `open_index` opens the one of this file name. Raises LibraryBusy,
    LibraryError, LibraryMismatch.
    """
    with writing(folder):
        mending = _Mending(folder, open_index, progress or (lambda _: None))
        return Mended(tuple(mending.done()), lost=mending.lost)


class _Mending:
    """One run; the caller holds the write lock."""

    def __init__(self, folder: Path, open_index: OpenIndex, progress: OnProgress) -> None:
        self._folder, self._open_index, self._progress = folder, open_index, progress
        self._shelf, self._files = SqliteShelf(folder / SHELF), FileLog(folder / FILES)
        self.lost = False
        """Whether something could not be brought back."""

    def done(self) -> Iterator[str]:
        """Do it; a sentence for everything that was not in order."""
        if put_aside(self._folder):
            yield "the calibration was damaged and is put aside; the shipped error rate holds until you calibrate again"
        if file_faults(self._folder):
            salvage_log(self._folder / FILES)
            yield f"{FILES} was damaged and is made anew"
        old, known = self._old_index()
        memory = remembered(self._folder, known, sound=old is not None)
        note_repair(self._folder, memory.wanted, memory.log)
        if shelf_faults(self._folder) or not (self._folder / SHELF).exists():
            salvage_shelf(self._folder / SHELF, memory.wanted)
            if memory.wanted:
                yield f"{SHELF} was damaged and is made anew"
        yield from self._spoilt_originals(memory)
        torn = f"{INDEX} was" if old is None else "the vectors were" if old.problems() else ""
        index = self._indexed(old, memory)
        if torn:
            yield f"{torn} damaged; passages, words and vectors are made anew"
        yield from self._read_again(index, memory)
        sweep(self._shelf, index.state().documents)
        index.close()
        forget_repair(self._folder)

    def _old_index(self) -> tuple[Index | None, tuple[Collection[DocumentId], dict[str, Any]]]:
        """The index where it can be mended in place; and its documents and settings, as far as they can be read."""
        if not (self._folder / INDEX).exists():
            return None, ((), _settings({}))
        try:
            index = self._open_index(INDEX)
            state = index.state()
        except (LibraryBusy, LibraryMismatch):
            raise
        except LibraryError:
            return None, ((), _settings({}))
        if index.catalogue_problems():
            index.close()
            return None, (tuple(state.documents), _settings(state.settings))
        return index, (tuple(state.documents), _settings(state.settings))

    def _spoilt_originals(self, memory: Remembered) -> Iterator[str]:
        originals = self._shelf.originals
        spoilt = sorted(id for id in originals.ids() if originals.get(id) is None)
        originals.drop(spoilt)
        there = (light for light in memory.shelved.values() if light.id in memory.wanted)
        missing = sorted(set(missing_originals(originals, there, memory.log)) - set(spoilt))
        originals.give_up([*spoilt, *missing])
        for what, ids in (("that were damaged are gone", spoilt), ("are not there any more", missing)):
            if ids:
                self.lost = True
                yield f"kept files {what}: {_named(ids, memory)}"

    def _indexed(self, old: Index | None, memory: Remembered) -> Index:
        """An index of all documents that are whole."""
        ids = memory.wanted if old is not None else memory.wanted | self._shelf.ids()
        passages = passages_of(self._whole(sorted(ids)), memory.settings)
        if old is not None:
            gone = list(old.state().documents)
            old.commit(passages, gone, memory.settings, fresh=True, on_encoded=self._encoded)
            return old
        new = beside(self._folder / INDEX)
        index = self._open_index(new.name)
        try:
            index.commit(passages, (), memory.settings, on_encoded=self._encoded)
        finally:
            index.close()
        put_in_place(new, self._folder / INDEX, keep=False)
        return self._open_index(INDEX)

    def _whole(self, ids: Iterable[DocumentId]) -> Iterator[Document]:
        for id in ids:
            try:
                yield self._shelf.get(id)
            except LibraryDamaged:  # noqa: PERF203  it is read again from its file
                continue

    def _read_again(self, index: Index, memory: Remembered) -> Iterator[str]:
        """What is missing, from the files it came from."""
        missing = memory.wanted - set(index.state().documents)
        if not missing:
            return
        paths = [path for path in memory.paths_of(missing) if not path.startswith(UPLOAD)]
        self._files.forget(paths)
        intake = Intake(index, self._shelf, self._files, self._progress)
        intake.files(find_files(Path(path) for path in paths).files)
        visible = index.state().documents
        at_uri = {light.uri: light.id for light in self._shelf.list() if light.id in visible}
        intake.uploads(kept_uploads(self._shelf.originals, missing, memory), at_uri)
        back = missing & set(index.state().documents)
        moved = {
            memory.log[path].document
            for path, stamp in self._files.all().items()
            if path in memory.log and stamp.document in index.state().documents
        }
        if back:
            yield f"read again from their files: {_named(sorted(back), memory)}"
        if lost := sorted(missing - back - moved):
            self.lost = True
            yield f"could not be brought back, add these files again: {_named(lost, memory)}"

    def _encoded(self, done: int, total: int) -> None:
        self._progress(Progress("indexing", done, total))


def _settings(found: dict[str, Any]) -> dict[str, Any]:
    return {"splitting": asdict(Splitting()), **found}


def _named(ids: Sequence[DocumentId], memory: Remembered) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(memory.name(id) for id in ids[:_NAMED]) + more
