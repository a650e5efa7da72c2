"""The one JSON rendering of an answer, `quoth.answer/1`: command line, files, HTTP and MCP all use it."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from quoth.qa import Abstention, Answer, Comparison, Quote

__all__ = ["SCHEMA", "answer_record", "answer_schema", "quote_record"]

SCHEMA = "quoth.answer/1"


def answer_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) that every answer record follows; it admits no member that it does not name."""
    schema: dict[str, Any] = json.loads((files("quoth.ui") / "answer.schema.json").read_text(encoding="utf-8"))
    return schema


def quote_record(quote: Quote) -> dict[str, Any]:
    """One quote as JSON-ready values; `highlight` is in document offsets, like `source`."""
    return asdict(quote)


def answer_record(outcome: Answer | Abstention) -> dict[str, Any]:
    """The answer record of DESIGN's contract, keys in the contract's order."""
    answered = isinstance(outcome, Answer)
    return {
        "schema": SCHEMA,
        "question": outcome.question,
        "answered": answered,
        "quotes": [quote_record(quote) for quote in outcome.quotes] if isinstance(outcome, Answer) else [],
        "comparisons": [_comparison_record(one) for one in outcome.comparisons] if isinstance(outcome, Answer) else [],
        "abstention": None if isinstance(outcome, Answer) else _abstention_record(outcome),
        "library": asdict(outcome.library),
        "query_used": outcome.query_used,
        "elapsed_ms": outcome.elapsed_ms,
    }


def _comparison_record(comparison: Comparison) -> dict[str, Any]:
    mentions = [{"quote": one.quote, "text": one.text, **asdict(one.span)} for one in comparison.mentions]
    return {"kind": comparison.kind, "agrees": comparison.agrees, "heuristic": True, "mentions": mentions}


def _abstention_record(outcome: Abstention) -> dict[str, Any]:
    return {
        "reason": outcome.reason,
        "nearest": [quote_record(quote) for quote in outcome.nearest],
        "missing_words": list(outcome.missing_words),
        "outside_filter": None if outcome.outside_filter is None else quote_record(outcome.outside_filter),
        "searched": {"documents": outcome.library.documents, "passages": outcome.library.passages},
        "false_answer_rate": asdict(outcome.false_answer_rate),
    }
