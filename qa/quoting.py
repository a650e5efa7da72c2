"""The exactness law: a quote is a slice of its document, cut here and nowhere else.

    document.text[quote.source.start : quote.source.stop] == quote.text

`cut` makes quotes, `objection` re-checks one against a document read again, at any later time.
"""

from __future__ import annotations

from quoth.corpus import Document, Passage, Span, sha256_of_text
from quoth.index import Hit

from .answer import Confidence, Occurrence, Quote, Receipt, Source
from .reports import SearchHit

__all__ = ["CONTEXT", "cut", "objection", "search_hit", "source_of", "trimmed"]

CONTEXT = 32
"""Characters of the document kept before and after a quote, so that it can be found by people and by other tools."""


def cut(document: Document, span: Span, highlight: Span | None, score: float, confidence: Confidence) -> Quote:
    """Cut `span` out of `document`. `highlight` (document offsets) is dropped when it is not narrower than the quote.

    Raises ValueError when the span does not lie in the document.
    """
    if span.stop > len(document.text):
        raise ValueError(f"{span} does not lie in a document of {len(document.text)} characters")
    text = document.text[span.start : span.stop]
    return Quote(
        text=text,
        highlight=None if highlight == span else highlight,
        source=source_of(document, span),
        score=score,
        confidence=confidence,
        verified=True,
        occurrence=_occurrence(document.text, text, span.start),
        receipt=Receipt(document.file_sha256, document.text_sha256, sha256_of_text(text), document.extractor),
    )


def objection(quote: Quote, document: Document) -> str | None:
    """Why `quote` does not stand in `document`, in a sentence; None when it does, character for character."""
    if sha256_of_text(document.text) != quote.receipt.text_sha256:
        return f"the text of {document.title!r} has changed since it was quoted"
    if document.text[quote.source.start : quote.source.stop] != quote.text:
        return f"characters {quote.source.start} to {quote.source.stop} of {document.title!r} hold other words"
    if sha256_of_text(quote.text) != quote.receipt.quote_sha256:
        return "the quote's words do not match its own hash"
    return None


def source_of(document: Document, span: Span) -> Source:
    """Where `span` stands, in every way a person or a program may want to name it."""
    return Source(
        document=document.id,
        title=document.title,
        uri=document.uri,
        start=span.start,
        stop=span.stop,
        page=document.page_at(span.start),
        heading=document.heading_at(span.start),
        line_start=document.line_at(span.start),
        line_stop=document.line_at(span.stop - 1),
        prefix=document.text[max(0, span.start - CONTEXT) : span.start],
        suffix=document.text[span.stop : span.stop + CONTEXT],
    )


def _occurrence(text: str, words: str, start: int) -> Occurrence:
    """Which of the places that hold exactly `words` begins at `start`; overlapping places count."""
    index = of = 0
    at = text.find(words)
    while at >= 0:
        of += 1
        index = of if at == start else index
        at = text.find(words, at + 1)
    return Occurrence(index, of)


def trimmed(passage: Passage) -> Span:
    """The passage's span in its document, without white space at the edges (the whole of it when it is all white)."""
    text = passage.text
    if not text.strip():
        return Span(passage.start, passage.stop)
    return Span(passage.start + len(text) - len(text.lstrip()), passage.stop - len(text) + len(text.rstrip()))


def search_hit(hit: Hit, document: Document) -> SearchHit:
    """A hit with its text, as `search` gives it."""
    span = trimmed(hit.passage)
    text = document.text[span.start : span.stop]
    return SearchHit(text, source_of(document, span), hit.score, hit.dense, hit.lexical)
