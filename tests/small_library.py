"""A real, small library for tests: hashed words for an encoder, shared words for a reader. Answers in a millisecond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from quoth.qa import Library
from quoth.qa.asking import Asker
from small_encoder import HashingEncoder
from small_reader import OverlapReader


class SmallLibrary(Library):
    """`Library` with the small reader."""

    def _asker(self) -> Asker:
        return replace(super()._asker(), reader=OverlapReader())


def small_library(folder: Path, texts: Mapping[str, str]) -> Library:
    """A library in `folder` of documents by file name."""
    library = SmallLibrary.create(folder, encoder=HashingEncoder())
    library.add_files((name, text.encode()) for name, text in texts.items())
    return library
