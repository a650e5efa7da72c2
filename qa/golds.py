"""Gold answers found in a library: where each stands, or why it cannot be scored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TypeVar

from quoth.corpus import Document, DocumentId, Span

from .naming import DocumentNames
from .question_row import Gold, QuestionRow

__all__ = ["FoundGold", "Golds", "Place", "Task"]

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Characters of one document."""

    document: DocumentId
    span: Span

    def covers(self, other: Place) -> bool:
        """Whether `other` lies whole inside this place."""
        return (
            self.document == other.document
            and self.span.start <= other.span.start
            and other.span.stop <= self.span.stop
        )


@dataclass(frozen=True, slots=True)
class FoundGold:
    """A gold answer in the library. `text` is empty where only a document is known, `places` where only words are.

    Several places: it stands there more than once and nobody said which is meant.
    """

    text: str
    document: DocumentId | None
    places: tuple[Place, ...]
    grade: int


@dataclass(frozen=True, slots=True)
class Task:
    """A question ready to be asked: `documents` are the only ones to search, None for all.

    `problems` say what of its gold does not hold in this library; then nothing of it is scored.
    """

    row: QuestionRow
    golds: tuple[FoundGold, ...]
    documents: tuple[DocumentId, ...] | None
    problems: tuple[str, ...]

    @property
    def answerable(self) -> bool | None:
        """As the row says; None as well when the gold does not hold here."""
        return None if self.problems else self.row.answerable


class Golds:
    """Finds golds in the documents of one library; `all` are their ids, `lookup` gives a document by id."""

    def __init__(
        self, names: DocumentNames, all: Collection[DocumentId], lookup: Callable[[DocumentId], Document]
    ) -> None:
        self._names, self._all, self._lookup = names, all, lookup
        self._paragraph: tuple[str, str | None, tuple[Place, ...]] = ("", None, ())

    def task(self, row: QuestionRow) -> Task:
        """The row with its golds found."""
        problems: list[str] = []
        documents = [id for name in row.documents for id in _tried(self._names.find, name, problems)]
        golds = [found for gold in row.golds for found in _tried(self._found, gold, problems)]
        scope = tuple(dict.fromkeys(documents)) if row.documents else None
        return Task(row, () if problems else tuple(golds), scope, tuple(dict.fromkeys(problems)))

    def _found(self, gold: Gold) -> FoundGold:
        """Raises ValueError where it does not stand as it says."""
        if gold.within:
            places = self._in_paragraph(gold)
            return FoundGold(_words(gold), places[0].document, places, gold.grade)
        if gold.document is None:
            return FoundGold(gold.text, None, (), gold.grade)
        document = self._lookup(self._names.find(gold.document))
        if gold.start is not None:
            span = _checked(gold, gold.start, document)
            words = document.text[span.start : span.stop]
            return FoundGold(words, document.id, (Place(document.id, span),), gold.grade)
        places = tuple(Place(document.id, span) for span in _spans(document.text, gold.text)) if gold.text else ()
        if gold.text and not places:
            raise ValueError(f"{gold.text[:60]!r} does not stand in {document.title!r}, character for character")
        return FoundGold(gold.text, document.id, places, gold.grade)

    def _in_paragraph(self, gold: Gold) -> tuple[Place, ...]:
        """The gold at each place of its paragraph, in the named document if it is there, else anywhere."""
        text, name, found = self._paragraph
        if (text, name) != (gold.within, gold.document):
            found = self._paragraphs(gold.within, gold.document)
            self._paragraph = gold.within, gold.document, found
        if not found:
            raise ValueError(f"its paragraph, {gold.within[:60]!r}, stands in no document of the library; add it")
        start, stop = gold.start or 0, (gold.start or 0) + len(_words(gold))
        return tuple(Place(at.document, Span(at.span.start + start, at.span.start + stop)) for at in found)

    def _paragraphs(self, text: str, name: str | None) -> tuple[Place, ...]:
        """Many questions in a row share a paragraph, and this looks through every document."""
        try:
            named = [] if name is None else [self._names.find(name)]
        except ValueError:
            named = []
        for documents in (named, self._all):
            texts = ((document, self._lookup(document).text) for document in documents)
            if places := tuple(Place(id, span) for id, whole in texts for span in _spans(whole, text)):
                return places
        return ()


def _tried(find: Callable[[T], R], value: T, problems: list[str]) -> Iterator[R]:
    """What `find` gives, or nothing and a problem more."""
    try:
        yield find(value)
    except ValueError as error:
        problems.append(str(error))


def _words(gold: Gold) -> str:
    return gold.text or gold.within[gold.start : gold.stop]


def _checked(gold: Gold, start: int, document: Document) -> Span:
    span = Span(start, start + len(gold.text) if gold.stop is None else gold.stop)
    there = document.text[span.start : span.stop]
    if len(there) != len(span) or (gold.text and there != gold.text):
        raise ValueError(
            f"{(gold.text or 'the answer')[:60]!r} does not stand at {start} of {document.title!r}, where there is "
            f"{there[:60]!r}"
        )
    return span


def _spans(text: str, words: str) -> Iterator[Span]:
    """Everywhere these words stand, overlapping or not."""
    at = text.find(words)
    while at >= 0:
        yield Span(at, at + len(words))
        at = text.find(words, at + 1)
