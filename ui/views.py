"""What the web page shows, as JSON: every sentence a person reads there is made here, the browser only draws it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from quoth.corpus import Document, DocumentId
from quoth.qa import Abstention, Answer, LibraryStamp, Quote

from .cards import card_view, link_of, place_in, place_of
from .layout import Place, marked_paragraphs
from .saying import BY_RULES, completed_query, missing_words, statements

__all__ = ["Find", "amount", "answer_view", "error_view", "extent", "marks_at", "marks_of", "place_of", "rate_sentence"]

Find = Callable[[DocumentId], Document]
"""Looks a document up, text and all."""


def answer_view(outcome: Answer | Abstention, find: Find, *, searched: str = "", base: str = "") -> dict[str, Any]:
    """One turn of the conversation. `marks` holds, per document, the paragraphs in which its quotes stand.

    `searched` is how much was searched where that is not the whole library, `base` the address of the page.
    """
    answered = isinstance(outcome, Answer)
    quotes = outcome.quotes if isinstance(outcome, Answer) else outcome.nearest
    cards = [card_view(number, quote, find(quote.source.document), base) for number, quote in enumerate(quotes, 1)]
    return {
        "kind": "answer" if answered else "refusal",
        "question": outcome.question,
        "quotes": cards,
        "marks": marks_of(quotes, find),
        "searched": f"searched {searched or extent(outcome.library)}",
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
            "link": link_of(outside),
        },
    }


def marks_of(quotes: Sequence[Quote], find: Find) -> dict[str, Any]:
    """Per document the paragraphs in which its quotes stand, cut where these begin and end; numbers count from 1."""
    places: dict[DocumentId, list[Place]] = {}
    for number, quote in enumerate(quotes, start=1):
        places.setdefault(quote.source.document, []).append(place_in(number, quote))
    return marks_at(places, find)


def marks_at(places: Mapping[DocumentId, Sequence[Place]], find: Find) -> dict[str, Any]:
    """The same by the places themselves."""
    return {document: marked_paragraphs(find(document), known) for document, known in places.items()}


def _announcement(outcome: Answer | Abstention) -> str:
    """What a screen reader says when the turn appears."""
    if isinstance(outcome, Abstention):
        return f"No answer found. {outcome.reason}"
    first = outcome.quotes[0]
    return f"{amount(len(outcome.quotes), 'quote')} found. The first, from {first.source.title}: {first.text}"
