"""What the conversation asks of the server besides answers. A page may send anything; it gets JSON to draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from quoth.corpus import DocumentId, QuothError
from quoth.qa import DocumentRecord, Library

from .filtering import choices_view
from .judging import Judging
from .layout import Place
from .sent import object_of, objects_in, span_in, string_in
from .starters import Starters
from .views import marks_at

__all__ = ["Talk"]

_REMOVED = "This document is not in the library any more."
_CHANGED = "This document has changed since; these words may stand elsewhere in it now, or nowhere."
_UNKNOWN = "This page and the server do not understand each other; reload the page."


class Talk:
    """The acts of the Ask tab, over one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        judging, starters = Judging(library), Starters(library)
        self._acts: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "choices": lambda _: choices_view(library.documents()),
            "keep": judging.keep,
            "marks": self._marks,
            "standing": self._standing,
            "starters": lambda _: {"starters": [*starters.found()]},
            "withdraw": judging.withdraw,
        }

    def act(self, sent: object) -> dict[str, Any]:
        """Does what the page asks for, `{"do": name, ...}`; `error` holds the sentence where that could not be done."""
        asked = object_of(sent)
        act = self._acts.get(string_in(asked, "do"))
        try:
            return {"error": _UNKNOWN} if act is None else act(asked)
        except QuothError as error:
            return {"error": str(error)}

    def _standing(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """For each quote of an old conversation why it does not hold any more, empty where it does."""
        records = {record.id: record for record in self._library.documents()}
        uris = {record.uri for record in records.values()}
        return {"standing": [_standing(quote, records, uris) for quote in objects_in(asked, "quotes")]}

    def _marks(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The marks of the quotes of a turn that was not answered just now."""
        records = {record.id: record for record in self._library.documents()}
        places: dict[DocumentId, list[Place]] = {}
        for quote in objects_in(asked, "quotes"):
            span, number = span_in(quote, "span"), quote.get("number")
            holds = not _standing(quote, records, set())
            if holds and span is not None and isinstance(number, int):
                document = DocumentId(string_in(quote, "document"))
                places.setdefault(document, []).append(Place(number, span, span_in(quote, "highlight")))
        return {"marks": marks_at(places, self._library.document)}


def _standing(quote: Mapping[str, Any], records: Mapping[DocumentId, DocumentRecord], uris: set[str]) -> str:
    record = records.get(DocumentId(string_in(quote, "document")))
    if record is not None:
        return "" if record.text_sha256 == quote.get("sha") else _CHANGED
    return _CHANGED if string_in(quote, "uri") in uris else _REMOVED
