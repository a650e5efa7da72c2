"""What servers stumble over: odd values of JSON, of headers, of paths and of the heads of parts. See wire_damage.py."""

from __future__ import annotations

from typing import Any, Final

__all__ = [
    "DEEP", "ENCODINGS", "HEADERS", "LONG", "METHODS", "NAMED", "NAMES", "PARAMETERS", "PARTS", "SEGMENTS", "VALUES",
]  # fmt: skip

DEEP: Final = "@deep@"
"""Stands where something nested goes that no encoder would write."""
LONG: Final = "@long@"
"""Stands for a number of more digits than are read."""
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 10**400, 1.5, -0.0, 1e308, float("nan"), float("inf"), "", " ",
    "\ud800", "\udfff\ud800", "\x00", "0", "x" * 100_000, [], {}, [[]], [None], {"": None}, {"\ud800": 1},
    [1] * 2_000, ["a"] * 2_000, DEEP, LONG,
)  # fmt: skip
NAMES: Final = ("", "id", "type", "question", "\ud800", "__proto__", "a" * 500, "text", "jsonrpc", "data")
ENCODINGS: Final = (*("utf-8",) * 16, "utf-8-sig", "utf-16", "utf-32", "latin-1")
KINDS: Final = (
    "", "application/json; charset=utf-16", "application/json; charset=nonsense", "APPLICATION/JSON", "application/",
    "text/plain", "application/x-ndjson", "application/jsonl", "application/x-www-form-urlencoded", "json",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=edge; boundary=e",
    'multipart/form-data; boundary="ed\\"ge"', "multipart/form-data; boundary=" + "e" * 300, "application/json, a/b",
    "multipart/form-data; boundary*=utf-99''edge", "multipart/form-data; boundary=\xff", ";" * 100, "a/b" * 300,
)  # fmt: skip
HEADERS: Final = (
    ("Content-Length", ("0", "1", "7", "99999", "-1", "+5", "1e3", "0x10", "5, 5", "5, 6", "9" * 30, "", " 4", "\xb2")),
    ("Transfer-Encoding", ("chunked", "identity", "gzip, chunked", "chunked, chunked", "xchunked", "CHUNKED", "")),
    ("Content-Type", KINDS),
    ("Content-Encoding", ("gzip", "deflate", "br", "x" * 50, "identity")),
    ("Expect", ("100-continue", "200-ok", "")),
    ("Host", ("", "a.example", "localhost:1", "127.0.0.1:x", "[::1", "127.0.0.1@a.example", "a b", "\xff", "x" * 999)),
    ("Origin", ("null", "https://a.example", "", "http://", "http://127.0.0.1", "//", "\xe9")),
    ("Cookie", ("quoth_session=", "quoth_session=a.b.c", "a", "=", ";;;", "quoth_session=\xff", "a=b; " * 900)),
    ("Authorization", ("Bearer", "Bearer ", "Basic Og==", "Basic \xff", "Bearer " + "a" * 5_000, "bearer \xe9", "x")),
    ("Accept", ("", "*/*", "text/event-stream", "application/json", "a/b;q=x", "application/openmetrics-text; q=nan")),
    ("Accept-Encoding", ("gzip;q=x", "identity;q=0", "*;q=0", "\xff")),
    ("Range", ("bytes=", "bytes=0-", "bytes=9-0", "bytes=-1", "bytes=0-0,1-1", "a=0-1", "bytes=" + "9" * 40)),
    ("If-None-Match", ("*", '"', 'W/""', "\xff")),
    ("If-Modified-Since", ("x", "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 99 Foo 99999 00:00:00 GMT")),
    ("If-Range", ("x", '"x"', "Thu, 01 Jan 99999 00:00:00 GMT")),
    ("X-Request-ID", ("", "a\tb", "x" * 5_000, "\xff\xfe", "{}", "%0d%0a")),
    ("X-Forwarded-For", ("x", "127.0.0.1", "\xff", "::", "1.2.3.4, " * 100)),
    ("X-Forwarded-Proto", ("https", "x", "\xff")),
    ("Sec-Fetch-Site", ("cross-site", "same-origin", "none", "x")),
    ("Upgrade", ("websocket", "h2c", "\xff")),
    ("Connection", ("upgrade", "keep-alive", "close, close", "x")),
    ("Mcp-Session-Id", ("", "x", "\xff", "y" * 3_000)),
    ("Mcp-Protocol-Version", ("", "1999-01-01", "2025-06-18", "x", "2025-11-25", "2026-07-28")),
    ("Mcp-Method", ("x", "tools/call", "")),
    ("Last-Event-ID", ("x", "-1")),
    ("Access-Control-Request-Method", ("POST", "x", "\xff")),
)  # fmt: skip
SEGMENTS: Final = (
    "", ".", "..", "%2e%2e", "%2e%2e%2f", "..%5c", "%00", "%ff", "%c0%af", "%ed%a0%80", "%", "%zz", "%25", "%0d%0aA:b",
    "a" * 300, "a" * 4_000, "*", "~", "\xe9", "0" * 16, "f" * 17, "-1", "9" * 5_000, "1e3", "null", "%f0%9f%9a%a2",
    ";a=b", "library", "http:%2f%2fa.example", "con", "@", "\x7f", "%e2%80%ae",
)  # fmt: skip
PARAMETERS: Final = ("start", "stop", "offset", "limit", "utf16", "sha", "at", "replaced", "next", "upload_id", "x", "")
METHODS: Final = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "X" * 40)
NAMED: Final = (
    b"filename*=utf-99''x", b"filename*=utf-8'en'%ff%zz", b"filename*=x", b'filename="', b"filename=", b'name=""',
    b"name*=utf-99''files", b'filename="a"; filename="b.csv"', b'filename="a\\"b.csv"', b'filename="\xff.csv"',
    b'filename="../../x.csv"', b'filename="\xe2\x80\xae.csv"', b'filename="' + b"a" * 3_000 + b'.csv"', b"x" * 9_000,
    b'filename="con.txt"', b'filename="/etc/x.md"', b'filename="\x00.txt"', b'filename=".txt"',
)  # fmt: skip
PARTS: Final = (
    b"Content-Type: a/b; charset=utf-99\r\n", b"Content-Type:\r\n", b"Content-Transfer-Encoding: base64\r\n",
    b": x\r\n", b"Content-Transfer-Encoding: quoted-printable\r\n", b"A" * 9_000 + b": b\r\n", b"A: b\r\n" * 300,
    b" folded\r\n", b"Content-Disposition: form-data\r\n", b"Content-Length: -1\r\n", b"Content-Disposition\r\n",
    b"\xff: \xff\r\n",
)  # fmt: skip
