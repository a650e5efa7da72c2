"""MCP over HTTP (streamable HTTP, without sessions) as a part of the web server, at `/mcp`."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from quoth.corpus import QuothError
from quoth.qa import Library

from .mcp_server import create_server
from .problems import problem_of

__all__ = ["McpDoor"]

_log = logging.getLogger(__name__)
_LARGEST_REQUEST: Final = 1_000_000
"""Bytes; the longest arguments that fit the schemas are smaller."""


class McpDoor:
    """An ASGI application; add `route` to the server's and let `running` enclose its life.

    A client posts its requests; there is nothing else to hold open, so other methods get 405. `hosts` are the names
    this server is reached by; with `*` among them the SDK's own check of host and origin is off, as it knows no such
    thing, and the web server's checks stand alone.
    """

    def __init__(self, library: Library, hosts: Sequence[str]) -> None:
        self._server = create_server(lambda: library, say=_said)
        self._security = _security(hosts)
        self._manager: StreamableHTTPSessionManager | None = None
        self.route = Route("/mcp", self)  # of all methods: what it left over would go to the web app mounted behind it

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answers requests for as long as this lasts; may be entered again."""
        manager = StreamableHTTPSessionManager(
            self._server,
            stateless=True,
            security_settings=self._security,
            max_request_body_size=_LARGEST_REQUEST,
        )
        async with manager.run():
            self._manager = manager
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["method"] != "POST":
            response = PlainTextResponse("MCP is spoken here, by POST.", 405, {"allow": "POST"})
            await response(scope, receive, send)
        elif self._manager is None:
            await PlainTextResponse("The server is starting or stopping.", 503)(scope, receive, send)
        else:
            await self._manager.handle_request(scope, await _come(receive), send)


async def _come(receive: Receive) -> Receive:
    """Gives what `receive` gives, once the body is there: the SDK takes a client that goes away before for a fault of
    its own. Raises ClientDisconnect.
    """
    come: deque[Message] = deque()
    size, more = 0, True
    while more and size <= _LARGEST_REQUEST:  # the SDK refuses what is larger
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        come.append(message)
        size, more = size + len(message.get("body", b"")), message.get("more_body", False)

    async def receive_again() -> Message:
        return come.popleft() if come else await receive()

    return receive_again


def _said(error: QuothError) -> str:
    """The sentence for whoever is far away, as the HTTP API says it; what names folders of this machine is logged."""
    problem = problem_of(error, "none")
    if problem.status >= 500:
        _log.error("A request over MCP failed: %s", error)
    return problem.detail


def _security(hosts: Sequence[str]) -> TransportSecuritySettings:
    if "*" in hosts:
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    named = [f"{host}{port}" for host in hosts for port in ("", ":*")]
    origins = [f"{scheme}://{name}" for scheme in ("http", "https") for name in named]
    return TransportSecuritySettings(allowed_hosts=named, allowed_origins=origins)
