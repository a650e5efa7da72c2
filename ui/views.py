"""What the web page shows, as JSON: every sentence a person reads there is made here, the browser only draws it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from quoth.corpus import Document, DocumentId, Span
from quoth.qa import Abstention, Answer, LibraryStamp, Quote

from .layout import Place, cut, marked_paragraphs, paragraph_at, paragraphs
from .saying import BY_RULES, completed_query, missing_words, statements

__all__ = ["Find", "amount", "answer_view", "error_view", "extent", "marks_of", "place_of", "rate_sentence"]

Find = Callable[[DocumentId], Document]
"""Looks a document up, text and all."""


def answer_view(outcome: Answer | Abstention, find: Find) -> dict[str, Any]:
    """One turn of the conversation. `marks` holds, per document, the paragraphs in which its quotes stand."""
    answered = isinstance(outcome, Answer)
    quotes = outcome.quotes if isinstance(outcome, Answer) else outcome.nearest
    cards = [_card(number, quote, find(quote.source.document)) for number, quote in enumerate(quotes, start=1)]
    return {
        "kind": "answer" if answered else "refusal",
        "question": outcome.question,
        "quotes": cards,
        "marks": marks_of(quotes, find),
        "searched": f"searched {extent(outcome.library)}",
        "took": f"{outcome.elapsed_ms:.0f} ms",
        "said": _announcement(outcome),
        "query": completed_query(outcome),
        **(_comparisons(outcome) if isinstance(outcome, Answer) else _refusal(outcome, find)),
    }


def error_view(question: str, sentence: str) -> dict[str, Any]:
    """A turn that could not be answered because something was wrong with it."""
    return {"kind": "error", "question": question, "sentence": sentence, "said": sentence}


def rate_sentence(outcome: Abstention) -> str:
    """How often this library answers what it should not, with how that is known."""
    rate = outcome.false_answer_rate
    whose = "" if rate.calibrated else ", not on your documents"
    return (
        f"Where documents hold no answer, Quoth still gave one to {rate.rate:.1%} of {amount(rate.n, 'question')} "
        f"(95% interval {rate.low:.1%} to {rate.high:.1%}; measured on {rate.measured_on}{whose})."
    )


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


def _range(first: int, final: int) -> str:
    return f"{first}" if first >= final else f"{first}–{final}"


def extent(stamp: LibraryStamp) -> str:
    """`17 passages in 2 documents`."""
    return f"{amount(stamp.passages, 'passage')} in {amount(stamp.documents, 'document')}"


def amount(count: int, thing: str) -> str:
    """`1 passage`, `17 passages`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _comparisons(answer: Answer) -> dict[str, Any]:
    """What the quotes agree and differ in, with the numbers of the quotes that say so."""
    compared = [
        {
            "lead": statement.lead,
            "agrees": statement.agrees,
            "sides": [{"text": a.text, "quotes": [*a.quotes], "verbatim": a.verbatim} for a in statement.sides],
        }
        for statement in statements(answer)
    ]
    return {"comparisons": compared, "by_rules": BY_RULES}


def _refusal(abstention: Abstention, find: Find) -> dict[str, Any]:
    """Why there is no answer, and where there would have been one."""
    outside = abstention.outside_filter
    return {
        "reason": abstention.reason,
        "rate": rate_sentence(abstention),
        "missing": missing_words(abstention),
        "outside": outside
        and {
            "lead": "Outside the filter, this document has an answer:",
            "title": outside.source.title,
            "place": place_of(outside, find(outside.source.document)),
            "link": _link(outside),
        },
    }


def _link(quote: Quote) -> str:
    """To the plain page of the document, where the quote is marked as long as the document stays the same."""
    query = {"start": quote.source.start, "stop": quote.source.stop, "sha": quote.receipt.text_sha256}
    return f"doc/{quote.source.document}?{urlencode(query)}#quote"


def _card(number: int, quote: Quote, document: Document) -> dict[str, Any]:
    source = quote.source
    place, where = _place(number, quote), place_of(quote, document)
    return {
        "number": number,
        "text": quote.text,
        "pieces": cut(document.text, source.start, source.stop, [place]),
        "document": source.document,
        "title": source.title,
        "place": where,
        "confidence": quote.confidence,
        "chance": f"Quoth puts the chance that this quote answers the question at {quote.score:.0%}.",
        "repeated": _repeated(quote),
        "citation": f"“{quote.text}” — {source.title}, {where} (characters {source.start}–{source.stop})",
        "link": _link(quote),
    }


def _place(number: int, quote: Quote) -> Place:
    return Place(number, Span(quote.source.start, quote.source.stop), quote.highlight)


def _repeated(quote: Quote) -> str:
    """Says so when the same words stand elsewhere in the document too."""
    here = quote.occurrence
    return "" if here.of == 1 else f"place {here.index} of {here.of} with these words"


def marks_of(quotes: Sequence[Quote], find: Find) -> dict[str, Any]:
    """Per document the paragraphs in which its quotes stand, cut where these begin and end; numbers count from 1."""
    places: dict[DocumentId, list[Place]] = {}
    for number, quote in enumerate(quotes, start=1):
        places.setdefault(quote.source.document, []).append(_place(number, quote))
    return {document: marked_paragraphs(find(document), known) for document, known in places.items()}


def _announcement(outcome: Answer | Abstention) -> str:
    """What a screen reader says when the turn appears."""
    if isinstance(outcome, Abstention):
        return f"No answer found. {outcome.reason}"
    first = outcome.quotes[0]
    return f"{amount(len(outcome.quotes), 'quote')} found. The first, from {first.source.title}: {first.text}"
