"""Stopping a server in order: requests of the HTTP API are finished, endless streams of the web app are ended."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import anyio
import uvicorn
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .connections import HEAD_BYTES, MOST_CONNECTIONS, Patient

__all__ = ["DrainingServer"]

_FINISHED: Final = ("/api/", "/v1/", "/mcp")
_GRACE: Final = 3.0
"""Seconds that everything else has; an open page of the web app would otherwise hold the server for ever."""


class _Draining:
    """Pure ASGI, around everything: remembers what is open and may be cut."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._open: set[anyio.CancelScope] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_FINISHED):
            await self._app(scope, receive, send)
            return
        streaming = False

        async def send_on(message: Message) -> None:
            nonlocal streaming
            if message["type"] == "http.response.start":
                streaming = Headers(raw=message["headers"]).get("content-type", "").startswith("text/event-stream")
            elif not message.get("more_body", False):
                streaming = False
            await send(message)

        with anyio.CancelScope() as cut:
            self._open.add(cut)
            try:
                await self._app(scope, receive, send_on)
            finally:
                self._open.discard(cut)
        if cut.cancelled_caught and streaming:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def cut(self) -> None:
        """Ends what is still open."""
        for scope in tuple(self._open):
            scope.cancel()


class DrainingServer(uvicorn.Server):
    """Being told to stop is no failure: what is open is finished or ended, and the caller goes on to close the library.

    A request of the HTTP API has `seconds` to finish.
    """

    def __init__(self, app: ASGIApp, seconds: int) -> None:
        self._draining = _Draining(app)
        super().__init__(
            uvicorn.Config(
                self._draining,
                http=Patient,
                ws="none",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                limit_concurrency=MOST_CONNECTIONS,
                h11_max_incomplete_event_size=HEAD_BYTES,
                timeout_graceful_shutdown=seconds,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Takes no new connection and waits for the old ones."""
        asyncio.get_running_loop().call_later(_GRACE, self._draining.cut)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Ends the server at the first signal and hurries at the second, without raising it again afterwards."""
        before = {name: signal.signal(name, self.handle_exit) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)
