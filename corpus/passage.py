"""A passage: a stretch of one document, small enough to embed and to search for."""

from __future__ import annotations

from dataclasses import dataclass

from .document import DocumentId

__all__ = ["Passage", "Span"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters `start` to `stop` (exclusive) of a text; never empty."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise ValueError(f"a span needs 0 <= start < stop, not {self.start} and {self.stop}")

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True)
class Passage:
    """The `ordinal`-th stretch of a document. Joining a document's passages in order gives back its text.

    `text` is `document.text[start:stop]`, white space at the edges included.
    """

    document: DocumentId
    ordinal: int
    start: int
    stop: int
    text: str

    def __post_init__(self) -> None:
        if self.ordinal < 0:
            raise ValueError(f"a passage's ordinal cannot be {self.ordinal}")
        if self.stop - self.start != len(self.text) or not self.text or self.start < 0:
            raise ValueError(f"a passage from {self.start} to {self.stop} cannot hold {len(self.text)} characters")
