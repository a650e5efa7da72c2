"""Markdown: the file verbatim, its headings as marks.

The text is not rendered: a quote from a Markdown file is the characters of the file, `**` and all, so that it can be
found in the file by anyone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .decoding import decode
from .document import Extract, Mark

__all__ = ["read_markdown"]

_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_FENCE = re.compile(r" {0,3}(`{3,}(?!.*`)|~{3,})(.*)")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*")
_NOT_A_PARAGRAPH = re.compile(
    r"\s*$| {4}|\t| {0,3}(?:>|[-*+] |\d{1,9}[.)] |#{1,6}(?:[ \t]|$)|\||(?:[-*_]{3,}|([-*_])(?:[ \t]+\1){2,})[ \t]*$)"
)
_FRONT_TITLE = re.compile(r"title[ \t]*:[ \t]*(?![|>][-+0-9]*[ \t]*$)(\S.*)", re.IGNORECASE)


def read_markdown(data: bytes, name: str) -> Extract:
    """The text of a Markdown file, verbatim, with a mark at each heading; the title is the first top heading's.

    Headings of both kinds are seen (`# so` and underlined), those in fenced code are not. A `title:` in the front
    matter goes before the first heading. Raises `UnreadableDocument` when the bytes are not text.
    """
    text = decode(data, name)
    lines = _lines(text)
    front, title = _front_matter(lines)
    headings = list(_headings(lines[front:]))
    tops = [label for level, _, label in headings if level == 1]
    marks = tuple(Mark(start, "heading", label) for _, start, label in headings)
    return Extract(text=text, title=title or (tops[0] if tops else None), marks=marks, extractor="markdown/1")


def _lines(text: str) -> list[tuple[int, str]]:
    found = [(match.start(), match[1]) for match in _LINE.finditer(text)]
    return found[:-1] if len(found) > 1 else found  # the last match is the empty one at the end


def _front_matter(lines: list[tuple[int, str]]) -> tuple[int, str | None]:
    """How many lines the YAML front matter takes, and its title. Only that one key is understood, on one line."""
    if not lines or lines[0][1].rstrip() != "---":
        return 0, None
    for count, (_, line) in enumerate(lines[1:], start=2):
        if line.rstrip() in {"---", "..."}:
            titles = [match[1].strip() for _, body in lines[1:count] if (match := _FRONT_TITLE.match(body))]
            return count, _unquoted(titles[0]) if titles else None
    return 0, None  # never closed: a thematic break, not front matter


def _unquoted(title: str) -> str | None:
    """Without the quotation marks around it; those inside are its own."""
    quoted = title[:1] == title[-1:] and title[:1] in {"'", '"'}
    return (title[1:-1] if quoted else title).strip() or None


def _headings(lines: list[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Level, offset and label of each heading, in order."""
    fence = ""
    previous: tuple[int, str] | None = None  # the line above, when it is alone and could carry an underline
    for start, line in lines:
        mark = _FENCE.fullmatch(line)
        if fence:
            if mark and mark[1].startswith(fence) and not mark[2].strip():
                fence = ""
            continue
        if mark:
            fence, previous = mark[1], None
        elif atx := _ATX.fullmatch(line):
            if label := _label(atx[2]):
                yield len(atx[1]), start + _indent(line), label
            previous = None
        elif previous is not None and (under := _UNDERLINE.fullmatch(line)):
            yield (1 if under[1][0] == "=" else 2), previous[0] + _indent(previous[1]), previous[1].strip()
            previous = None
        else:
            previous = None if _NOT_A_PARAGRAPH.match(line) else (start, line)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _label(raw: str) -> str:
    """The words of an ATX heading, without the closing `#`s."""
    words = raw.strip()
    bare = words.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else words
