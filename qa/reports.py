"""What the library tells of its documents and of its own work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from quoth.corpus import DocumentId

from .answer import Source

__all__ = [
    "AddReport", "Check", "DoctorReport", "DocumentRecord", "Mended", "OnProgress", "Progress", "Refused", "SearchHit",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """One document of the library, without its text. `characters` are code points of the text.

    `added` is when it came (UTC, ISO 8601) and `file_bytes` the size of its file; None where an older Quoth added it.
    """

    id: DocumentId
    title: str
    uri: str
    characters: int
    passages: int
    file_sha256: str
    text_sha256: str
    extractor: str
    added: str | None = None
    file_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Something given that was not taken in, and why, for a person."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class AddReport:
    """What `add` did. `skipped` are files Quoth does not read; `refused` ones it should have read and could not."""

    added: tuple[DocumentRecord, ...] = ()
    replaced: tuple[DocumentRecord, ...] = ()
    unchanged: tuple[DocumentRecord, ...] = ()
    removed: tuple[DocumentRecord, ...] = ()
    skipped: tuple[Refused, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` files (stage "reading"), passages ("indexing") or questions ("timing", "answering", "scoring",
    "calibrating"); of questions the beginning of a stage is told too, with the `done` it begins at.

    Of uploads nobody knows how many will come: `total` is 0 while they are read, and one that cannot be taken in has
    the stage "refused" and the `reason` for it.
    """

    stage: str
    done: int
    total: int
    reason: str = ""


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A ranked passage, without judgement. `text` is the slice `source.start:source.stop` of its document."""

    text: str
    source: Source
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the doctor looked at. `remedy` says what to do when it is not ok, and is empty when it is."""

    name: str
    ok: bool
    detail: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Mended:
    """What a repair did, a sentence for everything that was not in order; `lost` when one of them names a document or a
    kept upload that could not be brought back.
    """

    told: tuple[str, ...] = ()
    lost: bool = False

    def check(self) -> Check:
        """The check "repair" of the doctor."""
        remedy = "add again what could not be brought back" if self.lost else ""
        return Check("repair", not self.lost, "; ".join(self.told) or "nothing was damaged", remedy)


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """All checks, in the order they were made."""

    checks: tuple[Check, ...]

    @property
    def healthy(self) -> bool:
        """True when nothing is wrong."""
        return all(check.ok for check in self.checks)
