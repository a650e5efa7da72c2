"""Whole HTTP/1.1 requests as bytes, made wrong on purpose: request lines, heads, chunks, several in one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from mutating import damaged_bytes
from wire_requests import Sent

__all__ = ["damaged_raw", "raw_requests"]

_LINES: Final = (
    b"GET  /healthz HTTP/1.1", b"GET /healthz", b"GET /healthz HTTP/1.0", b"GET /healthz HTTP/0.9", b"PRI * HTTP/2.0",
    b"GET /healthz HTTP/9.9", b"GET /healthz http/1.1", b"get /healthz HTTP/1.1", b"GET\t/healthz\tHTTP/1.1", b"",
    b"GET http://a.example/healthz HTTP/1.1", b"GET healthz HTTP/1.1", b"OPTIONS * HTTP/1.1",
    b"GET //healthz HTTP/1.1", b"CONNECT a.example:80 HTTP/1.1", b"GET /\xe2\x80\xae HTTP/1.1", b"GET /%ff HTTP/1.1",
    b"GET /\x00 HTTP/1.1", b"GET /" + b"a" * 40_000 + b" HTTP/1.1", b"GET / HTTP/1.1 HTTP/1.1",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET /#x HTTP/1.1", b"GET ? HTTP/1.1", b" GET / HTTP/1.1",
    b"G" * 3_000 + b" / HTTP/1.1", b"GET /a b HTTP/1.1",
)  # fmt: skip
_HEADERS: Final = (
    b"Content-Length: 5", b"Content-Length: -5", b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: 5, 5",
    b"Content-Length:5\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: \x0bchunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    b"Transfer-Encoding : chunked", b"X: a\x00b", b"Content-Length: 99999999999999999999999", b"Content-Length: 0x5",
    b"Content-Length: +5", b" folded: line", b"X:", b"NoColon", b": nameless", b"X\x7f: a", b"X: \xff\xfe",
    b"Host: a.example", b"Host: a\r\nHost: b", b"X: a\rb", b"\x00", b"X: a\nY: b", b"X: " + b"y" * 40_000,
    b"\r\n".join(b"X%d: y" % at for at in range(3_000)), b"Expect: 100-continue",
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__", b"TE: trailers",
    b"X: \t",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA==",
)  # fmt: skip
_SIZES: Final = (
    b"0", b"5", b"ffffffffffffffff", b"-1", b"0x5", b"5;a=b", b"5;" + b"a" * 9_000, b"g", b"", b" 5", b"5 ",
    b"00000005", b"7fffffff", b"5\r", b"1" * 400,
)  # fmt: skip


def raw_requests(host: str, sent: Sequence[Sent]) -> Sequence[bytes]:
    """Right ones: each by itself, with its body in chunks, and two in one."""
    whole = [one.raw(host) for one in sent]
    chunked = [_chunked(one).raw(host) for one in sent if one.body]
    kept = [raw.replace(b"Connection: close\r\n", b"") for raw in whole]
    return [*whole, *chunked, *(first + second for first, second in zip(kept, reversed(whole), strict=True))]


def _chunked(sent: Sent) -> Sent:
    half = len(sent.body) // 2
    chunks = (sent.body[:half], sent.body[half:], b"")
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return Sent(sent.method, sent.path, (*sent.headers, ("Transfer-Encoding", "chunked")), body)


def damaged_raw(rng: random.Random, raw: bytes) -> bytes:
    """One to three edits of the line, the head, the chunks, the ends of lines, or of bytes anywhere."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        raw = rng.choice(_EDITS)(rng, raw)
    return raw


def _line(rng: random.Random, raw: bytes) -> bytes:
    return rng.choice(_LINES) + b"\r\n" + raw.partition(b"\r\n")[2]


def _header(rng: random.Random, raw: bytes) -> bytes:
    head, edge, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    lines.insert(rng.randint(1, len(lines)), rng.choice(_HEADERS))
    return b"\r\n".join(lines) + edge + body


def _ends(rng: random.Random, raw: bytes) -> bytes:
    head, edge, body = raw.partition(b"\r\n\r\n")
    end = rng.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n ", b"\x85"))
    if rng.random() < 0.5:
        return head.replace(b"\r\n", end) + end + end + body
    before = b"\r\n" * rng.choice((1, 3, 2_000))
    return rng.choice((before + raw, head + end + edge + body, head + b"\r\n" + end + body))


def _chunk(rng: random.Random, raw: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    kept = [line for line in head.split(b"\r\n") if not line.lower().startswith((b"content-length", b"transfer-enc"))]
    if rng.random() < 0.3:
        kept.append(b"Content-Length: %d" % rng.choice((0, 3, len(body), 10**6)))
    kept.append(b"Transfer-Encoding: chunked")
    said = rng.choice((*_SIZES, b"%x" % len(body)))
    last = rng.choice((b"0\r\n\r\n", b"0\r\n\r\n", b"", b"0\r\nX: y\r\n\r\n", b"0\r\n" + b"X: y\r\n" * 9_000 + b"\r\n"))
    return b"\r\n".join(kept) + b"\r\n\r\n" + said + b"\r\n" + body + rng.choice((b"\r\n", b"\r\n", b"\n", b"")) + last


def _several(rng: random.Random, raw: bytes) -> bytes:
    kept = raw.replace(b"Connection: close\r\n", b"")
    hidden = b"GET /api/v1/documents HTTP/1.1\r\nHost: a.example\r\n\r\n"
    return rng.choice((kept * rng.choice((2, 5, 30)) + raw, kept + hidden, hidden + raw, raw + raw))


_EDITS: Final = (_line, _header, _header, _header, _ends, _chunk, _chunk, _several, damaged_bytes)
