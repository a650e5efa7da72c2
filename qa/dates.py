"""The dates a text names, found by rules: English months, ISO dates, and years that a word before shows to be years.

High precision beats recall. What may be something else is no date here: a four-digit number by itself (`room 2004`) or
one that counts (`in 2004 villages`), a decade, a range and its ends, a month alone (`may`), a date in figures other
than ISO (`12/10/2025`), a piece of an id.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass

from quoth.corpus import Span

__all__ = ["Date", "dates", "dates_comparable", "dates_differ"]

_ORDER = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = "january|february|march|april|may|june|july|august|september|october|november|december"
_SHORT = "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
_NAME = rf"(?:{_FULL}|{_SHORT})"
_MONTH = rf"(?P<month>(?:{_FULL})\b|(?:{_SHORT})\b\.?)"
_YEAR = r"(?P<year>1\d{3}|20\d\d)"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_PART = r"(?P<part>early|mid|late)(?:-|\s+)"
_STARTS = r"(?<![\w.:/+#@&$€£¥-])"
_ENDS = r"(?!\w|[-–/.,:]\d|-\w|['’]?s\b)"
_COUNTED = (  # "in 2004 was" goes on after a year, "in 2004 villages" and "in 2000 km" do not
    r"(?!\s+(?!(?:was|has|is|as|this|its|his|does|thus|perhaps|always)\b)[a-z]+s\b)"
    r"(?!\s*(?:%|(?:[ckm]?m|kg|per\s?cent|hundred|thousand|million|billion|people|men|women|children|yen|bce?)\b))"
)
_FORMS = [
    re.compile(form + _ENDS, re.IGNORECASE)
    for form in (
        rf"{_STARTS}(?P<date>{_YEAR}-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01]))",
        rf"{_STARTS}(?P<date>{_MONTH}\s+{_DAY}(?:(?:,\s*|\s+){_YEAR})?)",
        rf"{_STARTS}(?P<date>{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+{_YEAR})?)",
        rf"{_STARTS}(?P<date>(?:{_PART})?{_MONTH}(?:,|\s+of)?\s+{_YEAR})",
        rf"{_STARTS}(?P<date>{_PART}(?:{_MONTH}|{_YEAR}{_COUNTED}))",
        rf"\b(?:in|during|since|until|till|before|after|by|from|year)\s+(?P<date>{_YEAR}){_COUNTED}",
        rf"\((?P<date>{_YEAR})(?=\))",
    )
]
# What stands before or after either end of a range, or one of several dates.
_JOINT = r"(?:[-–/]|—(?!\s)|\b(?:and|or|to|till|until|through)\b)"
_ANY_END = rf"(?:\d|(?:early|mid|late)\b|{_NAME}\b)"
_RANGE_BEFORE = re.compile(rf"(?:\d|\b{_NAME}\b\.?)(?:st|nd|rd|th)?\s*{_JOINT}\s*(?:the\s+)?\Z", re.IGNORECASE)
_RANGE_AFTER = re.compile(rf"\s*{_JOINT}\s*(?:the\s+)?(?:{_ANY_END}|(?:now|present|today)\b)", re.IGNORECASE)
_LOOSE = re.compile(
    r"\b(about|after|around|before|between|by|circa|from|since|than|through|till|to|until"
    r"|(?:beginning|end|half|middle|quarter|start|weeks?|days?|spring|summer|autumn|fall|winter) of)\s+(?:the\s+)?\Z",
    re.IGNORECASE,
)
_LOOK = 40
"""Characters before a date in which the words are looked for that change its meaning."""


@dataclass(frozen=True, slots=True)
class Date:
    """What a text says of a date; None for what it does not name. `part` is `early`, `mid`, `late` or empty.

    `loose` is the word that makes it a bound or a guess (`before 2004`), empty where there is none.
    """

    span: Span
    year: int | None
    month: int | None
    day: int | None
    part: str
    loose: str

    @property
    def named(self) -> tuple[int | None, int | None, int | None, str, str]:
        """Everything but the place: equal for two dates that say the same, however they are written."""
        return self.year, self.month, self.day, self.part, self.loose


def dates(text: str) -> list[Date]:
    """The dates of `text`, in order; none overlaps another.

    >>> [(date.year, date.month, date.day, date.part) for date in dates("Founded in 2004, held on Dec. 5, late 2025.")]
    [(2004, None, None, ''), (None, 12, 5, ''), (2025, None, None, 'late')]
    """
    matches = sorted(_matches(text), key=lambda match: (match.start("date"), -match.end("date")))
    found: list[Date] = []
    reached = 0
    for match in matches:
        start, stop = match.span("date")
        if start < reached:
            continue
        reached = stop
        if not _in_range(text, start, stop) and (date := _date(text, match)):
            found.append(date)
    return found


def dates_comparable(one: Date, other: Date) -> bool:
    """Whether both name the year, or both name the month."""
    return (one.year is not None and other.year is not None) or (one.month is not None and other.month is not None)


def dates_differ(one: Date, other: Date) -> bool:
    """Whether two dates contradict, or one is fuzzy (`mid-December`) where the other is exact. A date that merely says
    less (`2004`, `August 28, 2004`) does not differ, and neither does a loose one.
    """
    if one.loose or other.loose or not dates_comparable(one, other):
        return False
    named = zip(one.named[:3], other.named[:3], strict=True)
    return any(a is not None and b is not None and a != b for a, b in named) or _fuzzy(one, other) or _fuzzy(other, one)


def _fuzzy(one: Date, other: Date) -> bool:
    """Whether `one` names only a part of the month, or year, in which `other` names another part or something exact."""
    if not one.part or one.part == other.part:
        return False
    inside = other.day if one.month else other.month
    same_stretch = one.month == other.month if one.month else one.year == other.year
    return same_stretch and (inside is not None or (bool(other.part) and bool(one.month) == bool(other.month)))


def _matches(text: str) -> Iterator[re.Match[str]]:
    for form in _FORMS:
        for match in form.finditer(text):
            month = match.groupdict().get("month")
            if month is None or month[0].isdigit() or month[0].isupper():  # "may" and "march" are verbs
                yield match


def _in_range(text: str, start: int, stop: int) -> bool:
    before = _RANGE_BEFORE.search(text[max(0, start - _LOOK) : start])
    return before is not None or _RANGE_AFTER.match(text, stop) is not None


def _date(text: str, match: re.Match[str]) -> Date | None:
    """None where the calendar has no such day."""
    found = {name: value or "" for name, value in match.groupdict().items()}
    month = _month(found.get("month", ""))
    year, day = (int(found.get(name) or 0) or None for name in ("year", "day"))
    if day and month and day > monthrange(year or 2000, month)[1]:
        return None
    start, stop = match.span("date")
    bound = _LOOSE.search(text[max(0, start - _LOOK) : start])
    loose = bound[1].lower() if bound else ""
    return Date(Span(start, stop), year, month, day, found.get("part", "").lower(), loose)


def _month(name: str) -> int | None:
    if not name:
        return None
    return int(name) if name.isdigit() else _ORDER.index(name[:3].lower()) + 1
