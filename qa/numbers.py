"""The numbers with which a text counts or measures, found by rules: in figures or in words, and what they count.

High precision beats recall. What may be something else is no number here: a name (`5+1`, `G7`, `Apollo 11`), an
ordinal, a version, a time, a telephone number, a range, a guess (`about 20`), a selection (`the last two years`),
figures that some read as a fraction and others do not (`1.500`), and all that is followed by no unit and no plural.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from quoth.corpus import Span
from quoth.index import content_tokens, tokens

from .counting_words import CURRENCIES, GRAMMAR, NUMBER_WORDS, OPENERS, SCALES, UNCOUNTED

__all__ = ["Number", "numbers"]

_WORD = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_SCALE = "|".join(SCALES)
_NUMBER = re.compile(
    r"(?<![\w.,:/+#@&*'’$€£¥₹^−–-])(?P<sign>(?:US)?\$|[€£¥₹])?"
    rf"(?P<figure>\d(?:[\d.,\u00a0\u2009\u202f]*\d)?|(?:{_WORD})\b)(?![\w:/+*#@°-]|[.,]\d)"
    rf"(?:\s+(?P<scale>{_SCALE})\b)?",
    re.IGNORECASE,
)
_ENGLISH = re.compile(r"(?:0|[1-9]\d{0,14}|[1-9]\d{0,2}(?:[,\u00a0\u2009\u202f]\d{3}){1,4})(?:\.\d+)?\Z")
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}\.\d{3}\Z")
_LIKE_A_YEAR = re.compile(r"1\d{3}|20\d\d")
_DATED = re.compile(r"(?:\b(?:in|during|since|until|till|before|after|the|its|his|her|their|our)|['’]s?)\s+\Z", re.I)
_PERCENT = re.compile(r"\s?%|\s+per\s?cent\b", re.IGNORECASE)
_SHORT_SCALE = re.compile(r"\s*(?:bn|mn|tn|[mbk]|lakh|crore|cents?)\b", re.IGNORECASE)
_FOLLOWING = re.compile(r"\s+([A-Za-z](?:[\w’'-]*\w)?)")
_PLURAL = re.compile(r"(?:[A-Za-z-]*[a-z][a-hj-rtv-z]s|people|men|women|children|yen|yuan|feet)\Z")
_PAST = re.compile(r"[a-z]+ed\Z")
_BETWEEN = 3
"""Words that may stand between a number and the plural it counts: `five Central Asian countries`."""
_OF = re.compile(r"\s+(?:of|in)((?:\s+[\w’'-]+){1,3})")
_LAST_WORD = re.compile(r"\b([A-Za-z][\w’'-]*)\.?\s+\Z")
# The end of a range or a fraction, a piece of a telephone number, a bound.
_UNCOUNTED = re.compile(
    rf"(?:(?:\d|\b(?:one|{_WORD}|{_SCALE}))[%)]?\s*(?:[-–—/x×+]|\b(?:to|or|and|(?:out )?of|in|point)\b(?:\s+the\b)?)?"
    r"|[~≈<>≤≥]|\bup\s+to)\s*\Z",
    re.IGNORECASE,
)
_RANGE_AFTER = re.compile(rf"\s*(?:[-–—/x×]|to\b|or\b)\s*(?:[$€£¥₹]?\d|(?:{_WORD})\b)", re.IGNORECASE)
_LOOK = 40
"""Characters before a number in which the words are looked for that change its meaning."""


@dataclass(frozen=True, slots=True)
class Number:
    """`value` of `unit` (a stem, `%` or a currency). `step` is what its last written digit stands for.

    `about` are stems of the words that narrow down what is counted: `Central Asian` countries, 5 % `of exports`.
    """

    span: Span
    value: Decimal
    step: Decimal
    unit: str
    about: frozenset[str]

    def same_thing(self, other: Number) -> bool:
        """Whether both seem to count the same: the same unit, and neither is narrowed down to something else."""
        return self.unit == other.unit and (self.about <= other.about or other.about <= self.about)

    def differs(self, other: Number) -> bool:
        """Whether the values differ by more than rounding explains."""
        return 2 * abs(self.value - other.value) > max(self.step, other.step)


def numbers(text: str, taken: Iterable[Span] = ()) -> list[Number]:
    """The numbers of `text`, in order, that overlap none of the places `taken` already (dates).

    >>> [(str(found.value), found.unit) for found in numbers("Five states spent $1.5 million, or 3% of 1,200 budgets.")]
    [('5', 'state'), ('1500000.0', 'dollar'), ('3', '%')]
    """
    dated = list(taken)
    found = [_number(text, match) for match in _NUMBER.finditer(text)]
    return [
        number
        for number in found
        if number and not any(number.span.start < span.stop and span.start < number.span.stop for span in dated)
    ]


def _number(text: str, match: re.Match[str]) -> Number | None:
    before = text[max(0, match.start() - _LOOK) : match.start()]
    if _UNCOUNTED.search(before) or _names(before):
        return None
    value, measured = _value(match), _unit(text, match)
    if value is None or measured is None:
        return None
    unit, stop, about = measured
    if _RANGE_AFTER.match(text, match.end()) or _RANGE_AFTER.match(text, stop):
        return None
    plain = text[match.end() : stop].strip()
    if _LIKE_A_YEAR.fullmatch(match[0]) and (about or not plain.islower() or _DATED.search(before)):
        return None
    return Number(Span(match.start(), stop), *value, unit, about | _complement(text, stop))


def _names(before: str) -> bool:
    """Whether the word before makes the number a name, a guess or a selection."""
    last = _LAST_WORD.search(before)
    if last is None:
        return False
    return last[1].lower() in UNCOUNTED or (last[1][0].isupper() and last[1].lower() not in OPENERS)


def _value(match: re.Match[str]) -> tuple[Decimal, Decimal] | None:
    """The value and its step; None where the figures can be read in two ways."""
    figure, scale = match["figure"].lower(), Decimal(SCALES.get((match["scale"] or "").lower(), 1))
    if figure in NUMBER_WORDS:
        return NUMBER_WORDS[figure] * scale, scale
    if not _ENGLISH.match(figure) or _AMBIGUOUS.match(figure):
        return None
    digits = re.sub("[^0-9.]", "", figure)
    whole, _, decimals = digits.partition(".")
    zeros = len(whole) - len(whole.rstrip("0")) if len(whole) > 3 and not decimals else 0
    return Decimal(digits) * scale, Decimal(1).scaleb(zeros - len(decimals)) * scale


def _unit(text: str, match: re.Match[str]) -> tuple[str, int, frozenset[str]] | None:
    """The unit, where it ends, and the stems of the words before it."""
    stop = match.end()
    if match["sign"]:
        currency = tokens(CURRENCIES[match["sign"][-1]])[0]
        return None if _SHORT_SCALE.match(text, stop) else (currency, stop, frozenset())
    if percent := _PERCENT.match(text, stop):
        return "%", percent.end(), frozenset()
    between: list[str] = []
    for _ in range(_BETWEEN + 1):
        following = _FOLLOWING.match(text, stop)
        if following is None or following[1].lower() in GRAMMAR or _PAST.match(following[1]):
            return None
        stop = following.end()
        if _PLURAL.match(following[1]):
            return _head(text, following, between)
        between += tokens(following[1])
    return None


def _head(text: str, plural: re.Match[str], between: list[str]) -> tuple[str, int, frozenset[str]] | None:
    """The last of plurals in a row: of `20 United Nations officials` it is officials who are counted."""
    following = _FOLLOWING.match(text, plural.end())
    if following and _PLURAL.match(following[1]) and following[1].lower() not in GRAMMAR:
        return _head(text, following, between + tokens(plural[1]))
    if text[plural.end() : plural.end() + 1] in ("'", "’"):  # five countries' leaders
        return None
    return tokens(plural[1])[-1], plural.end(), frozenset(between)


def _complement(text: str, stop: int) -> frozenset[str]:
    following = _OF.match(text, stop)
    return frozenset(filter(str.isalpha, content_tokens(following[1]))) if following else frozenset()
