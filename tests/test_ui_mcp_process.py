"""`quoth mcp` as a process, and its server while something takes long, fails or is called off."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent

from conftest import environment
from quoth.corpus import LibraryMissing
from quoth.qa import Library
from quoth.ui.mcp_schemas import tools
from quoth.ui.mcp_server import create_server
from quoth.ui.mcp_stdio import Opening
from small_library import small_library

Quoth = Callable[..., "subprocess.CompletedProcess[str]"]

SCRIPT = Path(sysconfig.get_path("scripts")) / "quoth"
HEAVY = ("numpy", "faiss", "torch", "gradio", "onnxruntime", "transformers", "sentence_transformers", "fastapi", "rich")
HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "a test", "version": "1"},
}
MODES = pytest.mark.parametrize("mode", ["legacy", "auto"])


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("small") / "library", {"a.txt": "The door is red.", "b.txt": "Bees."})


def text_of(result: CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


# --- the process


def conversation(home: Path, *arguments: str | Path, requests: list[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    """What `quoth mcp` writes to a client that greets it, sends `requests` one by one and hangs up; it has to end."""
    lines: list[dict[str, Any]] = [
        {"id": 0, "method": "initialize", "params": HELLO},
        {"method": "notifications/initialized"},
        *({"id": number, "method": method, "params": params} for number, (method, params) in enumerate(requests, 1)),
    ]
    command = [str(SCRIPT), *map(str, arguments), "mcp"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(home),
        encoding="utf-8", cwd=home,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for line in lines:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **line}) + "\n")
            process.stdin.flush()
            if "id" in line:
                yield process.stdout.readline()
        process.stdin.close()
        yield process.stdout.read()
        yield process.stderr.read()
        assert process.wait() == 0


def test_only_the_protocol_is_written_to_standard_output(tmp_path: Path) -> None:
    """Even while the default library is made, when four libraries stir that like to talk."""
    call = {"name": "ask", "arguments": {"question": "Which route bypasses Russia?"}}
    *replies, rest, said = conversation(tmp_path, requests=[("tools/list", {}), ("tools/call", call), ("ping", {})])
    assert rest == ""
    assert said.startswith("There is no library yet: making one of the two bundled articles in ")
    assert said.count("\n") == 1
    messages = [json.loads(reply) for reply in replies]
    assert [message["id"] for message in messages] == [0, 1, 2, 3]
    assert messages[2]["result"]["structuredContent"]["answered"] is True
    assert (tmp_path / "data" / "quoth" / "library").is_dir()


def test_a_missing_library_is_told_and_found_as_soon_as_it_is_there(tmp_path: Path, bundled_library: Path) -> None:
    """A named library is not made, as `quoth ask` does not make it either."""
    call = ("tools/call", {"name": "list_documents", "arguments": {}})
    talk = conversation(tmp_path, "--library", tmp_path / "mine", requests=[call, call])
    next(talk)
    refused = json.loads(next(talk))["result"]
    assert refused["isError"] is True
    assert refused["content"][0]["text"].startswith(f"There is no library at {tmp_path / 'mine'}; make one with")
    (tmp_path / "mine").symlink_to(bundled_library)
    assert json.loads(next(talk))["result"]["structuredContent"]["total"] == 2
    assert list(talk) == ["", ""]


def test_what_is_no_message_does_not_end_it(tmp_path: Path) -> None:
    """Each line is answered while the client still listens: whoever hangs up is not waited for."""
    lines = ["no json", '{"jsonrpc": "2.0"}', '{"jsonrpc": "2.0", "id": 1, "method": "nothing/there"}', "[]"]
    with subprocess.Popen(
        [str(SCRIPT), "mcp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=environment(tmp_path),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write("\n".join([*lines, ""]))
        process.stdin.flush()
        replies = [json.loads(process.stdout.readline()) for _ in lines]
        process.stdin.close()
        assert (process.stdout.read(), process.wait()) == ("", 0)
        assert "Traceback" not in process.stderr.read()
    assert all(reply["jsonrpc"] == "2.0" and "error" in reply for reply in replies)
    assert sorted(str(reply["id"]) for reply in replies) == ["1", "None", "None", "None"]


def test_it_starts_without_loading_the_library() -> None:
    code = f"import sys, quoth.ui.cli, quoth.ui.mcp_stdio; print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    done = subprocess.run([sys.executable, "-Ic", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")


def test_ctrl_c_ends_it_at_once_and_a_person_is_told_what_it_waits_for(tmp_path: Path) -> None:
    terminal, stdin = pty.openpty()
    try:
        with subprocess.Popen(
            [str(SCRIPT), "mcp"], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment(tmp_path), text=True,
        ) as process:  # fmt: skip
            assert process.stderr is not None
            assert process.stdout is not None
            assert process.stderr.readline().startswith("This waits for an MCP client on standard input")
            os.write(terminal, b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
            assert json.loads(process.stdout.readline())["id"] == 1, "it serves by now"
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == -signal.SIGINT
    finally:
        os.close(terminal)
        os.close(stdin)


def test_it_takes_no_arguments_but_the_common_ones(quoth: Quoth) -> None:
    done = quoth("mcp", "notes")
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")


# --- the server


def test_a_client_is_greeted_without_the_library() -> None:
    def nobody() -> Library:
        raise AssertionError("the library was opened")

    async def greet() -> list[str]:
        async with Client(create_server(nobody)) as client:
            await client.list_resource_templates()
            return [tool.name for tool in (await client.list_tools()).tools]

    assert anyio.run(greet) == list(tools())


@MODES
def test_whoever_asked_hears_that_something_takes_long(small: Library, mode: str) -> None:
    heard = threading.Event()

    def slow() -> Library:
        assert heard.wait(60)
        return small

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        assert (total, message) == (None, "Still working.")
        if progress > 1:
            heard.set()

    async def ask() -> CallToolResult:
        async with Client(create_server(slow, beat=0.01), mode=mode) as client:
            return await client.call_tool("list_documents", {}, progress_callback=listen)

    assert anyio.run(ask).structured_content["total"] == 2


@MODES
def test_a_call_is_called_off_and_the_next_one_answered(small: Library, mode: str) -> None:
    begun, released = threading.Event(), threading.Event()

    def stuck_once() -> Library:
        if not begun.is_set():
            begun.set()
            assert released.wait(60)
        return small

    async def call_off() -> CallToolResult:
        async with Client(create_server(stuck_once), mode=mode) as client:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(client.call_tool, "ask", {"question": "Is the door red?"})
                await anyio.to_thread.run_sync(begun.wait)
                tasks.cancel_scope.cancel()
            answer = await client.call_tool("ask", {"question": "Which colour is the door?"})
            released.set()
            return answer

    assert anyio.run(call_off).is_error is False


@MODES
def test_what_nobody_foresaw_does_not_end_the_server(small: Library, mode: str) -> None:
    broken = [True]

    def breaks_once() -> Library:
        if broken.pop() if broken else False:
            raise ZeroDivisionError
        return small

    async def twice() -> CallToolResult:
        async with Client(create_server(breaks_once), mode=mode) as client:
            with pytest.raises(MCPError):
                await client.call_tool("list_documents", {})
            return await client.call_tool("list_documents", {})

    assert anyio.run(twice).structured_content["total"] == 2


def test_many_questions_at_once_get_each_its_own_answer(small: Library) -> None:
    asked = [f"Is the door red, question {number}?" for number in range(30)]
    given: dict[str, str] = {}

    async def ask(client: Client, question: str) -> None:
        given[question] = (await client.call_tool("ask", {"question": question})).structured_content["question"]

    async def all_at_once() -> None:
        async with Client(create_server(lambda: small)) as client, anyio.create_task_group() as tasks:
            for question in asked:
                tasks.start_soon(ask, client, question)

    anyio.run(all_at_once)
    assert given == {question: question for question in asked}


def test_resources_come_page_by_page(tmp_path: Path) -> None:
    many = small_library(tmp_path / "library", {f"{number}.txt": f"Text number {number}." for number in range(101)})

    async def pages() -> list[int]:
        async with Client(create_server(lambda: many)) as client:
            first = await client.list_resources()
            second = await client.list_resources(cursor=first.next_cursor)
            assert second.next_cursor is None
            assert len({one.uri for one in (*first.resources, *second.resources)}) == 101
            return [len(first.resources), len(second.resources)]

    assert anyio.run(pages) == [100, 1]


def test_the_library_is_opened_once_and_a_failure_is_not_kept(small: Library) -> None:
    tries = []

    def open_library() -> Library:
        tries.append(1)
        if len(tries) == 1:
            raise LibraryMissing("There is none.")
        return small

    opening = Opening(open_library)
    with pytest.raises(LibraryMissing):
        opening()
    assert opening() is opening() is small
    assert len(tries) == 2
    opening.close()
    Opening(open_library).close()
    assert len(tries) == 2, "closing opens nothing"


def test_a_real_client_of_the_process_hears_the_sentence_of_an_error(tmp_path: Path) -> None:
    place = StdioServerParameters(
        command=str(SCRIPT), args=["--library", str(tmp_path / "none"), "mcp"], env=environment(tmp_path)
    )

    async def ask() -> tuple[str, str]:
        async with Client(place) as client:
            told = text_of(await client.call_tool("ask", {"question": "Who?"}))
            with pytest.raises(MCPError) as caught:
                await client.list_resources()
            return told, caught.value.message

    told, raised = anyio.run(ask)
    assert told == raised
    assert told.startswith("There is no library at ")
