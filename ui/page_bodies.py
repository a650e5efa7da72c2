"""Names and bodies of the requests of our page: read once, checked, and written anew."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

__all__ = ["NAME", "again", "check_name", "json_object"]

NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
"""What a page calls its session or its upload."""
_MOST_BYTES: Final = 1024**2


def check_name(scope: Scope, name: str, *, needed: bool = True) -> str:
    """The one value of a parameter. Raises HTTPException where it is no plain name."""
    values: list[str] = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get(name, [])
    if not values and not needed:
        return ""
    if len(values) != 1 or not NAME.fullmatch(values[0]):
        raise HTTPException(422, f"query/{name}: this is no name of that kind.")
    return values[0]


async def json_object(scope: Scope, receive: Receive) -> dict[str, Any]:
    """The body, a JSON object. Raises HTTPException, ClientDisconnect."""
    if Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "Send JSON, with `Content-Type: application/json`.")
    sent = bytearray()
    async for chunk in Request(scope, receive).stream():
        sent += chunk
        if len(sent) > _MOST_BYTES:
            raise HTTPException(413, f"The body has more than the {_MOST_BYTES:,} bytes it may have.")
    try:
        body = json.loads(sent)
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()  # half a character is none, and NaN no JSON
    except (ValueError, RecursionError):
        raise HTTPException(400, "The body is no JSON.") from None
    if not isinstance(body, dict):
        raise HTTPException(422, "The body is no JSON object.")
    return body


def again(scope: Scope, receive: Receive, body: dict[str, Any]) -> Receive:
    """Makes the request have this body in place of the one that was read."""
    sent: list[Message] = [{"type": "http.request", "body": json.dumps(body).encode("ascii"), "more_body": False}]
    kept = [(name, value) for name, value in scope["headers"] if name not in (b"content-length", b"transfer-encoding")]
    length = (b"content-length", str(len(sent[0]["body"])).encode("ascii"))

    async def receive_again() -> Message:
        return sent.pop() if sent else await receive()

    scope["headers"] = [*kept, length]
    return receive_again
