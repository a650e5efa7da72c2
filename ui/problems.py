"""Every failure over HTTP as a problem (RFC 9457): one table from our errors to statuses, one shape for all of them.

A problem names no file of this machine and holds no traceback; what only the keeper of the server may know goes to the
log, under the request's id. To OpenAI's clients, which read another shape, the same body says it in theirs too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from quoth.corpus import QuothError

from .faults import Fault, faults_of, is_malformed, sentence_of
from .lanes import GONE
from .problem_kinds import kind_of

__all__ = [
    "METHODS",
    "NOTED",
    "PROBLEM",
    "REQUEST_ID",
    "Problem",
    "add_problem_handlers",
    "problem_body",
    "problem_of",
    "problem_response",
]

PROBLEM: Final = "application/problem+json"
REQUEST_ID: Final = "quoth.request_id"
"""Where an ASGI scope holds the id of its request."""
NOTED: Final = "quoth.noted"
"""Where it holds what the log is to say of the request besides what is seen from outside."""
METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
"""Those that anybody uses."""
_BARE: Final = MappingProxyType(
    {"content-security-policy": "default-src 'none'; frame-ancestors 'none'", "x-content-type-options": "nosniff"}
)
_log = logging.getLogger(__name__)


_SAID: Final[Mapping[int, str]] = MappingProxyType(
    {
        404: "There is nothing at this address; /api/v1/openapi.json lists what there is.",
        405: "This address does not take this method; `Allow` says which it takes.",
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """`type` says which kind it is, `detail` what to do; `instance` names this one request, as `request_id` does.

    `errors` are the places of a request that do not fit, where there are such.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: tuple[Fault, ...] = ()


def problem_of(error: Exception, request_id: str) -> Problem:
    """The problem that an error is, whatever error it is."""
    instance = f"urn:quoth:request:{request_id}"
    if isinstance(error, HTTPException):
        title = _phrase(error.status_code)
        detail = error.detail if error.detail not in ("", title) else _SAID.get(error.status_code, f"{title}.")
        return Problem("about:blank", title, error.status_code, detail, instance, request_id)
    if isinstance(error, RequestValidationError):
        status = 400 if is_malformed(error) else 422
        faults = faults_of(error)
        urn = "urn:quoth:problem:invalid-request"
        return Problem(urn, "The request does not fit", status, sentence_of(faults), instance, request_id, faults)
    kind = kind_of(error)
    urn = f"urn:quoth:problem:{kind.name}"
    return Problem(urn, kind.title, kind.status, kind.said or str(error), instance, request_id)


def problem_body(problem: Problem) -> dict[str, Any]:
    """The problem as JSON-ready values."""
    body = asdict(problem)
    if not problem.errors:
        del body["errors"]
    return body


def problem_response(error: Exception, scope: Scope, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    """The response to the request of `scope` that failed by `error`."""
    problem = problem_of(error, scope.get(REQUEST_ID, "none"))
    if problem.status >= 500 and not isinstance(error, HTTPException):
        _log.error("Request %s failed: %s", problem.request_id, error)
    if (noted := scope.get(NOTED)) is not None:
        noted["error"] = type(error).__name__
    body = problem_body(problem)
    if scope["path"].startswith("/v1/"):
        code = problem.title if problem.type == "about:blank" else problem.type.rpartition(":")[2]
        code = code.lower().replace(" ", "-")
        body["error"] = {"message": problem.detail, "type": "quoth_error", "param": None, "code": code}
    own = {name.lower(): value for name, value in (getattr(error, "headers", None) or {}).items()}
    if problem.status >= 500:  # what nobody foresaw is answered outside of the guards, which set these for the rest
        own = {**_BARE, "x-request-id": problem.request_id, **own}
    if not isinstance(error, HTTPException) and (wait := kind_of(error).retry_after) is not None:
        own["retry-after"] = str(wait)
    return Response(json.dumps(body), problem.status, {**own, **headers}, PROBLEM)


def add_problem_handlers(app: FastAPI) -> None:
    """From now on every error of `app` is answered with a problem."""

    async def answer(request: Request, error: Exception) -> Response:
        headers = {}
        if isinstance(error, HTTPException) and error.status_code == 405:
            headers["allow"] = _allowed(app, request.scope)
        return problem_response(error, request.scope, headers)

    async def let_go(request: Request, _: Exception) -> Response:
        return problem_response(HTTPException(499, GONE), request.scope)  # which nobody reads, but the metrics count it

    for kind in (QuothError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(ClientDisconnect, let_go)  # in the middle of a body: no fault of the server


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _allowed(app: FastAPI, scope: Scope) -> str:
    """Every method of the path, of all its routes: the framework names those of one route only."""
    routes = app.routes
    taken = (m for m in METHODS if any(r.matches({**scope, "method": m})[0] is Match.FULL for r in routes))
    return ", ".join(taken)
