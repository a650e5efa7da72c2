"""The addresses of documents: the plain page of each, and what the reader beside the conversation asks for.

The reader is told what went wrong in JSON, `{"error": sentence}` with status 200: that a document is gone is nothing
unforeseen, and only that belongs in a browser's console.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from quoth.corpus import BadRequest, DocumentId, QuothError, Span, UnknownDocument
from quoth.qa import Library

from .layout import document_view
from .links import Link, follow, successor
from .page import document_page, message_page
from .same_words import same_words_view
from .security import PAGE_POLICY

__all__ = ["add_document_routes", "json_response", "span_of"]

_ASKED_AGAIN: Final = "private, no-cache"
"""Browsers may keep it, but have to ask whether it still is what it was, and whether they may still see it."""


_LONGEST_OFFSET: Final = 12  # digits


def span_of(request: Request) -> Span | None:
    """The place that an address names; None where it names none, or nonsense."""
    ends = [request.query_params.get(name, "") for name in ("start", "stop")]
    if not all(end.isascii() and end.isdecimal() and len(end) <= _LONGEST_OFFSET for end in ends):
        return None
    start, stop = map(int, ends)
    return Span(start, stop) if start < stop else None


def _link(document_id: str, request: Request) -> Link:
    sha, origin, replaced = (request.query_params.get(name, "") for name in ("sha", "at", "replaced"))
    return Link(DocumentId(document_id), span_of(request), sha, origin, replaced)


_Asked = Annotated[Link, Depends(_link)]


def add_document_routes(app: FastAPI, library: Library) -> None:
    """Adds them to `app`."""

    @app.get("/doc/{document_id}")
    def page(link: _Asked) -> Response:
        headers = {"content-security-policy": PAGE_POLICY}
        try:
            return HTMLResponse(document_page(follow(library, link)), headers=headers)
        except UnknownDocument as error:
            return _led_on(library, link) or HTMLResponse(
                message_page("Not found", str(error)), status_code=404, headers=headers
            )
        except QuothError as error:
            return HTMLResponse(message_page("Not to be shown", str(error)), status_code=500, headers=headers)

    @app.get("/doc/{document_id}/text.json")
    def text(document_id: str, request: Request) -> Response:
        try:
            return json_response(request, document_view(library.document(DocumentId(document_id))))
        except QuothError as error:
            return json_response(request, {"error": str(error)})

    @app.get("/doc/{document_id}/places.json")
    def places(link: _Asked, request: Request) -> Response:
        try:
            return json_response(request, _places(library, link))
        except QuothError as error:
            return json_response(request, {"error": str(error)})


def json_response(request: Request, value: Any) -> Response:
    """`value` as JSON, or nothing where the browser has it already."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": _ASKED_AGAIN}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _led_on(library: Library, link: Link) -> Response | None:
    """To the next version of the document; the browser keeps the fragment, and with it the words to look for."""
    try:
        following = successor(library, link)
    except QuothError:
        return None
    return RedirectResponse(f"{following}?{urlencode({'replaced': link.document})}", status_code=302)


def _places(library: Library, link: Link) -> dict[str, Any]:
    """Where a link leads, and where else the same words stand."""
    try:
        followed = follow(library, link)
    except UnknownDocument:
        followed = follow(library, Link(successor(library, link), replaced=link.document))
    if link.span is None and not followed.notice:
        raise BadRequest("Give the place by its `start` and `stop`.")
    found = {} if followed.span is None else same_words_view(library, followed.document, followed.span)
    return {"document": followed.document.id, "notice": followed.notice, **found}
