"""One quote as the page draws it on a card: its words, where they stand, how sure Quoth is, how to cite it."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import urljoin

from quoth.corpus import Document, Span
from quoth.qa import Quote, shipped_judge

from .annotations import web_annotation
from .citing import markdown, plain
from .fragments import text_fragment
from .layout import Piece, Place, cut
from .links import place_link
from .paragraphs import paragraph_at, paragraphs

__all__ = ["card_view", "link_of", "place_in", "place_of"]

_LEAD_IN: Final = 40
"""Characters before the words that answer; more would push them out of the first two lines on a phone."""
_WORD_END: Final = re.compile(r"\s+")


def card_view(number: int, quote: Quote, document: Document, base: str) -> dict[str, Any]:
    """The quote with its `number` in the answer; `base` is the address of the page, for links that are copied."""
    source = quote.source
    place = place_in(number, quote)
    return {
        "number": number,
        "text": quote.text,
        "pieces": cut(document.text, source.start, source.stop, [place]),
        "brief": _brief(document, place),
        "document": source.document,
        "title": source.title,
        "uri": source.uri,
        "sha": quote.receipt.text_sha256,
        "place": place_of(quote, document),
        "confidence": quote.confidence,
        "chance": _chance(quote),
        "repeated": _repeated(quote),
        "cite": _citations(quote, base),
        "link": link_of(quote),
        "span": [source.start, source.stop],
        "highlight": None if quote.highlight is None else [quote.highlight.start, quote.highlight.stop],
    }


def place_in(number: int, quote: Quote) -> Place:
    """The quote as it is marked in its document."""
    return Place(number, Span(quote.source.start, quote.source.stop), quote.highlight)


def place_of(quote: Quote, document: Document) -> str:
    """Where a quote stands, the way a person would say it: `¶ 3 of 6`, `page 2 · Results · lines 3–4`."""
    source = quote.source
    last = max((paragraph.number for paragraph in paragraphs(document)), default=0)
    first, final = (paragraph_at(document, offset).number for offset in (source.start, source.stop - 1))
    parts = [f"page {source.page}"] if source.page is not None else []
    parts += [f"¶ {_range(first, final)} of {last}"] if first else []
    parts += [source.heading] if source.heading and source.heading != source.title else []
    lines = "line" if source.line_start == source.line_stop else "lines"
    parts.append(f"{lines} {_range(source.line_start, source.line_stop)}")
    return " · ".join(parts)


def link_of(quote: Quote) -> str:
    """To the plain page of the document, where the quote is marked as long as the document stays the same; after
    that a browser still looks for its words.
    """
    return f"{_address(quote)}{text_fragment(quote)}"


def _address(quote: Quote) -> str:
    source = quote.source
    return place_link(source.document, source.uri, Span(source.start, source.stop), quote.receipt.text_sha256)


def _brief(document: Document, place: Place) -> dict[str, Any]:
    """The quote for a row of two lines: it begins where the words that answer can still be seen."""
    start, stop = place.span.start, place.span.stop
    if place.highlight is not None and place.highlight.start - start > _LEAD_IN:
        near = document.text[place.highlight.start - _LEAD_IN : place.highlight.start]
        gap = _WORD_END.search(near)
        start = place.highlight.start - (len(near) - gap.end() if gap else 0)
    pieces: list[Piece] = cut(document.text, start, stop, [place])
    return {"pieces": pieces, "cut": start > place.span.start}


def _chance(quote: Quote) -> str:
    """What the confidence word of the quote is worth, and how likely this quote is to answer the question."""
    chance = f"Quoth puts the chance that this quote answers the question at {quote.score:.0%}."
    band = next((band for band in shipped_judge().bands if band.word == quote.confidence), None)
    if band is None or quote.score < band.start:  # a calibrated library may answer below all bands
        return chance
    return (
        f"{chance} Where public test questions had an answer, {band.right:.0%} of the first quotes called "
        f"“{band.word} confidence” held it (95% interval {band.low:.0%} to {band.high:.0%}, n = {band.n:,})."
    )


def _repeated(quote: Quote) -> str:
    """Says so when the same words stand elsewhere in the document too."""
    here = quote.occurrence
    return "" if here.of == 1 else f"place {here.index} of {here.of} with these words"


def _citations(quote: Quote, base: str) -> list[dict[str, str]]:
    """Ready to be copied, with the name of each format."""
    try:
        link = urljoin(base, _address(quote)) if base else None
    except ValueError:  # a page may send anything for its own address
        link = None
    annotation = json.dumps(web_annotation(quote), ensure_ascii=False, indent=2)
    return [
        {"name": "Plain text", "text": plain(quote)},
        {"name": "Markdown", "text": markdown(quote, link)},
        {"name": "Web Annotation (JSON)", "text": annotation},
    ]


def _range(first: int, final: int) -> str:
    return f"{first}" if first >= final else f"{first}–{final}"
