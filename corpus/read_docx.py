"""Word files: paragraphs, tables and content controls in the order they stand, headings as marks.

Text that was deleted with tracked changes is left out, inserted text is in; comments, headers and footnotes are not
part of the running text and are left out.
"""

from __future__ import annotations

import zipfile
from importlib.metadata import version
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from .document import Extract
from .errors import UnreadableDocument
from .parsing import TextBuilder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docx.document import Document as WordDocument

__all__ = ["LARGEST_UNPACKED", "MOST_PARTS", "read_docx"]

LARGEST_UNPACKED: Final = 512 * 1024 * 1024
"""Bytes. A Word file is a ZIP archive; one that unpacks to more than this is a trap, not a text."""

MOST_PARTS = 10_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_CONTAINERS = frozenset(_WORD + tag for tag in ("sdt", "sdtContent", "customXml", "ins", "smartTag", "moveTo"))
_SIGNS: Final = {_WORD + "tab": "\t", _WORD + "br": "\n", _WORD + "cr": "\n", _WORD + "noBreakHyphen": "\u2011"}
# Text that is no longer here, and the second copy of a text box kept for old versions of Word.
_SKIPPED = frozenset({_WORD + "moveFrom", _WORD + "del", _FALLBACK, _WORD + "pPr", _WORD + "rPr"})


def read_docx(data: bytes, name: str) -> Extract:
    """The running text of a Word file; the title is the one in its properties, else its first line in style Title.

    Raises `UnreadableDocument`: the file is no Word file, is broken, or would unpack to an absurd size.
    """
    _check_archive(data, name)
    import docx

    word = docx.Document(BytesIO(data))
    _refuse_document_type(word, name)
    built, styled = _built(word)
    title = (word.core_properties.title or "").strip() or styled
    text = built.text()
    if not text.strip():
        raise UnreadableDocument(name, "this Word file holds no text; if it holds pictures of text, run OCR on them")
    return Extract(text, title or None, built.marks(), f"docx/python-docx-{version('python-docx')}")


def _check_archive(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        reason = "this Word file is broken or cut short; open it in Word and save it again"
        raise UnreadableDocument(name, reason) from error
    # Python reads no more of a part than its header states, so the stated sizes can be relied on.
    unpacked = sum(part.file_size for part in parts)
    if unpacked > LARGEST_UNPACKED or len(parts) > MOST_PARTS:
        limit = LARGEST_UNPACKED // 1024**2
        reason = (
            f"it would unpack to {unpacked // 1024**2} MB in {len(parts)} parts (at most {limit} MB in {MOST_PARTS})"
        )
        raise UnreadableDocument(name, f"{reason}; if it is a real text, save it as .txt")
    if not any(part.filename == "word/document.xml" for part in parts):
        raise UnreadableDocument(name, "this ZIP archive is not a Word file; unpack it and add the files inside")


def _refuse_document_type(word: WordDocument, name: str) -> None:
    """Word writes no document type, and its words behind an entity's name would be missing here."""
    package: Any = word.part.package
    trees = (part.element.getroottree() for part in package.iter_parts() if hasattr(part, "element"))
    if any(tree.docinfo.internalDTD is not None for tree in trees):
        reason = "this Word file declares a document type, as no Word file does; open it in Word and save it again"
        raise UnreadableDocument(name, reason)


def _built(word: WordDocument) -> tuple[TextBuilder, str | None]:
    """The text, and the first paragraph in the style Title."""
    built = TextBuilder()
    title: str | None = None
    headings = {style.style_id: style.name or "" for style in word.styles if _is_heading(style.name)}
    root: Any = word.element  # lxml's own classes, of which python-docx's stubs know little
    for element in _in_order(root.body):
        built.end_line("\n\n")
        start = len(built)
        if element.tag == _WORD + "tbl":
            _add_table(built, element)
            continue
        line = _text(element)
        built.add(line)
        style = headings.get(_style_of(element))
        if style is not None:
            built.mark_heading(start, line)
            title = title or (line.strip() if style == "Title" else None)
    return built, title


def _is_heading(style: str | None) -> bool:
    return style == "Title" or (style or "").startswith("Heading ")


def _style_of(paragraph: Any) -> str:
    found = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
    return "" if found is None else str(found.get(_WORD + "val"))


def _in_order(container: Any) -> Iterator[Any]:
    """Paragraphs and tables inside `container`, those in content controls included, which python-docx leaves out."""
    for child in container.iterchildren():
        if child.tag in {_WORD + "p", _WORD + "tbl"}:
            yield child
        elif child.tag in _CONTAINERS:
            yield from _in_order(child)


def _add_table(built: TextBuilder, table: Any) -> None:
    """A line a row, a tab between cells; paragraphs of a cell, and the cells of a table in it, have a space between."""
    for row in table.iter(_WORD + "tr"):
        if row.getparent() is not table and next(row.iterancestors(_WORD + "tbl")) is not table:
            continue
        cells = [cell for cell in row.iter(_WORD + "tc") if next(cell.iterancestors(_WORD + "tr")) is row]
        built.end_line("\n")
        built.add("\t".join(" ".join(filter(None, map(_text, cell.iter(_WORD + "p")))) for cell in cells))


def _text(paragraph: Any) -> str:
    """The words of a paragraph with its tabs and line breaks."""
    pieces: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        element = stack.pop()
        if element.tag in _SKIPPED:
            continue
        if element.tag == _WORD + "t":
            pieces.append(element.text or "")
        elif sign := _SIGNS.get(element.tag):
            pieces.append(sign)
        elif element.tag == _WORD + "p" and pieces and pieces[-1] != "\n":
            pieces.append("\n")  # a paragraph of a text box that is anchored here
        stack.extend(reversed(element))
    return "".join(pieces)
