"""Documents become passages as the settings of their library say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from quoth.corpus import Document, DocumentId, Passage, Splitting, split

__all__ = ["passages_of"]


def passages_of(
    documents: Iterable[Document], settings: Mapping[str, Any]
) -> Iterator[tuple[DocumentId, list[Passage]]]:
    """Each document's passages, cut as the library was set up."""
    splitting = Splitting(**settings.get("splitting", {}))
    return ((document.id, split(document, splitting)) for document in documents)
