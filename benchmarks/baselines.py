"""The two baselines, BM25 alone and MiniLM alone, over the very passages Quoth searches; and how they quote.

They share with Quoth the passages, the words (`quoth.index.tokens`), the sentences and the weights of MiniLM, and
nothing else: scores, ranking and quoting are computed here, plainly.

How a baseline quotes: from each of its best passages it takes the window of whole sentences, at most 400 characters
and as long as that allows, that has the best score when it is scored like a passage.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from quoth.corpus import Passage, Span, sentences
from quoth.index import Encoder, Vectors, tokens

__all__ = ["LONGEST_QUOTE", "Bm25", "Dense", "Ranker", "best_window", "windows"]

LONGEST_QUOTE = 400
_K1, _B = 1.2, 0.75

Scores = NDArray[np.float64]


class Ranker(Protocol):
    """One way to score texts for a question; higher is better."""

    def passages(self, question: str) -> Scores:
        """The score of every passage, in their order."""
        ...

    def texts(self, question: str, texts: Sequence[str]) -> Scores:
        """The score that each of `texts` would have as a passage."""
        ...


class Bm25:
    """Okapi BM25, k1 = 1.2, b = 0.75, with Lucene's idf, ln(1 + (N - n + 0.5) / (n + 0.5)), which is never negative
    (Robertson & Zaragoza 2009; Kamphuis et al. 2020 compare the variants).
    """

    def __init__(self, passages: Sequence[str]) -> None:
        counts = [Counter(tokens(text)) for text in passages]
        lengths = np.array([sum(count.values()) for count in counts], dtype=np.float64)
        self._mean_length = float(lengths.mean()) or 1.0
        self._saturation = self._length_norm(lengths)
        self._rows: dict[str, list[int]] = {}
        self._counts: dict[str, list[int]] = {}
        for at, count in enumerate(counts):
            for word, times in count.items():
                self._rows.setdefault(word, []).append(at)
                self._counts.setdefault(word, []).append(times)

    def passages(self, question: str) -> Scores:
        """See `Ranker.passages`."""
        scores = np.zeros(len(self._saturation))
        for word in dict.fromkeys(tokens(question)):
            at = np.array(self._rows.get(word, []), dtype=np.int64)
            times = np.array(self._counts.get(word, []), dtype=np.float64)
            scores[at] += self.idf(word) * times * (_K1 + 1) / (times + self._saturation[at])
        return scores

    def texts(self, question: str, texts: Sequence[str]) -> Scores:
        """See `Ranker.texts`."""
        weights = {word: self.idf(word) for word in dict.fromkeys(tokens(question))}
        return np.array([self._text(weights, Counter(tokens(text))) for text in texts])

    def idf(self, word: str) -> float:
        """How much a word tells: the rarer the more."""
        found = len(self._rows.get(word, []))
        return math.log(1 + (len(self._saturation) - found + 0.5) / (found + 0.5))

    def ceiling(self, question: str) -> float:
        """What no text can exceed for this question: the sum of idf * (k1 + 1)."""
        return sum(self.idf(word) for word in dict.fromkeys(tokens(question))) * (_K1 + 1)

    def _text(self, weights: dict[str, float], count: Counter[str]) -> float:
        norm = float(self._length_norm(np.array([sum(count.values())], dtype=np.float64))[0])
        present = [(weight, count[word]) for word, weight in weights.items() if count[word]]
        return sum(weight * times * (_K1 + 1) / (times + norm) for weight, times in present)

    def _length_norm(self, lengths: Scores) -> Scores:
        return _K1 * (1 - _B + _B * lengths / self._mean_length)


class Dense:
    """The cosine of question and text, both embedded by `encoder`. Texts are embedded once and kept."""

    def __init__(self, encoder: Encoder, passages: Vectors) -> None:
        self._encoder = encoder
        self._passages = passages
        self._texts: dict[str, Vectors] = {}
        self._questions: dict[str, Vectors] = {}

    def prepare(self, questions: Sequence[str]) -> None:
        """Embed many questions in one go."""
        self._questions |= dict(zip(questions, self._encoder.encode_questions(questions), strict=True))

    def passages(self, question: str) -> Scores:
        """See `Ranker.passages`."""
        return np.asarray(self._passages @ self.vector(question), dtype=np.float64)

    def texts(self, question: str, texts: Sequence[str]) -> Scores:
        """See `Ranker.texts`."""
        if missing := [text for text in dict.fromkeys(texts) if text not in self._texts]:
            self._texts |= dict(zip(missing, self._encoder.encode_passages(missing), strict=True))
        return np.asarray(np.stack([self._texts[text] for text in texts]) @ self.vector(question), dtype=np.float64)

    def vector(self, question: str) -> Vectors:
        """The question's row (d,)."""
        if question not in self._questions:
            self.prepare([question])
        return self._questions[question]


def windows(spans: Sequence[Span], longest: int = LONGEST_QUOTE) -> list[Span]:
    """All runs of whole sentences of at most `longest` characters that cannot be made longer, in order.

    A sentence that is longer by itself is a window of its own.

    >>> windows([Span(0, 4), Span(5, 9), Span(10, 30)], longest=10)
    [Span(start=0, stop=9), Span(start=10, stop=30)]
    """
    found: list[Span] = []
    for first, span in enumerate(spans):
        stop = max((other.stop for other in spans[first:] if other.stop - span.start <= longest), default=span.stop)
        if not found or stop > found[-1].stop:
            found.append(Span(span.start, stop))
    return found


def passage_windows(passage: Passage) -> list[Span]:
    """The windows of a passage, in offsets of its document; the whole passage where it has no sentences."""
    found = windows(sentences(passage.text)) or [Span(0, len(passage.text))]
    return [Span(passage.start + span.start, passage.start + span.stop) for span in found]


def window_text(passage: Passage, window: Span) -> str:
    """The words of a window."""
    return passage.text[window.start - passage.start : window.stop - passage.start]


def best_window(ranker: Ranker, question: str, passage: Passage) -> Span:
    """The window of `passage` that scores best, the first of equals."""
    options = passage_windows(passage)
    return options[int(np.argmax(ranker.texts(question, [window_text(passage, option) for option in options])))]
