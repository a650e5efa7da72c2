"""Re-check saved answers against the documents: no model, no index, only text and hashes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quoth.corpus import Document, DocumentId, QuothError, sha256_of_text

__all__ = ["Verdict", "verify_records"]

Lookup = Callable[[DocumentId], Document]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the `quote`-th (1-based) quote of the record on line `line` (1-based) stands; `reason` says why not."""

    line: int
    quote: int
    ok: bool
    reason: str


def verify_records(lines: Iterable[str], lookup: Lookup) -> Iterator[Verdict]:
    """Check every quote, those shown with refusals included, of answer records in JSONL.

    A line that is not an answer record gives one failed verdict for quote 0.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield from _verify_line(number, line, lookup)


def _verify_line(number: int, line: str, lookup: Lookup) -> Iterator[Verdict]:
    try:
        record = json.loads(line)
        refusal = record["abstention"] or {}
        outside = refusal.get("outside_filter")
        quotes = [*record["quotes"], *refusal.get("nearest", []), *([outside] if outside is not None else [])]
    except (ValueError, KeyError, TypeError, AttributeError):
        yield Verdict(number, 0, False, "this line is not an answer record")
        return
    for at, quote in enumerate(quotes, 1):
        reason = _objection(quote, lookup)
        yield Verdict(number, at, not reason, reason)


def _objection(quote: Mapping[str, Any], lookup: Lookup) -> str:
    """Why the quote does not stand; empty when it does."""
    try:
        text, source, receipt = str(quote["text"]), quote["source"], quote["receipt"]
        start, stop = int(source["start"]), int(source["stop"])
        if sha256_of_text(text) != receipt["quote_sha256"]:
            return "the quote's words do not match its own hash"
        document = lookup(DocumentId(str(source["document"])))
        expected = receipt["document_sha256"], receipt["text_sha256"]
    except (KeyError, TypeError, ValueError) as error:
        return f"the record is incomplete or malformed ({error})"
    except QuothError as error:
        return str(error)
    if expected != (document.file_sha256, document.text_sha256):
        return f"the document {document.title!r} has changed since it was quoted"
    if not 0 <= start < stop or document.text[start:stop] != text:
        return f"characters {start} to {stop} of {document.title!r} hold other words"
    return ""
