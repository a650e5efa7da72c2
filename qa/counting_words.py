"""The English words that `numbers` goes by: numbers and scales, and what may stand around a number without counting."""

from __future__ import annotations

__all__ = ["CURRENCIES", "GRAMMAR", "NUMBER_WORDS", "OPENERS", "SCALES", "UNCOUNTED"]

_ONES = ("two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def _number_words() -> dict[str, int]:
    words = {word: value for value, word in enumerate((*_ONES, *_TEENS), start=2)}
    for value, ten in enumerate(_TENS, start=2):
        words[ten] = 10 * value
        words |= {f"{ten}-{one}": 10 * value + more for more, one in enumerate(("one", *_ONES), start=1)}
    return words


NUMBER_WORDS = _number_words()
"""`one` is not among them: it is a pronoun more often than a count."""
SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
CURRENCIES = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₹": "rupee"}
_GRAMMAR = """
a about across after all also always among an and are as at be been before besides but by came can could did do
does for from gave got had has have held his if in into is it its less made may met might minus must no not of off
on or our out over per perhaps plus said since so still than that the their then there these they this thus times
to too took towards under unless until up us was went were what when whereas which while who will with would
dozen hundred hundreds thousand thousands million millions billion billions halves thirds quarters fifths tenths
additional another consecutive extra few fewer further least more most new other others remaining such
"""
GRAMMAR = frozenset(_GRAMMAR.split())
"""Between a number and a plural they end the search: what follows them is not what is counted, or not all of it."""
_OPENERS = """
a after all and at both but by for from her his in its my of on only our that the their there these they this
those to we when while with
"""
OPENERS = frozenset(_OPENERS.split())
"""Capital letters of these begin a sentence; of other words before a number, a name: Apollo 11, Windows 10."""
_UNCOUNTED = """
about above additional aged almost another approximately around as at below between by c ca circa each estimated every
first from further last least minus most nearly next other over past plus point previous roughly some than times to
top under
article articles chapter chapters class figure figures grade grades group item items level levels line lines no nos
number numbers p page pages part parts phase phases pp room rooms route routes section sections stage stages step
steps table tables version versions
"""
UNCOUNTED = frozenset(_UNCOUNTED.split())
"""Before a number they make a guess, a bound, a selection or a change of it, or a name: `nearly 5`, `page 5`."""
