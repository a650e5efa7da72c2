"""docs/mcp.md, tried: its snippets are read as the clients read them, and what they start or call is what there is."""

from __future__ import annotations

import json
import re
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from conftest import environment
from quoth.ui.mcp_http import McpDoor
from quoth.ui.mcp_places import LONGEST_RESOURCE
from quoth.ui.mcp_schemas import LONGEST_READ, tools
from small_library import small_library

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = (Path(__file__).parents[1] / "docs" / "mcp.md").read_text(encoding="utf-8")
SCRIPT = Path(sysconfig.get_path("scripts")) / "quoth"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def entries() -> Iterator[dict[str, Any]]:
    """What is said of `quoth` in each snippet, whatever its client calls the list of servers."""
    for snippet in [*map(json.loads, blocks("json")), *map(tomllib.loads, blocks("toml"))]:
        (servers,) = (value for name, value in snippet.items() if name in ("mcpServers", "servers", "mcp_servers"))
        assert list(servers) == ["quoth"]
        yield servers["quoth"]


def test_every_client_has_its_snippet() -> None:
    assert len(blocks("json")) == 5
    assert len(blocks("toml")) == 1
    for name in ("Claude Desktop", "Claude Code", "Cursor", "VS Code", "Codex"):
        assert f"**{name}**" in PAGE


def test_what_the_snippets_start_serves_the_library(bundled_library: Path, tmp_path: Path) -> None:
    started = {(one["command"], *one["args"]) for one in entries() if "command" in one}
    assert len(started) == 1, "the clients differ in their files, not in what they start"
    words = [str(bundled_library) if word == "/path/to/notes" else word for word in started.pop()]
    assert words.pop(0) == "/path/to/bin/quoth"

    async def names() -> list[str]:
        place = StdioServerParameters(command=str(SCRIPT), args=words, env=environment(tmp_path))
        async with Client(place) as client:
            assert (await client.call_tool("list_documents", {})).structured_content["total"] == 2
            return [tool.name for tool in (await client.list_tools()).tools]

    assert anyio.run(names) == list(tools())


def test_the_addresses_are_those_of_the_server(tmp_path: Path) -> None:
    door = McpDoor(small_library(tmp_path / "library", {}), ["127.0.0.1"])
    calls = [one for one in entries() if "url" in one]
    assert [(one["type"], one["url"]) for one in calls] == [("http", f"http://127.0.0.1:7860{door.route.path}")] * 2
    assert f'Client("{calls[0]["url"]}")' in PAGE


def test_a_token_is_asked_for_by_the_name_it_is_used_by() -> None:
    (snippet,) = (one for one in map(json.loads, blocks("json")) if "inputs" in one)
    (asked,) = snippet["inputs"]
    assert asked["password"] is True
    assert snippet["servers"]["quoth"]["headers"] == {"Authorization": f"Bearer ${{input:{asked['id']}}}"}


@pytest.mark.parametrize("name", list(tools()))
def test_the_table_names_every_argument_with_its_bounds(name: str) -> None:
    (row,) = re.findall(rf"^\| `{name}` \|(.*)\|.*\|$", PAGE, flags=re.MULTILINE)
    arguments = tools()[name].input_schema["properties"]
    assert set(re.findall(r"`(\w+)`", row)) == set(arguments)
    for argument, least, most, default in re.findall(r"`(\w+)` \((\d+) to (\d+), default (\d+)\)", row):
        bounds = arguments[argument]
        assert (bounds["minimum"], bounds["maximum"], bounds["default"]) == (int(least), int(most), int(default))


def test_the_amounts_are_those_of_the_code() -> None:
    assert f"at most {LONGEST_READ:,} characters" in PAGE
    assert f"at most {LONGEST_RESOURCE:,} at once" in PAGE


def test_the_python_runs(bundled_library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Against a process instead of a server that would have to listen on just this port."""
    (code,) = blocks("python")
    place = f"StdioServerParameters(command={str(SCRIPT)!r}, args=['--library', {str(bundled_library)!r}, 'mcp'])"
    code = code.replace('"http://127.0.0.1:7860/mcp"', place)
    exec(compile(code, "mcp.md", "exec"), {"StdioServerParameters": StdioServerParameters})  # noqa: S102
    assert "bypassing Russia" in capsys.readouterr().out
