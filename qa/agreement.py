"""Where quotes of different documents agree or differ in a date, a number or a negation: by rules, not understood.

A false alarm is worse than silence, so much of what could be said is not said:

- Only quotes of *different documents* are compared, two by two. What hangs together is shown together.
- Two *dates* (`dates.py`) agree when they name the same, however it is written; quotes that share one do not differ in
  others. Two differ when one contradicts the other (`2004`, `2005`) or is fuzzy where the other is exact
  (`mid-December`, `December 20, 2025`). One that merely says less (`2004`, `May 2004`) does neither.
- Two *numbers* (`numbers.py`) are compared when they count the same: one unit or noun, not narrowed down to different
  things. They differ when the quotes share no value of that unit and rounding does not explain it.
- Dates or numbers *differ* only where both are what the quotes answer with (the highlight, unless it is long; of long
  ones the only date, in sentences that share three content words) or stand in sentences that share most of their
  content words, and where no more than one pair can be meant. Numbers *agree*
  where at least one of them answers, or the sentences are alike: a number both happen to mention is no news.
- *Negations* are compared in sentences that share most of their content words. Where one denies a single thing, the
  other either speaks of it and denies nothing (they differ), or denies just that too (they agree).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product
from typing import TypeVar

from .answer import Comparison, Mention, Quote
from .dates import Date, dates_comparable, dates_differ
from .mentions import Reading, alike, reading
from .numbers import Number

__all__ = ["compare"]

_SAME_SUBJECT = 3
"""Content words that two sentences share when they speak of the same, where other signs say so too."""
_Pair = tuple[Mention, Mention]
_Verdicts = Iterator[tuple[bool, Mention, Mention]]
"""Whether two mentions agree, and the two."""
_Found = TypeVar("_Found", Date, Number)


def compare(quotes: Sequence[Quote]) -> tuple[Comparison, ...]:
    """What the rules of this module find between `quotes`: differences first, then by kind and by place."""
    read = [reading(number, quote) for number, quote in enumerate(quotes)]
    pairs = [(a, b) for a, b in combinations(read, 2) if a.quote.source.document != b.quote.source.document]
    dates = _grouped(verdict for pair in pairs for verdict in _dates(*pair))
    numbers = _grouped(verdict for pair in pairs for verdict in _numbers(*pair))
    negations = _grouped(verdict for pair in pairs for verdict in _negations(*pair))
    found = [
        *(Comparison("date", agrees, mentions) for agrees, mentions in dates),
        *(Comparison("number", agrees, mentions) for agrees, mentions in numbers),
        *(Comparison("negation", agrees, mentions) for agrees, mentions in negations),
    ]
    return tuple(sorted(found, key=lambda comparison: comparison.agrees))


def _dates(one: Reading, other: Reading) -> _Verdicts:
    pairs = list(product(one.dates, other.dates))
    same = [(a, b) for a, b in pairs if a.named == b.named]
    for a, b in same:
        yield True, one.mention(a.span), other.mention(b.span)
    meant = [(a, b) for a, b in _meant(one, other, pairs) if dates_comparable(a, b)]
    meant = meant or [(a, b) for a, b in pairs if dates_comparable(a, b) and _alone(one, other, a, b)]
    if not same and len({(a.named, b.named) for a, b in meant}) == 1 and dates_differ(*meant[0]):
        for a, b in meant:
            yield False, one.mention(a.span), other.mention(b.span)


def _numbers(one: Reading, other: Reading) -> _Verdicts:
    for unit in sorted({number.unit for number in one.numbers} & {number.unit for number in other.numbers}):
        everything = [(a, b) for a, b in product(one.numbers, other.numbers) if a.unit == b.unit == unit]
        pairs = [(a, b) for a, b in everything if a.same_thing(b)]
        for a, b in pairs:
            if a.value == b.value and (_answers(one, a) or _answers(other, b) or _alike(one, other, a, b)):
                yield True, one.mention(a.span), other.mention(b.span)
        meant = _meant(one, other, pairs)
        shared = any(a.value == b.value for a, b in everything)
        if not shared and len({(a.value, b.value) for a, b in meant}) == 1 and meant[0][0].differs(meant[0][1]):
            for a, b in meant:
                yield False, one.mention(a.span), other.mention(b.span)


def _negations(one: Reading, other: Reading) -> _Verdicts:
    for a, b in product(one.sentences, other.sentences):
        if not alike(a, b):
            continue
        match a.denials, b.denials:
            case (mine,), (yours,) if mine.about and mine.about == yours.about:
                yield True, one.mention(mine.span), other.mention(yours.span)
            case (mine,), () if mine.about in b.words:
                yield False, one.mention(mine.span), other.whole()
            case (), (yours,) if yours.about in a.words:
                yield False, one.whole(), other.mention(yours.span)
            case _:
                pass


def _answers(read: Reading, found: Date | Number) -> bool:
    return read.answers_with(found.span)


def _alike(one: Reading, other: Reading, a: Date | Number, b: Date | Number) -> bool:
    return alike(one.sentence_at(a.span), other.sentence_at(b.span))


def _alone(one: Reading, other: Reading, a: Date, b: Date) -> bool:
    """Whether each is the only date its quote answers with, and the sentences speak of the same."""
    shared = one.sentence_at(a.span).words & other.sentence_at(b.span).words
    return len(shared) >= _SAME_SUBJECT and one.answers_alone(a.span) and other.answers_alone(b.span)


def _meant(one: Reading, other: Reading, pairs: Sequence[tuple[_Found, _Found]]) -> list[tuple[_Found, _Found]]:
    """The pairs in which both answer, or where there are none, those in sentences that are alike."""
    answering = [(a, b) for a, b in pairs if _answers(one, a) and _answers(other, b)]
    return answering or [(a, b) for a, b in pairs if _alike(one, other, a, b)]


def _grouped(verdicts: Iterable[tuple[bool, Mention, Mention]]) -> list[tuple[bool, tuple[Mention, ...]]]:
    """What hangs together, side by side. An agreement within a difference is seen there."""
    known = list(verdicts)
    differing = _joined((a, b) for agrees, a, b in known if not agrees)
    agreeing = _joined((a, b) for agrees, a, b in known if agrees)
    told = [group for group in agreeing if not any(set(group) <= set(other) for other in differing)]
    return [*((False, group) for group in differing), *((True, group) for group in told)]


def _joined(pairs: Iterable[_Pair]) -> list[tuple[Mention, ...]]:
    groups: list[set[Mention]] = []
    for pair in pairs:
        touched = [group for group in groups if not group.isdisjoint(pair)]
        groups = [group for group in groups if group.isdisjoint(pair)]
        groups.append(set(pair).union(*touched))
    return sorted((_once(group) for group in groups), key=lambda group: [_place(mention) for mention in group])


def _once(group: Iterable[Mention]) -> tuple[Mention, ...]:
    """In order, and without what a quote says again in the same words."""
    said = {(mention.quote, mention.text): mention for mention in sorted(group, key=_place, reverse=True)}
    return tuple(sorted(said.values(), key=_place))


def _place(mention: Mention) -> tuple[int, int, int]:
    return mention.quote, mention.span.start, mention.span.stop
