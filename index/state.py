"""What an index is made of now, and whether this program can use it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from quoth.corpus import DocumentId, LibraryMismatch

from .encoder import Encoder
from .tokens import TOKENS_VERSION

__all__ = ["FORMAT", "IndexState", "check_usable"]

FORMAT = "quoth.index/1"


@dataclass(frozen=True, slots=True)
class IndexState:
    """One generation: what is in the index and the settings it was made with (any JSON values).

    `passages` is how many all documents have together. One object serves all questions to a generation: do not change
    what is in it.
    """

    generation: int
    documents: dict[DocumentId, int]
    settings: dict[str, Any]
    encoder: str
    passages: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "passages", sum(self.documents.values()))


def check_usable(facts: dict[str, Any], encoder: Encoder) -> None:
    """Raises LibraryMismatch where another program, model or setting made the index."""
    for key, ours in (("format", FORMAT), ("tokens", TOKENS_VERSION), ("encoder", encoder.fingerprint)):
        if facts.get(key) != ours:
            raise LibraryMismatch(
                f"This library was made with {key} {facts.get(key)!r}, not {ours!r}; make a new one with `quoth add`."
            )
