"""PDF: the text layer page by page, in the order the file draws it, with a mark at each page.

Words parted at a line end stay parted, and columns come as the file draws them: a quote must be what stands there.
"""

from __future__ import annotations

import re
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from .document import Extract
from .errors import UnreadableDocument
from .parsing import TextBuilder

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

__all__ = ["MOST_CHARACTERS", "MOST_PAGES", "clean", "read_pdf"]

MOST_PAGES: Final = 20_000
"""The longest manuals have some 6,000; a file of 20 KB can name one page any number of times."""

MOST_CHARACTERS: Final = 50_000_000
"""A hundred novels."""

_ONE_AT_A_TIME = threading.Lock()
"""PDFium is not safe to call from two threads, whatever the two documents."""

_END_OF_LINE_HYPHEN = re.compile("[\ufffe\x02]")  # how PDFium hands over a hyphen at a line end
_UNUSABLE = re.compile("[\x00\x01\x03-\x08\x0e-\x1f\x7f\uffff]")
_TITLES_OF_PROGRAMS = re.compile(
    r"(?:untitled|unbenannt|sans titre|document)\W*\d*\Z|microsoft word|powerpoint"
    r"|.*\.(?:docx?|indd|tex|dvi|qxd|pptx?|rtf|pdf)\Z",
    re.IGNORECASE,
)
_LONGEST_TITLE = 200
_TOO_MUCH = "more than the {:,} one document may have; split it into parts"


def read_pdf(data: bytes, name: str) -> Extract:
    """The text layer of a PDF. The title is the one in its properties, where a person seems to have written it.

    Raises `UnreadableDocument`: the PDF is broken, needs a password, or holds pictures of pages without text.
    """
    with _ONE_AT_A_TIME:
        pdf = _opened(data, name)
        try:
            pages = len(pdf)
            if pages > MOST_PAGES:
                raise UnreadableDocument(name, f"this PDF has {pages:,} pages, {_TOO_MUCH.format(MOST_PAGES)}")
            built = _text_of_pages(pdf, name)
            title = _title(pdf.get_metadata_value("Title"))
        finally:
            pdf.close()
    text = built.text()
    if not text.strip():
        holds = f"its {pages} pages are" if pages != 1 else "its page is"
        raise UnreadableDocument(name, f"this PDF holds no text, {holds} pictures or empty; run text recognition (OCR)")
    return Extract(text=text, title=title, marks=built.marks(), extractor=f"pdf/pypdfium2-{version('pypdfium2')}")


def _opened(data: bytes, name: str) -> PdfDocument:
    from pypdfium2 import PdfDocument, PdfiumError
    from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

    try:
        return PdfDocument(data)
    except PdfiumError as error:
        if getattr(error, "err_code", None) in {FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY}:
            reason = "this PDF is locked with a password; save a copy without one and add that"
            raise UnreadableDocument(name, reason) from error
        reason = "this PDF is broken or cut short; download it again, or print it to a new PDF and add that"
        raise UnreadableDocument(name, reason) from error


def _text_of_pages(pdf: PdfDocument, name: str) -> TextBuilder:
    built = TextBuilder()
    for index in range(len(pdf)):
        built.end_line("\n")
        built.mark_page(index + 1)
        page = pdf[index]
        try:
            text_page = page.get_textpage()
            try:
                if len(built) + text_page.count_chars() > MOST_CHARACTERS:
                    reason = f"this PDF has too many characters, {_TOO_MUCH.format(MOST_CHARACTERS)}"
                    raise UnreadableDocument(name, reason)
                built.add(clean(text_page.get_text_bounded()))
            finally:
                text_page.close()
        finally:
            page.close()
    return built


def clean(text: str) -> str:
    """`text` with PDFium's own signs undone: its end-of-line hyphen is a hyphen, its glyph without meaning nothing."""
    return _UNUSABLE.sub("", _END_OF_LINE_HYPHEN.sub("-", text))


def _title(stated: str) -> str | None:
    title = " ".join(clean(stated).split())
    if (
        not 3 <= len(title) <= _LONGEST_TITLE
        or _TITLES_OF_PROGRAMS.match(title)
        or not re.search(r"[^\W\d_]{2}", title)
    ):
        return None
    return title
