"""From hits to candidate quotes: which one to three sentences of each passage answer best, and what speaks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from quoth.corpus import Document, DocumentId, Span, sentences
from quoth.index import Hit, tokens

from .reader import Reader, Reading

__all__ = ["Candidate", "Features", "Question", "choose"]

LONGEST_QUOTE = 400
MOST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the weight (inverse document frequency) of each of its words."""

    text: str
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Features:
    """What the judge sees of a candidate; what else was tried and earned no place is in docs/judge.md.

    `dense`: cosine of question and passage. `not_null`: minus the log-probability (nats) that the reader gives to "not
    here". `coverage`: share, 0 to 1, of the question's word weight that stands in the passage.
    """

    dense: float
    not_null: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible quote: `span` of whole sentences and, inside it, `best`, the words the reader pointed at."""

    document: DocumentId
    span: Span
    best: Span
    features: Features


def choose(
    question: Question, hits: Sequence[Hit], documents: Mapping[DocumentId, Document], reader: Reader
) -> list[Candidate]:
    """One candidate a hit that has words, in order."""
    hits = [hit for hit in hits if hit.passage.text.strip()]
    readings = reader.read(question.text, [hit.passage.text for hit in hits])
    return [
        _candidate(question, hit, documents[hit.passage.document], reading)
        for hit, reading in zip(hits, readings, strict=True)
    ]


def _candidate(question: Question, hit: Hit, document: Document, reading: Reading) -> Candidate:
    start = hit.passage.start
    spans = [Span(start + span.start, start + span.stop) for span in sentences(hit.passage.text)]
    words = [set(tokens(document.text[span.start : span.stop])) for span in spans]
    best = Span(start + reading.span.start, start + reading.span.stop)
    first, last = _touched(spans, best)
    best = Span(max(best.start, spans[first].start), min(best.stop, spans[last].stop))
    coverage = _coverage(question.weights, set().union(*words))
    scores = [_coverage(question.weights, found) for found in words]
    open_gaps = [document.text.find("\n", a.stop, b.start) < 0 for a, b in pairwise(spans)]
    span = _widened(spans, first, last, scores, open_gaps)
    return Candidate(document.id, span, best, Features(hit.dense, reading.not_null, coverage))


def _touched(spans: Sequence[Span], best: Span) -> tuple[int, int]:
    """First and last sentence that `best` lies in; only the one it lies in most where they are too much for a quote."""
    shared = [min(span.stop, best.stop) - max(span.start, best.start) for span in spans]
    inside = [at for at, characters in enumerate(shared) if characters > 0]
    first, last = inside[0], inside[-1]
    if last - first + 1 > MOST_SENTENCES or spans[last].stop - spans[first].start > LONGEST_QUOTE:
        first = last = shared.index(max(shared))
    return first, last


def _coverage(weights: Mapping[str, float], found: set[str]) -> float:
    """Share of the question's word weight that is `found`, 0 to 1; 0 for a question without words."""
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in found) / total if total else 0.0


def _widened(spans: Sequence[Span], first: int, last: int, scores: Sequence[float], open_gaps: Sequence[bool]) -> Span:
    """Sentences `first` to `last` with their better neighbours, while the quote keeps to its limits.

    `open_gaps` says for each two neighbours whether a quote may run on from one to the other: not over a line's end.
    """
    while last - first + 1 < MOST_SENTENCES:
        options = [first - 1] * (first > 0 and open_gaps[first - 1])
        options += [last + 1] * (last + 1 < len(spans) and open_gaps[last])
        fitting = [at for at in options if spans[max(at, last)].stop - spans[min(at, first)].start <= LONGEST_QUOTE]
        if not fitting:
            break
        chosen = max(fitting, key=lambda at: (scores[at], -at))
        first, last = min(first, chosen), max(last, chosen)
    return Span(spans[first].start, spans[last].stop)
