"""Words held against words: strictly, and as SQuAD does (Rajpurkar et al. 2016, arXiv 1606.05250; 2018, 1806.03822)."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Iterable

__all__ = ["contains_words", "exact_match", "f1", "squad_match", "squad_words"]

_ARTICLES = re.compile(r"\b(?:a|an|the)\b", re.UNICODE)
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
"""Scripts written without spaces: there, words have no ends to be seen."""
_SPACED = str.maketrans(dict.fromkeys(string.punctuation + "“”‘’«»–—…·", " "))


def squad_words(text: str) -> list[str]:
    """Lower case, without ASCII punctuation, then without the articles a, an, the; the words that are left.

    >>> squad_words("The “Old” mid-December, a U.S. bridge.")
    ['“old”', 'middecember', 'us', 'bridge']
    """
    return _ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()


def exact_match(answer: str, golds: Iterable[str]) -> float:
    """1 when the answer is a gold answer, character for character, else 0."""
    return float(answer in set(golds))


def squad_match(answer: str, golds: Iterable[str]) -> float:
    """SQuAD's exact match: 1 when the words left of the answer are those left of a gold answer, else 0.

    As evaluate-v2.0.py has it: no gold answer means that to say nothing is right.
    """
    return float(squad_words(answer) in _judged(golds))


def f1(answer: str, golds: Iterable[str]) -> float:
    """SQuAD's F1, the best over the gold answers; without any, 1 for saying nothing and else 0.

    With s the words (as a multiset) that answer and gold share: precision s / |answer|, recall s / |gold|,
    F1 = 2 · precision · recall / (precision + recall). Where one of the two has no words left, 1 if both have none.

    >>> f1("in May 1901", ["May 1901", "1901"])
    0.8
    """
    return max(_f1(squad_words(answer), gold) for gold in _judged(golds))


def _judged(golds: Iterable[str]) -> list[list[str]]:
    """The gold answers that have words left; nothing at all as the one answer where none has."""
    return [words for gold in golds if (words := squad_words(gold))] or [[]]


def _f1(answer: list[str], gold: list[str]) -> float:
    if not answer or not gold:
        return float(answer == gold)
    same = sum((Counter(answer) & Counter(gold)).values())
    return 2 * same / (len(answer) + len(gold))  # the same number as by precision and recall, with one rounding


def contains_words(text: str, golds: Iterable[str]) -> bool:
    """Whether a gold answer stands in `text` as whole words, whatever their case, punctuation and articles.

    Punctuation separates here, which SQuAD deletes: else "December" would not be in "mid-December".

    >>> contains_words("It was (in mid-December) late.", ["December"]), contains_words("Decembers", ["December"])
    (True, False)
    """
    words = f" {_spaced(text)} "
    return any((gold if _UNSPACED.search(gold) else f" {gold} ") in words for gold in map(_spaced, golds) if gold)


def _spaced(text: str) -> str:
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_SPACED)).split())
