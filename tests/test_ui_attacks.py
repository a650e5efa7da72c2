"""What somebody tries who wants in, or wants the server down: against a real server that asks for tokens."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from api_clients import ANSWERED, FULL, READ, TEXTS, TOKENS, bearing
from running_server import serving
from small_library import small_library

PROGRAM = ("-I", Path(__file__).parent / "small_server.py")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("attacked")


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    small_library(home / "library", TEXTS).close()
    (home / "secret.txt").write_text("SECRET")
    with serving(home / "library", home, PROGRAM, QUOTH_TOKENS=TOKENS) as address:
        yield address


def call(
    address: str, path: str, method: str = "GET", body: object = None, **headers: str
) -> tuple[int, dict[str, str], str]:
    """Asks with a full token, unless `authorization` says otherwise; an address goes out as it is written."""
    asking = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    sent = {**bearing(FULL), **{name.replace("_", "-"): value for name, value in headers.items()}}
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    try:
        asking.request(method, path, data, {"content-type": "application/json", **sent})
        response = asking.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read().decode()
    finally:
        asking.close()


def raw(address: str, head: bytes) -> bytes:
    """What comes back for these very bytes."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60) as line:
        line.sendall(head)
        line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65_536), b""))


# --- paths

CLIMBS = ["..", "../secret.txt", "..%2fsecret.txt", "%2e%2e%2fsecret.txt", "....//secret.txt", "..\\secret.txt",
          "%252e%252e%252fsecret.txt", "%00", "secret.txt%00.png", "/etc/hosts", "//etc/hosts",
          "x" * 5_000]  # fmt: skip


@pytest.mark.parametrize("climb", CLIMBS)
@pytest.mark.parametrize(
    "place",
    [
        "/doc/{}", "/doc/{}/text.json", "/doc/{}/places.json?start=0&stop=1", "/doc/{}/pages/1.png", "/quoth/static/{}",
        "/runs/{}/report.html", "/runs/{}/run.zip", "/runs/a/{}.html", "/quoth/shelf/{}/0", "/api/v1/documents/{}",
        "/api/v1/documents/{}/text", "/gradio_api/file={}", "/assets/{}", "/static/{}", "/svelte/{}",
    ],
)  # fmt: skip
def test_no_path_leads_out(address: str, place: str, climb: str) -> None:
    status, headers, body = call(address, place.format(climb.replace("\\", "%5c")))
    assert status < 500
    assert status >= 300 or body.startswith('{"error":"There is no document'), body[:200]
    assert "SECRET" not in body
    assert "localhost" not in body
    assert headers["x-content-type-options"] == "nosniff"


# --- headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/healthz", 200),
        ("GET", "/theme.css", 200),
        ("GET", "/gradio_api/heartbeat/../x", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/", 404),
        ("GET", "/api/v1/nothing", 404),
        ("PUT", "/api/v1/ask", 405),
        ("POST", "/api/v1/ask", 400),
        ("GET", "/quoth/static/ask.js", 200),
        ("GET", "/metrics", 200),
        ("GET", "/embed", 200),
        ("GET", "/login", 200),
        ("OPTIONS", "/api/v1/ask", 405),
    ],
)
def test_every_kind_of_response_has_the_headers(address: str, method: str, path: str, status: int) -> None:
    got, headers, _ = call(address, path, method, b"{" if method == "POST" else None)
    assert (got, path) == (status, path)
    _check(headers)


def _check(headers: dict[str, str]) -> None:
    assert "frame-ancestors" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "referrer-policy" in headers
    assert headers["x-request-id"]
    assert "server" not in headers


def test_refusals_have_them_too(address: str) -> None:
    for status, more in ((401, {"authorization": "Bearer no"}), (403, {"origin": "http://evil.example"}),
                         (400, {"host": "evil.example"})):  # fmt: skip
        got, headers, _ = call(address, "/api/v1/ask", "POST", {"question": ANSWERED}, **more)
        assert got == status
        _check(headers)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80", "[::2]"])
