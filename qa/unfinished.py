"""What a repair has to bring back, beside the library until that is done: one that was broken off is taken up there.

Else a document whose text was spoilt would be forgotten: the index that a repair makes first holds only what is whole.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from quoth.corpus import DocumentId, FileStamp, sync, write_whole

__all__ = ["REPAIR_NOTE", "Unfinished", "forget_repair", "leave_out", "note_repair", "unfinished_repair"]

REPAIR_NOTE: Final = "repair.json"


class Unfinished(NamedTuple):
    """The documents that there should be, and which file or upload gave which of them."""

    wanted: frozenset[DocumentId]
    log: dict[str, FileStamp]


def note_repair(folder: Path, wanted: Collection[DocumentId], log: Mapping[str, FileStamp]) -> None:
    """On disk when this returns. Raises OSError."""
    files = {path: stamp for path, stamp in log.items() if stamp.document in wanted}
    write_whole(folder / REPAIR_NOTE, json.dumps({"wanted": sorted(wanted), "files": files}).encode())


def unfinished_repair(folder: Path) -> Unfinished:
    """What was noted of a repair that has not come to its end; nothing where there is none, or no sense in it."""
    try:
        noted = json.loads((folder / REPAIR_NOTE).read_bytes())
        wanted = frozenset(DocumentId(str(id)) for id in noted["wanted"])
        return Unfinished(wanted, {path: _stamp(*values) for path, values in noted["files"].items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Unfinished(frozenset(), {})


def leave_out(folder: Path, documents: Collection[DocumentId]) -> None:
    """These were taken out since, and no repair is to bring them back. Raises OSError."""
    noted = unfinished_repair(folder)
    if not noted.wanted.isdisjoint(documents):
        note_repair(folder, noted.wanted.difference(documents), noted.log)


def forget_repair(folder: Path) -> None:
    """It is done. Raises OSError."""
    (folder / REPAIR_NOTE).unlink(missing_ok=True)
    sync(folder)


def _stamp(size: int, changed_ns: int, said: str, document: str) -> FileStamp:
    return FileStamp(int(size), int(changed_ns), str(said), DocumentId(str(document)))
