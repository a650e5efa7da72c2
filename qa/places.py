"""Where a library lies when nobody says."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["LIBRARY_VARIABLE", "default_library_path"]

LIBRARY_VARIABLE = "QUOTH_LIBRARY"


def default_library_path() -> Path:
    """$QUOTH_LIBRARY, else a folder in the user's data folder."""
    from platformdirs import user_data_path

    chosen = os.environ.get(LIBRARY_VARIABLE)
    return Path(chosen) if chosen else user_data_path("quoth", appauthor=False) / "library"
