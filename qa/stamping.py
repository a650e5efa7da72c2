"""Whether a file is as it was when it was read, and when documents came."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from quoth.corpus import SAID_NOTHING, Arrival, DocumentId, FileStamp, FoundFile, settled

__all__ = ["arrival_now", "is_as_then", "stamp_of"]


def is_as_then(file: FoundFile, stamp: FileStamp) -> bool:
    """By size, time of change and what is said of it; not a byte is read."""
    return file.changed_ns == stamp.changed_ns and file.size == stamp.size and _said(file) == stamp.said


def stamp_of(file: FoundFile, document: DocumentId, read_ns: int) -> FileStamp:
    """What is to be remembered of a file that was read from `read_ns` on, nanoseconds, and became `document`."""
    return FileStamp(file.size, settled(file.changed_ns, read_ns), _said(file), document)


def arrival_now(file_bytes: int) -> Arrival:
    """Of a file of this size, to the second."""
    return Arrival(datetime.now(timezone.utc).isoformat(timespec="seconds"), file_bytes)


def _said(file: FoundFile) -> str:
    if file.title is file.uri is None:
        return SAID_NOTHING
    return json.dumps((file.title, file.uri), ensure_ascii=False)
