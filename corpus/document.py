"""A document: its text exactly as read, and what is known about places in it.

Offsets everywhere in Quoth are Unicode code points into `Document.text`, 0-based, end-exclusive: Python slices.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal, NewType

__all__ = ["Document", "DocumentId", "Extract", "Mark", "document_id", "sha256_of_text"]

DocumentId = NewType("DocumentId", str)
"""The first 16 hexadecimal digits of the SHA-256 of the file's bytes: same bytes, same document."""

_HEX_ID = re.compile(r"[0-9a-f]{16}")
_HEX_SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256_of_text(text: str) -> str:
    """SHA-256 (hex) of the UTF-8 bytes of `text`; lone surrogates never get here, see `Document`."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def document_id(file_sha256: str) -> DocumentId:
    """The id of the document whose file has this SHA-256 (64 hex digits)."""
    return DocumentId(file_sha256[:16])


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that begins at `start` and holds until the next mark of the same kind: a page or a heading."""

    start: int
    kind: Literal["page", "heading"]
    label: str

    def __post_init__(self) -> None:
        if self.start < 0:
            raise ValueError(f"a mark cannot start at {self.start}")
        if self.kind == "page" and not self.label.isdecimal():
            raise ValueError(f"a page mark needs a number, not {self.label!r}")


@dataclass(frozen=True, slots=True)
class Extract:
    """What a reader got out of a file: the text, marks in order of `start`, a title if the file states one.

    A heading's mark stands on its first visible character: a link to it must not lead to the empty line above.
    `extractor` names the reader and its version (`"pdf/pypdfium2-5.1"`): the text of a receipt can be rebuilt with it.
    """

    text: str
    title: str | None
    marks: tuple[Mark, ...]
    extractor: str

    def __post_init__(self) -> None:
        _check_order(self.marks, self.text)
        for mark in self.marks:
            if mark.kind == "heading" and not self.text[mark.start : mark.start + 1].strip():
                raise ValueError(f"the heading {mark.label!r} stands on white space, at {mark.start}")


@dataclass(frozen=True, slots=True)
class Document:
    """One text with its name and origin. `file_sha256` is over the file's bytes, `text_sha256` over `text` in UTF-8."""

    id: DocumentId
    title: str
    uri: str
    text: str
    marks: tuple[Mark, ...]
    file_sha256: str
    text_sha256: str
    extractor: str

    def __post_init__(self) -> None:
        if not _HEX_SHA256.fullmatch(self.file_sha256) or not _HEX_SHA256.fullmatch(self.text_sha256):
            raise ValueError("file_sha256 and text_sha256 must be 64 hexadecimal digits each")
        if not _HEX_ID.fullmatch(self.id) or not self.file_sha256.startswith(self.id):
            raise ValueError(f"id {self.id!r} is not the beginning of the file's hash {self.file_sha256}")
        if not self.text.strip():
            raise ValueError(f"document {self.title!r} has no text")
        _check_order(self.marks, self.text)

    def page_at(self, offset: int) -> int | None:
        """The 1-based page that the character at `offset` stands on; None when the format has no pages."""
        label = self._label_at(offset, "page")
        return None if label is None else int(label)

    def heading_at(self, offset: int) -> str | None:
        """The nearest heading at or above `offset`; None when there is none."""
        return self._label_at(offset, "heading")

    def line_at(self, offset: int) -> int:
        """The 1-based line of `offset`; lines end with `\\n`, `\\r\\n` or a lone `\\r`."""
        before = self.text[:offset]
        return 1 + before.count("\n") + before.count("\r") - before.count("\r\n")

    def _label_at(self, offset: int, kind: Literal["page", "heading"]) -> str | None:
        marks = [mark for mark in self.marks if mark.kind == kind]
        at = bisect_right(marks, offset, key=lambda mark: mark.start)
        return marks[at - 1].label if at else None


def _check_order(marks: tuple[Mark, ...], text: str) -> None:
    starts = [mark.start for mark in marks]
    if starts != sorted(starts) or (starts and starts[-1] > len(text)):
        raise ValueError("marks must be in order of start and inside the text")
