"""Where a library lies when nobody says, and the names of its files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from quoth.corpus import LibraryMissing

__all__ = [
    "FILES",
    "LIBRARY_VARIABLE",
    "SHELF",
    "default_library_path",
    "existing_library",
    "is_library",
    "library_folder",
]

LIBRARY_VARIABLE: Final = "QUOTH_LIBRARY"
FILES: Final = "files.sqlite"
SHELF: Final = "shelf.sqlite"
_CATALOGUE: Final = "index.sqlite"


def default_library_path() -> Path:
    """$QUOTH_LIBRARY, else a folder in the user's data folder."""
    from platformdirs import user_data_path

    chosen = os.environ.get(LIBRARY_VARIABLE)
    return Path(chosen) if chosen else user_data_path("quoth", appauthor=False) / "library"


def library_folder(path: str | Path | None) -> Path:
    """The folder meant by `path`: the default one when None."""
    return default_library_path() if path is None else Path(path)


def is_library(folder: Path) -> bool:
    """Whether a library lies there."""
    return (folder / _CATALOGUE).exists() or (folder / SHELF).exists()


def existing_library(path: str | Path | None) -> Path:
    """The folder meant by `path`. Raises LibraryMissing when no library lies there."""
    folder = library_folder(path)
    if not is_library(folder):
        raise LibraryMissing(f"There is no library at {folder}; make one with `quoth add --library {folder} PATH`.")
    return folder
