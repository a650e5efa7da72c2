"""Lines that are no message of the protocol are answered too: the SDK passes them over, and who sent one would wait.

A client sends such a request in good faith where half a character stands in a question: JSON can write it, UTF-8 not.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable
from typing import Any, Final, Protocol

from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError
from pydantic import ValidationError

__all__ = ["pass_on", "refusal"]

_NO_JSON: Final = "This is no JSON in UTF-8."
_NO_MESSAGE: Final = "This is no message of JSON-RPC 2.0."


class _Sending(Protocol):
    async def send(self, item: Any, /) -> None:
        """Sends it."""


async def pass_on(heard: AsyncIterable[SessionMessage | Exception], to_server: _Sending, to_client: _Sending) -> None:
    """Gives messages to the server, and answers to what is none."""
    async for item in heard:
        if isinstance(item, Exception):
            await to_client.send(SessionMessage(refusal(item)))
        else:
            await to_server.send(item)


def refusal(error: Exception) -> JSONRPCError:
    """The answer to a line that this came of, by the id of its request if it can be made out."""
    faults = error.errors() if isinstance(error, ValidationError) else []
    is_json = all(fault["type"] != "json_invalid" for fault in faults)
    code, said = (INVALID_REQUEST, _NO_MESSAGE) if is_json else (PARSE_ERROR, _NO_JSON)
    ids = [id for fault in faults if (id := _id_of(fault["input"])) is not None]
    return JSONRPCError(jsonrpc="2.0", id=ids[0] if ids else None, error=ErrorData(code=code, message=said))


def _id_of(line: object) -> str | int | None:
    """What a request calls itself; a name that could not be sent back is none."""
    try:
        message = json.loads(line) if isinstance(line, str) else line
        id = message.get("id") if isinstance(message, dict) and "method" in message else None
        if isinstance(id, str):
            id.encode()
    except (ValueError, RecursionError):
        return None
    return id if isinstance(id, str | int) and not isinstance(id, bool) else None
