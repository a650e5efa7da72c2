"""The addresses of the pages of PDFs: each as a picture, and where a place stands in it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import Response

from quoth.corpus import DocumentId, PagePicture, PagePictures, QuothError, boxes_of
from quoth.qa import Library

from .document_routes import json_response, span_of
from .problems import problem_response

__all__ = ["add_page_routes"]

_ASKED_AGAIN: Final = "private, no-cache"


def add_page_routes(app: FastAPI, library: Library) -> None:
    """Adds them to `app`."""
    pictures = PagePictures()

    def drawn(document_id: str, page: int) -> PagePicture:
        document = library.document(DocumentId(document_id))
        return pictures.get(document, page, lambda: library.original(document))

    @app.get("/doc/{document_id}/page/{page}.png")
    def picture(document_id: str, page: int, request: Request) -> Response:
        try:
            # By this the browser's own copy is good without the page being drawn, for as long as the document is here.
            tag = f'"{library.document(DocumentId(document_id)).id}-{page}-{pictures.version()}"'
            headers = {"etag": tag, "cache-control": _ASKED_AGAIN}
            if request.headers.get("if-none-match") == tag:
                return Response(status_code=304, headers=headers)
            return Response(drawn(document_id, page).png, media_type="image/png", headers=headers)
        except QuothError as error:
            return problem_response(error, request.scope)

    @app.get("/doc/{document_id}/page/{page}.json")
    def picture_facts(document_id: str, page: int, request: Request) -> Response:
        """Why there is no picture, else where the place `start` to `stop` stands in it, if that is known exactly."""
        try:
            span, found = span_of(request), drawn(document_id, page)
            document = library.document(DocumentId(document_id))
            boxes = [] if span is None else [asdict(box) for box in boxes_of(found, document, page, span)]
            return json_response(request, {"boxes": boxes})
        except QuothError as error:
            return json_response(request, {"error": str(error)})
