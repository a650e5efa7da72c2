"""`/doc/<id>`: one document as a plain page without any script, for links that should still work in ten years.

Its text stands in the page as it is, so that a browser finds the words of a text fragment (`#:~:text=...`) in it.
"""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import urlencode

from quoth.corpus import Document, Span, sha256_of_text

from .layout import Piece, Place, cut
from .links import Followed
from .paragraphs import Paragraph, paragraphs

__all__ = ["document_page", "message_page"]

_LONG: Final = 150
"""Paragraphs; in a longer page those out of sight are not laid out."""
_FRAME: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} – Quoth</title>
<link rel="icon" href="../quoth/static/quoth.svg">
<link rel="stylesheet" href="../quoth/static/tokens.css">
<link rel="stylesheet" href="../quoth/static/reader.css">
<link rel="stylesheet" href="../quoth/static/page.css">
</head>
<body class="q-plain">
<header><a class="q-home" href="../">Quoth</a>{ask}</header>
<main>
<h1 dir="auto">{title}</h1>
{body}
</main>
</body>
</html>
"""


def document_page(followed: Followed) -> str:
    """The page of a document, the place that a link names marked, or a notice that says why it is not."""
    document, span = followed.document, followed.span
    asked = {"doc": document.id, **({} if span is None else {"start": span.start, "stop": span.stop})}
    ask = f'<a class="q-ask" href="../?{escape(urlencode(asked))}">Ask about it in Quoth</a>'
    notice = f'<p class="q-notice" role="note">{escape(followed.notice)}</p>\n' if followed.notice else ""
    return _FRAME.format(title=escape(document.title), ask=ask, body=notice + _body(document, span))


def message_page(title: str, sentence: str) -> str:
    """A page that says one thing, for example that there is no such document."""
    return _FRAME.format(title=escape(title), ask="", body=f"<p>{escape(sentence)}</p>")


def _body(document: Document, span: Span | None) -> str:
    places = [] if span is None else [Place(1, span, None)]
    pages = {mark.start: mark.label for mark in document.marks if mark.kind == "page"}
    laid_out = paragraphs(document)
    blocks: list[str] = []
    seen = False
    for paragraph in laid_out:
        parts = []
        for piece in cut(document.text, paragraph.start, paragraph.stop, places):
            parts.append(_marked(piece, first=not seen))
            seen = seen or bool(piece["quotes"])
        blocks.append(f"<p{_attributes(paragraph, pages.get(paragraph.start))}>{''.join(parts)}</p>")
    long = " q-long" if len(laid_out) > _LONG else ""
    return f'<article class="q-text{long}">\n{"".join(blocks)}\n</article>\n<footer>{_receipt(document)}</footer>'


def _attributes(paragraph: Paragraph, page: str | None) -> str:
    classes = "q-para q-heading" if paragraph.heading else "q-para"
    classes += " q-continued" if paragraph.continued else ""
    number = f' data-number="{paragraph.number}"' if paragraph.number and not paragraph.continued else ""
    begins = f' data-page="page {escape(page)}"' if page is not None else ""
    return f' class="{classes}" dir="auto"{number}{begins}'


def _marked(piece: Piece, *, first: bool) -> str:
    # An HTML parser would turn a bare carriage return into a line feed; as a character reference it survives.
    text = escape(piece["text"]).replace("\r", "&#13;")
    if not piece["quotes"]:
        return text
    return f'<mark id="quote">{text}</mark>' if first else f"<mark>{text}</mark>"


def _receipt(document: Document) -> str:
    checked = "matches" if sha256_of_text(document.text) == document.text_sha256 else "does NOT match"
    return f"{len(document.text):,} characters; SHA-256 of the text, {checked}: <code>{document.text_sha256}</code>"
