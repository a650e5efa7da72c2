"""Lets in who shows a token, or a browser that showed one at `/login`. Where there are no tokens, everybody may in.

A program sends its token in the `Authorization` header of each request. A browser gets a cookie for it, which no script
can read, which no other site's page can send along (SameSite=Strict), and which counts for a request that changes
something only if the browser says that one of our own pages made it.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .permission import granted
from .problems import problem_response
from .security import SAFE_METHODS, is_same_origin
from .tokens import Access, Sessions, Tokens

__all__ = ["COOKIE", "Doorkeeper", "access_of"]

COOKIE: Final = "quoth-session"
_ACCESS: Final = "quoth.access"
_OPEN: Final = ("/healthz", "/login", "/logout", "/quoth/static/", "/favicon.ico")
_WRITING: Final = ("/api/v1/documents", "/quoth/shelf/")
"""Where a request that is more than a look changes the library. The events of the web app ask `permission`."""


class Doorkeeper:
    """Pure ASGI, in front of everything: notes in each scope what its sender may do, and refuses who may do nothing."""

    def __init__(self, app: ASGIApp, tokens: Tokens, sessions: Sessions) -> None:
        self._app = app
        self._tokens = tokens
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        access = self._access(scope)
        scope[_ACCESS] = access
        granted.set(access)
        if access is Access.FULL or (access is Access.READ and not _writes(scope)) or scope["path"].startswith(_OPEN):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "A token is needed."})
        elif access is None and _is_navigation(scope):
            await RedirectResponse(f"/login?next={quote(_asked(scope))}", status_code=303)(scope, receive, send)
        else:
            await problem_response(_refusal(scope, access), scope)(scope, receive, send)

    def _access(self, scope: Scope) -> Access | None:
        if not self._tokens:
            return Access.FULL
        headers = Headers(scope=scope)
        if (shown := headers.get("authorization")) is not None:
            scheme, _, token = shown.partition(" ")
            return self._tokens.access(token.strip()) if scheme.lower() == "bearer" else None
        if scope.get("method") not in SAFE_METHODS and not is_same_origin(headers):
            return None
        return self._sessions.access(_cookie(headers))


def access_of(request: Request) -> Access | None:
    """What the sender of a request may do, as the doorkeeper noted it; None where no doorkeeper stood."""
    noted = request.scope.get(_ACCESS)
    return noted if isinstance(noted, Access) else None


def _writes(scope: Scope) -> bool:
    return scope["path"].startswith(_WRITING) and scope.get("method") not in SAFE_METHODS


def _refusal(scope: Scope, access: Access | None) -> HTTPException:
    if access is not None:
        said = "This token may read only; adding and removing documents needs a full one."
        return HTTPException(403, said, {"www-authenticate": 'Bearer realm="quoth", error="insufficient_scope"'})
    if Headers(scope=scope).get("authorization") is None:
        said, realm = "Send a token: `Authorization: Bearer TOKEN`.", 'Bearer realm="quoth"'
    else:
        said = "This token is not known here, or the header is not of the form `Authorization: Bearer TOKEN`."
        realm = 'Bearer realm="quoth", error="invalid_token"'
    return HTTPException(401, said, {"www-authenticate": realm})


def _is_navigation(scope: Scope) -> bool:
    """Whether a person is opening a page, who should see the sign-in page and not a problem."""
    return scope["method"] in ("GET", "HEAD") and "text/html" in Headers(scope=scope).get("accept", "")


def _asked(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{query}" if query else str(scope["path"])


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value
