"""UTF-16 offsets beside the code-point ones of a record, for clients that count as JavaScript does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from quoth.corpus import Document, DocumentId, Span

from .utf16 import utf16

__all__ = ["add_utf16", "add_utf16_to_sources"]

_Lookup = Callable[[DocumentId], Document]


def add_utf16(record: dict[str, Any], lookup: _Lookup) -> None:
    """Gives every span of an answer record, whatever it got, a member `utf16` with its `start` and `stop`.

    They count units of the same document's text. `lookup` gives a document by id; raises what that raises.
    """
    refusal = record["abstention"] or {"nearest": [], "outside_filter": None}
    outside = refusal["outside_filter"]
    quotes = [*record["quotes"], *refusal["nearest"], *([] if outside is None else [outside])]
    add_utf16_to_sources(quotes, lookup)
    for quote in quotes:
        if quote["highlight"] is not None:
            _convert(quote["highlight"], lookup(quote["source"]["document"]).text)
    for comparison in record["comparisons"]:
        for mention in comparison["mentions"]:
            _convert(mention, lookup(record["quotes"][mention["quote"]]["source"]["document"]).text)


def add_utf16_to_sources(cited: Iterable[dict[str, Any]], lookup: _Lookup) -> None:
    """The same for the `source` of each quote or hit."""
    for one in cited:
        _convert(one["source"], lookup(one["source"]["document"]).text)


def _convert(span: dict[str, Any], text: str) -> None:
    span["utf16"] = asdict(utf16(text, Span(span["start"], span["stop"])))
