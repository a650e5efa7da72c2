"""From hits to candidate quotes: which one to three sentences of each passage answer best, and what speaks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quoth.corpus import Document, DocumentId, Span, sentences
from quoth.index import Encoder, Hit, Vectors, tokens

__all__ = ["Candidate", "Features", "Question", "choose"]

LONGEST_QUOTE = 400
MOST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A question with what is computed from it once: its vector (d,) and the weight (idf) of each of its words."""

    text: str
    vector: Vectors
    weights: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Features:
    """What the judge sees of a candidate.

    `dense`, `lexical`: the passage's scores. `sentence`: cosine of the question and the best sentence. `coverage`:
    share of the question's word weight found in the passage, `sentence_coverage` in the best sentence.
    `unmatched_numbers`: how many numbers of the question stand nowhere in the passage.
    """

    dense: float
    lexical: float
    sentence: float
    coverage: float
    sentence_coverage: float
    unmatched_numbers: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible quote: `span` of whole sentences and, inside it, the `best` sentence."""

    document: DocumentId
    span: Span
    best: Span
    features: Features


def choose(
    question: Question, hits: Sequence[Hit], documents: Mapping[DocumentId, Document], encoder: Encoder
) -> list[Candidate]:
    """One candidate a hit, in the order of the hits. All sentences are embedded in one batch."""
    found = [_sentences(hit, documents[hit.passage.document]) for hit in hits]
    texts = [
        documents[hit.passage.document].text[s.start : s.stop]
        for hit, spans in zip(hits, found, strict=True)
        for s in spans
    ]
    vectors = encoder.encode_passages(texts)
    candidates, at = [], 0
    for hit, spans in zip(hits, found, strict=True):
        part = slice(at, at + len(spans))
        candidates.append(_candidate(question, hit, spans, texts[part], vectors[part]))
        at += len(spans)
    return candidates


def _sentences(hit: Hit, document: Document) -> list[Span]:
    start = hit.passage.start
    text = document.text[start : hit.passage.stop]
    return [Span(start + span.start, start + span.stop) for span in sentences(text)]


def _candidate(
    question: Question, hit: Hit, spans: Sequence[Span], texts: Sequence[str], vectors: Vectors
) -> Candidate:
    words = [set(tokens(text)) for text in texts]
    cosines = vectors @ question.vector
    coverages = np.array([_coverage(question.weights, found) for found in words], dtype=np.float32)
    scores = np.asarray(cosines + 0.5 * coverages, dtype=np.float32)
    best = int(np.argmax(scores))
    passage_words = set().union(*words)
    numbers = [word for word in question.weights if word[0].isdigit()]
    features = Features(
        dense=hit.dense,
        lexical=hit.lexical,
        sentence=float(cosines[best]),
        coverage=_coverage(question.weights, passage_words),
        sentence_coverage=float(coverages[best]),
        unmatched_numbers=float(sum(number not in passage_words for number in numbers)),
    )
    return Candidate(hit.passage.document, _widen(spans, best, scores), spans[best], features)


def _coverage(weights: Mapping[str, float], found: set[str]) -> float:
    """Share of the question's word weight that is `found`, 0 to 1; 0 for a question without words."""
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in found) / total if total else 0.0


def _widen(spans: Sequence[Span], best: int, scores: Vectors) -> Span:
    """The best sentence with its better neighbours, while the quote keeps to its limits."""
    first = last = best
    while last - first + 1 < MOST_SENTENCES:
        options = [at for at in (first - 1, last + 1) if 0 <= at < len(spans)]
        fitting = [at for at in options if spans[max(at, last)].stop - spans[min(at, first)].start <= LONGEST_QUOTE]
        if not fitting:
            break
        chosen = max(fitting, key=lambda at: (scores[at], -at))
        first, last = min(first, chosen), max(last, chosen)
    return Span(spans[first].start, spans[last].stop)
