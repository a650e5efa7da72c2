"""The documents of a library as the page lists them, and the questions it offers to somebody new."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from quoth.corpus import SUFFIXES, DocumentId, document_id
from quoth.qa import DocumentRecord, Library, file_of

from .filtering import folder_of
from .limits import UploadLimits
from .links import document_link
from .views import amount, extent

__all__ = ["broken_view", "examples", "has_bundled", "note_view", "shelf_view", "titled"]

_KINDS: Final = {"text": "Text", "markdown": "Markdown", "html": "HTML", "pdf": "PDF", "docx": "Word"}
"""What people call them, by the name of the reader."""
_NAMED: Final = 3
_READ_ONLY: Final = "This library can only be read: the server may not write to its folder."

_EXAMPLES: Final = {
    "first-central-asia-japan-summit.txt": (
        "Which route connects Central Asia with Europe, bypassing Russia?",
        "Where was the summit scheduled to take place in August?",
    ),
    "japan-engages-with-central-asia.txt": (
        "What are the main topics of the December summit?",
        "When was the “Central Asia plus Japan” format initiated?",
    ),
}
"""Questions that the bundled texts answer, by file."""


def shelf_view(library: Library, limits: UploadLimits, readonly: str = "") -> dict[str, Any]:
    """Every document with what is known about it, the sums, and what may be added; `readonly` is why nothing may.
    Raises QuothError.

    Sizes and times come as numbers and ISO 8601, so that the page can sort by them and write times as they are there.
    """
    stamp = library.stamp
    return {
        "key": stamp.id,
        "total": extent(stamp),
        "documents": [_document_view(record) for record in library.documents()],
        "endings": sorted(SUFFIXES),
        "limits": limits.told,
        "readonly": readonly or ("" if os.access(library.folder, os.W_OK) else _READ_ONLY),
        "error": "",
    }


def broken_view(sentence: str) -> dict[str, Any]:
    """The same where the list cannot be read: what went wrong, and nothing else."""
    return {"key": "", "total": "", "documents": [], "endings": [], "limits": "", "readonly": "", "error": sentence}


def note_view(*sentences: str, refused: Sequence[dict[str, str]] = (), error: str = "") -> dict[str, Any]:
    """What is said above the list: what was done, what was not, and what went wrong."""
    return {"sentences": list(sentences), "refused": list(refused), "error": error}


def titled(titles: Sequence[str]) -> str:
    """`“One”, “Two”, “Three” and 4 others`."""
    shown = ", ".join(f"“{title}”" for title in titles[:_NAMED])
    return shown if len(titles) <= _NAMED else f"{shown} and {amount(len(titles) - _NAMED, 'other')}"


def _document_view(record: DocumentRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "title": record.title,
        "uri": record.uri,
        "name": file_of(record).name or record.uri,
        "folder": folder_of(record),
        "kind": _KINDS.get(record.extractor.partition("/")[0], record.extractor.partition("/")[0]),
        "characters": record.characters,
        "passages": record.passages,
        "bytes": record.file_bytes,
        "added": record.added,
        "hash": record.file_sha256,
        "link": document_link(record.id, record.uri),
    }


def examples(present: Iterable[DocumentId]) -> list[str]:
    """The example questions that documents of this library answer."""
    known = set(present)
    return [question for file, questions in _EXAMPLES.items() if _bundled()[file] in known for question in questions]


def has_bundled(present: Iterable[DocumentId]) -> bool:
    """Whether both bundled texts are in this library."""
    return set(_bundled().values()) <= set(present)


@lru_cache(maxsize=1)
def _bundled() -> dict[str, DocumentId]:
    folder = files("quoth.corpus") / "texts"
    return {file: document_id(hashlib.sha256((folder / file).read_bytes()).hexdigest()) for file in _EXAMPLES}
