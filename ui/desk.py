"""What happens when something on the page is used. Like `web`, only the server imports this: it imports Gradio."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import gradio as gr

from quoth.corpus import Document, DocumentId, QuothError
from quoth.qa import Library

from .layout import document_view
from .listing import examples, note_view, report_view, shelf_view
from .views import answer_view, error_view, extent

__all__ = ["Desk"]

_EARLIER = 6
"""Questions of a conversation that are looked at; the page sends no more."""


class Desk:
    """The handlers of the page, over one library. Each returns JSON that is drawn as it is.

    A value that equals the one before would not be drawn again, so each carries a number of its own, `n`.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._numbers = count(1)

    def welcome(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """What a visitor finds: the conversation, the shelf and the reader, each at its beginning."""
        records = self._library.documents()
        greeting = {
            "kind": "welcome",
            "library": extent(self._library.stamp),
            "examples": examples(record.id for record in records),
        }
        first = {"open": records[0].id if records else None}
        return self._new(greeting), self.shelf(), self._new(first)

    def ask(self, event: gr.EventData) -> dict[str, Any]:
        """Answers the question the page sent, which may follow up on earlier ones that it sent along."""
        question = _sent(event, "question")
        try:
            outcome = self._library.ask(question, history=_earlier(event))
            return self._new(answer_view(outcome, self._library.document))
        except QuothError as error:
            return self._new(error_view(question, str(error)))

    def read(self, document: object) -> dict[str, Any]:
        """The whole text of a document, for the reader."""
        try:
            return document_view(self._document(str(document)))
        except QuothError as error:
            return {"error": str(error)}

    def shelf(self) -> dict[str, Any]:
        """The documents of the library."""
        return self._shelf_with(None)

    def add(self, paths: list[str] | None) -> tuple[dict[str, Any], None]:
        """Adds the uploaded files; the upload box is emptied, what became of each file stands in the report."""
        files = [Path(path) for path in paths or ()]
        try:
            report = self._library.add_files((file.name, file.read_bytes()) for file in files)
            return self._shelf_with(report_view(report)), None
        except QuothError as error:
            return self._shelf_with(note_view(error=str(error))), None
        finally:
            for file in files:  # the library has its own copy of what it took
                file.unlink(missing_ok=True)

    def remove(self, event: gr.EventData) -> dict[str, Any]:
        """Removes the document whose removal was confirmed on the page."""
        try:
            document = self._document(_sent(event, "document"))
            self._library.remove([document.id])
        except QuothError as error:
            return self._shelf_with(note_view(error=str(error)))
        return self._shelf_with(note_view(f"Removed “{document.title}”."))

    def _document(self, wanted: str) -> Document:
        return self._library.document(DocumentId(wanted))

    def _shelf_with(self, note: dict[str, Any] | None) -> dict[str, Any]:
        return self._new({**shelf_view(self._library), "report": note})

    def _new(self, value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "n": next(self._numbers)}


def _earlier(event: gr.EventData) -> tuple[str, ...]:
    """The earlier questions of the conversation, oldest first; what is no string is no question. How long one may be
    the library says, of these as of any other.
    """
    sent = event._data.get("history") if isinstance(event._data, dict) else None
    return tuple(turn for turn in sent[-_EARLIER:] if isinstance(turn, str)) if isinstance(sent, list) else ()


def _sent(event: gr.EventData, name: str) -> str:
    """A string the page sent along with an event; it may send anything, so anything else is an empty string."""
    value = event._data.get(name) if isinstance(event._data, dict) else None
    return value if isinstance(value, str) else ""
