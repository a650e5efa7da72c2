"""Draws one page of a PDF, in a process of its own that may die of it.

    python -Im quoth.corpus.draw_page 3 < file.pdf

Out come a line of JSON, `{"letters": "...", "boxes": [[left, top, right, bottom], ...]}` in ten thousandths of the
page's width and height, one box for each character that is no white space, and then the page as a PNG.
Exit code 3: there is no such page.
"""

from __future__ import annotations

import io
import json
import math
import sys
from typing import TYPE_CHECKING

from .child import limit
from .read_pdf import clean

if TYPE_CHECKING:
    from pypdfium2 import PdfBitmap, PdfPage

__all__ = ["MOST_MEMORY", "MOST_PIXELS", "MOST_SECONDS", "NO_SUCH_PAGE", "PARTS", "main"]

NO_SUCH_PAGE = 3
PARTS = 10_000
_WIDTH = 1240
"""Pixels: A4 at 150 dots an inch."""
MOST_PIXELS = 4_000_000
_MOST_LETTERS = 40_000
MOST_MEMORY = 2 * 1024**3
MOST_SECONDS = 20


def main() -> int:
    """Reads the file from standard input and writes the page to standard output."""
    limit(MOST_MEMORY, MOST_SECONDS)
    from pypdfium2 import PdfDocument

    pdf = PdfDocument(sys.stdin.buffer.read())
    number = int(sys.argv[-1])
    if not 1 <= number <= len(pdf):
        return NO_SUCH_PAGE
    page = pdf[number - 1]
    bitmap = page.render(scale=_scale(*page.get_size()))  # pyright: ignore[reportArgumentType]  # its default is an int
    picture = io.BytesIO()
    bitmap.to_pil().save(picture, "PNG")
    letters, boxes = _letters(page, bitmap)
    sys.stdout.buffer.write(json.dumps({"letters": letters, "boxes": boxes}).encode("ascii") + b"\n")
    sys.stdout.buffer.write(picture.getvalue())
    sys.stdout.buffer.flush()
    return 0


def _scale(width: float, height: float) -> float:
    """Pixels a point, so that the picture has the usual width but not too many pixels."""
    return min(_WIDTH / width, math.sqrt(MOST_PIXELS / (width * height)))


def _letters(page: PdfPage, bitmap: PdfBitmap) -> tuple[str, list[list[int]]]:
    """What stands on the page without white space, cleaned as it is when the text is read; a box for each character."""
    from pypdfium2.raw import FPDFText_GetUnicode

    text = page.get_textpage()
    to_pixels = bitmap.get_posconv(page).to_bitmap
    units: list[tuple[int, list[int]]] = []
    for index in range(min(text.count_chars(), _MOST_LETTERS)):
        left, bottom, right, top = text.get_charbox(index, loose=True)
        corners = to_pixels(left, top), to_pixels(right, bottom)
        units.append((FPDFText_GetUnicode(text, index), _box(corners, bitmap.width, bitmap.height)))
    found = [(letter, box) for unit, box in _joined(units) for letter in clean(unit) if not letter.isspace()]
    return "".join(letter for letter, _ in found), [box for _, box in found]


def _box(corners: tuple[tuple[int, int], tuple[int, int]], width: int, height: int) -> list[int]:
    across, down = sorted(x for x, _ in corners), sorted(y for _, y in corners)
    ends = (across[0] / width, down[0] / height, across[1] / width, down[1] / height)
    return [round(PARTS * min(max(end, 0.0), 1.0)) for end in ends]


def _joined(units: list[tuple[int, list[int]]]) -> list[tuple[str, list[int]]]:
    """PDFium counts in UTF-16: the two halves of a pair are one character; a half without its other is none."""
    found: list[tuple[str, list[int]]] = []
    high = 0
    for unit, box in units:
        if 0xD800 <= unit < 0xDC00:
            high = unit
        elif 0xDC00 <= unit < 0xE000:
            if high:
                found.append((chr(0x10000 + ((high - 0xD800) << 10) + unit - 0xDC00), box))
            high = 0
        else:
            high = 0
            found.append((chr(unit), box))
    return found


if __name__ == "__main__":
    sys.exit(main())
