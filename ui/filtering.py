"""Which documents a question is asked of: what a person can choose, and what was chosen, as the library takes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final
from urllib.parse import urlsplit

from quoth.corpus import BadRequest, DocumentId
from quoth.qa import DocumentRecord, file_of

from .saying import count
from .sent import object_of

__all__ = ["Scope", "choices_view", "folder_of", "scope_of"]

_MOST: Final = 10_000
"""Documents and folders that a page may name."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The documents that are searched, and how much that is: `6 passages in 1 of 2 documents`."""

    documents: tuple[DocumentId, ...]
    extent: str


def scope_of(sent: object, records: Sequence[DocumentRecord]) -> Scope | None:
    """What the page's `{"documents": [id], "folders": [path]}` means now; None where it chose nothing.

    A folder means whatever lies in it when the question is asked. Raises BadRequest where nothing of it is left.
    """
    ids, folders = (_strings(object_of(sent).get(name)) for name in ("documents", "folders"))
    if not ids and not folders:
        return None
    chosen = [record for record in records if record.id in ids or not folders.isdisjoint(_folders(record))]
    if not chosen:
        raise BadRequest("None of the chosen documents is in the library any more; choose others below.")
    passages = sum(record.passages for record in chosen)
    extent = f"{count(passages, 'passage')} in {len(chosen):,} of {count(len(records), 'document')}"
    return Scope(tuple(record.id for record in chosen), extent)


def choices_view(records: Sequence[DocumentRecord]) -> dict[str, Any]:
    """Every document and, where there are several, every folder that holds others than its own sub-folders do."""
    amounts = Counter(folder for record in records for folder in _folders(record))
    amounts.update({"": len(records)})
    passed = {parent for folder in amounts if folder and amounts[parent := _parent(folder)] == amounts[folder]}
    folders = sorted(amounts.keys() - passed - {""})
    labels = _labels(folders)
    return {
        "documents": [
            {"id": record.id, "title": record.title, "name": file_of(record).name, "folder": folder_of(record)}
            for record in records
        ],
        "folders": [
            {"path": folder, "label": labels[folder], "amount": count(amounts[folder], "document")}
            for folder in folders
            if amounts[folder] < len(records)
        ],
    }


def folder_of(record: DocumentRecord) -> str:
    """The folder, or the part of a web site, that a document came from; empty for one that was uploaded by itself."""
    parent = file_of(record).parent.as_posix().strip("/")
    return "/".join(part for part in (_site(record.uri), "" if parent == "." else parent) if part)


def _site(uri: str) -> str:
    """Empty where the address, which a `sources.toml` may have given, is none."""
    try:
        return urlsplit(uri).netloc
    except ValueError:
        return ""


def _folders(record: DocumentRecord) -> tuple[str, ...]:
    """Its folder and all folders above that."""
    parts = folder_of(record).split("/")
    return tuple(accumulate(parts, "{}/{}".format)) if parts != [""] else ()


def _parent(folder: str) -> str:
    return folder.rpartition("/")[0]


def _labels(folders: Sequence[str]) -> dict[str, str]:
    """For each as much of the end of its path as no other has."""
    shared = Counter(tail for folder in folders for tail in _tails(folder))
    return {folder: next((tail for tail in _tails(folder) if shared[tail] == 1), folder) for folder in folders}


def _tails(folder: str) -> list[str]:
    """The path's ends, shortest first."""
    parts = folder.split("/")
    return ["/".join(parts[at:]) for at in reversed(range(len(parts)))]


def _strings(value: object) -> frozenset[str]:
    return frozenset(one for one in value[:_MOST] if isinstance(one, str)) if isinstance(value, list) else frozenset()
