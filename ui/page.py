"""`/doc/<id>`: one document as a plain page without any script, for links that should still work in ten years."""

from __future__ import annotations

from html import escape

from quoth.corpus import Document, Span, sha256_of_text

from .layout import Piece, Place, cut, paragraphs

__all__ = ["document_page", "message_page"]

_FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Quoth</title>
<link rel="icon" href="../quoth/static/quoth.svg">
<link rel="stylesheet" href="../quoth/static/tokens.css">
<link rel="stylesheet" href="../quoth/static/page.css">
</head>
<body class="q-plain">
<header><a href="../">Quoth</a></header>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def document_page(document: Document, span: Span | None, sha: str | None) -> str:
    """The page of `document`, `span` marked if given; `sha` is the text's hash at the time the link was made."""
    changed = sha is not None and sha != document.text_sha256
    body = _notice(document, span, changed) + _body(document, span, changed)
    return _FRAME.format(title=escape(document.title), body=body)


def message_page(title: str, sentence: str) -> str:
    """A page that says one thing, for example that there is no such document."""
    return _FRAME.format(title=escape(title), body=f"<p>{escape(sentence)}</p>")


def _notice(document: Document, span: Span | None, changed: bool) -> str:
    if changed:
        return (
            '<p class="q-notice" role="note">This document has changed since the link was made, '
            "so the quoted place is not marked.</p>\n"
        )
    if span is not None and span.stop > len(document.text):
        return '<p class="q-notice" role="note">The place this link names lies outside the document.</p>\n'
    return ""


def _body(document: Document, span: Span | None, changed: bool) -> str:
    place = None if span is None or changed or span.stop > len(document.text) else Place(1, span, None)
    blocks: list[str] = []
    seen = False
    for paragraph in paragraphs(document):
        pieces = cut(document.text, paragraph.start, paragraph.stop, [] if place is None else [place])
        parts = []
        for piece in pieces:
            parts.append(_marked(piece, first=not seen))
            seen = seen or bool(piece["quotes"])
        number = f' data-number="{paragraph.number}"' if paragraph.number else ""
        blocks.append(f'<p class="q-para"{number}>{"".join(parts)}</p>')
    return f'<article class="q-text">\n{"".join(blocks)}\n</article>\n<footer>{_receipt(document)}</footer>'


def _marked(piece: Piece, *, first: bool) -> str:
    # An HTML parser would turn a bare carriage return into a line feed; as a character reference it survives.
    text = escape(piece["text"]).replace("\r", "&#13;")
    if not piece["quotes"]:
        return text
    return f'<mark id="quote">{text}</mark>' if first else f"<mark>{text}</mark>"


def _receipt(document: Document) -> str:
    checked = "matches" if sha256_of_text(document.text) == document.text_sha256 else "does NOT match"
    return f"{len(document.text):,} characters; SHA-256 of the text, {checked}: <code>{document.text_sha256}</code>"
