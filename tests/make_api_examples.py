"""Writes the examples of the OpenAPI document, as a server gives them to which the two bundled articles were uploaded.

    .venv/bin/python tests/make_api_examples.py
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api_clients import served
from quoth.corpus import bundled_folder
from quoth.qa import Library

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "ui" / "api.examples.json"
QUESTION = "Which route bypasses Russia?"
ANSWERED = {"question": QUESTION, "quotes": 1, "utf16": True}
REFUSED = {"question": "What is the melting point of tungsten?"}
SHORT = {"question": " "}
BATCH = {
    "questions": [
        {"id": "q1", "question": QUESTION},
        {"id": "q2", "question": "And who agreed on it?", "history": [QUESTION]},
    ],
    "quotes": 1,
}
STORE = {
    "query": QUESTION,
    "max_num_results": 1,
    "filters": {"type": "eq", "key": "filename", "value": "first-central-asia-japan-summit.txt"},
}
JSON, LINES, PROBLEM = "application/json", "application/x-ndjson", "application/problem+json"

Asked = tuple[str, str, str, str, dict[str, Any] | None, int, str]


def asked(client: TestClient) -> list[Asked]:
    """Name, summary, method, path, body, status and media type of each example."""
    (first, *_) = client.get("/api/v1/documents?limit=1").json()["documents"]
    record = client.post("/api/v1/ask", json={**ANSWERED, "utf16": False}).json()
    document = "/api/v1/documents/{id}"
    return [
        ("answered", "The documents answer", "post", "/api/v1/ask", ANSWERED, 200, JSON),
        ("refused", "They do not", "post", "/api/v1/ask", REFUSED, 200, JSON),
        ("empty", "No question at all", "post", "/api/v1/ask", SHORT, 422, PROBLEM),
        ("misspelt", "A member that there is not", "post", "/api/v1/ask", {"query": QUESTION}, 422, PROBLEM),
        ("two", "A question and one that follows it up", "post", "/api/v1/ask/batch", BATCH, 200, LINES),
        ("one", "The best passage", "post", "/api/v1/search", {"question": QUESTION, "k": 1}, 200, JSON),
        ("whole", "A record as it was given", "post", "/api/v1/verify", record, 200, JSON),
        ("first", "The first document", "get", "/api/v1/documents", None, 200, JSON),
        ("one", "A document", "get", document.replace("{id}", first["id"]), None, 200, JSON),
        ("missing", "No such document", "get", document.replace("{id}", "0123456789abcdef"), None, 404, PROBLEM),
        ("ready", "Questions can be answered", "get", "/api/v1/healthz", None, 200, JSON),
        ("one", "The best passage of one document", "post", "/v1/vector_stores/library/search", STORE, 200, JSON),
    ]


def examples(client: TestClient) -> list[dict[str, Any]]:
    """All of them, answered now."""
    made = []
    for name, summary, method, path, body, status, kind in asked(client):
        query = {"limit": 1} if name == "first" else None
        response = client.request(method.upper(), path, json=body, params=query)
        assert response.status_code == status, response.text
        pattern = path.replace("vector_stores/library", "vector_stores/{id}")
        if "/documents/" in path:
            pattern = "/api/v1/documents/{id}"
        example: dict[str, Any] = {"name": name, "summary": summary, "method": method, "path": pattern}
        example |= {} if body is None else {"request": body}
        given = response.text if kind == LINES else response.json()
        made.append({**example, "status": status, "type": kind, "response": given})
    return made


def article_library(folder: Path) -> Library:
    """A library of the two articles, with the real encoder; uploaded, so that no path of a machine is in it."""
    library = Library.create(folder)
    library.add_files((file.name, file.read_bytes()) for file in sorted(bundled_folder().glob("*.txt")))
    return library


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, article_library(Path(folder)) as library, served(library) as server:
        made = {"examples": examples(server.client)}
    FILE.write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
