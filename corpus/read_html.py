"""HTML: the article in the page, without menus and footers, headings as marks.

trafilatura finds the article; the text is built here from its element tree, so that every offset is known. A page in
which it finds no article, or nothing to leave out, gives all its visible text instead. White space is the
extractor's: it may show a no-break space as a plain one. Words and punctuation are the page's.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from importlib.metadata import version
from typing import Any, Final

from .decoding import decode
from .document import Extract
from .errors import UnreadableDocument
from .html_text import text_under
from .parsing import TextBuilder

__all__ = ["LARGEST_PAGE", "MOST_ATTRIBUTES", "MOST_ELEMENTS", "read_html"]

LARGEST_PAGE: Final = 20 * 1024 * 1024
"""Bytes of HTML. A long book has 5 MB; the tree of a page takes some thirty times its size in memory."""

MOST_ELEMENTS: Final = 200_000
"""In a page with more, no article is looked for, and all its text is taken: the search is quadratic in the elements of
one paragraph, and such pages are tables or whole books."""

MOST_ATTRIBUTES: Final = 5_000
"""Of one tag: libxml2 compares each with every other."""

_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{10000,}")
_ATTRIBUTE = re.compile(r"""[^\s"'=/>]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?""")
_IN_HEAD: Final = frozenset(("base", "link", "meta", "noscript", "script", "style", "template", "title"))
_SILENCE = logging.NullHandler()  # else Python prints the parser's complaints to the user's terminal
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I
)
# Names that stand for a larger encoding on the web: https://encoding.spec.whatwg.org/#names-and-labels
_WEB_NAMES: Final = {
    **dict.fromkeys(("iso-8859-1", "iso8859-1", "latin1", "latin-1", "ascii", "us-ascii"), "cp1252"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis"), "cp932"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk"), "gb18030"),
    "euc-kr": "cp949",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
}
_DECLARATION = re.compile(
    r"\A\s*(?:<\?xml[^>]{0,200}\?>)?\s*(?:<!DOCTYPE[^>\[]{0,400}(?:\[[^\]]{0,100000}\]\s*)?>)?", re.IGNORECASE
)


def read_html(data: bytes, name: str) -> Extract:
    """The words of a page: entities decoded, white space as a browser shows it, one empty line between blocks.

    The title is the one stated for sharing (`og:title`), else the page's only top heading, else its `<title>`. Raises
    `UnreadableDocument` when there is no text in it or it is too large.
    """
    if len(data) > LARGEST_PAGE:
        limit = LARGEST_PAGE // 1024**2
        raise UnreadableDocument(name, f"this page has more than {limit} MB; save the part you need as text")
    logging.getLogger("trafilatura").addHandler(_SILENCE)
    source = _decoded(data, name)
    page = _parsed(source, name)
    title = _title(page)
    whole = text_under(page, article=False)
    body = _article(page)
    built = text_under(body, article=True) if body is not None else whole
    if not _is_truer(built, whole, flat=body is not None and len(body) == 1 and not len(body[0])):
        built = whole
    if not built.text().strip():
        reason = "there is no text in this page; if a browser shows some, it is made by a program: save it as PDF"
        raise UnreadableDocument(name, reason)
    return Extract(built.text(), title, built.marks(), f"html/trafilatura-{version('trafilatura')}")


