"""The two articles that come with Quoth."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

__all__ = ["bundled_folder"]


def bundled_folder() -> Path:
    """The folder of the bundled texts, inside the installed package."""
    return Path(str(files("quoth.corpus").joinpath("texts")))
