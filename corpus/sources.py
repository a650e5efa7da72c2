"""What a folder's `sources.toml` tells of the files beside it: titles and addresses."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, Final, TypeAlias

from .errors import InputError

__all__ = ["LARGEST_SOURCES", "SOURCES", "Told", "told_beside"]

SOURCES: Final = "sources.toml"
"""A file of this name says, for files beside it, `["name.txt"]`, `title = "..."`, `uri = "..."`."""

LARGEST_SOURCES: Final = 16 * 1024 * 1024
"""Bytes: a hundred thousand files with a title and an address each."""

Told: TypeAlias = dict[str, dict[str, str]]
"""By the name of a file: its `title`, its `uri`."""


def told_beside(folder: Path) -> Told:
    """What the `SOURCES` of `folder` tells; nothing where there is none. Raises InputError where it is no TOML."""
    path = folder / SOURCES
    try:
        status = path.stat()
    except OSError:
        return {}
    if not S_ISREG(status.st_mode):  # opening a pipe would wait for ever, and a device may have no end
        kind = "a folder" if S_ISDIR(status.st_mode) else "a device or a pipe"
        raise InputError(f"this is {kind}, not a file; no titles and addresses are used")
    if status.st_size > LARGEST_SOURCES:
        limit = LARGEST_SOURCES // 1024**2
        raise InputError(f"this file has more than the {limit} MB it may have; its titles and addresses are not used")
    return _parsed(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _parsed(path: Path, mtime_ns: int, size: int) -> Told:  # noqa: ARG001  the key of the cache
    tomllib = _tomllib()
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        reason = f"this file cannot be opened ({error.strerror}); check its permissions"
        raise InputError(f"{reason}; its titles and addresses are not used") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"this file is not valid TOML ({error}); its titles and addresses are not used") from error
    return {name: {k: str(v) for k, v in table.items()} for name, table in tables.items() if isinstance(table, dict)}


def _tomllib() -> Any:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib
