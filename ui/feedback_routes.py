"""The address of the judged answers as a question file. It holds what everybody asked, so it is for the owner only."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response

from quoth.qa import FeedbackFile, Library

from .permission import granted
from .tokens import Access

__all__ = ["add_feedback_routes"]

_READERS: Final = "The judged answers tell what others asked; signing in with a full token lets you have them.\n"
_NONE: Final = "No answer has been judged yet.\n"


def add_feedback_routes(app: FastAPI, library: Library) -> None:
    """Adds it to `app`."""

    @app.get(f"/quoth/{FeedbackFile.NAME}")
    def feedback() -> Response:
        if granted.get() is not Access.FULL:
            return PlainTextResponse(_READERS, status_code=403)
        content = FeedbackFile(library.folder).content()
        if not content:
            return PlainTextResponse(_NONE, status_code=404)
        return Response(
            content,
            media_type="application/jsonl; charset=utf-8",
            headers={
                "content-disposition": f'attachment; filename="{FeedbackFile.NAME}"',
                "cache-control": "no-store",
            },
        )
