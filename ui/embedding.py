"""`/embed`: a compact view to ask in, for an `<iframe>` in somebody's page, and the address it asks through.

Only pages of the origins that were allowed may show it; the browser refuses the others. It sets no cookie and keeps
nothing, neither here nor in the browser.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from quoth.corpus import QuothError
from quoth.qa import Library

from .lanes import Lane
from .listing import examples
from .sent import earlier_questions, object_of, string_in
from .views import answer_view, error_view, extent

__all__ = ["add_embedding", "embed_policy"]

_LONGEST_BASE: Final = 500
_NOBODY: Final = "'none'"
_SHEETS: Final = ("tokens", "frame", "ask", "cards", "menus", "reader", "embed")
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>Ask your documents – Quoth</title>
<link rel="icon" href="quoth/static/quoth.svg">
{sheets}
<script type="module" src="quoth/static/embed.js"></script>
</head>
<body class="gradio-container q-embed" data-state="{state}">
<noscript><p>Asking needs JavaScript.</p></noscript>
</body>
</html>
"""


def embed_policy(origins: Sequence[str]) -> str:
    """Content-Security-Policy of `/embed`: our own scripts and nothing else, in frames of pages of these origins."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "font-src 'self'",
            "img-src 'self' blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {' '.join(origins) if origins else _NOBODY}",
        )
    )


def add_embedding(app: FastAPI, library: Library, lane: Lane, origins: Sequence[str]) -> None:
    """Adds both addresses to `app`."""
    headers = {"content-security-policy": embed_policy(origins), "cache-control": "no-store"}

    @app.get("/embed")
    def embed() -> Response:
        return HTMLResponse(_page(library), headers=headers)

    @app.post("/embed/ask")
    async def ask(request: Request) -> Response:
        sent = _read(await request.body())
        return _json(await lane.run(lambda: _answer(library, sent), request))


def _page(library: Library) -> str:
    try:
        offered = examples(record.id for record in library.documents())
        state = {"library": extent(library.stamp), "examples": offered[:3]}
    except QuothError as error:
        state = {"error": str(error)}
    sheets = "\n".join(f'<link rel="stylesheet" href="quoth/static/{name}.css">' for name in _SHEETS)
    return _PAGE.format(sheets=sheets, state=escape(json.dumps(state)))


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        return object_of(json.loads(body))
    except (ValueError, RecursionError):
        return {}


def _answer(library: Library, sent: Mapping[str, Any]) -> dict[str, Any]:
    question = string_in(sent, "question")
    try:
        outcome = library.ask(question, history=earlier_questions(sent))
        return answer_view(outcome, library.document, base=string_in(sent, "base")[:_LONGEST_BASE])
    except QuothError as error:
        return error_view(question, str(error))


def _json(value: dict[str, Any]) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})
