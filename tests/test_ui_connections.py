"""One connection and the patience of the server with it, without waiting for real: the loop's clock is set forward."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from quoth.ui.connections import HEAD_BYTES, HEAD_SECONDS, Patient

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Line(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)})
        self.written, self.closed = b"", False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Clocked(asyncio.SelectorEventLoop):
    """A loop whose time can be set forward."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


async def hello(_: Scope, __: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


@contextmanager
def connected() -> Iterator[tuple[Patient, Line, Callable[[float], None]]]:
    """A connection; the last is a function that lets seconds go by."""
    loop = Clocked()
    config = Config(hello, h11_max_incomplete_event_size=HEAD_BYTES, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    patient, line = Patient(config, state, {}, loop), Line()
    loop.call_soon(patient.connection_made, line)

    def later(seconds: float) -> None:
        loop.ahead += seconds
        for _ in range(5):
            loop.run_until_complete(asyncio.sleep(0))

    later(0)
    try:
        yield patient, line, later
    finally:
        patient.connection_lost(None)
        loop.close()


def test_a_connection_that_says_nothing_is_closed() -> None:
    with connected() as (_, line, later):
        later(HEAD_SECONDS - 1)
        assert not line.closed
        later(2)
        assert line.closed


@settings(max_examples=30)
@given(st.lists(st.floats(0.01, 5), min_size=1, max_size=30))
def test_bytes_that_drip_gain_no_time(pauses: list[float]) -> None:
    with connected() as (patient, line, later):
        passed = 0.0
        for pause in pauses:
            if not line.closed:
                patient.data_received(b"G" if passed == 0 else b"E")
            later(pause)
            passed += pause
            if passed < HEAD_SECONDS - 0.5:
                assert not line.closed
            if passed > HEAD_SECONDS + 0.5:
                assert line.closed


def test_a_whole_request_is_answered_and_the_next_has_its_own_time() -> None:
    with connected() as (patient, line, later):
        for _ in range(3):
            later(HEAD_SECONDS - 12)
            patient.data_received(REQUEST[:10])
            later(HEAD_SECONDS - 12)
            patient.data_received(REQUEST[10:])
            later(0)
            assert line.written.endswith(b"hi")
            line.written = b""
            assert not line.closed


@pytest.mark.parametrize("head", [b"GET /" + b"x" * HEAD_BYTES, b"GET / HTTP/1.1\r\nX: " + b"y" * HEAD_BYTES])
def test_a_head_has_a_largest_size(head: bytes) -> None:
    with connected() as (patient, line, later):
        patient.data_received(head)
        later(0)
        assert line.closed
        assert line.written.startswith(b"HTTP/1.1 400 ")
        assert b"x-content-type-options: nosniff" in line.written


@pytest.mark.parametrize("junk", [b"\x16\x03\x01\x02", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nA b: c\r\n\r\n"])
def test_what_is_no_http_is_told_so(junk: bytes) -> None:
    with connected() as (patient, line, later):
        patient.data_received(junk + b"\r\n\r\n")
        later(0)
        assert line.written.startswith(b"HTTP/1.1 400 ")
        assert line.closed


def test_two_requests_of_different_lengths_in_one_are_refused() -> None:
    """So that nothing hides behind a proxy that reads the other length."""
    sent = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 7\r\n\r\nabcd"
    with connected() as (patient, line, later):
        patient.data_received(sent)
        later(0)
        assert line.written.startswith(b"HTTP/1.1 400 ")
