"""The documents of a library as the page lists them, and the questions it offers to somebody new."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from quoth.corpus import DocumentId, document_id
from quoth.qa import AddReport, Library

from .views import amount, extent

__all__ = ["examples", "has_bundled", "note_view", "report_view", "shelf_view"]

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


def shelf_view(library: Library) -> dict[str, Any]:
    """Every document with what is known about it, and the sums."""
    return {
        "total": extent(library.stamp),
        "documents": [
            {
                "id": record.id,
                "title": record.title,
                "uri": record.uri,
                "name": unquote(urlsplit(record.uri).path).rpartition("/")[2] or record.uri,
                "characters": f"{record.characters:,}",
                "passages": f"{record.passages:,}",
                "hash": record.file_sha256,
                "link": f"doc/{record.id}",
            }
            for record in library.documents()
        ],
        "report": None,
    }


def report_view(report: AddReport) -> dict[str, Any]:
    """What became of uploaded files, good news first."""
    counted = (("Added", report.added), ("Replaced", report.replaced), ("Already there:", report.unchanged))
    sentences = [f"{word} {_titles([record.title for record in records])}." for word, records in counted if records]
    refused = [{"name": refusal.name, "reason": refusal.reason} for refusal in (*report.refused, *report.skipped)]
    return note_view(*sentences, refused=refused)


def note_view(*sentences: str, refused: Sequence[dict[str, str]] = (), error: str = "") -> dict[str, Any]:
    """What is said above the list: what was done, what was not, and what went wrong."""
    return {"sentences": list(sentences), "refused": list(refused), "error": error}


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


def _titles(titles: list[str]) -> str:
    shown = ", ".join(f"“{title}”" for title in titles[:3])
    return shown if len(titles) <= 3 else f"{shown} and {amount(len(titles) - 3, 'other')}"