def test_a_page_that_calls_us_by_its_own_name_is_refused(address: str, host: str) -> None:
    """DNS rebinding: the name is the attacker's, the address this machine's."""
    assert call(address, "/healthz", Host=host)[0] == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://localhost"])
@pytest.mark.parametrize("path", ["/api/v1/documents", "/gradio_api/run/predict", "/gradio_api/upload", "/logout"])
def test_no_page_of_another_site_can_change_anything(address: str, path: str, origin: str) -> None:
    assert call(address, path, "POST", {}, origin=origin)[0] == 403


def test_no_page_of_another_site_can_read(address: str) -> None:
    for path in ("/", "/config", "/api/v1/documents", "/gradio_api/heartbeat/"):
        _, headers, _ = call(address, path, origin="http://evil.example")
        assert not [name for name in headers if name.startswith("access-control-allow")]


# --- length


@pytest.mark.parametrize(
    "body",
    [
        {"question": "x" * 2_001},
        {"question": "x" * 1_000_000},
        {"question": ANSWERED, "history": ["x" * 100_000]},
        {"question": ANSWERED, "history": ["why?"] * 100_000},
        {"question": ANSWERED, "documents": ["x" * 1_000_000]},
        {"question": ANSWERED, "documents": ["harbour.txt"] * 100_000},
        {"question": ANSWERED, "quotes": 10**30},
    ],
)
def test_what_is_endless_is_refused(address: str, body: Any) -> None:
    status, _, said = call(address, "/api/v1/ask", "POST", body)
    assert status == 422, said[:300]
    assert len(said) < 3_000, "what was sent is not sent back"


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(9_000)) + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + b"z" * 70_000 + b"\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
    ],
)
def test_the_head_of_a_request_has_a_bound(address: str, head: bytes) -> None:
    try:
        answer = raw(address, head)
    except ConnectionError:
        return  # closed while we still wrote
    assert answer.startswith(b"HTTP/1.1 400 ") or not answer
    assert call(address, "/healthz")[0] == 200


# --- tokens


def test_no_token_is_told_anywhere(address: str, home: Path) -> None:
    wrong = "wrong-token-of-some-characters"
    for path in ("/api/v1/documents", "/metrics", "/", f"/doc/{wrong}"):
        _, headers, body = call(address, path, authorization=f"Bearer {wrong}")
        assert wrong not in body.replace(f"/doc/{wrong}", "")
        assert wrong not in str(headers).replace(f"%2Fdoc%2F{wrong}", "").replace(f"/doc/{wrong}", "")
    log = (home / "log").read_text()
    assert [secret for secret in (wrong, FULL, READ) if secret in log] == []


def test_the_cookie_of_a_session_is_of_no_use_elsewhere(address: str) -> None:
    asking = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    asking.request(
        "POST", "/login", f"token={FULL}", {"content-type": "application/x-www-form-urlencoded",
                                            "sec-fetch-site": "same-origin"},
    )  # fmt: skip
    response = asking.getresponse()
    response.read()
    asking.close()
    cookie = response.headers["set-cookie"]
    assert response.status == 303
    assert FULL not in cookie + response.headers["location"]
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip().lower() for part in cookie.split(";")}
    assert "domain=" not in cookie.lower()


def test_no_child_process_gets_the_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """`serve` takes them out of what its children inherit before it begins to listen for anybody."""
    from quoth.ui import server
    from quoth.ui.serving import Serving

    seen: list[bool] = []

    class Silent:
        def run(self, sockets: list[socket.socket]) -> None:
            seen.append("QUOTH_TOKENS" in os.environ)
            sockets[0].close()

    monkeypatch.setenv("QUOTH_TOKENS", TOKENS)
    monkeypatch.setattr(server, "log_to", lambda *_: None)
    monkeypatch.setattr(server, "create_app", lambda *_: None)
    monkeypatch.setattr(server, "DrainingServer", lambda *_: Silent())
    server.serve(None, port=0, serving=Serving())  # type: ignore[arg-type]
    assert seen == [False]
