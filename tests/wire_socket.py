"""Bytes to a web server as they are, over a socket, and the answers that come back. No fixtures."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import Final
from urllib.parse import urlsplit

__all__ = ["Answered", "exchange"]

_BOUND: Final = 30.0
"""Seconds until a connection has to end that was closed from this side, on a machine that does much else."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer; where the connection ended before it was whole the body is what came of it."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Given:
    """Bytes that `HTTPResponse` reads as if they came over a socket."""

    def __init__(self, file: io.BytesIO) -> None:
        self._file = file

    def makefile(self, _mode: str) -> io.BytesIO:
        return self._file


class _Kept(io.BytesIO):
    """Not closed by the answer that is read from it: another may follow."""

    def close(self) -> None:
        pass


def exchange(address: str, raw: bytes, patience: float) -> list[Answered]:
    """The answers to these bytes. The connection is half closed when nothing came for so long, and has to end then."""
    parts = urlsplit(address)
    came = bytearray()
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=_BOUND) as line:
        try:
            line.sendall(raw)
            line.settimeout(patience)
            _take(line, came)
            line.shutdown(socket.SHUT_WR)
            line.settimeout(_BOUND)
            if not _take(line, came):
                raise AssertionError(f"the connection did not end within {_BOUND:g} seconds")
        except (ConnectionError, BrokenPipeError):
            pass  # closed from the other side, as it may
    return list(_answers(bytes(came), raw[:5] == b"HEAD "))


def _take(line: socket.socket, came: bytearray) -> bool:
    """Whether the other side closed; False when nothing came for as long as the socket waits."""
    try:
        while chunk := line.recv(2**16):
            came += chunk
    except TimeoutError:
        return False
    return True


def _answers(came: bytes, to_head: bool) -> Iterator[Answered]:
    file = _Kept(came)
    while file.tell() < len(came):
        response = HTTPResponse(_Given(file), method="HEAD" if to_head else None)  # type: ignore[arg-type]
        try:
            response.begin()
        except HTTPException:  # the connection ended within a head
            return
        try:
            body = response.read()
        except IncompleteRead as error:
            body = error.partial
        yield Answered(response.status, {name.lower(): value for name, value in response.headers.items()}, body)