def _parsed(source: str, name: str) -> Any:
    """The page's tree. Raises UnreadableDocument where the parser would take an age, or leave out the rest."""
    from lxml import html

    if any(sum(1 for _ in _ATTRIBUTE.finditer(tag[0])) > MOST_ATTRIBUTES for tag in _LONG_TAG.finditer(source)):
        reason = f"one of its tags has more than {MOST_ATTRIBUTES:,} attributes, which no page needs"
        raise UnreadableDocument(name, f"{reason}; save the part you need as text")
    parser: Any = html.HTMLParser(huge_tree=True)
    page = html.document_fromstring(_without_declaration(source), parser=parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        reason = "its tags are nested so deep that what stands inside cannot be read"
        raise UnreadableDocument(name, f"{reason}; save the part you need as text")
    return _with_body(page)


def _with_body(page: Any) -> Any:
    """Ends the head where HTML ends it: a page need not write `<body>`, and the parser takes `article`, `main` and the
    like, which are younger than it, for parts of the head.
    """
    head = page.find("head")
    parts = [] if head is None else list(head)
    first = next((at for at, part in enumerate(parts) if part.tag not in _IN_HEAD and isinstance(part.tag, str)), None)
    if first is None:
        return page
    body = page.find("body")
    if body is None:
        body = page.makeelement("body")
        page.append(body)
    parts[-1].tail = (parts[-1].tail or "") + (body.text or "") or None
    body.text = None
    body[:0] = parts[first:]
    return page


def _article(page: Any) -> Any:
    """The article's element in trafilatura's tree, None where there is none, or where finding it would take an age."""
    from trafilatura import bare_extraction
    from trafilatura.meta import reset_caches

    if sum(1 for _ in page.iter()) > MOST_ELEMENTS:
        return None
    found = bare_extraction(page, include_comments=False)
    reset_caches()  # else it keeps the last thousand paragraphs of all pages, however long: 100 long pages, 115 MB
    return getattr(found, "body", None)


def _decoded(data: bytes, name: str) -> str:
    """The page's source: what is valid UTF-8 is UTF-8; otherwise the page's own word counts before any guess."""
    found = _DECLARED.search(data[:4096])
    declared = found[1].decode("ascii").lower() if found else ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        believed = bool(declared) and not data.startswith((b"\xff\xfe", b"\xfe\xff"))
    else:
        believed = declared == "iso-2022-jp"  # its bytes are all ASCII, so they are valid UTF-8 whatever they mean
    if believed:
        for encoding in (_WEB_NAMES.get(declared, declared), declared):
            try:
                return decode(data.decode(encoding).encode("utf-8"), name)
            except (UnicodeError, LookupError):  # noqa: PERF203  two names at most
                pass  # a false promise; the detector decides
    return decode(data, name)


def _without_declaration(source: str) -> str:
    """Without `<?xml encoding=...?>`, which lxml refuses in text that is decoded already, and without a document type:
    entities it defines are not expanded, for a few lines of them can expand to gigabytes."""
    return _DECLARATION.sub("", source, count=1)


def _is_truer(article: TextBuilder, whole: TextBuilder, *, flat: bool) -> bool:
    """Whether the article is to be preferred to all visible text.

    Not where it leaves nothing out; nor where it is `flat`, one line made of a short page with a space at every tag,
    if that parts what the page shows as one word; nor where repeated paragraphs are gone that are more than a tenth
    of it, for the extractor keeps only the first of paragraphs that are alike.
    """
    words, all_words = article.text().split(), whole.text().split()
    parted = flat and not set(words) <= set(all_words)
    return 0 < sum(map(len, words)) < sum(map(len, all_words)) and not parted and not _loses(article, whole)


def _loses(article: TextBuilder, whole: TextBuilder) -> bool:
    shown = Counter(" ".join(line.split()) for line in whole.text().split("\n"))
    kept = Counter(" ".join(line.split()) for line in article.text().split("\n"))
    lost = sum(len(line) * (shown[line] - count) for line, count in kept.items() if shown[line] > count)
    return lost * 10 > len(article)


def _title(page: Any) -> str | None:
    shared = [str(found) for found in page.xpath("//meta[@property='og:title']/@content")]
    tops = page.xpath("//h1")
    top = [text_under(tops[0], article=False).text()] if len(tops) == 1 else []
    stated = [str(found.text_content()) for found in page.xpath("//head/title")]
    for titles in (shared[:1], top, stated[:1]):
        if titles and (title := " ".join(titles[0].split())):
            return title
    return None
