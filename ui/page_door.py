"""What of Gradio's addresses our page uses, and how; nothing else of Gradio can be reached.

Gradio answers many more: each handler by its number past the queue, the files of its folder, streams, proxies. It also
believes what it is sent: a number of a handler that does not exist, or too few values for it, end in a traceback. Here
every body is read once, checked against what the page has, and written anew with the known fields alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeGuard
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .buckets import client_of
from .page_uploads import PageUploads
from .problems import problem_response

__all__ = ["Handler", "PageDoor", "Used"]

_FILES: Final = ("/assets/", "/static/", "/svelte/")
_LOOKS: Final = ("/", "/config", "/theme.css", "/favicon.ico", "/robots.txt", "/manifest.json")
_STREAMS: Final = {"/gradio_api/queue/data": "session_hash", "/gradio_api/upload_progress": "upload_id"}
_HEARTBEAT: Final = re.compile(r"/gradio_api/heartbeat/[A-Za-z0-9_-]{1,64}", re.ASCII)
_DIRECT, _QUEUED, _ACT, _UPLOAD = (
    f"/gradio_api/{name}" for name in ("run/predict", "queue/join", "component_server", "upload")
)
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_LONGEST: Final = 200
_MOST_BYTES: Final = 1024**2
_STREAMS_OF_ONE, _STREAMS_OF_ALL = 64, 512
_GONE: Final = "There is nothing at this address."
_UNKNOWN: Final = "The page has nothing of this kind; load it again."


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler of the page: whether it goes `queued`, and which values it takes (True: an uploaded file)."""

    queued: bool
    files: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Used:
    """All that the page can ask for: handlers by number, functions of components too; `is_open` knows sessions."""

    handlers: Mapping[int, Handler]
    functions: Mapping[int, frozenset[str]]
    components: frozenset[int]
    is_open: Callable[[str], bool]


class PageDoor:
    """Pure ASGI, in front of the Gradio app."""

    def __init__(self, app: ASGIApp, used: Used, uploads: PageUploads) -> None:
        self._app, self._used, self._uploads = app, used, uploads
        self._streams: dict[str, int] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008, "reason": "Not used here."})
        else:
            try:
                await self._let_in(scope, receive, send)
            except HTTPException as error:
                await problem_response(error, scope)(scope, receive, send)
            except ClientDisconnect:
                return

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"].rstrip("/") or "/", scope["method"]
        if method == "POST" and path == _UPLOAD:
            _check_name(scope, "upload_id", needed=False)
            await self._uploads.take(self._app, scope, receive, send)
        elif method == "POST" and path in (_DIRECT, _QUEUED, _ACT):
            body = self._checked(path, await _json(scope, receive))
            await self._app(scope, _again(scope, receive, body), send)
        elif method == "GET" and (path in _STREAMS or _HEARTBEAT.fullmatch(path)):
            await self._stream(path, scope, receive, send)
        elif method in ("GET", "HEAD") and (path in _LOOKS or _is_file(path)):
            await self._app(scope, receive, send)
        else:
            raise HTTPException(404, _GONE)

    async def _stream(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """These end when the page is closed, so it is their number that has a bound."""
        if (name := _STREAMS.get(path)) is not None:
            given = _check_name(scope, name)
            if name == "session_hash" and not self._used.is_open(given):
                raise HTTPException(404, _UNKNOWN)
        client = client_of(scope["client"][0] if scope.get("client") else None)
        open_here = self._streams.get(client, 0)
        if open_here >= _STREAMS_OF_ONE or sum(self._streams.values()) >= _STREAMS_OF_ALL:
            raise HTTPException(503, "Too many pages are open; close some of them.", {"retry-after": "10"})
        self._streams[client] = open_here + 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._streams[client] -= 1
            if not self._streams[client]:
                del self._streams[client]

    def _checked(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The fields that Gradio is given. Raises HTTPException."""
        session = body.get("session_hash")
        if not isinstance(session, str) or not _NAME.fullmatch(session):
            raise HTTPException(422, "session_hash: this is no name of a session.")
        if path == _ACT:
            number, name = body.get("component_id"), body.get("fn_name")
            if not (_is_number(number) and isinstance(name, str) and name in self._used.functions.get(number, ())):
                raise HTTPException(404, _UNKNOWN)
            return {"data": body.get("data"), "component_id": number, "fn_name": name, "session_hash": session}
        number, trigger = body.get("fn_index"), body.get("trigger_id")
        handler = self._used.handlers.get(number) if _is_number(number) else None
        if handler is None or handler.queued is not (path == _QUEUED):
            raise HTTPException(404, _UNKNOWN)
        if trigger is not None and not (_is_number(trigger) and trigger in self._used.components):
            raise HTTPException(422, "trigger_id: the page has no such part.")
        data = self._values(handler, body.get("data"))
        event = body.get("event_data")
        return {"data": data, "event_data": event, "fn_index": number, "trigger_id": trigger, "session_hash": session}

    def _values(self, handler: Handler, data: object) -> list[Any]:
        if not isinstance(data, list) or len(data) != len(handler.files):
            raise HTTPException(422, f"data: this takes a list of {len(handler.files)} values.")
        return [self._file(value) if file else value for file, value in zip(handler.files, data, strict=True)]

    def _file(self, value: object) -> dict[str, Any] | None:
        """Of a file only where it lies and its name: Gradio would fetch one from elsewhere. None is no file."""
        if value is None:
            return None
        path = value.get("path") if isinstance(value, dict) else None
        if not isinstance(path, str) or not self._uploads.holds(path):
            raise HTTPException(422, "data: this is no file that was uploaded here, or it is not kept any more.")
        return {"path": path, "orig_name": Path(path).name, "meta": {"_type": "gradio.FileData"}}


def _is_file(path: str) -> bool:
    """Whether a file of Gradio's may lie there: one with a name too long for the disk would end in a traceback."""
    parts = path.split("/")
    return path.startswith(_FILES) and len(path) <= _LONGEST and ".." not in parts and path.isprintable()


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_name(scope: Scope, name: str, *, needed: bool = True) -> str:
    """The one value of a parameter. Raises HTTPException where it is no plain name."""
    values: list[str] = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True).get(name, [])
    if not values and not needed:
        return ""
    if len(values) != 1 or not _NAME.fullmatch(values[0]):
        raise HTTPException(422, f"query/{name}: this is no name of that kind.")
    return values[0]


async def _json(scope: Scope, receive: Receive) -> dict[str, Any]:
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


def _again(scope: Scope, receive: Receive, body: dict[str, Any]) -> Receive:
    """Makes the request have this body in place of the one that was read."""
    sent: list[Message] = [{"type": "http.request", "body": json.dumps(body).encode("ascii"), "more_body": False}]
    kept = [(name, value) for name, value in scope["headers"] if name not in (b"content-length", b"transfer-encoding")]
    length = (b"content-length", str(len(sent[0]["body"])).encode("ascii"))

    async def receive_again() -> Message:
        return sent.pop() if sent else await receive()

    scope["headers"] = [*kept, length]
    return receive_again
