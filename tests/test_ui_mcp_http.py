"""The door `/mcp` of the web server: who is let in, what is refused, and that it says nothing about the machine."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from quoth.qa import Library
from quoth.ui.mcp_http import McpDoor
from small_library import small_library

ACCEPT = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return small_library(tmp_path / "library", {"door.txt": "The door is red."})


def visitor(library: Library, hosts: Sequence[str], host: str = "127.0.0.1:7860") -> TestClient:
    """A client of a server that is nothing but this door: what others would refuse first, they do not here."""
    door = McpDoor(library, hosts)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with door.running():
            yield

    return TestClient(Starlette(routes=[door.route], lifespan=lifespan), base_url=f"http://{host}")


def call(client: TestClient, name: str, arguments: Mapping[str, Any], **headers: str) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    return client.post("/mcp", json=body, headers={**ACCEPT, **headers})


def result_of(response: Any) -> Any:
    """The one message in the stream of a response."""
    assert response.status_code == 200, response.text
    (data,) = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: {")]
    return json.loads(data)["result"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:7860", "localhost", "localhost:80"])
def test_those_who_call_it_by_its_name_are_answered(library: Library, host: str) -> None:
    with visitor(library, ["127.0.0.1", "localhost"], host) as client:
        assert result_of(call(client, "list_documents", {}))["structuredContent"]["total"] == 1
        assert call(client, "list_documents", {}, origin=f"http://{host}").status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:7860", "localhost@evil.example", "127.0.0.2"])
def test_another_name_is_refused_by_the_sdk_too(library: Library, host: str) -> None:
    with visitor(library, ["127.0.0.1", "localhost"]) as client:
        assert call(client, "list_documents", {}, host=host).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1.evil.example", "null"])
def test_another_sites_page_is_refused_by_the_sdk_too(library: Library, origin: str) -> None:
    with visitor(library, ["127.0.0.1", "localhost"]) as client:
        assert call(client, "list_documents", {}, origin=origin).status_code == 403


def test_where_names_cannot_be_known_the_web_servers_own_checks_stand_alone(library: Library) -> None:
    with visitor(library, ["*"], "quoth.example") as client:
        assert call(client, "list_documents", {}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS"])
def test_there_is_nothing_to_hold_open_or_to_end(library: Library, method: str) -> None:
    with visitor(library, ["127.0.0.1"]) as client:
        response = client.request(method, "/mcp", headers=ACCEPT)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_what_is_too_large_or_no_message_is_refused(library: Library) -> None:
    with visitor(library, ["127.0.0.1"]) as client:
        assert client.post("/mcp", content=b"x" * 1_000_001, headers=ACCEPT).status_code == 413
        assert client.post("/mcp", content=b"no json", headers=ACCEPT).status_code == 400
        assert client.post("/mcp", content=b"{}", headers={**ACCEPT, "content-type": "text/plain"}).status_code == 400


def test_no_session_is_kept(library: Library) -> None:
    with visitor(library, ["127.0.0.1"]) as client:
        response = call(client, "list_documents", {}, **{"mcp-session-id": "made-up"})
        assert "mcp-session-id" not in response.headers
        assert response.status_code == 200


def test_it_answers_while_it_runs_and_may_run_again(library: Library) -> None:
    client = visitor(library, ["127.0.0.1"])
    assert call(client, "list_documents", {}).status_code == 503
    for _ in range(2):
        with client:
            assert call(client, "list_documents", {}).status_code == 200
    assert call(client, "list_documents", {}).status_code == 503


def test_a_damaged_library_is_told_without_naming_its_folder(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(library.folder / "shelf.sqlite") as sql:
        sql.execute("UPDATE documents SET text = 'The door is blue.'")
    sql.close()
    with visitor(library, ["127.0.0.1"]) as client:
        result = result_of(call(client, "read_source", {"document": "door"}))
    assert result["isError"] is True
    said = result["content"][0]["text"]
    assert "quoth doctor" in said
    assert str(library.folder) not in said
    assert "no longer matches its hash" in caplog.text, "who runs the server reads why"
