"""How patient the server is with one connection: the head of a request has to come in time, and has a largest size."""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["HEAD_BYTES", "HEAD_SECONDS", "MOST_CONNECTIONS", "Patient"]

HEAD_SECONDS: Final = 15.0
"""Until a request's line and headers have come, from the first byte of it or the beginning of the connection."""
HEAD_BYTES: Final = 32 * 1024
_PIECE: Final = 1024
MOST_CONNECTIONS: Final = 800
"""Beyond so many a request is told to come back; a process may have a thousand files open where nobody set more."""


class Patient(H11Protocol):
    """Closes a connection whose next request does not get on: bytes that drip hold no place for ever.

    uvicorn's own time limit counts between two requests only, and begins anew with each byte.
    """

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Takes what came, and waits on where a head is not whole yet."""
        while self.conn.their_state is h11.IDLE and len(data) > _PIECE and not self.transport.is_closing():
            super().data_received(data[:_PIECE])  # h11 looks at the size of a head only while that is not whole
            data = data[_PIECE:]
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif self._head is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stops waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP, or has too long a head, and ends the connection.

        A request whose body turns out to be no such thing is under way by then: nobody waits for it any more, and what
        it has answered of is not added to.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._refuse(msg)
        self.transport.close()

    def _refuse(self, msg: str) -> None:
        headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-security-policy", b"default-src 'none'"),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        ]
        events = (
            h11.Response(status_code=400, headers=headers),
            h11.Data(data=msg.encode("ascii", "replace")),
            h11.EndOfMessage(),
        )
        self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))

    def _wait(self) -> None:
        self._head = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _give_up(self) -> None:
        self._head = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
