"""Damaged lines to an MCP server in a process of its own; benchmarks/input_suite.py takes more of them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from api_clients import ANSWERED
from quoth.ui.mcp_lines import refusal
from wire_mcp import KNOWN, SEEDS, Spoken, is_message, spoken
from wire_targets import Thrown

Talking = tuple[Spoken, Thrown]


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talking]:
    """At its end the process has to stop in order, with no traceback on its standard error."""
    with spoken(tmp_path_factory.mktemp("mcp")) as found:
        yield found


def test_the_lines_that_damage_starts_from_are_taken(talking: Talking) -> None:
    conversation, _ = talking
    assert [conversation.take(line) for line in SEEDS if b'"id": 1' in line] == ["read"] * (len(SEEDS) - 2)


def test_whatever_comes_is_answered_with_messages_and_nothing_else(talking: Talking) -> None:
    conversation, target = talking
    assert {target.judge(target.case(number)) for number in range(400)} == {"read", "refused"}
    question = {"name": "ask", "arguments": {"question": ANSWERED}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": question}
    assert conversation.take(json.dumps(call).encode()) == "read", "it goes on as before"


@pytest.mark.parametrize(
    ("line", "id", "code"),
    [
        (rb'{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "ask\ud83d"}}', 7, -32700),
        (b'{"jsonrpc": "2.0", "id": "a", "method": "ping", "params": [1]}', "a", -32600),
        (rb'{"jsonrpc": "2.0", "id": "\ud83d", "method": "ping"}', None, -32700),
        (b'{"jsonrpc": "1.0", "id": 3, "method": "ping"}', 3, -32600),
        (b'{"jsonrpc": "2.0", "id": 3}', None, -32600),
        (b"{", None, -32700),
        (b"\xff\xfe", None, -32700),
        (b"[" * 5_000, None, -32700),
        (b"[]", None, -32600),
        (b"", None, -32700),
    ],
)
def test_a_line_that_is_no_message_is_answered(talking: Talking, line: bytes, id: object, code: int) -> None:
    """The SDK passes them over, and a client that sent half a character in a question waited for ever."""
    conversation, _ = talking
    conversation.send(line)
    message = conversation.heard()
    assert (message["id"], message["error"]["code"]) == (id, code)


def test_what_went_wrong_otherwise_is_told_as_no_message() -> None:
    said = refusal(RuntimeError("a secret"))
    assert (said.id, said.error.code, "secret" in said.error.message) == (None, -32600, False)


@pytest.mark.parametrize(
    "line",
    [
        b"Loading the model\n", b"[]\n", b'{"id": 1, "result": {}}\n', b'{"jsonrpc": "2.0", "result": {}}\n', b"",
        b'{"jsonrpc": "2.0", "id": 1, "result": {}, "error": {}}\n',
        b'{"jsonrpc": "2.0", "id": 1, "error": {"code": "x", "message": ""}}\n',
    ],
)  # fmt: skip
def test_what_is_no_message_is_seen(line: bytes) -> None:
    with pytest.raises(AssertionError):
        is_message(line)


def test_a_false_quote_is_seen(talking: Talking, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation, _ = talking
    monkeypatch.setattr(conversation, "_texts", {KNOWN: "x" * 99})
    with pytest.raises(AssertionError):
        conversation.take(SEEDS[3])
