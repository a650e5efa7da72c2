"""`quoth serve` as a process: asked by OpenAI's own client, and stopped while it answers."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import openai
import pytest

from api_clients import ANSWERED, FULL, READ, TEXTS, TOKENS, bearing
from running_server import serving, wait_until_ready
from small_library import small_library

PROGRAM = ("-I", Path(__file__).parent / "small_server.py")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that asks for tokens."""
    home = tmp_path_factory.mktemp("guarded")
    small_library(home / "library", TEXTS).close()
    with serving(home / "library", home, PROGRAM, QUOTH_TOKENS=TOKENS) as address:
        yield address


def client(address: str, token: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}v1", api_key=token, max_retries=0, timeout=60)


# --- OpenAI's client


def test_openais_client_finds_passages(guarded: str) -> None:
    with client(guarded, READ) as asking:
        page = asking.vector_stores.search(
            "library",
            query=["the longest river", "timber and salt"],
            max_num_results=5,
            rewrite_query=True,
            ranking_options={"ranker": "auto", "score_threshold": 0.0},
        )
        found = list(page)
    assert {one.filename for one in found} == set(TEXTS)
    for one in found:
        (content,) = one.content
        attributes = one.attributes or {}
        start, stop = attributes["start"], attributes["stop"]
        assert isinstance(start, int | float)
        assert isinstance(stop, int | float)
        assert content.text == TEXTS[one.filename][int(start) : int(stop)]
        assert 0 <= one.score <= 1


def test_openais_client_filters(guarded: str) -> None:
    with client(guarded, FULL) as asking:
        page = asking.vector_stores.search(
            "library",
            query="ships",
            filters={
                "type": "and",
                "filters": [
                    {"type": "in", "key": "filename", "value": ["harbour.txt", "rivers.md"]},
                    {"type": "ne", "key": "title", "value": "Rivers"},
                ],
            },
        )
    assert [one.filename for one in page.data] == ["harbour.txt"]


def test_openais_client_reads_our_errors(guarded: str) -> None:
    with client(guarded, "x" * 30) as stranger, pytest.raises(openai.AuthenticationError) as refused:
        stranger.vector_stores.search("library", query="ships")
    assert refused.value.status_code == 401
    with client(guarded, READ) as asking:
        with pytest.raises(openai.NotFoundError, match="called 'library'"):
            asking.vector_stores.search("vs_123", query="ships")
        with pytest.raises(openai.UnprocessableEntityError) as wrong:
            asking.vector_stores.search("library", query="ships", max_num_results=99)
    assert wrong.value.code == "invalid-request"
    assert "max_num_results" in wrong.value.message


# --- stopping


def connection(address: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)


def get(address: str, path: str) -> str:
    asking = connection(address)
    try:
        asking.request("GET", path)
        return asking.getresponse().read().decode()
    finally:
        asking.close()


def eventually(what: str, holds: Any) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def is_closed(address: str) -> bool:
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5).close()
    except ConnectionError:
        return True
    return False


class Asking(threading.Thread):
    """One request in a thread of its own."""

    def __init__(self, address: str, path: str, body: dict[str, Any]) -> None:
        super().__init__()
        self._asked = address, path, body
        self.status, self.text = 0, ""

    def run(self) -> None:
        address, path, body = self._asked
        asking = connection(address)
        asking.request("POST", path, json.dumps(body), {"content-type": "application/json"})
        response = asking.getresponse()
        self.status, self.text = response.status, response.read().decode()
        asking.close()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_server_that_is_told_to_stop_finishes_what_it_was_asked(tmp_path: Path, name: str) -> None:
    """Also while a page of the web app is open, whose stream never ends by itself."""
    small_library(tmp_path / "library", TEXTS).close()
    hold = tmp_path / "hold"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    address, log = f"http://127.0.0.1:{port}/", tmp_path / "log"
    command = [sys.executable, *map(str, PROGRAM), "serve", "--library", str(tmp_path / "library"), "--port", str(port)]
    with log.open("w") as writing:
        process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ}, stdout=writing, stderr=writing)
    try:
        wait_until_ready(f"{address}healthz", process, log)
        page = connection(address)
        page.request("GET", "/gradio_api/heartbeat/abc")
        assert page.getresponse().status == 200
        hold.touch()
        one = Asking(address, "/api/v1/ask", {"question": f"{ANSWERED} holdup"})
        many = {"questions": [{"question": ANSWERED}, {"question": f"{ANSWERED} holdup"}, {"question": ANSWERED}]}
        batch = Asking(address, "/api/v1/ask/batch", many)
        for asking in (one, batch):
            asking.start()
        eventually("both are asked", lambda: "quoth_http_requests_in_progress 2.0" in get(address, "/metrics"))
        process.send_signal(signal.Signals[name])
        eventually("nobody new is let in", lambda: is_closed(address))
        assert process.poll() is None
        hold.unlink()
        for asking in (one, batch):
            asking.join(120)
        assert (one.status, json.loads(one.text)["answered"]) == (200, True)
        assert [json.loads(line)["answered"] for line in batch.text.splitlines()] == [True] * 3
        assert process.wait(timeout=50) == 0
        page.close()
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in log.read_text()


def test_a_token_is_asked_for_everywhere(guarded: str) -> None:
    for path in ("/", "/config", "/doc/1", "/metrics", "/gradio_api/info", "/runs/x/report.html", "/embed"):
        asking = connection(guarded)
        asking.request("GET", path)
        assert (asking.getresponse().status, path) == (401, path)
        asking.close()
        asking.request("GET", path, headers=bearing(READ))
        assert asking.getresponse().status in (200, 404), path
        asking.close()
    assert json.loads(get(guarded, "/healthz")) == {"status": "ok"}
    assert "@font-face" in get(guarded, "/quoth/static/tokens.css"), "the sign-in page needs it"
    asking = connection(guarded)
    asking.request("POST", "/mcp", "{}", {"content-type": "application/json"})
    assert asking.getresponse().status == 401
    asking.close()
