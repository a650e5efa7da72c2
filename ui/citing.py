"""A quote to be put into somebody's text: its words as they stand in the document, and where they stand.

Every converter takes `Quote` as `quoth.qa` gives it. Offsets are Unicode code points into the document's text, 0-based,
end-exclusive. Other formats: `annotations` (W3C), `fragments` (links into web pages), `search_blocks` (Anthropic).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from quoth.qa import Quote

from .fragments import address, is_web
from .markup import as_markdown, as_markdown_line, markdown_link
from .record import quote_record
from .saying import where

__all__ = ["csl_json", "footnotes", "markdown", "plain"]


def plain(quote: Quote, place: str = "") -> str:
    """`“The words.” — Title, where they stand`. The words are `plain(quote)[1 : 1 + len(quote.text)]`.

    `place` says where in other words than the usual ones (page, heading, lines, characters).
    """
    return f"“{quote.text}” — {quote.source.title}, {place or where(quote.source)}"


def markdown(quote: Quote, link: str | None = None, place: str = "") -> str:
    """A Markdown blockquote that shows exactly the words, and under them a line with title, place and `link` if given.

    `place` as in `plain`. Ends with a line feed.
    """
    return _block(f"{as_markdown(quote.text)}\n\n— {_reference(quote, link, place)}")


def footnotes(quotes: Sequence[Quote], link: Callable[[Quote], str | None] = address, first: int = 1) -> str:
    """The quotes as Markdown blockquotes, their sources as footnotes numbered from `first`, hashes included.

    `link` gives a quote's link or None; by default it leads to the words on the web page they were taken from.
    """
    numbered = list(enumerate(quotes, first))
    blocks = [_block(f"{as_markdown(quote.text)}[^{number}]") for number, quote in numbered]
    notes = [f"[^{number}]: {_reference(quote, link(quote), '')}. {_hashes(quote)}\n" for number, quote in numbered]
    return "\n".join([*blocks, "".join(notes)])


def csl_json(*quotes: Quote) -> list[dict[str, Any]]:
    """The cited documents as CSL-JSON items (csl-data.json, version 1.0.2), in the order they are first quoted.

    An item holds what a bibliography needs: `id`, `type`, `title` and, for a document from the web, `URL`. Its quotes
    stand under `custom`, whole, each with the `label` and `locator` by which CSL cites a place (a page, else a line).
    """
    items: dict[str, dict[str, Any]] = {}
    for quote in quotes:
        item = items.setdefault(quote.source.document, _item(quote))
        item["custom"]["quotes"].append({**_locator(quote), **quote_record(quote)})
    return list(items.values())


def _block(markdown: str) -> str:
    return "".join(f"> {line}\n" if line else ">\n" for line in markdown.split("\n"))


def _reference(quote: Quote, link: str | None, place: str) -> str:
    title = markdown_link(quote.source.title.strip() or quote.source.document, link)
    return f"{title}, {as_markdown_line(place or where(quote.source))}"


def _hashes(quote: Quote) -> str:
    receipt = quote.receipt
    return f"SHA-256 of the document's text `{receipt.text_sha256}`, of the quote `{receipt.quote_sha256}`."


def _item(quote: Quote) -> dict[str, Any]:
    source = quote.source
    web = is_web(source.uri)
    item = {"id": str(source.document), "type": "webpage" if web else "document", "title": source.title}
    return {**item, **({"URL": source.uri} if web else {}), "custom": {"quotes": []}}


def _locator(quote: Quote) -> dict[str, str]:
    source = quote.source
    if source.page is not None:
        return {"label": "page", "locator": str(source.page)}
    last = "" if source.line_start == source.line_stop else f"-{source.line_stop}"
    return {"label": "line", "locator": f"{source.line_start}{last}"}
