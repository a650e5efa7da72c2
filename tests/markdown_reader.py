"""Reads Markdown as CommonMark readers do, and gives the text they show: for tests of what we write in Markdown."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

PLAIN = MarkdownIt("commonmark")


def shown(markdown: str, reader: MarkdownIt = PLAIN) -> str:
    """What a reader shows, as text; only paragraphs may come of it."""
    paragraphs = []
    for token in reader.parse(markdown):
        assert token.type in ("paragraph_open", "inline", "paragraph_close"), token.type
        if token.type == "inline":
            paragraphs.append("".join(map(inline, token.children or [])))
    return "\n\n".join(paragraphs)


def inline(token: Token) -> str:
    assert token.type in ("text", "text_special", "hardbreak"), f"{token.type}: {token.content}"
    return "\n" if token.type == "hardbreak" else token.content


def whole(text: str) -> bool:
    """This reader cuts some control characters off at the edges of paragraphs, and no reference can stand for them."""
    return bool(text) and not re.search(r"(?:\A|\n)[\x0b\x1c-\x1f\x85]|[\x0b\x1c-\x1f\x85](?:\n|\Z)", text)
