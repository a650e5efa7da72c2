"""The server behind the page, over plain HTTP: what it says, and what it refuses."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser  # shares the server with them


def fetch(server: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=30)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body="{}" if method == "POST" else None, headers=sent)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read().decode()
    finally:
        connection.close()


def test_it_says_when_it_is_ready(server: str) -> None:
    status, _, body = fetch(server, "/healthz")
    assert status == 200
    assert json.loads(body)["library"]["documents"] >= 2


@pytest.mark.parametrize("path", ["/", "/healthz", "/quoth/static/ask.js", "/gradio_api/info", "/nothing/there"])
def test_every_answer_carries_the_security_headers(server: str, path: str) -> None:
    _, headers, _ = fetch(server, path)
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_another_host_name_is_refused(server: str) -> None:
    assert fetch(server, "/healthz", Host="evil.example")[0] == 400


def test_no_other_site_may_read_or_write(server: str) -> None:
    _, headers, _ = fetch(server, "/config", Origin="http://evil.example")
    assert "access-control-allow-origin" not in headers
    assert fetch(server, "/gradio_api/queue/join", "POST", Origin="http://evil.example")[0] == 403


def test_gradio_is_quiet(server: str) -> None:
    config = json.loads(fetch(server, "/config")[2])
    assert config["analytics_enabled"] is False
    assert not any(dependency["api_visibility"] != "private" for dependency in config["dependencies"])
    assert fetch(server, "/gradio_api/info")[0] == 404
    assert fetch(server, "/monitoring")[0] >= 400


def test_a_plain_page_escapes_and_has_no_script(server: str) -> None:
    status, headers, body = fetch(server, "/doc/%3Cscript%3E")
    assert (status, "<script" in body) == (404, False)
    assert headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path", ["quoth/static/../server.py", "quoth/static/%2e%2e/server.py", "gradio_api/file=/etc/hosts"]
)
def test_no_file_outside_is_served(server: str, path: str) -> None:
    assert fetch(server, f"/{path}")[0] >= 400
