"""Files and folders a user names, as a list of files worth reading, in an order that is always the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from errno import ENAMETOOLONG
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Final, NamedTuple

from .errors import InputError
from .reading import SUFFIXES
from .scarcity import is_passing
from .sources import SOURCES, Told, told_beside

__all__ = ["SOURCES", "Found", "FoundFile", "find_files"]

_LISTED: Final = os.name != "nt"
"""Whether a folder's listing leads to the size and time of a file; that of Windows may tell old ones."""

_NO_FILE: Final = "this is a device or a pipe, not a file; it is not opened"


class FoundFile(NamedTuple):
    """One file: absolute path, size in bytes, time of change in nanoseconds, and what a `sources.toml` says of it.

    The time is the later one of content and state: `cp -p`, `rsync` and `touch` set the first back, nothing the second.
    A tuple, with the path as a string: one is made for each of thousands of files of which none may be read.
    """

    place: str
    size: int
    changed_ns: int
    title: str | None
    uri: str | None

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self.place)


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
    files: dict[str, FoundFile] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    said: dict[str, Told] = field(default_factory=dict)  # by folder: what its `SOURCES` says


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
            _take(str(path.resolve()), search)
        else:
            search.refused.append((str(given), "there is no such file or folder; check the spelling"))
    except OSError as error:  # a name that is too long, a drive that went away
        search.refused.append((str(given), f"it cannot be opened ({error.strerror}); check the spelling"))


def _walk(root: Path, search: _Search) -> None:
    """As `os.walk` goes, but with one look at each file."""
    waiting = [str(root)]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as listing:
                entries = sorted((one for one in listing if not one.name.startswith(".")), key=_name)
        except OSError as error:
            search.refused.append((str(error.filename or folder), _unopened(error, "the folder cannot be read")))
            continue
        inner = []
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                _listed(entry, folder, search)
            elif entry.is_symlink():
                _linked(entry, root, folder, search)
            elif entry.is_dir(follow_symlinks=False):
                if not _is_junction(entry):
                    inner.append(entry.path)
            elif entry.name != SOURCES:
                search.skipped.append((entry.path, _NO_FILE))
        waiting += reversed(inner)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _is_junction(entry: os.DirEntry[str]) -> bool:
    """Those of Windows lead elsewhere, as links do."""
    return sys.version_info >= (3, 12) and entry.is_junction()


def _linked(entry: os.DirEntry[str], root: Path, folder: str, search: _Search) -> None:
    """What a link to a folder inside holds is found where it lies; every other one that is left alone is named."""
    if entry.name == SOURCES:
        return
    path = Path(entry.path)
    try:
        mode, inside = path.stat().st_mode, path.resolve().is_relative_to(root)
    except OSError as error:
        if is_passing(error):
            search.refused.append((entry.path, _unopened(error)))
        else:
            search.skipped.append((entry.path, f"this link leads to nothing ({error.strerror})"))
        return
    if S_ISREG(mode) and inside:
        _listed(entry, folder, search)
    elif not S_ISREG(mode) and not S_ISDIR(mode):
        search.skipped.append((entry.path, _NO_FILE))
    elif not inside:
        search.skipped.append((entry.path, "this link leads out of the folder; add its target by name"))


def _listed(entry: os.DirEntry[str], folder: str, search: _Search) -> None:
    name = entry.name
    if name[name.rfind(".") :].lower() in SUFFIXES:
        _take(entry.path, search, folder, entry)
    elif name != SOURCES:
        ending = Path(name).suffix or "nothing"
        search.skipped.append((entry.path, f"files ending in {ending} are not read"))


def _take(place: str, search: _Search, folder: str = "", entry: os.DirEntry[str] | None = None) -> None:
    """The file at `place`, which was listed as `entry` of `folder` or named."""
    try:
        status = entry.stat() if entry is not None and _LISTED else os.stat(place)  # noqa: PTH116  no path is made
    except OSError as error:
        search.refused.append((place, _unopened(error)))
        return
    title = uri = None
    if said := _said(folder or os.path.dirname(place), search):  # noqa: PTH120  no path is made
        told = said.get(os.path.basename(place), {})  # noqa: PTH119  no path is made
        title, uri = told.get("title"), told.get("uri")
    changed_ns = max(status.st_mtime_ns, status.st_ctime_ns)
    search.files[place] = FoundFile(place, status.st_size, changed_ns, title, uri)


def _unopened(error: OSError, what: str = "the file cannot be opened") -> str:
    remedy = "add a folder further in by a shorter path" if error.errno == ENAMETOOLONG else "check its permissions"
    return f"{what} ({error.strerror}); {remedy}"


def _said(folder: str, search: _Search) -> Told:
    """Looked up once a folder and search: with thousands of files in it that is a good part of the time."""
    if folder not in search.said:
        try:
            search.said[folder] = told_beside(Path(folder))
        except InputError as error:
            search.said[folder] = {}
            search.refused.append((str(Path(folder, SOURCES)), str(error)))
    return search.said[folder]
