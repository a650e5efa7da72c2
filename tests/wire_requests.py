"""Right requests of every door of the web server, to begin damage from. No fixtures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api_clients import ANSWERED, REFUSED

__all__ = ["DOORS", "TOKEN", "Sent", "multipart", "page_requests", "requests_to", "with_token"]

DOORS: Final = ("HTTP API, asking", "HTTP API, documents", "HTTP, other addresses", "MCP over HTTP", "the page")
"""What the requests are called by; they are many enough each to be thrown at by itself."""
TOKEN: Final = "TOKEN-OF-A-DELIVERY"  # noqa: S105
"""Stands in a path where the token of an upload belongs that was just announced."""
_JSON: Final = (("Content-Type", "application/json"),)
_MCP: Final = (*_JSON, ("Accept", "application/json, text/event-stream"))
_EDGE: Final = "edge"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request. Its length is told for it where no header says anything of that."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def raw(self, host: str) -> bytes:
        """As bytes, of a connection that ends with the answer."""
        names = {name.lower() for name, _ in self.headers}
        more = [] if "host" in names else [("Host", host)]
        if not names & {"content-length", "transfer-encoding"} and (self.body or self.method in ("POST", "PUT")):
            more.append(("Content-Length", str(len(self.body))))
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in (*more, *self.headers))]
        head = "\r\n".join([*lines, "Connection: close", "", ""])
        return head.encode("latin-1", "replace") + self.body


def with_token(sent: Sent, token: str) -> Sent:
    """The request with the token of an upload in its place."""
    return Sent(sent.method, sent.path.replace(TOKEN, token), sent.headers, sent.body)


def multipart(field: str, *files: tuple[str, bytes]) -> bytes:
    """A body of several parts between lines of `edge`."""
    parts = (
        f'--{_EDGE}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        f"Content-Type: text/plain\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, data in files
    )
    return b"".join(parts) + f"--{_EDGE}--\r\n".encode()


def _post(path: str, value: object, headers: tuple[tuple[str, str], ...] = _JSON) -> Sent:
    return Sent("POST", path, headers, json.dumps(value, ensure_ascii=False).encode())


def _form(path: str, field: str, *files: tuple[str, bytes]) -> Sent:
    kind = ("Content-Type", f"multipart/form-data; boundary={_EDGE}")
    return Sent("POST", path, (kind,), multipart(field, *files))


def _spoken(method: str, **params: object) -> Sent:
    """One request of MCP, over HTTP."""
    return _post("/mcp", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, _MCP)


def requests_to(known: str, records: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[Sent]]:
    """Right requests by door. `known` is a document that is never removed, `records` what `/ask` gave."""
    lines = "".join(json.dumps(record) + "\n" for record in records).encode()
    more = {"history": [REFUSED], "documents": ["harbour.txt", known], "utf16": True, "quotes": 5}
    batch = {"questions": [{"id": 1, "question": ANSWERED}, {"question": REFUSED, "history": ["Why?"]}], "quotes": 1}
    is_it = {"type": "eq", "key": "filename", "value": "harbour.txt"}
    both = {"type": "and", "filters": [is_it, {"type": "gte", "key": "start", "value": 0}]}
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a test", "version": "1"}}
    api = "/api/v1"
    return {
        DOORS[0]: (
            _post(f"{api}/ask", {"question": ANSWERED}),
            _post(f"{api}/ask", {"question": "And in 1904?", **more}),
            _post(f"{api}/ask/batch", batch),
            _post(f"{api}/search", {"question": ANSWERED, "k": 5, "utf16": True}),
            _post(f"{api}/verify", list(records)),
            Sent("POST", f"{api}/verify", (("Content-Type", "application/x-ndjson"),), lines),
            _post("/v1/vector_stores/library/search", {"query": [ANSWERED, "timber"], "filters": both}),
            _post("/embed/ask", {"question": ANSWERED, "history": [{"question": REFUSED}], "base": "https://a.example/"}),
        ),
        DOORS[1]: (
            _form(f"{api}/documents", "files", ("lakes.txt", b"Tana lies high. Bees are few.")),
            _form(f"{api}/documents", "files", ("a.md", b"# Oaks\n\nThey grow slowly."), ("b.txt", b"Elms fell.")),
            Sent("GET", f"{api}/documents?offset=0&limit=2"),
            Sent("GET", f"{api}/documents/{known}"),
            Sent("GET", f"{api}/documents/{known}/text?start=3&stop=20&utf16=true"),
            Sent("DELETE", f"{api}/documents/{'0' * 16}"),
            Sent("PUT", f"/quoth/shelf/{TOKEN}/0", (), b"Moss is green."),
        ),
        DOORS[2]: (
            Sent("GET", f"/doc/{known}?start=0&stop=10&sha={'a' * 64}&at=harbour.txt"),
            Sent("GET", f"/doc/{known}/text.json"),
            Sent("GET", f"/doc/{known}/places.json?start=0&stop=10"),
            Sent("GET", f"/doc/{known}/page/1.json?start=0&stop=10"),
            Sent("GET", f"/doc/{known}/page/1.png"),
            Sent("GET", "/runs/unknown/report.html"),
            Sent("GET", "/runs/unknown/run.zip"),
            Sent("GET", "/quoth/quoth-questions.csv"),
            Sent("GET", "/quoth/feedback.jsonl"),
            Sent("GET", "/quoth/static/quoth.svg", (("Range", "bytes=0-9"), ("If-None-Match", '"x"'))),
            Sent("GET", "/embed"),
            Sent("GET", "/healthz"),
            Sent("GET", "/metrics", (("Accept", "application/openmetrics-text"),)),
            *(Sent("GET", f"{api}/{name}") for name in ("schema", "openapi.json", "healthz", "metrics")),
            Sent("GET", "/login?next=/doc/1"),
            Sent("POST", "/login", (("Content-Type", "application/x-www-form-urlencoded"),), b"token=abc&next=%2F"),
            Sent("POST", "/logout"),
        ),
        DOORS[3]: (
            _spoken("initialize", **hello),
            _spoken("tools/list"),
            _spoken("tools/call", name="ask", arguments={"question": ANSWERED}),
            _spoken("tools/call", name="search", arguments={"question": "timber", "limit": 2}),
            _spoken("tools/call", name="read_source", arguments={"document": known, "start": 3, "stop": 9}),
            _spoken("resources/list", cursor="0"),
            _spoken("resources/read", uri=f"quoth://document/{known}"),
        ),
    }  # fmt: skip


def page_requests(config: Mapping[str, Any], known: str, sha256: str) -> Sequence[Sent]:
    """Right requests as the page sends them, by what its configuration says it has. `sha256` is of the text of `known`,
    which holds 1904 somewhere.
    """
    found = []
    for one in config["dependencies"]:
        if one["backend_fn"]:
            way = "queue/join" if one["queue"] else "run/predict"
            event = {"data": [None] * len(one["inputs"]), "fn_index": one["id"], "session_hash": "wire"}
            asked = {"question": ANSWERED, "history": [REFUSED], "filter": [known], "base": "https://a.example/"}
            found.append(_post(f"/gradio_api/{way}", {**event, "event_data": asked, "trigger_id": None}))
    for part in config["components"]:
        for name in part.get("props", {}).get("server_fns", ()):
            called = {"component_id": part["id"], "fn_name": name, "session_hash": "wire"}
            acts = ({"data": data, **called} for data in _acts(known, sha256))
            found.extend(_post("/gradio_api/component_server/", act) for act in acts)
    found.append(_form("/gradio_api/upload?upload_id=u1", "files", ("q.csv", b"question,answer\nWhen?,1904\n")))
    return found


def _acts(known: str, sha256: str) -> Sequence[Mapping[str, Any]]:
    """What the parts of the page ask for; a part that knows an act no more than any other says so."""
    quote = {"document": known, "sha": sha256, "span": [4, 11], "number": 1, "uri": "file:///a", "text": "harbour"}
    return (
        {"do": "look", "shelf": "x", "delivery": "x", "seen": 0},
        {"do": "announce", "files": [{"name": "a.txt", "size": 3}]},
        {"do": "remove", "documents": ["0" * 16]},
        {"do": "restore", "undo": "x"},
        {"do": "check"},
        {"do": "choices"},
        {"do": "keep", "kind": "right", "answered": True, "question": ANSWERED, "filter": [known], "gold": quote},
        {"do": "standing", "quotes": [quote]},
        {"do": "marks", "quotes": [quote, quote]},
        {"do": "row", "run": "x", "row": 1, "before": "y"},
    )
