"""The other places where the very words of a quote stand, in its document and in the whole library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from quoth.corpus import Document, DocumentId, QuothError, Span
from quoth.qa import Library

from .layout import Place, marked_paragraphs

__all__ = ["SameWords", "same_words", "same_words_view"]

_MOST_CHARACTERS: Final = 20_000_000
"""Of all documents together: about as many as are kept in memory. In a larger library only the passages nearest to the
words tell which documents are looked through."""
_NEAREST: Final = 50
_LONGEST_QUERY: Final = 1_000
_MOST_PLACES: Final = 100


@dataclass(frozen=True, slots=True)
class SameWords:
    """Every place by document, the quote's own document first; `own` is which of them, from 1, is the quote itself.

    `everywhere` says whether the whole library was looked through, `cut` whether there are more places than these.
    """

    places: Mapping[DocumentId, tuple[Span, ...]]
    own: int
    everywhere: bool
    cut: bool

    @property
    def total(self) -> int:
        """How many places."""
        return sum(map(len, self.places.values()))


def same_words(library: Library, document: Document, span: Span) -> SameWords:
    """Where the words that stand at `span` of `document` stand, the first hundred places; overlapping ones count."""
    words = document.text[span.start : span.stop]
    here = _found(document.text, words, span)
    own = here.index(span) + 1
    places = {document.id: here}
    left = _MOST_PLACES - len(here)
    others, everywhere = _others(library, document, words)
    for id in others:
        try:
            spans = _found(library.document(id).text, words, None)[:left]
        except QuothError:  # removed a moment ago, or damaged: whoever asks for it is told
            continue
        if spans:
            places[id] = spans
            left -= len(spans)
    return SameWords(MappingProxyType(places), own, everywhere, left <= 0)


def same_words_view(library: Library, document: Document, span: Span) -> dict[str, Any]:
    """For the reader: places numbered from 1, with their documents' titles and marks."""
    found = same_words(library, document, span)
    numbered = list(_numbered(found))
    documents = {id: document if id == document.id else library.document(id) for id in found.places}
    marks = {id: marked_paragraphs(documents[id], [place for of, place in numbered if of == id]) for id in found.places}
    return {
        "own": found.own,
        "total": found.total,
        "places": [{"number": place.number, "document": id, "title": documents[id].title} for id, place in numbered],
        "marks": marks,
        "sentence": _sentence(found, document.id),
    }


def _others(library: Library, document: Document, words: str) -> tuple[list[DocumentId], bool]:
    """The other documents to look through, and whether these are all."""
    records = [record for record in library.documents() if record.id != document.id]
    everywhere = sum(record.characters for record in records) <= _MOST_CHARACTERS
    if everywhere:
        return [record.id for record in records if record.characters >= len(words)], True
    hits = library.search(words[:_LONGEST_QUERY], _NEAREST)
    return [id for id in dict.fromkeys(hit.source.document for hit in hits) if id != document.id], False


def _numbered(found: SameWords) -> Iterator[tuple[DocumentId, Place]]:
    number = 0
    for id, spans in found.places.items():
        for span in spans:
            number += 1
            yield id, Place(number, span, None)


def _found(text: str, words: str, own: Span | None) -> tuple[Span, ...]:
    """The first places of `words`; `own` is among them in any case."""
    found: list[Span] = []
    at = text.find(words)
    while at >= 0 and len(found) < _MOST_PLACES:
        found.append(Span(at, at + len(words)))
        at = text.find(words, at + 1)
    if own is not None and own not in found:
        found[-1] = own
    return tuple(found)


def _sentence(found: SameWords, own: DocumentId) -> str:
    """`The same words stand in 3 places of this document and in 1 other document.`; empty where they stand once."""
    here, others = len(found.places[own]), len(found.places) - 1
    if found.total == 1:
        return ""
    parts = [f"in {here} places of this document"] if here > 1 else ["here"]
    parts += [f"in {others} other document{'' if others == 1 else 's'}"] if others else []
    more = " More places are not shown." if found.cut else ""
    partly = "" if found.everywhere else " Not the whole library was looked through."
    return f"The same words stand {' and '.join(parts)}.{more}{partly}"
