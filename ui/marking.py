"""Gives every request an id, which its response and its problem carry and by which the log speaks of it."""

from __future__ import annotations

import re
import secrets
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import REQUEST_ID

__all__ = ["Marking"]

_HEADER: Final = "x-request-id"
_USABLE: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_API: Final = ("/api/", "/v1/")


class Marking:
    """Pure ASGI: the id the client gives if it is a plain one, else one of our own. What the API says is not cached."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(_HEADER, "")
        scope[REQUEST_ID] = marked = given if _USABLE.fullmatch(given) else secrets.token_hex(16)

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[_HEADER] = marked
                if scope["path"].startswith(_API):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_marked)
