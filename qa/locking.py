"""One writer at a time. The lock belongs to the process: when it dies, the system lets go, whatever it has left behind.

Who holds it stands in a note beside the lock, for the one who is refused to read. The note decides nothing: one that is
left over by a dead process, a reboot or another machine is never asked whether the lock is free.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from quoth.corpus import BadRequest, LibraryBusy, LibraryError, told

__all__ = ["PATIENCE", "writing"]

PATIENCE: Final = "QUOTH_LOCK_SECONDS"
"""The environment variable that says how long a writer waits for another one."""

_PATIENCE: Final = 10.0  # seconds
_NOTE: Final = ".holder"


@contextmanager
def writing(folder: Path, patience: float | None = None, name: str = "library.lock") -> Iterator[None]:
    """Hold the write lock, or another one by its `name`. Raises LibraryBusy after `patience` seconds (None: those of
    `$QUOTH_LOCK_SECONDS`, else ten), LibraryError in a read-only folder and on a full disk, BadRequest where the
    variable is no number of seconds.
    """
    from filelock import FileLock, Timeout

    lock = folder / name
    try:
        with FileLock(lock, timeout=_patience() if patience is None else patience), _noted(lock.with_suffix(_NOTE)):
            yield
    except Timeout as error:
        holder = _holder(lock.with_suffix(_NOTE))
        raise LibraryBusy(
            f"Another process is writing to {folder}{holder}; try again when it is done, or set {PATIENCE} to wait "
            "longer."
        ) from error
    except OSError as error:
        raise LibraryError(f"{folder}: {told(error)}.") from error


def _patience() -> float:
    said = os.environ.get(PATIENCE, "").strip()
    if not said:
        return _PATIENCE
    if not said.isdecimal():
        raise BadRequest(f"{PATIENCE} is a whole number of seconds, such as 60; {said!r} is not.")
    return float(said)


@contextmanager
def _noted(note: Path) -> Iterator[None]:
    """Who holds the lock, as long as it is held; on a full disk nobody is told, and the work is tried all the same."""
    began = datetime.now(timezone.utc).isoformat(sep=" ", timespec="seconds")
    with suppress(OSError):
        note.unlink(missing_ok=True)
        note.write_text(
            json.dumps({"process": os.getpid(), "machine": platform.node(), "since": began}), encoding="utf-8"
        )
    try:
        yield
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)


def _holder(note: Path) -> str:
    """Who holds the lock, for a sentence; nothing where that is not known."""
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        where = "" if found["machine"] == platform.node() else f" on {found['machine']}"
        return f" (process {found['process']}{where}, since {found['since']})"
    except (OSError, ValueError, KeyError, TypeError):  # written this very moment, or by a disk without room
        return ""
