"""MCP by the SDK's own client: over both transports, as clients of before and after the protocol lost its handshake.

The server is what people run: `quoth mcp` as a process, and a real `quoth serve`.
"""

from __future__ import annotations

import http.client
import shutil
import subprocess
import sysconfig
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx2
import pytest
from jsonschema import Draft202012Validator
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolResult,
    Implementation,
    ListResourcesResult,
    ResourceLink,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
    Tool,
)

from quoth.qa import Library
from quoth.ui.mcp_schemas import tools
from quoth.ui.mcp_server import INSTRUCTIONS
from quoth.ui.record import answer_record
from running_server import serving

SCRIPT = Path(sysconfig.get_path("scripts")) / "quoth"
LIGHTHOUSE = (
    "naïve 😀 café 👨\u200d👩\u200d👧 at the coast\r\n"
    "The lighthouse of Žďár was lit for the first time on 3 May 1907. 😀\r\nIts keeper was Ondřej Čapek.\r\n"
)
ASKED = "When was the lighthouse of Žďár lit for the first time?"
REFUSED = "What is the melting point of tungsten?"
WAYS = [("stdio", "legacy"), ("stdio", "auto"), ("http", "legacy"), ("http", "auto")]
PROTOCOLS = {"legacy": "2025-11-25", "auto": "2026-07-28"}


@dataclass(frozen=True, slots=True)
class Journey:
    """What one client was told, from the first request to the last."""

    mode: str
    protocol: str
    server: Implementation | None
    instructions: str | None
    tools: list[Tool]
    answered: CallToolResult
    refused: CallToolResult
    searched: CallToolResult
    listed: CallToolResult
    wrong: CallToolResult
    unknown: str
    resources: ListResourcesResult
    templates: list[ResourceTemplate]
    texts: dict[str, str]
    parts: dict[str, CallToolResult]
    nowhere: str
    bad_cursor: str


