"""Files and folders a user names, as a list of files worth reading, in an order that is always the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import InputError
from .reading import SUFFIXES

__all__ = ["SOURCES", "Found", "FoundFile", "find_files"]

SOURCES = "sources.toml"
"""A file of this name says, for files beside it, `["name.txt"]`, `title = "..."`, `uri = "..."`."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """One file: absolute path, size in bytes, time of change in nanoseconds, and what a `sources.toml` says of it."""

    path: Path
    size: int
    mtime_ns: int
    title: str | None
    uri: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """`files` to read; `folders` that were looked through, absolute. `skipped` (Quoth does not read such files) and
    `refused` (something is wrong with them) are pairs of name and reason.
    """

    files: tuple[FoundFile, ...]
    folders: tuple[Path, ...]
    skipped: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Search:
    files: dict[Path, FoundFile] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    said: dict[Path, dict[str, dict[str, str]]] = field(default_factory=dict)  # by folder: what its `SOURCES` says


def find_files(paths: Iterable[Path]) -> Found:
    """Look through `paths`. Folders are searched to the bottom; hidden files and links that lead out are left alone.

    A path that is not there is refused by name; the others are found all the same.
    """
    search = _Search()
    for given in paths:
        _look(given, search)
    return Found(tuple(search.files.values()), tuple(search.folders), tuple(search.skipped), tuple(search.refused))


def _look(given: Path, search: _Search) -> None:
    path = Path(os.path.abspath(given))  # noqa: PTH100  resolve() would follow the link that was named
    try:
        if path.is_dir():
            root = path.resolve()
            search.folders.append(root)
            _walk(root, search)
        elif path.exists():
            _take(path.resolve(), search, named=True)
        else:
            search.refused.append((str(given), "there is no such file or folder; check the spelling"))
    except OSError as error:  # a name that is too long, a drive that went away
        search.refused.append((str(given), f"it cannot be opened ({error.strerror}); check the spelling"))


def _walk(root: Path, search: _Search) -> None:
    def unreadable(error: OSError) -> None:
        search.refused.append(
            (str(error.filename), f"the folder cannot be read ({error.strerror}); check its permissions")
        )

    for folder, names, files in os.walk(root, onerror=unreadable):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for path in _visible(Path(folder), files):
            if path.is_symlink() and path.is_file() and not path.resolve().is_relative_to(root):
                search.skipped.append((str(path), "this link leads out of the folder; add its target by name"))
            elif path.is_file():  # a link to itself or to nothing is no file
                _take(path, search, named=False)


def _visible(folder: Path, files: Iterable[str]) -> Iterator[Path]:
    return (folder / name for name in sorted(files) if not name.startswith(".") and name != SOURCES)


def _take(path: Path, search: _Search, *, named: bool) -> None:
    if path.suffix.lower() not in SUFFIXES and not named:
        search.skipped.append((str(path), f"files ending in {path.suffix or 'nothing'} are not read"))
        return
    try:
        status = path.stat()
    except OSError as error:
        search.refused.append((str(path), f"the file cannot be opened ({error.strerror}); check its permissions"))
        return
    said = _said(path.parent, search).get(path.name, {})
    search.files[path] = FoundFile(path, status.st_size, status.st_mtime_ns, said.get("title"), said.get("uri"))


def _said(folder: Path, search: _Search) -> dict[str, dict[str, str]]:
    """Looked up once a folder and search: with thousands of files in it that is a good part of the time."""
    if folder not in search.said:
        try:
            search.said[folder] = _sources(folder)
        except InputError as error:
            search.said[folder] = {}
            search.refused.append((str(folder / SOURCES), str(error)))
    return search.said[folder]


def _sources(folder: Path) -> dict[str, dict[str, str]]:
    try:
        status = (folder / SOURCES).stat()
    except OSError:
        return {}
    return _parsed(folder / SOURCES, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _parsed(path: Path, mtime_ns: int, size: int) -> dict[str, dict[str, str]]:  # noqa: ARG001  the key of the cache
    tomllib = _tomllib()
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"this file is not valid TOML ({error}); its titles and addresses are not used") from error
    return {name: {k: str(v) for k, v in table.items()} for name, table in tables.items() if isinstance(table, dict)}


def _tomllib() -> Any:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib
