"""What the system refuses, in words for a person: which resource is short, and what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from .errors import LibraryError

__all__ = ["is_passing", "refuse_passing", "remedy_for", "told"]

_FULL = "make room on the disk and try again"
_CLOSED = "check its permissions, and that the disk is not mounted read-only"
_MANY = "close some programs, or allow more open files (`ulimit -n`), and try again"
_MEMORY = "close some programs, or give fewer files at once, and try again"
_REMEDIES: Final[Mapping[int, str]] = MappingProxyType(
    {
        errno.ENOSPC: _FULL,
        errno.EDQUOT: _FULL,
        errno.EFBIG: _FULL,
        errno.EROFS: _CLOSED,
        errno.EACCES: _CLOSED,
        errno.EPERM: _CLOSED,
        errno.EMFILE: _MANY,
        errno.ENFILE: _MANY,
        errno.ENOMEM: _MEMORY,
    }
)


def remedy_for(code: int) -> str:
    """What to do where the system gives this `errno`."""
    return _REMEDIES.get(code, "check that the disk has space and the folder can be written")


def told(error: OSError) -> str:
    """What the system said and the remedy, as the second half of a sentence without its full stop.

    >>> told(OSError(errno.ENOSPC, "No space left on device"))
    'no space left on device; make room on the disk and try again'
    """
    said = (error.strerror or str(error)).lower()
    return f"{said}; {remedy_for(error.errno or 0)}"


def is_passing(error: OSError) -> bool:
    """Whether this says nothing of the file: it may be whole, but cannot be looked at as things are."""
    return error.errno in _REMEDIES


def refuse_passing(path: Path, error: OSError) -> None:
    """Raises LibraryError where what befell the file at `path` passes: then it must not be called damaged."""
    if is_passing(error):
        raise LibraryError(f"{path}: {told(error)}.") from error
