"""Which file gave which document, and what the file looked like then: so that unchanged files cost one look.

A file counts as unchanged where its size and its time of change are those noted, and that time was over when it was
read: two changes within one tick of a file system's clock bear the same time (git calls such files racily clean). What
was changed that shortly before, or by its date in the future, is noted with no time and read again. So a change goes
unseen only where the later of its two times (mtime, ctime) is the same to the nanosecond.

An upload has no path; it is logged by its address, so that content that came under two names outlives one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from .document import DocumentId
from .errors import LibraryDamaged
from .sqlite import opened

__all__ = ["LOG_SCHEMA", "SAID_NOTHING", "UNSURE", "FileLog", "FileStamp", "settled"]

UNSURE: Final = -1
"""In the place of a time of change."""

_TICK: Final = 100_000_000
"""Nanoseconds: a file system's clock ticks ten times as often or more."""

_SECOND: Final = 1_000_000_000
_COARSE: Final = 2 * _SECOND
"""Nanoseconds: where it counts whole seconds; FAT counts every other one."""


def settled(changed_ns: int, read_ns: int) -> int:
    """The time to note for a file that was changed then and read from `read_ns` on (nanoseconds of one clock): UNSURE
    where a later change may bear the same time.

    >>> settled(1_000_000_001, 1_050_000_001), settled(1_000_000_001, 1_200_000_001)
    (-1, 1000000001)
    """
    tick = _TICK if changed_ns % _SECOND else _COARSE
    return changed_ns if changed_ns + tick < read_ns else UNSURE


class FileStamp(NamedTuple):
    """What is compared before a file is read: size in bytes, time of change in nanoseconds (UNSURE: never the
    same as any), and what `sources.toml` said of it. `document` is what it became.
    """

    size: int
    changed_ns: int
    said: str
    document: DocumentId


SAID_NOTHING: Final = "[null, null]"
"""`FileStamp.said` of most files, of which no `sources.toml` says anything; held once."""

LOG_SCHEMA = """
CREATE TABLE IF NOT EXISTS files (
    path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, said TEXT NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID
"""


class FileLog:
    """One SQLite file. Losing it costs time, never documents: files are read again."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> dict[str, FileStamp]:
        """Every file known, by its absolute path."""
        with opened(self._path, LOG_SCHEMA) as sql:
            rows = sql.execute("SELECT path, size, mtime_ns, said, document FROM files ORDER BY path")
            return {self._known(path): self._stamp(*row) for path, *row in rows}

    def paths_of(self, document: DocumentId) -> list[str]:
        """The paths of the files that became this document, in order."""
        with opened(self._path, LOG_SCHEMA) as sql:
            rows = sql.execute("SELECT path FROM files WHERE document = ? ORDER BY path", (document,))
            return [self._known(path) for (path,) in rows]

    def note(self, stamps: Mapping[str, FileStamp]) -> None:
        """Remember these, all or none."""
        rows = [(_stored(path), s.size, s.changed_ns, s.said, s.document) for path, s in stamps.items()]
        with opened(self._path, LOG_SCHEMA) as sql:
            sql.execute("BEGIN IMMEDIATE")
            sql.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", rows)
            sql.execute("COMMIT")

    def forget(self, paths: Iterable[str]) -> None:
        """Forget these paths; unknown ones are ignored."""
        with opened(self._path, LOG_SCHEMA) as sql:
            sql.execute("BEGIN IMMEDIATE")
            sql.executemany("DELETE FROM files WHERE path = ?", [(_stored(path),) for path in paths])
            sql.execute("COMMIT")

    def _stamp(self, size: Any, changed_ns: Any, said: Any, document: Any) -> FileStamp:
        """Raises LibraryDamaged where the row is none."""
        if type(size) is type(changed_ns) is int and type(said) is type(document) is str:
            return FileStamp(size, changed_ns, said if said != SAID_NOTHING else SAID_NOTHING, DocumentId(document))
        raise self._damaged()

    def _known(self, stored: Any) -> str:
        """The path as it was given. Raises LibraryDamaged where it is none."""
        try:
            return stored if isinstance(stored, str) else str(stored, "utf-8", "surrogatepass")
        except (TypeError, UnicodeDecodeError) as error:
            raise self._damaged() from error

    def _damaged(self) -> LibraryDamaged:
        return LibraryDamaged(f"{self._path} is damaged; run `quoth doctor --repair` to make it anew.")


def _stored(path: str) -> str | bytes:
    """A file name that is no Unicode (Latin-1 bytes on Linux, half a character on Windows) is stored as bytes."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")
    return path
