"""What one quote says that can be compared: its dates, its numbers, and its sentences with what they deny."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from quoth.corpus import Span, sentences
from quoth.index import content_tokens, tokens

from .answer import Mention, Quote
from .counting_words import NUMBER_WORDS
from .dates import Date, dates
from .numbers import Number, numbers

__all__ = ["Denial", "Reading", "Sentence", "alike", "reading"]

_SHORT_ANSWER = 10
"""Words; of a longer highlight nobody knows whether a date in it is what answers."""
_LEAST_SHARED = 3
_WORD = re.compile(r"[\w’'-]+")
_AUXILIARY = "ai|are|ca|could|did|does|do|had|has|have|is|might|must|need|should|was|were|wo|would"
_NEGATION = re.compile(
    rf"\b(?:(?:{_AUXILIARY})n['’]t|cannot|never|without|neither|nor|none|nobody|den(?:y|ies|ied|ying)"
    r"|(?<!or )(?<!why )not(?!\s+(?:only|just|merely|least|necessarily|until|to\s+mention)\b)"
    r"|no(?!\.?\s*\d|\s+(?:doubt|sooner)\b|\s+\w+\s+than\b))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Denial:
    """A negation and the stem it is about (empty where there is none), with all characters between: `not delayed`."""

    span: Span
    about: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a quote: the stems of its content words, without dates, numbers and negations."""

    span: Span
    words: frozenset[str]
    denials: tuple[Denial, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The `number`-th quote of an answer, read. All spans count from the beginning of the quote."""

    number: int
    quote: Quote
    dates: tuple[Date, ...]
    numbers: tuple[Number, ...]
    sentences: tuple[Sentence, ...]

    def answers_with(self, span: Span) -> bool:
        """Whether the words that answer are few, and touch `span`. Without a highlight it is the quote that answers."""
        source = self.quote.source
        best = self.quote.highlight or Span(source.start, source.stop)
        start, stop = best.start - source.start, best.stop - source.start
        few = len(self.quote.text[start:stop].split()) <= _SHORT_ANSWER
        return few and span.start < stop and start < span.stop

    def answers_alone(self, span: Span) -> bool:
        """Whether the words that answer, however many, hold no date but the one at `span`."""
        source = self.quote.source
        best = self.quote.highlight or Span(source.start, source.stop)
        start, stop = best.start - source.start, best.stop - source.start
        return [date.span for date in self.dates if date.span.start < stop and start < date.span.stop] == [span]

    def sentence_at(self, span: Span) -> Sentence:
        """The sentence in which `span` begins."""
        return next((one for one in self.sentences if span.start < one.span.stop), self.sentences[-1])

    def mention(self, span: Span) -> Mention:
        """The words at `span`, with their place in the document."""
        offset = self.quote.source.start
        text = self.quote.text[span.start : span.stop]
        return Mention(self.number, text, Span(offset + span.start, offset + span.stop))

    def whole(self) -> Mention:
        """All of the quote, where the point is what it does not say."""
        return self.mention(Span(0, len(self.quote.text)))


def reading(number: int, quote: Quote) -> Reading:
    """Reads `quote`, the `number`-th (from 0) of its answer."""
    text = quote.text
    dated = tuple(dates(text))
    counted = tuple(numbers(text, [date.span for date in dated]))
    parts = sentences(text) or [Span(0, len(text))]
    return Reading(number, quote, dated, counted, tuple(_sentence(text, part, dated) for part in parts))


def alike(one: Sentence, other: Sentence) -> bool:
    """Whether two sentences share most of their content words, and enough of them to speak of the same thing."""
    shared = len(one.words & other.words)
    return shared >= _LEAST_SHARED and 2 * shared > len(one.words | other.words)


def _sentence(text: str, span: Span, dated: Sequence[Date]) -> Sentence:
    negations = [match.span() for match in _NEGATION.finditer(text, span.start, span.stop)]
    left_out = [*negations, *((date.span.start, date.span.stop) for date in dated)]
    words = frozenset(_content(_without(text, span, left_out)))
    return Sentence(span, words, tuple(_denial(text, start, stop, span, words) for start, stop in negations))


def _without(text: str, span: Span, left_out: Iterable[tuple[int, int]]) -> str:
    kept = list(text[span.start : span.stop])
    for start, stop in left_out:
        inside = range(max(start, span.start), min(stop, span.stop))
        for at in inside:
            kept[at - span.start] = " "
    return "".join(kept)


def _content(text: str) -> list[str]:
    return [word for word in content_tokens(text) if word not in _number_tokens() and not word[0].isdigit()]


@lru_cache(maxsize=1)
def _number_tokens() -> frozenset[str]:
    return frozenset(token for word in NUMBER_WORDS for token in tokens(word))


def _denial(text: str, start: int, stop: int, sentence: Span, words: frozenset[str]) -> Denial:
    """The first content word behind a negation is what it is about."""
    for match in _WORD.finditer(text, stop, sentence.stop):
        about = [token for token in tokens(match[0]) if token in words]
        if about:
            return Denial(Span(start, match.end()), about[0])
    return Denial(Span(start, stop), "")
