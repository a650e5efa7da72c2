"""One table from our errors to what they are over HTTP: status, name, title, and what may be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from quoth.corpus import (
    BadQuestion,
    BadRequest,
    EncoderError,
    InputError,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    LibraryMismatch,
    LibraryMissing,
    UnknownDocument,
    UnreadableDocument,
)

__all__ = ["ProblemKind", "kind_of"]


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """`said` takes the place of an error's own sentence where that may name folders of the server."""

    status: int
    name: str
    title: str
    said: str = ""
    retry_after: int | None = None


_UNEXPECTED: Final = "Something unexpected went wrong; the server's log has it under this request id."
_BROKEN: Final = "The library cannot be used as it is; who runs the server finds out why with `quoth doctor`."
_REFUSED: Final = (
    "The system refused what the library needed: room on the disk, open files, threads, or leave to write. Who runs "
    "the server finds in its log which, under this request id."
)
_KINDS: Final[Mapping[type[Exception], ProblemKind]] = MappingProxyType(
    {
        BadQuestion: ProblemKind(422, "bad-question", "The question cannot be asked"),
        UnknownDocument: ProblemKind(404, "unknown-document", "There is no such document"),
        UnreadableDocument: ProblemKind(422, "unreadable-document", "The file cannot become a document"),
        BadRequest: ProblemKind(422, "bad-request", "The request makes no sense here"),
        InputError: ProblemKind(422, "bad-request", "The request makes no sense here"),
        LibraryBusy: ProblemKind(
            503, "library-busy", "The library is being written to", "Another process is writing; try again.", 5
        ),
        LibraryMissing: ProblemKind(500, "library-missing", "There is no library", _BROKEN),
        LibraryDamaged: ProblemKind(500, "library-damaged", "The library is damaged", _BROKEN),
        LibraryMismatch: ProblemKind(500, "library-mismatch", "The library fits another program", _BROKEN),
        LibraryError: ProblemKind(500, "library-error", "The library cannot be used", _REFUSED),
        EncoderError: ProblemKind(500, "encoder-error", "The embedding model cannot be used", _BROKEN),
        Exception: ProblemKind(500, "unexpected", "Something unexpected went wrong", _UNEXPECTED),
    }
)


def kind_of(error: Exception) -> ProblemKind:
    """What this error is: by its own class, else by the nearest above it that has a row."""
    return next(_KINDS[kind] for kind in type(error).__mro__ if kind in _KINDS)
