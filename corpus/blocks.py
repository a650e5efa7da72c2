"""Blocks: stretches of text that no sentence crosses, such as a paragraph, a heading, a list item or a table row.

The one hard question is a single line end: in hard-wrapped text (mail, PDF, many .txt files) it means nothing, in
text with a paragraph to a line it means everything. It is answered from the lines themselves, see `_goes_on`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .passage import Span

__all__ = ["LIST_MARKER", "blocks"]

# A line with its end. The possible ends are those of `str.splitlines`, CRLF being one.
_LINE = re.compile(r"([^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*)(\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|\Z)")
_PARAGRAPH_ENDS = frozenset("\f\x1c\x1d\x1e\u2029")

_BULLET = r"[-*+•‣◦⁃▪▫●○■□►▶➤➢✓✔·–—―]"
_NUMBER = r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})[.)]"
LIST_MARKER = re.compile(rf"(?:{_BULLET}|{_NUMBER})[ \t\xa0]+(?=\S)")
"""What a list item begins with."""

_SURE_MARKER = re.compile(rf"(?:{_BULLET}|\(?(?:1|[aA])[.)]|\(?\w{{1,3}}\))[ \t\xa0]+(?=\S)")
_HEADING = re.compile(r"#{1,6}[ \t]")
_UNDERLINE = re.compile(r"(?:=+|-{3,}|~{3,})\Z")
_ENDED = re.compile(r"[.!?…:;。！？؟۔।][\"'”’»)\]]*\Z")
_UNFINISHED = re.compile(r"[,،、，\-‐–—(/&]\Z")
_FIRST_WORD = re.compile(r"\S{1,40}")
_WIDE = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]")
_WRAP_SLACK = 0.8
"""A line that would have held the next line's first word within this share of the width was ended on purpose."""


def blocks(text: str) -> Iterator[Span]:
    """The blocks of `text`, in order, without surrounding white space; together they hold every other character."""
    paragraph: list[Span] = []
    for match in _LINE.finditer(text):
        line = match[1]
        start = match.start() + len(line) - len(line.lstrip())
        stripped = len(line.strip())
        if stripped:
            paragraph.append(Span(start, start + stripped))
        if not stripped or match[2] in _PARAGRAPH_ENDS:
            yield from _blocks_of(text, paragraph)
            paragraph = []
    yield from _blocks_of(text, paragraph)


def _blocks_of(text: str, lines: list[Span]) -> Iterator[Span]:
    """Blocks of one paragraph: neighbouring lines are joined where the text runs on from one to the next."""
    if not lines:
        return
    first = 0
    for at in range(1, len(lines)):
        if not _goes_on(text, lines, first, at):
            yield Span(lines[first].start, lines[at - 1].stop)
            first = at
    yield Span(lines[first].start, lines[-1].stop)


def _goes_on(text: str, lines: list[Span], first: int, at: int) -> bool:
    """Whether line `at` continues the block that began in line `first`."""
    above, here = lines[at - 1], lines[at]
    upper, lower = _edge(text, above, last=True), _edge(text, here, last=False)
    if _UNDERLINE.match(lower) or _UNDERLINE.match(upper):
        return False
    if _HEADING.match(_edge(text, above, last=False)) or _HEADING.match(lower):
        return False
    if _begins_item(text, lines, first, at, upper, lower) or _is_row(text, above, here):
        return False
    if lower[0].islower() or _UNFINISHED.search(upper):
        return True
    return not _ended_on_purpose(text, lines, first, at)


def _edge(text: str, line: Span, *, last: bool) -> str:
    """The first or last characters of a line: enough for every pattern here, however long the line is."""
    if len(line) <= 80:
        return text[line.start : line.stop]
    return text[line.stop - 80 : line.stop] if last else text[line.start : line.start + 80]


def _begins_item(text: str, lines: list[Span], first: int, at: int, upper: str, lower: str) -> bool:
    """Whether line `at` begins a list item. In running text a wrapped line may begin with `12. ` by chance."""
    if _SURE_MARKER.match(lower):
        return True
    if not LIST_MARKER.match(lower):
        return False
    in_list = LIST_MARKER.match(_edge(text, lines[first], last=False)) is not None
    return in_list or _ENDED.search(upper) is not None or _ended_on_purpose(text, lines, first, at)


def _is_row(text: str, above: Span, here: Span) -> bool:
    """Whether both lines are rows of a table: cells parted by tabs or bars."""
    upper, lower = text[above.start : above.stop][:2000], text[here.start : here.stop][:2000]
    return ("|" in upper and "|" in lower) or ("\t" in upper and "\t" in lower)


def _ended_on_purpose(text: str, lines: list[Span], first: int, at: int) -> bool:
    """Whether the line before `at` had room for the next word: a wrapped line has none.

    The width is that of the longest neighbour, for one long line elsewhere must not make every other look short.
    """
    above, here = lines[at - 1], lines[at]
    width = max(len(above), len(here), len(lines[at - 2]) if at - 2 >= first else 0)
    word = _FIRST_WORD.match(text, here.start, here.stop)
    needed = 1 if word is None or _WIDE.match(word[0]) else len(word[0])
    return len(above) + 1 + needed <= width * _WRAP_SLACK
