"""Files into documents: which reader a file gets, and what its document is called."""

from __future__ import annotations

import hashlib
import importlib
import re
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from .apart import extract_apart
from .document import Document, Extract, document_id, sha256_of_text
from .errors import InputError, UnreadableDocument

__all__ = ["LARGEST_FILE", "LONGEST_LINE", "SUFFIXES", "read_bytes", "read_file"]

LARGEST_FILE: Final = 256 * 1024 * 1024
"""Bytes. A text of that size is some 500 novels; reading it takes about a minute and 2 GB of memory, and what is larger
is nearly always a mistake (a disk image, a database)."""

LONGEST_LINE: Final = 10_000_000
"""Characters. A novel without a line break has a tenth of that; embedding more would take hours for nothing."""

_READERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        ".txt": "read_text",
        ".text": "read_text",
        ".log": "read_text",
        ".rst": "read_text",
        ".md": "read_markdown",
        ".markdown": "read_markdown",
        ".html": "read_html",
        ".htm": "read_html",
        ".xhtml": "read_html",
        ".pdf": "read_pdf",
        ".docx": "read_docx",
    }
)

_APART: Final = frozenset({"read_pdf", "read_docx", "read_html"})
"""The readers whose libraries may die of a file."""

SUFFIXES: Final = frozenset(_READERS)
"""The endings of the file names Quoth reads, in lower case."""

_SIGNATURES: Final = (
    (b"%PDF-", "a PDF", ".pdf"),
    (b"PK\x03\x04", "a ZIP archive or an office file", ".docx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office file (.doc, .xls, .ppt)", ""),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", ""),
    (b"\xff\xd8\xff", "a JPEG image", ""),
    (b"GIF8", "a GIF image", ""),
    (b"\x1f\x8b\x08", "a gzip archive", ""),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", ""),
    (b"Rar!\x1a\x07", "a RAR archive", ""),
    (b"\x7fELF", "a program", ""),
    (b"MZ\x90\x00", "a program", ""),
    (b"SQLite format 3\x00", "a database", ""),
    (rb"{\rtf", "an RTF file", ""),
)

_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
"""Lone surrogates that do not stand for a byte of a file name: those of Windows, which are half characters."""


def read_file(path: Path, title: str | None = None, uri: str | None = None) -> Document:
    """The document in the file at `path`; its id comes from the file's bytes alone.

    `title` and `uri` (from a `sources.toml`) go before the file's own title and its `file:` address. Raises
    `InputError` when the file cannot be opened and `UnreadableDocument` when it cannot become a document.
    """
    name = _printable(str(path))
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise UnreadableDocument(name, "this is a device or a pipe, not a file; save its content to a file first")
        if status.st_size > LARGEST_FILE:
            raise UnreadableDocument(name, _too_large(status.st_size))
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{name}: there is no such file; check the spelling") from error
    except IsADirectoryError as error:
        raise InputError(f"{name}: this is a folder; give it to `quoth add`, which looks for files in it") from error
    except ValueError as error:
        raise InputError(f"{name}: no file can have this name ({error}); check the spelling") from error
    except OSError as error:
        reason = f"the file cannot be opened ({error.strerror or error}); check its permissions"
        raise UnreadableDocument(name, reason) from error
    return read_bytes(data, name, title, uri or path.resolve().as_uri())


def read_bytes(data: bytes, name: str, title: str | None = None, uri: str | None = None) -> Document:
    """The document in `data`, a file called `name`, such as an upload. Its `uri` is `uri`, else `upload:` and the name.

    Raises `UnreadableDocument`, with a reason that says what to do.
    """
    name = _printable(name)
    file_sha256 = hashlib.sha256(data).hexdigest()
    extract = _extract(data, name)
    if not extract.text.strip():
        raise UnreadableDocument(name, "there is no text in this file, only white space")
    longest = max(map(len, extract.text.splitlines()))
    if longest > LONGEST_LINE:
        reason = f"one of its lines has {longest:,} characters, as data has and text has not; break it into paragraphs"
        raise UnreadableDocument(name, reason)
    stem = Path(name.replace("\\", "/")).stem
    return Document(
        id=document_id(file_sha256),
        title=_one_line(title) or _one_line(extract.title) or _readable(stem),
        uri=uri or f"upload:{name}",
        text=extract.text,
        marks=extract.marks,
        file_sha256=file_sha256,
        text_sha256=sha256_of_text(extract.text),
        extractor=extract.extractor,
    )


def _extract(data: bytes, name: str) -> Extract:
    if not data:
        raise UnreadableDocument(name, "this file is empty; check that it was saved or copied completely")
    if len(data) > LARGEST_FILE:
        raise UnreadableDocument(name, _too_large(len(data)))
    suffix = Path(name).suffix.lower()
    if suffix not in _READERS:
        known = " ".join(sorted(SUFFIXES))
        raise UnreadableDocument(
            name, f"files ending in {suffix or 'nothing'} are not read; convert it to one of {known}"
        )
    _refuse_disguise(data, name, suffix)
    reader = _READERS[suffix]
    return extract_apart(reader, data, name) if reader in _APART else _reader(reader)(data, name)


def _refuse_disguise(data: bytes, name: str, suffix: str) -> None:
    """Refuses content that is plainly something else than the name says: reading it as text would store rubbish."""
    for signature, kind, belongs_to in _SIGNATURES:
        if data.startswith(signature) and belongs_to != suffix:
            remedy = f"rename it to end in {belongs_to}" if belongs_to == ".pdf" else "convert it to text or PDF first"
            raise UnreadableDocument(name, f"the name ends in {suffix}, but this is {kind}; {remedy}")


def _reader(module: str) -> Callable[[bytes, str], Extract]:
    """The function of that name in the module of that name, imported when the first such file comes."""
    reader: Callable[[bytes, str], Extract] = getattr(importlib.import_module(f".{module}", __package__), module)
    return reader


def _too_large(size: int) -> str:
    limit = LARGEST_FILE // 1024**2
    return f"the file has {size // 1024**2} MB, more than the {limit} MB one document may have; split it into parts"


def _one_line(title: str | None) -> str:
    return " ".join(title.split()) if title else ""


def _printable(name: str) -> str:
    """A file name whose bytes are not UTF-8 reaches Python with lone surrogates, which nothing can print or store."""
    return _NO_BYTE.sub("\ufffd", name).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _readable(stem: str) -> str:
    """A file name without its ending as a title: `annual-report_2024` is `Annual report 2024`."""
    words = stem.replace("_", " ").replace("-", " ").split() if " " not in stem else stem.split()
    title = " ".join(words) or stem.strip() or "Untitled"
    return title[:1].upper() + title[1:]
