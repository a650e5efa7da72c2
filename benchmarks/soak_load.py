"""The requests of the soak: what people, programs and broken clients send. Each gives its status; 0 where none came."""

from __future__ import annotations

import json
import random
import socket
import threading
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from .soak_files import KINDS, made, question_about, too_large
from .soak_quotes import Quotes

__all__ = ["EXPECTED", "HELD", "Load"]

HELD: Final = 12
"""Documents of the soak in the library; the oldest goes when one more has come."""
EXPECTED: Final = {
    "ask": (5.0, {200}), "ask follow-up": (1.0, {200}), "ask filtered": (1.0, {200, 422}), "batch": (0.4, {200}),
    "search": (1.5, {200}), "vector store": (0.5, {200}), "MCP ask": (1.0, {200}), "embedded ask": (0.5, {200}),
    "page": (0.3, {200}), "page ask": (1.0, {200}), "page evaluation": (0.1, {200}),
    "upload and remove": (1.5, {201}), "upload again": (0.3, {200}), "upload broken": (0.5, {422}),
    "upload too large": (0.2, {422}), "documents": (0.7, {200}), "health and metrics": (1.0, {200}),
    "bad JSON": (0.5, {400}), "wrong types": (0.5, {422}), "unknown route": (0.5, {404}), "wrong host": (0.3, {400}),
    "wrong token": (0.3, {401}), "cut body": (0.5, {0}), "cut stream": (0.3, {0}), "slow body": (0.1, {200}),
    "huge headers": (0.2, {0, 400, 431}),
}  # fmt: skip
"""By kind: how often among all, and the statuses it may have."""
_ASK: Final = "/api/v1/ask"
_ADD: Final = "/api/v1/documents"
_UNANSWERABLE: Final = ("Who won the chess match in Reykjavik?", "What does a litre of paint cost?")


