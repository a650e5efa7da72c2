"""`/login`, where a browser shows a token once and gets a session for it, and `/logout`, where it gives that back."""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import parse_qs

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from .doorkeeper import COOKIE, access_of
from .security import PAGE_POLICY, is_same_origin
from .tokens import Sessions, Tokens

__all__ = ["add_signing_in"]

_POLICY: Final = PAGE_POLICY.replace("form-action 'none'", "form-action 'self'")
_LONGEST: Final = 2_000
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in – Quoth</title>
<link rel="icon" href="quoth/static/quoth.svg">
<link rel="stylesheet" href="quoth/static/tokens.css">
<link rel="stylesheet" href="quoth/static/page.css">
<link rel="stylesheet" href="quoth/static/login.css">
</head>
<body class="q-plain">
<header><a href="./">Quoth</a></header>
<main>
{body}
</main>
</body>
</html>
"""
_FORM: Final = """<h1>Sign in</h1>
<form class="q-login" method="post" action="login">
{notice}<label for="token">Access token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus{described}>
<input name="next" type="hidden" value="{next}">
<button type="submit">Sign in</button>
<p>Whoever runs this server gives you one. It is exchanged for a cookie that ends with the browser, or after twelve
hours.</p>
</form>"""
_NOTICE: Final = '<p class="q-notice" id="wrong" role="alert">{said}</p>\n'
_INSIDE: Final = """<h1>You are signed in</h1>
<form class="q-login" method="post" action="logout">
<p>{what}</p>
<p><a href="./">To your documents</a></p>
<button type="submit">Sign out</button>
</form>"""
_MAY: Final = {"full": "You may ask, and add and remove documents.", "read": "You may ask and read."}


def add_signing_in(app: FastAPI, tokens: Tokens, sessions: Sessions) -> None:
    """Adds both to `app`. Without tokens nobody needs them, and they lead to the front page."""

    @app.get("/login")
    def login(request: Request, next: str = "/") -> Response:  # what everybody calls it
        access = access_of(request)
        if not tokens:
            return RedirectResponse("/", status_code=303)
        return _form(next) if access is None else _page(_INSIDE.format(what=_MAY[access.value]))

    @app.post("/login")
    async def enter(request: Request) -> Response:
        sent = parse_qs((await request.body())[:_LONGEST].decode("utf-8", "replace"), keep_blank_values=True)
        after = sent.get("next", ["/"])[0]
        access = tokens.access(sent.get("token", [""])[0].strip())
        if not is_same_origin(request.headers):
            return _form(after, "This came from another site's page, so it was refused. Sign in here.", 403)
        if access is None:
            return _form(after, "This token is not known here. Check that you have the whole of it.", 403)
        response = RedirectResponse(_local(after), status_code=303)
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, sessions.issue(access), httponly=True, samesite="strict", secure=secure)
        return response

    @app.post("/logout")
    def leave(request: Request) -> Response:
        response = RedirectResponse("/login", status_code=303)
        if is_same_origin(request.headers):
            response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=request.url.scheme == "https")
        return response


def _form(after: str, said: str = "", status: int = 200) -> Response:
    notice = _NOTICE.format(said=escape(said)) if said else ""
    described = ' aria-invalid="true" aria-describedby="wrong"' if said else ""
    return _page(_FORM.format(notice=notice, described=described, next=escape(_local(after))), status)


def _page(body: str, status: int = 200) -> Response:
    # With the policy of all other pages the browser would call the origin of this form "null".
    headers = {"content-security-policy": _POLICY, "cache-control": "no-store", "referrer-policy": "same-origin"}
    return HTMLResponse(_PAGE.format(body=body), status, headers)


def _local(path: str) -> str:
    """A path on this server, so that no link to `/login` can lead anywhere else; the front page for anything else."""
    plain = path.isascii() and path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"
