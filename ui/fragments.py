"""Links that open a page at the quoted words: text fragments (https://wicg.github.io/scroll-to-text-fragment/).

    #:~:text=[prefix-,]start[,end][,-suffix]

A browser marks the first place that fits, whatever the case and the accents. Each term has to stand within one block of
the page and to begin and end with a word. So terms are cut from single lines, at white space, and never from where a
line is broken or spaced out: a web page may show these otherwise than the text that was read from it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import astuple, dataclass
from urllib.parse import quote as percent

import regex

from quoth.qa import Quote

__all__ = ["address", "is_web", "text_fragment"]

_LONGEST_EXACT = 300
"""Characters; the specification recommends to give longer texts by their beginning and their end."""
_TERM = 80
_FEW_WORDS = 3
_CONTEXTS = (0, 32, 80, 240)
"""How many characters of context are tried, one after the other."""
_APART = regex.compile(r"[^\S ]| (?=\s)|(?<=\s) ")
"""White space that a page may show otherwise: all but single spaces."""
_CUT = regex.compile(r"\s+|(?<=[\u3000-\u303f\uff01-\uff0f\uff1a-\uff1f])")
"""Where a word surely ends or begins, in scripts without spaces too."""
_MARKS = regex.compile(r"\p{Mn}+")
_EDGE = r"(?:(?<!\w)|(?!\w))"  # of a word; without dictionaries nothing finer is to be had
_ALIKE = str.maketrans("\u201c\u201d\u05f4\u2018\u2019\u05f3", "\"\"\"'''", "\xad")
"""Quotation marks that browsers take for each other; soft hyphens they pass over."""


@dataclass(frozen=True, slots=True)
class _Terms:
    """The four terms as they stand in the text; empty ones are left out of the link."""

    prefix: str
    start: str
    end: str
    suffix: str


def is_web(uri: str) -> bool:
    """Whether the address is one that a browser opens over the network."""
    return uri.lower().startswith(("http://", "https://"))


def address(quote: Quote, text: str = "") -> str | None:
    """A link to the words on the page they were taken from, in a PDF to its page; None where that is not on the web.

    `text` as in `text_fragment`.
    """
    if not is_web(quote.source.uri):
        return None
    page, _, fragment = quote.source.uri.partition("#")
    if quote.source.page is not None:
        return f"{page}#page={quote.source.page}"
    if page.partition("?")[0].lower().endswith(".pdf"):
        return page
    return f"{page}#{fragment.partition(':~:')[0]}{text_fragment(quote, text)}"


def text_fragment(quote: Quote, text: str = "") -> str:
    """`:~:text=...`, to stand after the `#` of a page's address and after the page's own fragment, if it has one.

    With the document's `text` the link is tried on it, and gets so much context as tells this place from all others
    before it. Without it the 32 characters on either side that a quote carries are used where the same words occur
    again, where they are few, and where only their beginning and end are named.
    """
    source = quote.source
    before, after = (text[: source.start], text[source.stop :]) if text else (source.prefix, source.suffix)
    torn = not text and source.start > len(before)
    start, end = _named(quote.text)
    few = len(quote.text.split()) <= _FEW_WORDS
    doubtful = few or (not text and (bool(end) or quote.occurrence.of > 1))
    links = [
        _Terms(_last(before, size, torn), start, end, _first(after, size, not text))
        for size in _CONTEXTS[doubtful : None if text else 2]
    ]
    best = next((terms for terms in links if _finds(terms, before, quote.text, after)), links[-1])
    return f":~:text={_encoded(best)}"


def _named(words: str) -> tuple[str, str]:
    """All the words and nothing, or their beginning and their end."""
    lines = [line for line in _APART.split(words) if line]
    if len(lines) < 2 and len(words) <= _LONGEST_EXACT:
        return words.strip(), ""
    start, end = _first(lines[0], _TERM) or lines[0], _last(lines[-1], _TERM) or lines[-1]
    return (start, end) if len(start) + len(end) < len(words) else (words.strip(), "")


def _first(text: str, size: int, torn: bool = False) -> str:
    """The beginning of the first line of `text`, whole words of at most `size` characters; `torn` where text is cut."""
    lines = _APART.split(text.lstrip()[: size + 1], maxsplit=1)
    if len(lines[0]) <= size and not (torn and len(lines) == 1):
        return lines[0].rstrip()
    return lines[0][: max((cut.start() for cut in _CUT.finditer(lines[0]) if cut.start() <= size), default=0)]


def _last(text: str, size: int, torn: bool = False) -> str:
    """The end of the last line of `text`, likewise."""
    stripped = text.rstrip()
    lines = _APART.split(stripped[max(0, len(stripped) - size - 1) :])
    if len(lines[-1]) <= size and not (torn and len(lines) == 1):
        return lines[-1].lstrip()
    return lines[-1][min((cut.end() for cut in _CUT.finditer(lines[-1])), default=len(lines[-1])) :]


def _finds(terms: _Terms, before: str, words: str, after: str) -> bool:
    """Whether the first place that fits is this one. White space of any kind stands for a space: a page may do that."""
    lead, said, rest = map(_folded, (before, words, after))
    prefix, start, end, suffix = (_pattern(term) for term in astuple(terms))
    whole = rf"{start}.*?{_EDGE}{end}" if end else start
    ended = "" if suffix else _EDGE
    link = regex.compile(rf"{prefix}\s*(?P<match>{whole}){ended}\s*{suffix}", regex.DOTALL)
    found = link.search(lead + said + rest)
    edges = len(lead + said) - len(said.lstrip()), len((lead + said).rstrip())
    return found is not None and found.span("match") == edges


def _pattern(term: str) -> str:
    return r"\s+".join(map(regex.escape, _folded(term).split()))


def _folded(text: str) -> str:
    """Without case and accents, as browsers compare."""
    return _MARKS.sub("", unicodedata.normalize("NFD", text)).translate(_ALIKE).casefold()


def _encoded(terms: _Terms) -> str:
    prefix, start, end, suffix = (percent(term, safe="").replace("-", "%2D") for term in astuple(terms))
    named = [f"{prefix}-" if prefix else "", start, end, f"-{suffix}" if suffix else ""]
    return ",".join(term for term in named if term)
