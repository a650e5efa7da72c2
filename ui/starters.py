"""Questions to begin with, for any library: made by rules from its own sentences, and each tried before it is offered.

No model writes them. A heading that is a question is one; a sentence that says what something is, or in which year
something happened, is turned round into a question; what is then missing, other headings fill up as words to search
for. Whatever the library does not answer with that very passage, first and with high confidence, is not offered: so
there are none in languages that the rules do not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest
from threading import Lock
from typing import Final

from quoth.corpus import Document, Span, sentences
from quoth.qa import Answer, Library

__all__ = ["Starters", "headings", "questions"]

_MOST: Final = 4
_TRIES: Final = 8
_DOCUMENTS: Final = 8
_EACH: Final = 3  # of one document are tried
_READ: Final = 6_000  # characters of a document that are looked at

_WORD: Final = r"(?:[A-Z][\w’'-]+|“[A-Z][^”]{2,40}”)"
_NAME: Final = rf"(?P<name>(?:The |An? )?{_WORD}(?: (?:(?:of|and|for|the|in|on) )*{_WORD}){{0,4}})"
_IS: Final = re.compile(rf"{_NAME}(?: \([^)]*\))? (?P<verb>is|are|was|were) (?:an?|the|one of) (?=\w)")
_KIND: Final = re.compile(r"(?P<name>(?:An?|The) [a-z][\w-]+(?: [a-z][\w-]+){0,2}) (?P<verb>is|are) an? (?=\w)")
_DONE: Final = (
    "adopted|born|built|created|discovered|elected|established|formed|founded|initiated|introduced|launched|opened|"
    "published|signed"
)
_WHEN: Final = re.compile(
    rf"{_NAME} (?P<verb>was|were) (?P<done>{_DONE})\b[^.;]{{0,60}}?\b(?:in|on|since) (?:[A-Z]\w+ )?(?:\d\d?,? )?"
    r"(?:[A-Z]\w+ )?(?:1[0-9]|20)\d\d\b"
)
_VAGUE: Final = re.compile(
    r"(?:Another|Both|Each|He|Here|I|If|It|My|One|Our|She|That|There|These|They|This|Those|We|What|When|Which|Who|You"
    r"|Your)\b"
)


class Starters:
    """The starters of one library, found anew when it has changed. Any thread may ask for them."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._lock = Lock()
        self._known: tuple[str, tuple[str, ...]] = ("", ())

    def found(self) -> tuple[str, ...]:
        """At most four, of as many documents as possible. The first time it asks up to eight questions.

        Raises LibraryDamaged, BadRequest (for a document that was removed meanwhile).
        """
        with self._lock:
            now = self._library.stamp.id
            if self._known[0] != now:
                self._known = now, tuple(islice(self._tried(), _MOST))
            return self._known[1]

    def _tried(self) -> Iterator[str]:
        offered: set[str] = set()
        for document, text, span in islice(self._candidates(), _TRIES):
            if text not in offered and self._answers(document, text, span):
                offered.add(text)
                yield text

    def _candidates(self) -> Iterator[tuple[Document, str, Span]]:
        """Those of different documents in turn, questions before headings."""
        records = self._library.documents()
        spread = records[:: max(1, len(records) // _DOCUMENTS)][:_DOCUMENTS]
        documents = [self._library.document(record.id) for record in spread]
        for make in (questions, headings):
            yield from _in_turn([[(one, *found) for found in islice(make(one), _EACH)] for one in documents])

    def _answers(self, document: Document, text: str, span: Span) -> bool:
        outcome = self._library.ask(text, quotes=1)
        if not isinstance(outcome, Answer) or outcome.quotes[0].confidence != "high":
            return False
        source = outcome.quotes[0].source
        return source.document == document.id and source.start < span.stop and span.start < source.stop


def questions(document: Document) -> Iterator[tuple[str, Span]]:
    """Questions that the beginning of the document answers, each with the place that does."""
    yield from (section for section in _sections(document) if section[0].endswith("?"))
    text = document.text[:_READ]
    for span in sentences(text):
        if question := _turned(" ".join(text[span.start : span.stop].split())):
            yield question, span


def headings(document: Document) -> Iterator[tuple[str, Span]]:
    """Headings of some words that are no questions, each with its section."""
    for label, span in _sections(document):
        if len(label.split()) > 2 and label != document.title and not label.endswith("?"):
            yield label, span


def _sections(document: Document) -> Iterator[tuple[str, Span]]:
    marks = [mark for mark in document.marks if mark.kind == "heading"]
    stops = [*(mark.start for mark in marks[1:]), len(document.text)]
    for mark, stop in zip(marks, stops, strict=False):
        if mark.start < stop and 12 <= len(mark.label) <= 100:
            yield mark.label, Span(mark.start, stop)


def _turned(sentence: str) -> str:
    """The question that a sentence answers by its form; empty where the rules know none."""
    found = _WHEN.match(sentence) or _IS.match(sentence) or _KIND.match(sentence)
    if found is None or _VAGUE.match(sentence):
        return ""
    name = re.sub(r"\A(?:The|An?)(?= )", lambda article: article[0].lower(), found["name"])
    done = found.groupdict().get("done")
    return f"When {found['verb']} {name} {done}?" if done else f"What {found['verb']} {name}?"


def _in_turn(lists: Sequence[Sequence[tuple[Document, str, Span]]]) -> Iterator[tuple[Document, str, Span]]:
    return (one for one in chain.from_iterable(zip_longest(*lists)) if one is not None)
