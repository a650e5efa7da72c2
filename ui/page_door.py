"""What of Gradio's addresses our page uses, and how; nothing else of Gradio can be reached.

Gradio answers many more: each handler by its number past the queue, the files of its folder, streams, proxies. It also
believes what it is sent: a number of a handler that does not exist, or too few values for it, end in a traceback. Here
every body is read once, checked against what the page has, and written anew with the known fields alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeGuard

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from .buckets import client_of
from .page_bodies import NAME, again, check_name, json_object
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
_LONGEST: Final = 200
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
            check_name(scope, "upload_id", needed=False)
            await self._uploads.take(self._app, scope, receive, send)
        elif method == "POST" and path in (_DIRECT, _QUEUED, _ACT):
            body = self._checked(path, await json_object(scope, receive))
            await self._app(scope, again(scope, receive, body), send)
        elif method == "GET" and (path in _STREAMS or _HEARTBEAT.fullmatch(path)):
            await self._stream(path, scope, receive, send)
        elif method in ("GET", "HEAD") and (path in _LOOKS or _is_file(path)):
            await self._app(scope, receive, send)
        else:
            raise HTTPException(404, _GONE)

    async def _stream(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """These end when the page is closed, so it is their number that has a bound."""
        if (name := _STREAMS.get(path)) is not None:
            given = check_name(scope, name)
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
        if not isinstance(session, str) or not NAME.fullmatch(session):
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