@pytest.fixture(scope="module")
def folder(bundled_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the two articles and a text with characters of every size."""
    home = tmp_path_factory.mktemp("mcp")
    (home / "lighthouse.txt").write_bytes(LIGHTHOUSE.encode())
    library = shutil.copytree(bundled_library, home / "library")
    subprocess.run([str(SCRIPT), "add", "--library", str(library), str(home / "lighthouse.txt")], check=True)
    return library


@pytest.fixture(scope="module")
def address(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("served")
    with serving(folder, home) as page:
        yield f"{page}mcp"


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def journey(request: pytest.FixtureRequest, folder: Path) -> Journey:
    transport, mode = request.param
    place: str | StdioServerParameters = StdioServerParameters(
        command=str(SCRIPT), args=["mcp", "--library", str(folder)]
    )
    if transport == "http":
        place = request.getfixturevalue("address")
    return anyio.run(travel, place, mode)


async def travel(place: str | StdioServerParameters, mode: str) -> Journey:
    async with Client(place, mode=mode) as client:
        listed = (await client.list_tools()).tools
        answered = await client.call_tool("ask", {"question": ASKED})
        refused = await client.call_tool("ask", {"question": REFUSED})
        resources = await client.list_resources()
        links = [block.uri for block in (*answered.content, *refused.content) if isinstance(block, ResourceLink)]
        addresses = [*links, *(one.uri for one in resources.resources)]
        quotes = [*answered.structured_content["quotes"], *refused.structured_content["abstention"]["nearest"]]
        return Journey(
            mode=mode,
            protocol=client.protocol_version,
            server=client.server_info,
            instructions=client.instructions,
            tools=listed,
            answered=answered,
            refused=refused,
            searched=await client.call_tool("search", {"question": "summit", "limit": 3}),
            listed=await client.call_tool("list_documents", {}),
            wrong=await client.call_tool("ask", {"question": ASKED, "quotes": 999}),
            unknown=await failure(client.call_tool("shred", {})),
            resources=resources,
            templates=(await client.list_resource_templates()).resource_templates,
            texts={uri: await text_at(client, uri) for uri in addresses},
            parts={uri: await part(client, quote) for uri, quote in zip(links, quotes, strict=True)},
            nowhere=await failure(client.read_resource("quoth://document/0123456789abcdef")),
            bad_cursor=await failure(client.list_resources(cursor="x")),
        )


async def text_at(client: Client, uri: str) -> str:
    (contents,) = (await client.read_resource(uri)).contents
    assert isinstance(contents, TextResourceContents)
    assert (contents.uri, contents.mime_type) == (uri, "text/plain")
    return contents.text


async def part(client: Client, quote: dict[str, Any]) -> CallToolResult:
    source = quote["source"]
    place = {"document": source["document"], "start": source["start"], "stop": source["stop"]}
    return await client.call_tool("read_source", place)


async def failure(request: Awaitable[object]) -> str:
    """The sentence of the error that a request must get."""
    try:
        given = await request
    except MCPError as error:
        return error.message
    pytest.fail(f"this was answered: {given}")


def text_of(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def links_of(result: CallToolResult) -> list[ResourceLink]:
    return [block for block in result.content if isinstance(block, ResourceLink)]


def test_both_ages_of_the_protocol_are_spoken(journey: Journey) -> None:
    assert journey.protocol == PROTOCOLS[journey.mode]
    assert journey.server is not None
    assert (journey.server.name, journey.server.version) == ("quoth", version("quoth"))
    assert journey.instructions == INSTRUCTIONS


def test_the_tools_arrive_with_all_their_schemas_and_hints(journey: Journey) -> None:
    assert {tool.name: tool for tool in journey.tools} == tools()


def test_what_is_structured_follows_the_schema(journey: Journey) -> None:
    results = {
        "ask": [journey.answered, journey.refused],
        "search": [journey.searched],
        "list_documents": [journey.listed],
        "read_source": list(journey.parts.values()),
    }
    for tool in journey.tools:
        assert tool.output_schema is not None
        for result in results[tool.name]:
            assert result.is_error is False
            Draft202012Validator(tool.output_schema).validate(result.structured_content)


def test_the_answer_is_the_one_of_the_library(journey: Journey, folder: Path) -> None:
    with Library.open(folder) as library:
        expected = answer_record(library.ask(ASKED))
    assert {**journey.answered.structured_content, "elapsed_ms": 0} == {**expected, "elapsed_ms": 0}
    assert journey.answered.structured_content["quotes"][0]["text"].startswith("The lighthouse of Žďár")


def test_every_link_leads_to_exactly_the_quoted_characters(journey: Journey) -> None:
    quotes = [
        *journey.answered.structured_content["quotes"],
        *journey.refused.structured_content["abstention"]["nearest"],
    ]
    links = [*links_of(journey.answered), *links_of(journey.refused)]
    for quote, link in zip(quotes, links, strict=True):
        source = quote["source"]
        assert link.uri == f"quoth://document/{source['document']}#char={source['start']},{source['stop']}"
        assert link.mime_type == "text/plain"
        whole = journey.texts[f"quoth://document/{source['document']}"]
        assert journey.texts[link.uri] == quote["text"] == whole[source["start"] : source["stop"]]
        assert journey.parts[link.uri].structured_content["text"] == quote["text"]


def test_the_words_for_a_model_hold_every_quote(journey: Journey) -> None:
    for quote, link in zip(journey.answered.structured_content["quotes"], links_of(journey.answered), strict=True):
        assert quote["text"] in text_of(journey.answered)
        assert link.uri in text_of(journey.answered)


def test_a_refusal_is_no_error_and_no_answer(journey: Journey) -> None:
    record = journey.refused.structured_content
    assert journey.refused.is_error is False
    assert (record["answered"], record["quotes"]) == (False, [])
    assert text_of(journey.refused).startswith(f"No answer. {record['abstention']['reason']}")
    assert all("not an answer" in str(link.description) for link in links_of(journey.refused))


def test_texts_arrive_with_every_character(journey: Journey) -> None:
    assert LIGHTHOUSE in journey.texts.values()


def test_documents_are_listed_as_resources(journey: Journey) -> None:
    assert journey.resources.next_cursor is None
    listed = journey.listed.structured_content["documents"]
    assert [one["resource"] for one in listed] == [one.uri for one in journey.resources.resources]
    assert [one["title"] for one in listed] == [one.name for one in journey.resources.resources]
    assert journey.listed.structured_content["total"] == 3


def test_the_templates_make_addresses_that_can_be_read(journey: Journey) -> None:
    whole, place = (template.uri_template for template in journey.templates)
    link = links_of(journey.answered)[0].uri
    id, start, stop = link.removeprefix("quoth://document/").replace("#char=", ",").split(",")
    assert whole.format(id=id) in journey.texts
    assert place.format(id=id, start=start, stop=stop) == link


def test_what_does_not_fit_is_told_to_the_model_in_a_sentence(journey: Journey) -> None:
    assert journey.wrong.is_error is True
    assert text_of(journey.wrong) == "The tool `ask` cannot take that: `quotes`: 999 is greater than the maximum of 50."
    assert journey.wrong.structured_content is None


def status_of(address: str, method: str = "POST", **headers: str) -> int:
    """The status of a bare request, which carries the headers of every response."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    try:
        sent = {"content-type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
        connection.request(method, "/mcp", body=None if "content_length" in headers else b"{}", headers=sent)
        response = connection.getresponse()
        assert response.headers["x-content-type-options"] == "nosniff"
        return response.status
    finally:
        connection.close()


def test_the_web_server_protects_this_door_as_the_others(address: str) -> None:
    assert status_of(address, "GET", accept="text/event-stream") == 405
    assert status_of(address, "DELETE") == 405
    assert status_of(address, host="evil.example") == 400
    assert status_of(address, origin="http://evil.example") == 403
    assert status_of(address, content_length="10000000") == 413


def test_a_token_is_asked_for_where_there_are_tokens(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "abcdefghijklmnopqrstuvwxyz012345"  # noqa: S105  # of this test alone
    monkeypatch.setenv("QUOTH_TOKENS", f"read:{token}")

    async def with_token(place: str) -> CallToolResult:
        async with (
            httpx2.AsyncClient(headers={"authorization": f"Bearer {token}"}) as sender,
            Client(streamable_http_client(place, http_client=sender)) as client,
        ):
            return await client.call_tool("list_documents", {})

    with serving(folder, tmp_path) as page:
        assert status_of(page) == 401
        assert status_of(page, authorization="Bearer another-token-than-the-one-above") == 401
        assert anyio.run(with_token, f"{page}mcp").structured_content["total"] == 3


def test_what_is_not_there_is_an_error_of_the_protocol(journey: Journey) -> None:
    assert journey.unknown == "There is no tool 'shred', only ask, search, read_source, list_documents."
    assert journey.nowhere.startswith("There is no document 0123456789abcdef in this library")
    assert journey.bad_cursor.startswith("That is no cursor")
