"""The text of an element tree of HTML as a browser lays it out: blocks, rows, white space, headings."""

from __future__ import annotations

import re
from typing import Any

from .parsing import TextBuilder

__all__ = ["text_under"]

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


def text_under(root: Any, *, article: bool) -> TextBuilder:
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
