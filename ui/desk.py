"""What happens when something on the page is used. Like `web`, only the server imports this: it imports Gradio."""

from __future__ import annotations

import hashlib
from itertools import count
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.types import Scope

from quoth.corpus import QuothError
from quoth.qa import Abstention, Answer, FeedbackFile, Library

from .filtering import scope_of
from .judging import counted
from .listing import examples
from .request_log import page_question
from .sent import earlier_questions, object_of, string_in
from .views import answer_view, error_view, extent

__all__ = ["Desk"]

_LONGEST_BASE = 500


class Desk:
    """The handlers of the page, over one library. Each returns JSON that is drawn as it is.

    A value that equals the one before would not be drawn again, so each carries a number of its own, `n`.
    """

    def __init__(self, library: Library) -> None:
        self._library = library
        self._numbers = count(1)

    def welcome(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """What a visitor finds: the conversation and the reader, each at its beginning."""
        records = self._library.documents()
        greeting = {
            "kind": "welcome",
            "library": extent(self._library.stamp),
            "examples": examples(record.id for record in records),
            "shelf": _shelf_name(self._library.folder),
            "kept": counted(FeedbackFile(self._library.folder)),
        }
        first = {"open": records[0].id if records else None}
        return self._new(greeting), self._new(first)

    def ask(self, event: gr.EventData, request: gr.Request | None = None) -> dict[str, Any]:
        """Answers the question the page sent, which may follow up on earlier ones that it sent along, by all documents
        or by those it chose. Gradio gives the `request`, by which it came.
        """
        sent = object_of(event._data)
        question = string_in(sent, "question")
        try:
            chosen = sent.get("filter")
            scope = scope_of(chosen, self._library.documents()) if chosen else None
            documents, searched = (None, "") if scope is None else (scope.documents, scope.extent)
            with page_question(_scope(request), question) as noted:
                outcome = self._library.ask(question, documents=documents, history=earlier_questions(sent))
                noted |= _told(outcome)
            base = string_in(sent, "base")[:_LONGEST_BASE]
            return self._new(answer_view(outcome, self._library.document, searched=searched, base=base))
        except QuothError as error:
            return self._new(error_view(question, str(error)))

    def _new(self, value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "n": next(self._numbers)}


def _scope(request: gr.Request | None) -> Scope:
    """What the server knows of the request; nothing where there was none."""
    asked = None if request is None else request.request
    return {} if asked is None else asked.scope


def _told(outcome: Answer | Abstention) -> dict[str, Any]:
    """For the log."""
    if isinstance(outcome, Answer):
        return {"outcome": "answered", "quotes": len(outcome.quotes)}
    return {"outcome": "abstained", "quotes": 0}


def _shelf_name(folder: Path) -> str:
    """Names the library in the browser, which keeps the conversations about each apart, and tells nothing about it."""
    return hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:12]
