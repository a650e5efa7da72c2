"""Cutting where there is no good place: a stretch longer than it may be, at the least bad one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from .passage import Span

__all__ = ["best_cut", "cut_long", "is_inside_cluster"]

_CLAUSE = re.compile(r"[;:,،、，；：–—|]\s*|\n\s*")
_SPACE = re.compile(r"\s+")
_NEAR = 60
_JOINERS = frozenset("\u200d\u200c")
_CLUSTER_LIMIT = 64
"""Code points; a longer cluster (a letter under a thousand accents) is cut inside after all."""


def cut_long(text: str, span: Span, longest: int) -> Iterator[Span]:
    """`span` in pieces of at most `longest` characters, each without surrounding white space."""
    start = span.start
    while start < span.stop:
        stop = span.stop if span.stop - start <= longest else best_cut(text, start, start + longest)
        piece = text[start:stop]
        if words := piece.strip():
            first = start + len(piece) - len(piece.lstrip())
            yield Span(first, first + len(words))
        start = stop


def best_cut(text: str, start: int, limit: int) -> int:
    """The best offset in `(start, limit]` to cut `text` at: after a clause, else after a space, else between clusters.

    Only the second half of the stretch is looked at, so that no piece is shorter than half of what is allowed.
    """
    middle = start + (limit - start) // 2
    for pattern in (_CLAUSE, _SPACE):
        for first in (max(middle, limit - _NEAR), middle):  # nearly always found near the end, which saves much time
            ends = [match.end() for match in pattern.finditer(text, first, limit)]
            good = next((end for end in reversed(ends) if end > start and not is_inside_cluster(text, end)), None)
            if good is not None:
                return good
    cut = limit
    while cut > max(start + 1, limit - _CLUSTER_LIMIT) and is_inside_cluster(text, cut):
        cut -= 1
    return limit if is_inside_cluster(text, cut) else cut


def is_inside_cluster(text: str, at: int) -> bool:
    """Whether a cut at `at` would part what a reader sees as one character.

    A letter from its accents, an emoji from its tone or its family, CR from LF, half of a flag, a Korean syllable.
    """
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return True
    if after in _JOINERS or before in _JOINERS or unicodedata.category(after)[0] == "M":
        return not before.isspace()
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    if _is_flag_half(before) and _is_flag_half(after):
        return _flag_halves_before(text, at) % 2 == 1
    return _is_jamo(before) and "\u1160" <= after <= "\u11ff"


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_halves_before(text: str, at: int) -> int:
    count = 0
    while count < min(at, _CLUSTER_LIMIT) and _is_flag_half(text[at - 1 - count]):
        count += 1
    return count


def _is_jamo(character: str) -> bool:
    return "\u1100" <= character <= "\u11ff" or "\uac00" <= character <= "\ud7a3"
