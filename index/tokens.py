"""Words for the lexical search, in any script.

Alphabetic scripts give words: case folded, accents dropped, English endings stemmed. Scripts written without spaces
(Han, kana, Thai and their kin) give overlapping pairs of characters, so that any stretch of two is found.
Questions and passages go through the same function; change it only together with `TOKENS_VERSION`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import regex
    import Stemmer

__all__ = ["TOKENS_VERSION", "content_tokens", "surface_words", "tokens"]

TOKENS_VERSION = "words+pairs/1"

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
# An initialism (U.S., e.g.), a number with its separators, a run of an unspaced script, or a word.
_PIECE = (
    r"(?P<initials>(?:\p{L}\.){2,})"
    r"|(?P<number>\d+(?:[.,]\d+)*)"
    rf"|(?P<unspaced>[{_UNSPACED}]+)"
    rf"|(?P<word>(?:(?![{_UNSPACED}])[\p{{L}}\p{{M}}\p{{N}}])+)(?:'s(?!\p{{L}}))?"  # the possessive is dropped
)
_EDGES = re.compile(r"^[^\w]+|[^\w]+$|['’]s[^\w]*$")
# Accents of Latin, Greek and Cyrillic, Arabic vowel signs and the tatweel. Indic vowel signs stay: they spell.
_DROPPED = dict.fromkeys((*range(768, 880), *range(1611, 1632), 1648, 1600))


@lru_cache(maxsize=1)
def _piece() -> regex.Pattern[str]:
    import regex

    return regex.compile(_PIECE)


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    import Stemmer

    return Stemmer.Stemmer("english", 0)


def tokens(text: str) -> list[str]:
    """The lexical tokens of `text`, in order.

    >>> tokens("The U.S. delayed 1,500 shipments")
    ['the', 'us', 'delay', '1500', 'shipment']
    >>> tokens("Ёлка, café, 東京都")
    ['елка', 'cafe', '東京', '京都']
    """
    folded = unicodedata.normalize("NFKD", text.replace("’", "'")).translate(_DROPPED)
    found: list[str] = []
    for match in _piece().finditer(unicodedata.normalize("NFC", folded).casefold()):
        kind = match.lastgroup or "word"
        found.extend(_tokens_of(kind, match.group(kind)))
    return found


# In a library of few passages these are rare, and would count for much; in a large one they count for nothing anyway.
_FUNCTION_WORDS = """
a about after all also an and any are as at be been before being but by can could did do does doing done for from had
has have he her his how i if in into is it its may me might more most much must my no nor not of on or our out over
shall she should so some such than that the their them then there these they this those to under up us was we were what
when where whether which while who whom whose why will with would you your
again down just off please too very yet
"""


@lru_cache(maxsize=1)
def _function_tokens() -> frozenset[str]:
    return frozenset(tokens(_FUNCTION_WORDS))


def content_tokens(question: str) -> list[str]:
    """The distinct tokens of a question, in order, without English function words; all of them where nothing is left.

    >>> content_tokens("Why was the summit delayed?")
    ['summit', 'delay']
    >>> content_tokens("Who are they?")
    ['who', 'are', 'they']
    """
    words = list(dict.fromkeys(tokens(question)))
    return [word for word in words if word not in _function_tokens()] or words


def surface_words(text: str) -> dict[str, str]:
    """The content tokens of `text` and, for each, the word it is of as it first stands there; no function words.

    >>> surface_words("Why was the Summit delayed?")
    {'summit': 'Summit', 'delay': 'delayed'}
    """
    found: dict[str, str] = {}
    for piece in text.split():
        word = _EDGES.sub("", piece) or piece  # a mark alone is all edge
        for token in tokens(piece):
            if token not in _function_tokens():
                found.setdefault(token, word)
    return found


def _tokens_of(kind: str, piece: str) -> list[str]:
    if kind == "initials":
        return [piece.replace(".", "")]
    if kind == "number":
        return [piece.replace(",", "")]
    if kind == "unspaced":
        return [piece[at : at + 2] for at in range(max(1, len(piece) - 1))]
    return [_stem(piece)]


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return _stemmer().stemWord(word) if word.isascii() else word
