"""Files that come through Gradio's upload address, which itself looks neither at their number nor kind nor total."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Final

import anyio.to_thread
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .lanes import GONE
from .limits import UploadLimits, readable_bytes
from .problems import problem_response

__all__ = ["PageUploads"]

_KEPT_SECONDS: Final = 900
_FRESH_SECONDS: Final = 60
"""The page uses a file at once; one that is younger may be under way, and is never taken away for another."""
_FORM: Final = "The body does not have the form it says it has."
_ONE_FILE: Final = "This takes one file, in a part called `files`, of a kind it knows."
_HEADS: Final = 16 * 1024
"""What stands around a file in a body of several parts."""


class PageUploads:
    """The folder of uploaded files: what may come into it, how much it may hold, and for how long."""

    def __init__(
        self,
        folder: Path,
        limits: UploadLimits,
        suffixes: Collection[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        # With no suffixes a file of any kind may come: the Evaluate tab says of each in a sentence why it is none.
        self._folder, self._limits, self._suffixes, self._clock = folder.resolve(), limits, frozenset(suffixes), clock
        self._lock = Lock()

    def holds(self, path: str) -> bool:
        """Whether a file that was uploaded lies at this path."""
        try:
            found = Path(path).resolve(strict=True)
        except (OSError, ValueError, RuntimeError):
            return False
        return found.is_file() and found.is_relative_to(self._folder)

    async def take(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands an upload of one file on to `app` while it is what it may be. Raises HTTPException."""
        headers = Headers(scope=scope)
        kind, options = parse_options_header(headers.get("content-type", ""))
        if kind != b"multipart/form-data" or not (boundary := options.get(b"boundary", b"")):
            raise HTTPException(415, "Send the file as multipart/form-data.")
        length = headers.get("content-length", "")
        announced = int(length) if length.isascii() and length.isdigit() else 0
        if announced > self._limits.file_bytes + _HEADS:
            raise HTTPException(413, self._too_large())
        if not await anyio.to_thread.run_sync(self.make_room, announced or self._limits.file_bytes):
            raise HTTPException(503, "The server holds as many uploads as it may; try again in a minute.")
        try:
            watch = _Watch(self._limits.file_bytes, self._suffixes, boundary, self._too_large())
        except ValueError:  # a boundary that is too long
            raise HTTPException(400, _FORM) from None
        await watch.hand_on(app, scope, receive, send)

    def sweep(self) -> None:
        """Removes what nobody used."""
        with self._lock:
            for _, path in self._older_than(_KEPT_SECONDS):
                _remove(path)

    def make_room(self, wanted: int) -> bool:
        """Whether so many bytes more are within the limit, the oldest files being removed for them."""
        with self._lock:
            held = sum(size for size, _ in self._files())
            for size, path in self._older_than(_FRESH_SECONDS):
                if held + wanted <= self._limits.total_bytes:
                    break
                _remove(path)
                held -= size
            return held + wanted <= self._limits.total_bytes

    def _too_large(self) -> str:
        return f"At most {readable_bytes(self._limits.file_bytes)} can be uploaded; split the file into parts."

    def _older_than(self, seconds: float) -> list[tuple[int, Path]]:
        """Files by size and path, the oldest first."""
        found = []
        for size, path in self._files():
            with suppress(OSError):
                found.append((path.stat().st_mtime, size, path))
        return [(size, path) for modified, size, path in sorted(found) if self._clock() - modified > seconds]

    def _files(self) -> Iterator[tuple[int, Path]]:
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = Path(folder, name)
                with suppress(OSError):
                    yield path.lstat().st_size, path


class _Watch:
    """Looks at a body of several parts as it passes, and breaks it off where it is not one file of a known kind."""

    def __init__(self, most: int, suffixes: Collection[str], boundary: bytes, too_large: str) -> None:
        self._most, self._suffixes, self._too_large = most + _HEADS, suffixes, too_large
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._name,
                "on_header_value": self._value,
                "on_header_end": self._end,
                "on_headers_finished": self._headed,
            },
        )
        self._parts = self._size = 0
        self._header = [b"", b""]
        self._named = False
        self._refusal: HTTPException | None = None

    async def hand_on(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets `app` handle the request, and answers in its place where it is refused on the way."""
        begun = False

        async def receive_watched() -> Message:
            message = await receive()
            if message["type"] == "http.request" and self._refusal is None:
                self._look(message.get("body", b""))
            elif not begun:
                self._refusal = self._refusal or HTTPException(499, GONE)  # Gradio takes it for a fault of the server
            return message if self._refusal is None else {"type": "http.disconnect"}

        async def send_unless_refused(message: Message) -> None:
            nonlocal begun
            if self._refusal is None:
                begun = True
                await send(message)

        with suppress(ClientDisconnect):
            await app(scope, receive_watched, send_unless_refused)
        if self._refusal is not None:
            await problem_response(self._refusal, scope)(scope, receive, send)

    def _look(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._most:
            self._refusal = HTTPException(413, self._too_large)
            return
        try:
            self._parser.write(data)
        except ValueError:
            self._refusal = self._refusal or HTTPException(400, _FORM)

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > 1:
            self._refusal = HTTPException(422, "One file at a time.")

    def _name(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _end(self) -> None:
        name, value = self._header
        self._header = [b"", b""]
        if name.strip().lower() != b"content-disposition" or self._refusal is not None:
            return
        _, options = parse_options_header(value)
        file = options.get(b"filename", b"").decode("utf-8", "replace")
        self._named = bool(
            file
        )  # without one Gradio takes a field of a form for a file
        if options.get(b"name") != b"files" or not self._may_be(file):
            self._refusal = HTTPException(422, _ONE_FILE)

    def _headed(self) -> None:
        if not self._named:
            self._refusal = self._refusal or HTTPException(422, _ONE_FILE)

    def _may_be(self, file: str) -> bool:
        return not self._suffixes or PurePosixPath(file).suffix.lower() in self._suffixes


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
        path.parent.rmdir()  # each has a folder of its own
