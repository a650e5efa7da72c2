"""One upload: files on their way from a browser into the library, and where each of them stands."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, RLock
from typing import Any, Final, Literal

from quoth.corpus import DocumentId, document_id
from quoth.qa import AddReport, DocumentRecord, OnProgress, Progress

from .clerk import Stopped
from .limits import UploadLimits

__all__ = ["ENDED", "Delivery", "Parcel", "State"]

State = Literal[
    "coming", "arriving", "waiting", "reading", "embedding", "added", "replaced", "there", "refused", "failed", "left"
]
ENDED: Final[frozenset[State]] = frozenset({"added", "replaced", "there", "refused", "failed", "left"})
"""Nothing more will happen to the file."""
_GROUP_BYTES: Final = 256 * 1024
_GROUP_FILES: Final = 64
"""What is added in one go, if there is no single larger file: few commits for many small files, and soon the first."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file. `sentence` is a reason where it was not added, and the document's title where it was.

    `done` of `total` passages are embedded, its own and those of the other files that are added with it.
    """

    name: str
    size: int
    state: State = "coming"
    sentence: str = ""
    document: DocumentId | None = None
    done: int = 0
    total: int = 0
    together: int = 1
    version: int = 0


class Delivery:
    """The files of one upload. `token` is known to nobody but the page that sends them. Safe from many threads."""

    def __init__(self, folder: Path, files: Sequence[tuple[str, int]], limits: UploadLimits) -> None:
        self.token = secrets.token_urlsafe(24)
        self.used = time.monotonic()
        self.folder = folder
        self._lock = RLock()
        self._stop = Event()
        self._version = 0
        self._taken: set[DocumentId] = set()
        self._parcels = [Parcel(name, size) for name, size in files]
        for number, (_, size) in enumerate(files):
            if reason := limits.objection_to(size):
                self.refuse(number, reason)

    @property
    def parcels(self) -> tuple[Parcel, ...]:
        """Every file, as it stands now."""
        return tuple(self._parcels)

    @property
    def version(self) -> int:
        """Counts the changes; a parcel has the number of its last one."""
        return self._version

    @property
    def ended(self) -> bool:
        """Whether nothing is under way any more."""
        return all(parcel.state in ENDED for parcel in self._parcels)

    @property
    def waits(self) -> bool:
        """Whether a file has come that nobody has taken yet."""
        return any(parcel.state == "waiting" for parcel in self._parcels)

    def expect(self, number: int) -> Path | None:
        """Where to write the content of a file that begins to come; None when it is not expected."""
        with self._lock:
            if not 0 <= number < len(self._parcels) or self._parcels[number].state != "coming":
                return None
            self._set([number], state="arriving")
            return self._path(number)

    def is_over(self, number: int) -> bool:
        """Whether nothing is to be done with this file any more; False for one that was never announced."""
        return 0 <= number < len(self._parcels) and self._parcels[number].state in ENDED

    def arrived(self, number: int, received: int) -> None:
        """So many bytes came, and no more will."""
        with self._lock:
            parcel = self._parcels[number]
            if parcel.state == "arriving" and received == parcel.size:
                self._set([number], state="waiting")
                return
            self._path(number).unlink(missing_ok=True)  # it was stopped meanwhile, or is not what was announced
            if parcel.state == "arriving":
                self.refuse(number, "it did not come as a whole, or changed while it was sent; choose it again")

    def refuse(self, number: int, reason: str) -> None:
        """This file is not added, because of something about it."""
        self._end([number], "refused", reason)

    def stop(self) -> None:
        """Takes no further file; what is being added is broken off before it changes anything."""
        self._stop.set()
        self._end(self._in("coming", "arriving", "waiting"), "left")

    def abandon(self) -> None:
        """No further file can come; what came is still added."""
        self._end(self._in("coming", "arriving"), "left")

    def fail(self, sentence: str) -> None:
        """The library could take nothing more: everything that is still open stays out of it."""
        self._end(self._in("coming", "arriving", "waiting", "reading", "embedding"), "failed", sentence)

    def leave(self) -> None:
        """What was being added is not."""
        self._end(self._in("reading", "embedding"), "left")

    def group(self) -> list[int]:
        """The numbers of the files to be added next, all at once; none of them has the name of another."""
        chosen: list[int] = []
        names: set[str] = set()
        size = 0
        with self._lock:
            for number in self._in("waiting"):
                parcel = self._parcels[number]
                size += parcel.size
                if chosen and (size > _GROUP_BYTES or len(chosen) == _GROUP_FILES or parcel.name in names):
                    break
                chosen.append(number)
                names.add(parcel.name)
            self._set(chosen, state="reading")
        return chosen

    def contents(self, group: Sequence[int]) -> Iterator[tuple[str, bytes]]:
        """Name and content of each file of the group; the copy on disk goes away with it."""
        for number in group:
            path = self._path(number)
            content = path.read_bytes()
            path.unlink()
            self._set([number], document=document_id(hashlib.sha256(content).hexdigest()))
            yield self._parcels[number].name, content

    def telling(self, group: Sequence[int], further: OnProgress) -> OnProgress:
        """Whom to tell how the adding of the group goes; raises Stopped there when somebody pressed Stop."""

        def tell(progress: Progress) -> None:
            further(progress)
            if self._stop.is_set():
                raise Stopped
            if progress.stage == "refused":
                self.refuse(group[progress.done - 1], progress.reason)
            elif progress.stage == "reading":
                self._set([group[progress.done - 1]], state="embedding")
            elif progress.stage == "indexing":
                under_way = self._in("embedding")
                self._set(under_way, done=progress.done, total=progress.total, together=len(under_way))

        return tell

    def settle(self, group: Sequence[int], report: AddReport) -> None:
        """Notes what became of every file of the group."""
        became: dict[DocumentId, tuple[State, DocumentRecord]] = {one.id: ("there", one) for one in report.unchanged}
        became |= {one.id: ("replaced", one) for one in report.replaced}
        became |= {one.id: ("added", one) for one in report.added}
        for number in group:
            document = self._parcels[number].document
            if self._parcels[number].state not in ENDED and document is not None:
                state, record = became[document]
                state = "there" if document in self._taken else state
                self._taken.add(document)
                self._set([number], state=state, sentence=record.title, total=record.passages)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number}.upload"

    def _in(self, *states: State) -> list[int]:
        return [number for number, parcel in enumerate(self._parcels) if parcel.state in states]

    def _end(self, numbers: Sequence[int], state: State, sentence: str = "") -> None:
        self._set(numbers, state=state, sentence=sentence)
        for number in numbers:
            self._path(number).unlink(missing_ok=True)

    def _set(self, numbers: Sequence[int], **changes: Any) -> None:
        with self._lock:
            self._version += 1
            for number in numbers:
                self._parcels[number] = replace(self._parcels[number], version=self._version, **changes)
