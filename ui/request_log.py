"""One line in the log for each request: who asked which route, and what became of it. Never what was asked.

The route is its pattern, since an address may hold a token of a run or an id; questions are logged only on request.
What is asked in the page is answered after its request is over, and gets a line of its own, under the same id.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .log_lines import FIELDS
from .problems import METHODS, NOTED, REQUEST_ID
from .prometheus import route_of

__all__ = ["Recording", "note_answer", "page_question"]

_log = logging.getLogger(__name__)
_STATIC: Final = "/quoth/static/"
_QUESTIONS: Final = "quoth.log_questions"
"""Where an ASGI scope says whether questions are logged."""


class Recording:
    """Pure ASGI: writes the line when the last byte is sent, or when the request came to nothing."""

    def __init__(self, app: ASGIApp, *, questions: bool = False) -> None:
        self._app = app
        self._questions = questions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        noted: dict[str, Any] = {}
        scope[NOTED], scope[_QUESTIONS] = noted, self._questions
        began, status, sent = time.perf_counter(), 0, 0

        async def send_on(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_on)
        finally:
            error = sys.exc_info()[1]
            if isinstance(error, Exception):  # it goes on to who answers it, outside of this
                noted.setdefault("error", type(error).__name__)
                status = status or 500
            seconds = round(time.perf_counter() - began, 6)
            self._write(scope, {"status": status, "seconds": seconds, "bytes": sent}, noted)

    def _write(self, scope: Scope, became: Mapping[str, Any], noted: dict[str, Any]) -> None:
        if not self._questions:
            noted.pop("question", None)
        fields = {
            "request_id": scope.get(REQUEST_ID, "none"),
            "method": scope["method"] if scope["method"] in METHODS else "other",
            "route": f"{_STATIC}{{path}}" if scope["path"].startswith(_STATIC) else route_of(scope),
            **became,
            "client": _client(scope),
            **noted,
        }
        level = logging.ERROR if became["status"] >= 500 else logging.INFO
        _log.log(level, "request", extra={FIELDS: fields})


def note_answer(scope: Scope, record: Mapping[str, Any]) -> None:
    """Notes for the log what a question got, by its answer record."""
    noted = scope.get(NOTED)
    if noted is not None:
        noted |= {
            "outcome": "answered" if record["answered"] else "abstained",
            "quotes": len(record["quotes"]),
            "answer_ms": record["elapsed_ms"],
            "question": record["question"],
        }


@contextmanager
def page_question(scope: Scope, question: str) -> Iterator[dict[str, Any]]:
    """Logs what became of a question that the page asked by the request of `scope`; the block says what it got."""
    noted: dict[str, Any] = {}
    began = time.perf_counter()
    try:
        yield noted
    finally:
        error = sys.exc_info()[1]
        if error is not None:
            noted |= {"outcome": "error", "error": type(error).__name__}
        noted["answer_ms"] = round(1000 * (time.perf_counter() - began), 3)
        if scope.get(_QUESTIONS):
            noted["question"] = question
        fields = {"request_id": scope.get(REQUEST_ID, "none"), "client": _client(scope), **noted}
        _log.info("question", extra={FIELDS: fields})


def _client(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else "unknown"
