"""Pages of PDFs as pictures, with the place of every character where that is known exactly.

A PDF that somebody uploaded may be made to harm whoever draws it. So each page is drawn in a process of its own
(`draw_page`), one at a time, with limits on pixels, memory and time.
"""

from __future__ import annotations

import json
import subprocess
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from threading import Lock
from typing import Final

from .child import command, environment
from .document import Document, DocumentId
from .draw_page import NO_SUCH_PAGE, PARTS
from .errors import BadRequest, UnreadableDocument
from .passage import Span

__all__ = ["Box", "PagePicture", "PagePictures", "boxes_of", "has_pages"]

_PATIENCE: Final = 30.0
"""Seconds for a page, and for the pages that are drawn before it."""
_KEPT_BYTES: Final = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page; `left` and `width` are shares of its width, `top` and `height` of its height, 0 to 1."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A drawn page. `letters` are its characters without white space, `edges` for each the left, top, right and bottom
    in ten thousandths of the page.
    """

    png: bytes
    letters: str
    edges: tuple[tuple[int, int, int, int], ...]

    def __post_init__(self) -> None:
        if len(self.letters) != len(self.edges):
            raise ValueError(f"{len(self.letters)} letters cannot have {len(self.edges)} places")


class PagePictures:
    """Draws pages and keeps those drawn last in memory. Safe from many threads."""

    def __init__(self, patience: float = _PATIENCE) -> None:
        self._patience = patience
        self._drawing, self._lock = Lock(), Lock()
        self._kept: OrderedDict[tuple[DocumentId, int], PagePicture] = OrderedDict()

    @staticmethod
    def version() -> str:
        """Changes when the same page may be drawn another way."""
        return f"1-{version('pypdfium2')}"

    def get(self, document: Document, page: int, content: Callable[[], bytes]) -> PagePicture:
        """The picture of a 1-based `page` of `document`, whose file `content` gives. Raises BadRequest where there is
        no such page, UnreadableDocument where it cannot be drawn, and what `content` raises.
        """
        if not has_pages(document) or not any(m.kind == "page" and m.label == str(page) for m in document.marks):
            raise BadRequest(f"“{document.title}” has no page {page} that could be shown.")
        if (kept := self._found((document.id, page))) is not None:
            return kept
        if not self._drawing.acquire(timeout=self._patience):
            raise BadRequest("Too many pages are being drawn; try again in a moment.")
        try:
            drawn = self._found((document.id, page)) or _drawn(content(), document.title, page, self._patience)
        finally:
            self._drawing.release()
        self._keep((document.id, page), drawn)
        return drawn

    def _found(self, key: tuple[DocumentId, int]) -> PagePicture | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: tuple[DocumentId, int], picture: PagePicture) -> None:
        with self._lock:
            self._kept[key] = picture
            while len(self._kept) > 1 and sum(len(kept.png) for kept in self._kept.values()) > _KEPT_BYTES:
                self._kept.popitem(last=False)


def has_pages(document: Document) -> bool:
    """Whether pictures of its pages can be drawn, should its file still be there."""
    return document.extractor.startswith("pdf/")


def boxes_of(picture: PagePicture, document: Document, page: int, span: Span) -> tuple[Box, ...]:
    """Where the part of `span` that stands on `page` is in its picture, a box a line, in reading order.

    Empty unless the letters in the picture are, one by one, those of the document's page: a place is never guessed.
    """
    start, stop = _page_span(document, page)
    at = [offset for offset in range(start, stop) if not document.text[offset].isspace()]
    if "".join(document.text[offset] for offset in at) != picture.letters:
        return ()
    lines: list[list[int]] = []
    for offset, edges in zip(at, picture.edges, strict=True):
        if not span.start <= offset < span.stop or edges[0] >= edges[2] or edges[1] >= edges[3]:
            continue
        if lines and _same_line(lines[-1], edges):
            held = lines[-1]
            lines[-1] = [*map(min, held[:2], edges[:2]), *map(max, held[2:], edges[2:])]
        else:
            lines.append(list(edges))
    return tuple(
        Box(left / PARTS, top / PARTS, (right - left) / PARTS, (bottom - top) / PARTS)
        for left, top, right, bottom in lines
    )


def _page_span(document: Document, page: int) -> tuple[int, int]:
    starts = [(mark.start, mark.label) for mark in document.marks if mark.kind == "page"]
    at = next(index for index, (_, label) in enumerate(starts) if label == str(page))
    return starts[at][0], starts[at + 1][0] if at + 1 < len(starts) else len(document.text)


def _same_line(line: list[int], edges: tuple[int, int, int, int]) -> bool:
    """Whether a character goes on with a line: beside it, at its height, no wide gap between them."""
    height = line[3] - line[1]
    overlap = min(line[3], edges[3]) - max(line[1], edges[1])
    gap = max(edges[0] - line[2], line[0] - edges[2])
    return overlap * 2 > min(height, edges[3] - edges[1]) and gap < 3 * height


def _drawn(content: bytes, title: str, page: int, patience: float) -> PagePicture:
    try:
        drawing = [*command("from quoth.corpus.draw_page import main; sys.exit(main())"), str(page)]
        done = subprocess.run(  # noqa: S603
            drawing, input=content, capture_output=True, timeout=patience, check=False, env=environment()
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableDocument(title, f"page {page} takes too long to draw; open the file itself") from error
    except OSError as error:
        raise UnreadableDocument(title, f"page {page} cannot be drawn here; open the file itself") from error
    if done.returncode == NO_SUCH_PAGE:
        raise BadRequest(f"“{title}” has no page {page}.")
    head, _, png = done.stdout.partition(b"\n")
    if done.returncode or not png.startswith(b"\x89PNG"):
        raise UnreadableDocument(title, f"page {page} cannot be drawn; open the file itself")
    try:  # what comes from a process that read such a file is trusted no more than the file
        told = json.loads(head)
        edges = tuple((int(a), int(b), int(c), int(d)) for a, b, c, d in told["boxes"])
        return PagePicture(png, str(told["letters"]), edges)
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableDocument(title, f"page {page} cannot be drawn; open the file itself") from error