class Load:
    """One client for many threads. `questions` are some that the library answers, `file_mb` the limit of an upload."""

    def __init__(self, http: httpx.Client, questions: Sequence[str], file_mb: int) -> None:
        self.quotes = Quotes(http)
        self._http, self._questions, self._file_mb = http, questions, file_mb
        self._address = urlsplit(str(http.base_url))
        self._held: deque[tuple[int, str]] = deque()
        self._lock, self._made = threading.Lock(), 0
        self._acts: dict[str, Callable[[random.Random], int]] = {
            kind: getattr(self, "_" + kind.lower().replace(" ", "_").replace("-", "_")) for kind in EXPECTED
        }

    def send(self, kind: str, chance: random.Random) -> int:
        """One request of this kind and what belongs to it; the first status that was not 200, else the last."""
        return self._acts[kind](chance)

    def clear(self) -> None:
        """Remove what is still held."""
        while self._held:
            self._http.delete(f"{_ADD}/{self._held.popleft()[1]}").raise_for_status()

    def fill(self) -> None:
        """Hold as many documents as there will be all the time."""
        while len(self._held) < HELD:
            self._upload_and_remove(random.Random(0))

    def _question(self, chance: random.Random) -> str:
        number = chance.choice([*self._held])[0] if self._held else 0
        known = chance.choice([*self._questions])
        return chance.choice((known, known, question_about(number), chance.choice(_UNANSWERABLE)))

    def _post(self, path: str, body: Any, **more: Any) -> int:
        response = self._http.post(path, json=body, **more)
        if response.status_code == 200:
            self.quotes.check(response.json())
        return response.status_code

    def _ask(self, chance: random.Random) -> int:
        return self._post(_ASK, {"question": self._question(chance), "utf16": chance.random() < 0.3})

    def _ask_follow_up(self, chance: random.Random) -> int:
        return self._post(_ASK, {"question": "And when was that?", "history": [self._question(chance)]})

    def _ask_filtered(self, chance: random.Random) -> int:
        with self._lock:
            document = chance.choice([*self._held])[1] if self._held else "none"
        status = self._post(_ASK, {"question": self._question(chance), "documents": [document]})
        return 422 if status == 404 else status  # it was removed in between

    def _batch(self, chance: random.Random) -> int:
        questions = [{"id": at, "question": self._question(chance)} for at in range(4)]
        response = self._http.post("/api/v1/ask/batch", json={"questions": questions})
        for line in response.text.splitlines() if response.status_code == 200 else ():
            self.quotes.check(json.loads(line))
        return response.status_code

    def _search(self, chance: random.Random) -> int:
        return self._post("/api/v1/search", {"question": self._question(chance), "k": 5})

    def _vector_store(self, chance: random.Random) -> int:
        return self._post("/v1/vector_stores/library/search", {"query": self._question(chance)})

    def _mcp_ask(self, chance: random.Random) -> int:
        call = {"name": "ask", "arguments": {"question": self._question(chance)}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        accept = {"accept": "application/json, text/event-stream"}
        response = self._http.post("/mcp", json=body, headers=accept)
        for line in response.text.splitlines():
            if response.status_code == 200 and line.startswith("data: {"):
                self.quotes.check(json.loads(line[6:])["result"]["structuredContent"])
        return response.status_code

    def _embedded_ask(self, chance: random.Random) -> int:
        return self._post("/embed/ask", {"question": self._question(chance)})

    def _page(self, _: random.Random) -> int:
        paths = ("/", "/config", "/embed", "/quoth/static/ask.js", "/quoth/static/tokens.css")
        return max(self._http.get(path).status_code for path in paths)

    def _page_ask(self, chance: random.Random) -> int:
        return self._event(2, 6, [], {"question": self._question(chance)})

    def _page_evaluation(self, chance: random.Random) -> int:
        rows = "\n".join(json.dumps({"id": f"{at}", "question": self._question(chance)}) for at in range(3))
        sent = self._http.post("/gradio_api/upload", files={"files": ("questions.jsonl", rows.encode())})
        if sent.status_code != 200:
            return sent.status_code
        file = {"path": sent.json()[0], "orig_name": "questions.jsonl", "meta": {"_type": "gradio.FileData"}}
        return self._event(4, 18, [file], None)

    def _event(self, event: int, trigger: int, data: list[Any], sent: Any) -> int:
        session = uuid.uuid4().hex[:12]
        body = {"data": data, "event_data": sent, "fn_index": event, "trigger_id": trigger, "session_hash": session}
        joined = self._http.post("/gradio_api/queue/join", json=body)
        if joined.status_code != 200:
            return joined.status_code
        with self._http.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as stream:
            for line in stream.iter_lines():
                if "process_completed" in line:
                    return 200 if json.loads(line[6:])["success"] else 500
        return 0

    def _upload_and_remove(self, _: random.Random) -> int:
        with self._lock:
            self._made += 1
            number = self._made
        response = self._http.post(_ADD, files={"files": made(number, KINDS[number % len(KINDS)])})
        if response.status_code != 201:
            return response.status_code
        document = response.json()["added"][0]["id"]
        self.quotes.remember(document)
        with self._lock:
            self._held.append((number, document))
            oldest = self._held.popleft()[1] if len(self._held) > HELD else ""
        removed = self._http.delete(f"{_ADD}/{oldest}").status_code if oldest else 200
        return 201 if removed == 200 else removed

    def _upload_again(self, _: random.Random) -> int:
        return self._http.post(_ADD, files={"files": ("always.txt", b"This text is always here.\n")}).status_code

    def _upload_broken(self, chance: random.Random) -> int:
        name, data = made(1, chance.choice(("pdf", "docx")))
        return self._http.post(_ADD, files={"files": (name, data[: len(data) // 3])}).status_code

    def _upload_too_large(self, _: random.Random) -> int:
        return self._http.post(_ADD, files={"files": too_large(self._file_mb)}).status_code

    def _documents(self, _: random.Random) -> int:
        return self._http.get(_ADD, params={"limit": 5}).status_code

    def _health_and_metrics(self, _: random.Random) -> int:
        return max(self._http.get(path).status_code for path in ("/healthz", "/metrics"))

    def _bad_json(self, _: random.Random) -> int:
        return self._http.post(_ASK, content=b'{"question": ', headers={"content-type": "application/json"}).status_code

    def _wrong_types(self, chance: random.Random) -> int:
        wrong: Any = chance.choice(({"question": 7}, {"question": ""}, {"question": "Why?", "quotes": "3"}, []))
        return self._http.post(_ASK, json=wrong).status_code

    def _unknown_route(self, _: random.Random) -> int:
        return self._http.get("/api/v1/nothing").status_code

    def _wrong_host(self, _: random.Random) -> int:
        return self._http.get("/healthz", headers={"host": "elsewhere.example"}).status_code

    def _wrong_token(self, _: random.Random) -> int:
        return self._http.get(_ADD, headers={"authorization": "Bearer of-bad-news"}).status_code

    def _cut_body(self, _: random.Random) -> int:
        with self._raw("POST", _ASK, "content-length: 1000\r\ncontent-type: application/json\r\n") as raw:
            raw.sendall(b'{"question": "')
        return 0

    def _cut_stream(self, chance: random.Random) -> int:
        questions = [{"question": self._question(chance)} for _ in range(6)]
        with self._http.stream("POST", "/api/v1/ask/batch", json={"questions": questions}) as stream:
            next(stream.iter_bytes())
            return 0 if stream.status_code == 200 else stream.status_code

    def _slow_body(self, chance: random.Random) -> int:
        body = json.dumps({"question": self._question(chance)}).encode()
        with self._raw("POST", _ASK, f"content-length: {len(body)}\r\ncontent-type: application/json\r\n") as raw:
            for at in range(0, len(body), 20):
                raw.sendall(body[at : at + 20])
                threading.Event().wait(0.2)
            return int(raw.recv(4096).split()[1])

    def _huge_headers(self, _: random.Random) -> int:
        with self._raw("GET", "/healthz", "") as raw, suppress(ConnectionError):
            raw.sendall(b"x-much: " + b"a" * 200_000 + b"\r\n\r\n")
            answered = raw.recv(4096).split()
            return int(answered[1]) if answered else 0
        return 0

    def _raw(self, method: str, path: str, headers: str) -> socket.socket:
        """A connection over which a request has begun; the head is ended where it says how long the body is."""
        raw = socket.create_connection((self._address.hostname or "", self._address.port or 80), timeout=60)
        end = "\r\n" if headers else ""
        token = self._http.headers["authorization"]
        head = f"{method} {path} HTTP/1.1\r\nhost: {self._address.netloc}\r\nauthorization: {token}\r\n{headers}{end}"
        raw.sendall(head.encode())
        return raw
