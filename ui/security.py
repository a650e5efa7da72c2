"""What every response of the web server carries, and which requests it refuses before anything else sees them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from .problems import problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["APP_POLICY", "PAGE_POLICY", "SAFE_METHODS", "Guard", "is_same_origin"]

APP_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "style-src 'self' 'unsafe-inline'",
        # Gradio's own start-up is an inline script, and gr.HTML compiles its constant templates with new Function.
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of the app: nothing is loaded from, or sent to, another host."""

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of the plain document pages: no script at all."""

_HEADERS = {
    "content-security-policy": APP_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_REFUSAL = "This request came from another site's page, so it was refused."
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Those that change nothing."""
_API = ("/api/", "/v1/", "/mcp")


class Guard:
    """Pure ASGI, so that streamed answers stream: sets the headers above where a response has not set its own.

    A request that changes something and was sent by another site's page is refused: cookies are not its only danger,
    a server on this machine answers whoever can reach it, and a page in the browser can. The pages of `origins` may
    use the HTTP API all the same, and nothing else.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str] = ()) -> None:
        self.app = app
        self.origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["method"] not in SAFE_METHODS and self._is_foreign(scope):
            await problem_response(HTTPException(403, _REFUSAL), scope)(scope, receive, send_with_headers)
            return
        await self.app(scope, receive, send_with_headers)

    def _is_foreign(self, scope: Scope) -> bool:
        """Whether a browser says that the page behind this request is not ours; other programs say nothing."""
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None or _host_of(origin) == headers.get("host"):
            return False
        return not (origin in self.origins and scope["path"].startswith(_API))


def is_same_origin(headers: Headers) -> bool:
    """Whether a browser says that one of our own pages made this request; what says nothing is not believed."""
    if (site := headers.get("sec-fetch-site")) is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and _host_of(origin) == headers.get("host")


def _host_of(origin: str) -> str:
    """Host and port; empty for the origin "null"."""
    return origin.partition("://")[2]
