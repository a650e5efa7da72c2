"""What a web server has to do whatever is sent to it. No fixtures.

The law: an answer below 500 in the shape of its door and with the headers that keep browsers safe, or a closed
connection; every quote is the slice of its document that it says it is; and it goes on as before.
"""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx

from api_clients import ANSWERED, TEXTS
from wire_socket import Answered

__all__ = ["Judge", "got", "posted", "quotes_in"]

_DOORS: Final = ("/api/", "/v1/", "/gradio_api/queue/join", "/gradio_api/run/predict", "/gradio_api/component_server")
_PLAIN: Final = (b"Invalid HTTP request received.", b"Invalid host header")
"""What is said in plain words whatever the door: to what is no HTTP, and to who calls us by another's name."""


class Judge:
    """Knows one server, and its documents as they are told; any thread may ask it."""

    def __init__(self, address: str, log: Path) -> None:
        self.address, self._log = address, log
        self._texts: dict[str, str] = {}
        self._read = 0
        self._lock = threading.Lock()

    def lawful(self, answer: Answered, path: str) -> None:
        """Raises AssertionError for what no server may answer."""
        assert answer.status < 500, answer
        assert answer.headers["x-content-type-options"] == "nosniff", answer
        assert answer.headers["content-security-policy"], answer
        assert b"Traceback" not in answer.body, answer
        if answer.status == 200:
            for text, source in _quotes(answer):
                self._is_slice(text, source)
        elif answer.status >= 400 and path.startswith(_DOORS) and answer.body and answer.body not in _PLAIN:
            _is_problem(answer)

    def goes_on(self) -> None:
        """Raises AssertionError where the server is not what it was, or wrote of an error of its own into its log."""
        with self._lock, self._log.open("rb") as file:
            file.seek(self._read)
            new = file.read()
            self._read += len(new)
        assert b"Traceback" not in new, new.decode()
        assert b" ERROR " not in new, new.decode()
        assert json.loads(got(self.address, "healthz"))["status"] == "ok"

    def answers(self) -> None:
        """Raises AssertionError where a right question is not answered right any more. A damaged request may have been
        the right one to take its document away, or to put another in its place: it is added again before.
        """
        file = {"files": ("harbour.txt", TEXTS["harbour.txt"].encode())}
        httpx.post(f"{self.address}api/v1/documents", files=file, timeout=60).raise_for_status()
        record = posted(self.address, "api/v1/ask", {"question": ANSWERED})
        assert record["answered"]
        assert "1904" in record["quotes"][0]["text"]
        self._is_slice(record["quotes"][0]["text"], record["quotes"][0]["source"])

    def _is_slice(self, text: str, source: dict[str, Any]) -> None:
        id = source["document"]
        try:
            if id not in self._texts:
                self._texts[id] = got(self.address, f"api/v1/documents/{id}/text").decode()
        except urllib.error.HTTPError as error:
            if error.code == 404:  # another request took the place of that document meanwhile
                return
            raise
        assert self._texts[id][source["start"] : source["stop"]] == text, (text, source)


def got(address: str, path: str) -> bytes:
    """What the server answers to a right request."""
    with urllib.request.urlopen(f"{address}{path}", timeout=60) as response:  # noqa: S310  # our own address
        found: bytes = response.read()
    return found


def posted(address: str, path: str, value: object) -> Any:
    """What it answers to JSON, as JSON."""
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}{path}", json.dumps(value).encode(), head)  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        return json.load(response)


def _is_problem(answer: Answered) -> None:
    assert answer.headers["content-type"] == "application/problem+json", answer
    problem = json.loads(answer.body)
    assert problem["status"] == answer.status, answer
    assert problem["title"], answer
    assert problem["detail"], answer


def _quotes(answer: Answered) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every text with its place in what may be JSON, lines of it, or events of it."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind in ("application/json", "application/x-ndjson", "text/event-stream"):
        for line in answer.body.decode().split("\n"):
            if (told := line.removeprefix("data: ").strip()).startswith(("{", "[")):
                try:
                    yield from quotes_in(json.loads(told))
                except ValueError:  # the connection ended within the line
                    continue


def quotes_in(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every text with the place it says it stands at, in JSON of whatever shape."""
    if isinstance(node, dict):
        source = node.get("source", node.get("attributes"))
        in_openai_shape = "attributes" in node and isinstance(node["content"], list)
        text = node["content"][0]["text"] if in_openai_shape else node.get("text")
        if isinstance(text, str) and isinstance(source, dict) and {"document", "start", "stop"} <= source.keys():
            yield text, source
        for child in node.values():
            yield from quotes_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from quotes_in(child)
