"""What a request of the HTTP API may take: how often, how many at once, how many bytes, how long."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .buckets import Buckets, client_of
from .problems import problem_response

__all__ = ["UPLOADS", "Pace", "Pacing"]

UPLOADS: Final = "/api/v1/documents"
_PACED: Final = ("/api/", "/v1/", "/mcp", "/login", "/embed/", "/gradio_api/")
_PAGE: Final = "/gradio_api/"
_PAGE_UPLOAD: Final = "/gradio_api/upload"
_STREAMS: Final = ("/gradio_api/queue/data", "/gradio_api/heartbeat/", "/gradio_api/upload_progress")
"""Open as long as a page is; how many, `page_door` looks after."""
_MARGIN: Final = 5.0


@dataclass(frozen=True, slots=True)
class Pace:
    """`requests_per_minute` of one client (0: as many as it likes), of which `burst` may come at once; `at_once` is for
    all clients together. The web app, whose pages look again and again, has a pace of its own. `seconds` until a
    response has to begin, and between two pieces of it; an upload has longer.
    """

    requests_per_minute: int = 1_200
    burst: int = 120
    at_once: int = 64
    uploads_at_once: int = 4
    seconds: float = 60.0
    upload_seconds: float = 900.0
    page_requests_per_minute: int = 6_000
    page_burst: int = 600
    body_bytes: int = 4 * 1024**2
    upload_bytes: int = 1024**3

    def __post_init__(self) -> None:
        counts = (self.at_once, self.uploads_at_once, self.burst, self.page_burst, self.body_bytes, self.upload_bytes)
        if min(counts) < 1 or min(self.requests_per_minute, self.page_requests_per_minute) < 0:
            raise ValueError(f"no request could ever be answered at this pace: {self}")
        if not (self.seconds > 0 and self.upload_seconds > 0):
            raise ValueError(f"a request needs some time, not {self.seconds} or {self.upload_seconds} seconds")


class Pacing:
    """Pure ASGI, in front of everything that costs something: what exceeds the pace is answered with a problem."""

    def __init__(self, app: ASGIApp, pace: Pace, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace = pace
        self._app = app
        self._small = RequestBodyLimitMiddleware(app, pace.body_bytes)
        self._large = RequestBodyLimitMiddleware(app, pace.upload_bytes)
        self._buckets = Buckets(pace.requests_per_minute / 60, pace.burst, clock)
        self._pages = Buckets(pace.page_requests_per_minute / 60, pace.page_burst, clock)
        self._running = {(page, upload): 0 for page in (True, False) for upload in (True, False)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] != "http" or not scope["path"].startswith(_PACED):
            await self._app(scope, receive, send)
            return
        if refusal := self._refusal(scope):
            await problem_response(refusal, scope)(scope, receive, send)
            return
        if scope["path"].startswith(_STREAMS):
            await self._app(scope, receive, send)
            return
        kind = _kind(scope)
        self._running[kind] += 1
        try:
            await self._in_time(self._large if _is_upload(scope) else self._small, scope, receive, send)
        finally:
            self._running[kind] -= 1

    def _refusal(self, scope: Scope) -> HTTPException | None:
        """Why the request is not even begun."""
        if wait := self._wait(scope):
            said = f"Too many requests from this client; wait {wait:.1f} seconds."
            return HTTPException(429, said, {"retry-after": str(math.ceil(wait))})
        upload = _is_upload(scope)
        if self._running[_kind(scope)] >= (self._pace.uploads_at_once if upload else self._pace.at_once):
            said = "The server is as busy as it may be; try again in a moment."
            return HTTPException(503, said, {"retry-after": "5" if upload else "1"})
        most = self._pace.upload_bytes if upload else self._pace.body_bytes
        if _announced(scope) > most:
            return HTTPException(413, f"The body has more than the {most:,} bytes it may have.")
        return None

    def _wait(self, scope: Scope) -> float:
        """Seconds until the client may ask again; 0 when it may now."""
        page, client = scope["path"].startswith(_PAGE), scope.get("client")
        if not (self._pace.page_requests_per_minute if page else self._pace.requests_per_minute):
            return 0.0
        return (self._pages if page else self._buckets).take(client_of(client[0] if client else None))

    async def _in_time(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        seconds = self._pace.upload_seconds if _is_upload(scope) else self._pace.seconds
        begun = False
        with anyio.move_on_after(seconds) as limit:

            async def send_on(message: Message) -> None:
                nonlocal begun
                begun = True
                limit.deadline = anyio.current_time() + seconds + _MARGIN
                await send(message)

            await app(scope, receive, send_on)
        if limit.cancelled_caught and not begun:  # one that is cut short is left incomplete, so that the client sees it
            said = f"This took longer than the {seconds:g} seconds a request may take; ask for less at once."
            await problem_response(HTTPException(504, said), scope)(scope, receive, send)


def _is_upload(scope: Scope) -> bool:
    return bool(scope["method"] == "POST" and scope["path"].rstrip("/") in (UPLOADS, _PAGE_UPLOAD))


def _kind(scope: Scope) -> tuple[bool, bool]:
    """Whether a request is the web app's, and whether it is an upload: no kind takes the places of another."""
    return scope["path"].startswith(_PAGE), _is_upload(scope)


def _announced(scope: Scope) -> int:
    """The bytes that the client says will come; it may say anything, so those that come are counted too."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0
