"""The questions of an evaluation as the page lists them, and one of them for the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from quoth.corpus import Span
from quoth.qa import Occurrence, Quote, Receipt, Source, text_in

from .charts import outcome_kind
from .run_table import RunTable, as_written
from .views import Find, marks_of

__all__ = ["PAGE_ROWS", "row_view", "rows_view"]

PAGE_ROWS: Final = 25
_LONGEST: Final = 600  # characters of a text in the table; the reader shows all of it


def rows_view(table: RunTable, outcome: str, page: int) -> dict[str, Any]:
    """A page of the table; one that does not exist is the nearest that does. Raises BadRequest as `RunTable` does."""
    numbers = table.numbers(outcome)
    pages = max(1, -(-len(numbers) // PAGE_ROWS))
    page = min(max(page, 0), pages - 1)
    first = page * PAGE_ROWS
    shown = numbers[first : first + PAGE_ROWS]
    return {
        "rows": [_row(number, *table.at(number)) for number in shown],
        "page": page,
        "pages": pages,
        "sentence": f"{first + 1:,} to {first + len(shown):,} of {len(numbers):,}" if shown else "No such question.",
    }


def row_view(score: Mapping[str, Any], record: Mapping[str, Any], find: Find) -> dict[str, Any]:
    """A question of the table for the reader: its quotes, or the passages nearest to it, marked in their documents.

    Raises BadRequest where the two are not as they were written, and what `find` raises.
    """
    quotes = _quotes(record, find)
    return {
        **_told(score, record),
        "documents": [quote.source.document for quote in quotes],
        "marks": marks_of(quotes, find),
    }


@as_written()
def _told(score: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "question": text_in(record["question"]),
        "label": text_in(score["outcome"]),
        "colour": outcome_kind(score["outcome"]),
        "expected": [text_in(gold) for gold in dict.fromkeys(score["golds"])],
        "answers": bool(record["quotes"]),
    }


@as_written()
def _row(number: int, score: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    shown = _shown(record)
    return {
        "number": number,
        "key": text_in(score["key"]),
        "question": _shortened(record["question"]),
        "label": score["outcome"],
        "colour": outcome_kind(score["outcome"]),
        "answered": bool(record["answered"]),
        "quote": _shortened(shown[0]["text"]) if shown else "",
        "title": text_in(shown[0]["source"]["title"]) if shown else "",
        "reason": "" if record["answered"] else text_in(record["abstention"]["reason"]),
        "expected": [_shortened(gold) for gold in dict.fromkeys(score["golds"])],
        "score": f"{score['score']:.2f}",
        "problems": [_shortened(problem) for problem in score["problems"]],
    }


def _shown(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The quotes of an answer record, or the nearest passages of a refusal."""
    return list(record["quotes"] if record["answered"] else record["abstention"]["nearest"])


def _shortened(text: str) -> str:
    return text if len(text_in(text)) <= _LONGEST else f"{text[:_LONGEST]}…"


@as_written()
def _quotes(record: Mapping[str, Any], find: Find) -> list[Quote]:
    """Each stands where it says it does: what is marked here is what was quoted."""
    quotes = [_quote(one) for one in _shown(record)]
    for quote in quotes:
        start, stop = quote.source.start, quote.source.stop
        if not 0 <= start < stop or find(quote.source.document).text[start:stop] != quote.text:
            raise ValueError("a quote is not what stands in its document")
        if (inner := quote.highlight) is not None and not start <= inner.start <= inner.stop <= stop:
            raise ValueError("a highlight lies outside of its quote")
    return quotes


def _quote(values: Mapping[str, Any]) -> Quote:
    """The quote that an answer record holds."""
    highlight = values["highlight"]
    return Quote(
        text=text_in(values["text"]),
        highlight=None if highlight is None else Span(**highlight),
        source=Source(**values["source"]),
        score=values["score"],
        confidence=values["confidence"],
        verified=True,
        occurrence=Occurrence(**values["occurrence"]),
        receipt=Receipt(**values["receipt"]),
    )
