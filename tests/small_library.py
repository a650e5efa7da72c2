"""A real, small library for tests: hashed words for an encoder, shared words for a reader. Answers in a millisecond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from quoth.corpus import Splitting
from quoth.index import Encoder
from quoth.qa import DoctorReport, Library, OnProgress
from quoth.qa.asking import Asker
from small_encoder import HashingEncoder
from small_reader import OverlapReader


class SmallLibrary(Library):
    """`Library` with the small reader."""

    def _asker(self) -> Asker:
        return replace(super()._asker(), reader=OverlapReader())


class TinyLibrary(SmallLibrary):
    """The same with the small encoder, whatever opens, makes or repairs it: for the commands."""

    @classmethod
    def open(cls, path: str | Path | None = None, *, encoder: Encoder | str | None = None) -> Library:
        return super().open(path, encoder=encoder or HashingEncoder())

    @classmethod
    def create(
        cls,
        path: str | Path | None = None,
        *,
        encoder: Encoder | str | None = None,
        splitting: Splitting | None = None,
    ) -> Library:
        return super().create(path, encoder=encoder or HashingEncoder(), splitting=splitting)

    @classmethod
    def repair(
        cls, path: str | Path | None = None, *, encoder: Encoder | str | None = None, progress: OnProgress | None = None
    ) -> DoctorReport:
        return super().repair(path, encoder=encoder or HashingEncoder(), progress=progress)


def small_library(folder: Path, texts: Mapping[str, str]) -> Library:
    """A library in `folder` of documents by file name."""
    library = SmallLibrary.create(folder, encoder=HashingEncoder())
    library.add_files((name, text.encode()) for name, text in texts.items())
    return library
