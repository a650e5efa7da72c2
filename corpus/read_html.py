"""HTML: the article in the page, without menus and footers, headings as marks.

trafilatura finds the article; the text is built here from its element tree, so that every offset is known. A page in
which it finds no article, or nothing to leave out, gives all its visible text instead. White space is the
extractor's: it may show a no-break space as a plain one. Words and punctuation are the page's.
"""

from __future__ import annotations

import logging
import re
from importlib.metadata import version
from typing import Any, Final

from .decoding import decode
from .document import Extract
from .errors import UnreadableDocument
from .parsing import TextBuilder

__all__ = ["LARGEST_PAGE", "read_html"]

LARGEST_PAGE: Final = 20 * 1024 * 1024
"""Bytes of HTML. A long book has 5 MB; the tree of a page takes some thirty times its size in memory."""

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
_SPACES = re.compile(r"[ \t\r\n\f]+")  # what browsers collapse; the no-break space is not among them
_INVISIBLE = frozenset(
    {"script", "style", "noscript", "template", "head", "svg", "iframe", "object", "select", "textarea", "math"}
)
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {
    *("p", "div", "section", "article", "main", "header", "footer", "nav", "aside", "ul", "ol", "dl", "li", "dt", "dd"),
    *("blockquote", "pre", "table", "form", "figure", "figcaption", "details", "summary", "address", "hr", "body"),
    *("list", "item", "quote", "head"),  # trafilatura's own names
}
_ROWS = frozenset({"tr", "row"})
_CELLS = frozenset({"td", "th", "cell"})
_BREAKS = frozenset({"br", "lb"})
_VERBATIM = frozenset({"pre", "code"})


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
    from lxml import html
    from trafilatura import bare_extraction

    page = html.document_fromstring(_without_declaration(source))
    title = _title(page)
    whole = _built(page, article=False)
    article = bare_extraction(page, include_comments=False)
    body = getattr(article, "body", None)
    built = _built(body, article=True) if body is not None else whole
    if not _is_truer(built, whole, flat=body is not None and len(body) == 1 and not len(body[0])):
        built = whole
    if not built.text().strip():
        reason = "there is no text in this page; if a browser shows some, it is made by a program: save it as PDF"
        raise UnreadableDocument(name, reason)
    return Extract(built.text(), title, built.marks(), f"html/trafilatura-{version('trafilatura')}")


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
    if that parts what the page shows as one word.
    """
    words, all_words = article.text().split(), whole.text().split()
    parted = flat and not set(words) <= set(all_words)
    return 0 < sum(map(len, words)) < sum(map(len, all_words)) and not parted


def _title(page: Any) -> str | None:
    shared = [str(found) for found in page.xpath("//meta[@property='og:title']/@content")]
    tops = page.xpath("//h1")
    top = [_built(tops[0], article=False).text()] if len(tops) == 1 else []
    stated = [str(found.text_content()) for found in page.xpath("//head/title")]
    for titles in (shared[:1], top, stated[:1]):
        if titles and (title := " ".join(titles[0].split())):
            return title
    return None


def _built(root: Any, *, article: bool) -> TextBuilder:
    """The text under `root`. `article` says whose names the elements have: in trafilatura's, `head` is a heading."""
    from lxml import etree

    built = TextBuilder()
    heading_start: int | None = None
    verbatim = 0
    walker: Any = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        is_heading = tag in _HEADINGS or (article and tag == "head")
        if event == "start":
            if tag in _INVISIBLE and not is_heading:
                walker.skip_subtree()
                continue
            _open(built, tag)
            verbatim += tag in _VERBATIM
            heading_start = len(built) if is_heading else heading_start
            _add(built, element.text, verbatim)
            continue
        if event == "end":
            verbatim -= tag in _VERBATIM
            if is_heading and heading_start is not None:
                built.mark_heading(heading_start, built.since(heading_start))
                heading_start = None
            if tag in _BLOCKS and not (tag == "head" and not article):
                built.end_line("\n\n")
        if element is not root:
            _add(built, element.tail, verbatim)
    return built


def _open(built: TextBuilder, tag: str) -> None:
    """Ends what stands before an element of this name."""
    if tag in _BLOCKS:
        built.end_line("\n\n")
    elif tag in _ROWS or tag in _BREAKS:
        built.end_line("\n")
    elif tag in _CELLS and built.last != "\n":
        built.add("\t")


def _add(built: TextBuilder, text: str | None, verbatim: int) -> None:
    if not text:
        return
    if not verbatim:
        text = _SPACES.sub(" ", text)
        if built.last in " \n\t":
            text = text.lstrip(" ")
    built.add(text)
