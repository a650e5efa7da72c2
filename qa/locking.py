"""One writer at a time. The lock belongs to the process: when it dies, the system lets go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quoth.corpus import LibraryBusy, LibraryError

__all__ = ["writing"]

_PATIENCE = 10.0  # seconds


@contextmanager
def writing(folder: Path, patience: float = _PATIENCE, name: str = "library.lock") -> Iterator[None]:
    """Hold the write lock, or another one by its `name`. Raises LibraryBusy after `patience` seconds, LibraryError in
    a read-only folder and on a full disk.
    """
    from filelock import FileLock, Timeout

    try:
        with FileLock(folder / name, timeout=patience):
            yield
    except Timeout as error:
        raise LibraryBusy(f"Another process is writing to {folder}; try again when it is done.") from error
    except PermissionError as error:
        raise LibraryError(f"{folder} cannot be written to; check its permissions.") from error
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise LibraryError(f"{folder}: {said}; check that the disk has space and the folder can be written.") from error
