"""What the MCP tools say to a language model beside the record: few words of ours, the documents' as they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from quoth.corpus import Span
from quoth.qa import Abstention, Answer, DocumentRecord, Quote, SearchHit

from .citing import plain
from .mcp_places import resource_uri
from .saying import (
    BY_RULES,
    completed_query,
    count,
    error_rate,
    extent,
    missing_words,
    percent,
    sentence,
    statements,
    where,
)

__all__ = ["answer_text", "documents_text", "hits_text"]


def answer_text(outcome: Answer | Abstention) -> str:
    """An answer or a refusal: every quote verbatim, with its place and its address."""
    lines = _answer(outcome) if isinstance(outcome, Answer) else _abstention(outcome)
    searched = completed_query(outcome)
    return _joined([*([f"Searched for: {searched}"] if searched else []), *lines])


def hits_text(hits: Sequence[SearchHit]) -> str:
    """Ranked passages with their places and addresses."""
    if not hits:
        return "Nothing was found."
    return _joined(
        [
            f"{count(len(hits), 'passage')}, nearest first. Nobody has judged whether they answer anything.",
            *(
                f"[{number}] {hit.source.title}, {where(hit.source)}\n{_address(hit)}\n{hit.text}"
                for number, hit in enumerate(hits, 1)
            ),
        ]
    )


def documents_text(documents: Sequence[DocumentRecord], total: int) -> str:
    """One line a document."""
    lines = [f"{one.id}  {one.title} ({count(one.characters, 'character')}), {one.uri}" for one in documents]
    return "\n".join([f"{count(total, 'document')} in the library, {len(lines):,} listed here.", *lines])


def _answer(answer: Answer) -> Iterator[str]:
    yield f"Answered with {count(len(answer.quotes), 'verbatim quote')}, best first."
    for number, quote in enumerate(answer.quotes, 1):
        yield f"[{number}] {_quote(quote)}\n{quote.confidence} confidence ({percent(quote.score)})"
    if answer.comparisons:
        yield "\n".join([*map(sentence, statements(answer)), BY_RULES])
    yield f"Searched {extent(answer.library)}. Every quote was checked against its document."


def _abstention(abstention: Abstention) -> Iterator[str]:
    yield " ".join(filter(None, ["No answer.", abstention.reason, missing_words(abstention)]))
    if abstention.outside_filter is not None:
        yield f"A document that was not searched has an answer:\n{_quote(abstention.outside_filter)}"
    if abstention.nearest:
        yield "Nearest passages. They are NOT an answer to the question:"
        yield from (f"- {_quote(quote)}" for quote in abstention.nearest)
    yield f"Searched {extent(abstention.library)}. {error_rate(abstention.false_answer_rate)}"


def _quote(quote: Quote) -> str:
    return f"{plain(quote)}\n{_address(quote)}"


def _address(found: Quote | SearchHit) -> str:
    return resource_uri(found.source.document, Span(found.source.start, found.source.stop))


def _joined(blocks: Iterable[str]) -> str:
    return "\n\n".join(blocks)
