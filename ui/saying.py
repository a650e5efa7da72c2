"""What is said around the quotes. Own words, in plain ASCII, so that they survive every terminal."""

from __future__ import annotations

from dataclasses import dataclass

from quoth.qa import Abstention, Answer, Comparison, ErrorRate, LibraryStamp, Mention, Source

__all__ = [
    "BY_RULES",
    "Side",
    "Statement",
    "completed_query",
    "count",
    "error_rate",
    "extent",
    "missing_words",
    "percent",
    "sentence",
    "statements",
    "where",
]

BY_RULES = "Compared by rules, not understood: the quotes decide."
"""Stands with every comparison."""
_NOT_DENIED = "no negation"


@dataclass(frozen=True, slots=True)
class Side:
    """What some quotes say (numbers from 1). `verbatim` tells a source's words from ours."""

    text: str
    quotes: tuple[int, ...]
    verbatim: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """A comparison in words: a lead of ours, and the sides it is about, in the order of the quotes."""

    lead: str
    agrees: bool
    sides: tuple[Side, ...]


def count(number: int, noun: str) -> str:
    """`1 document`, `2 documents`, `12,345 passages`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def extent(library: LibraryStamp) -> str:
    """`17 passages of 2 documents`."""
    return f"{count(library.passages, 'passage')} of {count(library.documents, 'document')}"


def percent(probability: float) -> str:
    """Whole percents, but never a certainty that a measurement cannot give: 99 % at most, 1 % at least."""
    return f"{min(99, max(1, round(100 * probability)))} %"


def where(source: Source) -> str:
    """The place of a quote, as exactly as its document has places."""
    parts = [] if source.page is None else [f"page {source.page}"]
    if source.heading is not None:
        parts.append(f'under "{source.heading}"')
    one_line = source.line_start == source.line_stop
    parts.append(f"line {source.line_start}" if one_line else f"lines {source.line_start} to {source.line_stop}")
    return ", ".join([*parts, f"characters {source.start} to {source.stop}"])


def error_rate(rate: ErrorRate) -> str:
    """How often a refusal should have been one and was not, and how that is known."""
    own = "these documents" if rate.calibrated else "other documents; this library has not been calibrated"
    return (
        f"Of questions that have no answer, Quoth answers {100 * rate.rate:.1f} % all the same "
        f"(95 % interval {100 * rate.low:.1f} to {100 * rate.high:.1f} %, n = {rate.n:,}; "
        f"measured on {rate.measured_on}, {own})."
    )


def statements(answer: Answer) -> tuple[Statement, ...]:
    """What is to be said of the answer's comparisons, one after the other."""
    return tuple(_statement(answer, comparison) for comparison in answer.comparisons)


def sentence(statement: Statement) -> str:
    """`They differ: mid-December [1] - December 20, 2025 [2]`, `Both sources say 2004.`"""
    said = [(" ".join(side.text.split()), side) for side in statement.sides]
    if statement.agrees and len(said) == 1:
        return f"{statement.lead} {said[0][0]}."
    marked = (" ".join([text, *(f"[{number}]" for number in side.quotes)]) for text, side in said)
    return f"{statement.lead} {' - '.join(marked)}"


def completed_query(outcome: Answer | Abstention) -> str:
    """What was searched for, where the conversation completed the question; empty where it was the question itself."""
    return "" if outcome.query_used == outcome.question.strip() else outcome.query_used


def missing_words(abstention: Abstention) -> str:
    """Which words of the question stand in no document; empty where there are none such."""
    return f"Nowhere in the library: {', '.join(abstention.missing_words)}." if abstention.missing_words else ""


def _statement(answer: Answer, comparison: Comparison) -> Statement:
    sides: dict[tuple[str, bool], list[int]] = {}
    for mention in comparison.mentions:
        numbers = sides.setdefault(_words(answer, comparison, mention), [])
        if mention.quote + 1 not in numbers:
            numbers.append(mention.quote + 1)
    drawn = tuple(Side(text, tuple(numbers), verbatim) for (text, verbatim), numbers in sides.items())
    return Statement(_lead(answer, comparison, len(drawn)), comparison.agrees, drawn)


def _words(answer: Answer, comparison: Comparison, mention: Mention) -> tuple[str, bool]:
    """A quote that lacks the other's negation is mentioned as a whole; it stands above, so it is not repeated."""
    source = answer.quotes[mention.quote].source
    whole = (mention.span.start, mention.span.stop) == (source.start, source.stop)
    if comparison.kind == "negation" and not comparison.agrees and whole:
        return _NOT_DENIED, False
    return mention.text, True


def _lead(answer: Answer, comparison: Comparison, sides: int) -> str:
    if not comparison.agrees:
        return "They differ:"
    agreeing = {answer.quotes[mention.quote].source.document for mention in comparison.mentions}
    everyone = {quote.source.document for quote in answer.quotes}
    who = "Both" if len(agreeing) == len(everyone) == 2 else f"{len(agreeing)}"
    return f"{who} sources say" if sides == 1 else f"{who} sources say the same:"
