"""Re-check saved answers against the documents: no model, no index, only text and hashes.

`docs/receipts.md` says how, so that anybody can do the same without Quoth.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from quoth.corpus import Document, DocumentId, QuothError, UnknownDocument, sha256_of_text

__all__ = ["Fault", "Lookup", "Named", "Verdict", "verify_records"]

Lookup = Callable[[DocumentId], Document]
"""The document of this id. Raises UnknownDocument where there is none, another QuothError where it cannot be read."""
Named = Callable[[str], Document | None]
"""The document that now has this address or file name, if there is one."""
Fault = Literal["", "record", "quote", "missing", "changed", "unreadable", "extraction", "place"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the `quote`-th (1-based) quote of the record on line `line` (1-based) stands; `reason` says why not.

    `fault` is the reason in one word, empty when the quote stands: the `record` is none or incomplete; the `quote`'s
    words are not those of its hash; the document is `missing`, has `changed`, or is `unreadable`; the `extraction` of
    its text differs; at the `place` named stand other words.
    """

    line: int
    quote: int
    ok: bool
    reason: str
    fault: Fault


def verify_records(lines: Iterable[str], lookup: Lookup, named: Named | None = None) -> Iterator[Verdict]:
    """Check every quote, those shown with refusals included, of answer records in JSONL.

    A line that is not an answer record gives one failed verdict for quote 0. `named` helps to tell a document that has
    changed from one that is missing.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield from _verify_line(number, line, lookup, named or (lambda _: None))


def _verify_line(number: int, line: str, lookup: Lookup, named: Named) -> Iterator[Verdict]:
    try:
        record = json.loads(line)
        refusal = record["abstention"] or {}
        outside = refusal.get("outside_filter")
        quotes = [*record["quotes"], *refusal.get("nearest", []), *([outside] if outside is not None else [])]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        yield Verdict(number, 0, False, "this line is not an answer record", "record")
        return
    for at, quote in enumerate(quotes, 1):
        fault, reason = _objection(quote, lookup, named)
        yield Verdict(number, at, not fault, reason, fault)


def _objection(quote: Mapping[str, Any], lookup: Lookup, named: Named) -> tuple[Fault, str]:
    """Why the quote does not stand; both empty when it does."""
    try:
        text, source, receipt = str(quote["text"]), quote["source"], quote["receipt"]
        start, stop = int(source["start"]), int(source["stop"])
        expected = receipt["document_sha256"], receipt["text_sha256"], receipt["extractor"]
        wanted, whole = DocumentId(str(source["document"])), sha256_of_text(text) == receipt["quote_sha256"]
    except (KeyError, TypeError, ValueError, OverflowError) as error:  # 1e999 is JSON too
        return "record", f"the record is incomplete or malformed ({error})"
    if not whole:
        return "quote", "the quote's words do not match its own hash"
    try:
        document = lookup(wanted)
    except UnknownDocument:
        return _gone(text, source, named)
    except QuothError as error:
        return "unreadable", str(error)
    if document.file_sha256 != expected[0]:
        return "changed", f"the document {document.title!r} has changed since it was quoted"
    if document.text_sha256 != expected[1]:
        return "extraction", _read_otherwise(document, str(expected[2]))
    if not 0 <= start < stop or document.text[start:stop] != text:
        return "place", f"characters {start} to {stop} of {document.title!r} hold other words"
    return "", ""


def _gone(text: str, source: Mapping[str, Any], named: Named) -> tuple[Fault, str]:
    """No document has the bytes it was quoted from; one may have the name."""
    title = str(source.get("title") or source["document"])
    try:
        now = named(str(source.get("uri", "")))
    except QuothError as error:
        return "changed", f"the document {title!r} has changed since it was quoted, and cannot be read: {error}"
    if now is None:
        return "missing", f"there is no document here with the bytes of {title!r} (SHA-256 {source['document']}...)"
    at = now.text.find(text)
    words = "no longer holds the words" if at < 0 else f"holds the words at characters {at} to {at + len(text)}"
    return "changed", f"the document {title!r} has changed since it was quoted; it {words}"


def _read_otherwise(document: Document, before: str) -> str:
    if before != document.extractor:
        how = f"it was read by {before}, and is now by {document.extractor}"
    else:
        how = f"although its file has not, and {before} read it both times"
    return f"the text of {document.title!r} has changed: {how}"
