"""What the routes of the HTTP API work with, and how they answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from quoth.qa import Library

from .clerk import Clerk
from .lanes import Lane
from .limits import UploadLimits
from .plain import as_json
from .prometheus import Metrics

__all__ = ["Service", "json_only", "json_response"]


@dataclass(frozen=True, slots=True)
class Service:
    """One library and everything it is served with. `ready` says whether its models are loaded; a question of a batch
    may take `seconds`.
    """

    library: Library
    clerk: Clerk
    uploads: UploadLimits
    lane: Lane
    metrics: Metrics
    ready: Callable[[], bool]
    seconds: float


def json_response(value: dict[str, Any], status: int = 200) -> Response:
    """`value` as the command line would print it."""
    return Response(as_json(value), status, media_type="application/json")


async def json_only(request: Request) -> None:
    """Raises the HTTPException for a body that is not said to be JSON."""
    kind = media_type(request)
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise HTTPException(415, "Send JSON, with `Content-Type: application/json`.", {"accept": "application/json"})


def media_type(request: Request) -> str:
    """What a request says its body is, without parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
