"""Damaged lines to an MCP server on standard input, in a process of its own. No fixtures.

The law: whatever comes, standard output holds messages of JSON-RPC 2.0 and nothing else, standard error no traceback;
a ping is answered after every line, every quote is a slice of its document, and the process ends in order when its
standard input does.
"""

from __future__ import annotations

import hashlib
import json
import queue
import random
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from api_clients import ANSWERED, TEXTS
from mutating import damaged_bytes
from small_library import small_library
from wire_damage import damaged_call
from wire_law import quotes_in
from wire_targets import Said, Thrown

__all__ = ["KNOWN", "LINES", "SEEDS", "Spoken", "is_message", "spoken"]

KNOWN: Final = hashlib.sha256(TEXTS["harbour.txt"].encode()).hexdigest()[:16]
LINES: Final = "MCP, lines on standard input"
_PROGRAM: Final = Path(__file__).with_name("small_mcp.py")
_PATIENCE: Final = 60.0
_HELLO: Final = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "a test", "version": "1"},
}


class Spoken:
    """A conversation with one process, which greeted it."""

    def __init__(self, process: subprocess.Popen[bytes], texts: Mapping[Any, str]) -> None:
        self._process, self._texts = process, texts
        self._said: queue.Queue[bytes] = queue.Queue()
        self._pings = 0
        threading.Thread(target=self._listen, args=(process.stdout,), daemon=True).start()

    def _listen(self, stdout: IO[bytes]) -> None:
        for line in stdout:
            self._said.put(line)
        self._said.put(b"")

    def send(self, *lines: bytes) -> None:
        """Writes lines."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"".join(line + b"\n" for line in lines))
        self._process.stdin.flush()

    def take(self, line: bytes) -> Said:
        """Sends it and a ping after it, and holds what comes against the law until both are answered."""
        self._pings += 1
        ping = f"ping {self._pings}"
        self.send(line, json.dumps({"jsonrpc": "2.0", "id": ping, "method": "ping"}).encode())
        said: Said = "refused"
        awaited = [ping, *_asks(line)]
        while awaited:
            message = self.heard()
            if (id := message.get("id")) in awaited:
                awaited.remove(id)
            elif id is None and "error" in message:  # to a line whose id could not be made out
                awaited = [one for one in awaited if one == ping]
            if id == ping:
                assert "result" in message, message
            elif "result" in message and not message["result"].get("isError"):
                said = "read"
        return said

    def heard(self) -> Mapping[str, Any]:
        """The next message. Raises AssertionError where what comes is none, or nothing comes."""
        try:
            line = self._said.get(timeout=_PATIENCE)
        except queue.Empty:
            raise AssertionError(f"nothing was said for {_PATIENCE:g} seconds") from None
        message = is_message(line)
        for text, source in quotes_in(message):
            assert self._texts[source["document"]][source["start"] : source["stop"]] == text, message
        return message


def _asks(line: bytes) -> Sequence[Any]:
    """The id of a request, which has to be answered; nothing where the line is no request: the SDK passes it over."""
    try:
        message = json.loads(line.decode())
        line.decode().encode()
    except (ValueError, RecursionError):
        return ()
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0" or not isinstance(message.get("method"), str):
        return ()
    id, params = message.get("id"), message.get("params")
    is_request = isinstance(id, str | int) and not isinstance(id, bool) and (params is None or isinstance(params, dict))
    return (id,) if is_request else ()


def is_message(line: bytes) -> Mapping[str, Any]:
    """The message of a line. Raises AssertionError where it holds none of JSON-RPC."""
    try:
        message = json.loads(line)
    except ValueError:
        raise AssertionError(f"not JSON: {line!r}") from None
    assert isinstance(message, dict), line
    assert message.get("jsonrpc") == "2.0", line
    kinds = {"result", "error", "method"} & message.keys()
    assert len(kinds) == 1, line
    assert kinds == {"method"} or "id" in message, line
    if "error" in kinds:
        assert isinstance(message["error"]["code"], int), line
        assert isinstance(message["error"]["message"], str), line
    return message


@contextmanager
def spoken(home: Path) -> Iterator[tuple[Spoken, Thrown]]:
    """A process over a small library in `home`, and the target that it is; at its end it has to stop in order."""
    with small_library(home / "library", TEXTS) as library:
        texts = {record.id: library.document(record.id).text for record in library.documents()}
    command = [sys.executable, "-I", str(_PROGRAM), str(home / "library")]
    with (home / "errors").open("wb") as errors:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=home)
        with process, _ending(process):
            conversation = Spoken(process, texts)
            conversation.send(_request("initialize", id=0, **_HELLO))
            conversation.heard()
            conversation.send(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')
            yield conversation, Thrown(LINES, _case, conversation.take)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(_PATIENCE) == 0
    said = (home / "errors").read_text(encoding="utf-8", errors="replace")
    assert "Traceback" not in said, said


@contextmanager
def _ending(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Ends it whatever comes."""
    try:
        yield
    finally:
        process.kill()
        process.wait()


def _case(number: int) -> bytes:
    rng = random.Random(f"{LINES} {number}")
    line = rng.choice(SEEDS)
    return damaged_call(rng, line) if rng.random() < 0.85 else damaged_bytes(rng, line)


def _request(method: str, *, id: object = 1, **params: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).encode()


_FILTERED: Final = {"question": ANSWERED, "documents": [KNOWN], "history": ["Who built the harbour?"], "quotes": 2}
SEEDS: Final = (
    _request("initialize", **_HELLO),
    _request("ping"),
    _request("tools/list"),
    _request("tools/call", name="ask", arguments={"question": ANSWERED}),
    _request("tools/call", name="ask", arguments=_FILTERED, _meta={"progressToken": "p"}),
    _request("tools/call", name="search", arguments={"question": "timber", "limit": 3}),
    _request("tools/call", name="read_source", arguments={"document": KNOWN, "start": 3, "stop": 9}),
    _request("tools/call", name="list_documents", arguments={"start": 0, "limit": 1}),
    _request("resources/list", cursor="0"),
    _request("resources/templates/list"),
    _request("resources/read", uri=f"quoth://document/{KNOWN}#char=3,9"),
    json.dumps({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}).encode(),
    json.dumps({"jsonrpc": "2.0", "id": 5, "result": {}}).encode(),
)
