"""Plain text: the file as it stands. Paragraphs are left to the splitter; there are no marks and no title."""

from __future__ import annotations

from .decoding import decode
from .document import Extract

__all__ = ["read_text"]


def read_text(data: bytes, name: str) -> Extract:
    """The text of a plain text file, verbatim. Raises `UnreadableDocument` when the bytes are not text."""
    return Extract(text=decode(data, name), title=None, marks=(), extractor="text/1")
