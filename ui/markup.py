r"""Any text as Markdown that shows exactly this text: what a Markdown reader would interpret is escaped.

Checked against CommonMark and the tables, strikethrough, footnotes and autolinks of GitHub. Signs that every Markdown
since the first one lets escape get a backslash, the others a character reference, which older readers know too. A line
feed is a hard line break, two are a new paragraph, a carriage return is `&#13;`. Only U+0000 is lost: no Markdown can
hold it. A reader that is told to make quotation marks curly, or `:words:` into pictures, still does so.
"""

from __future__ import annotations

import re

__all__ = ["as_markdown", "as_markdown_line", "markdown_link"]

_SIGNS = re.compile(r"[\\`*_{}\[\]>]|[&<~|^$]|={2,}|:(?=//)|(?<=www)\.", re.IGNORECASE)
_CLASSIC = frozenset("\\`*_{}[]>")
_BEGINS_A_BLOCK = re.compile(r"[ \t]*(?:[#+:=-]|\(?(?:\d+|[A-Za-z]|[ivxlcdm]+|[IVXLCDM]+)[.)])")
_NO_URL = re.compile(r"[^\w%/:=&?#\[\]@!$'*+,;~.-]", re.ASCII)
_BREAK = re.compile(r"(\n{2,})")
_FEED = "&#10;"
_REFERABLE_SPACE = re.compile(r"[^\S\x0b\x1c-\x1f\x85]")
"""White space that a character reference can stand for; there is none for these control characters."""


def as_markdown(text: str) -> str:
    r"""`text` as paragraphs of Markdown, without an end of line after the last.

    >>> print(as_markdown("1. Is *this* a list?\n\n# Or a_heading & more"))
    1\. Is \*this\* a list?
    <BLANKLINE>
    \# Or a\_heading &amp; more
    """
    inner = text.strip("\n")
    if not inner:
        return _FEED * len(text)
    before = len(text) - len(text.lstrip("\n"))
    after = len(text) - len(inner) - before
    parts = _BREAK.split(inner)
    parts[::2] = map(_paragraph, parts[::2])
    parts[1::2] = [f"\n\n{_FEED * (len(feeds) - 2)}" for feeds in parts[1::2]]
    return _FEED * before + "".join(parts) + _FEED * after


def as_markdown_line(text: str) -> str:
    """`text` on one line; white space of any kind, line ends included, becomes one space.

    >>> as_markdown_line("A [draft]\\n of it")
    'A \\\\[draft\\\\] of it'
    """
    return as_markdown(" ".join(text.split()))


def markdown_link(text: str, address: str | None) -> str:
    """A link on `text`, in one line; without an address only the text.

    >>> markdown_link("Fees (2024)", "https://example.org/a b?x=1&lt=2")
    '[Fees (2024)](https://example.org/a%20b?x=1&amp;lt=2)'
    """
    if not address:
        return as_markdown_line(text)
    safe = _NO_URL.sub(lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode("utf-8", "replace")), address)
    return f"[{as_markdown_line(text)}]({safe.replace('&', '&amp;')})"


def _paragraph(text: str) -> str:
    return "  \n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    escaped = _SIGNS.sub(_sign, line)
    if block := _BEGINS_A_BLOCK.match(escaped):
        at = block.end() - 1
        escaped = escaped[:at] + _sign_of(escaped[at]) + escaped[at + 1 :]
    if _REFERABLE_SPACE.match(escaped):
        escaped = _reference(escaped[0]) + escaped[1:]
    if _REFERABLE_SPACE.match(escaped[-1:]):
        escaped = escaped[:-1] + _reference(escaped[-1])
    return escaped.replace("\r", "&#13;")


def _sign(sign: re.Match[str]) -> str:
    return "".join(map(_sign_of, sign[0]))


def _sign_of(sign: str) -> str:
    if sign in _CLASSIC or sign in "#+-.)":
        return f"\\{sign}"
    return {"&": "&amp;", "<": "&lt;"}.get(sign) or _reference(sign)


def _reference(character: str) -> str:
    return f"&#{ord(character)};"
