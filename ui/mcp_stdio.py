"""MCP over standard input and output, for an assistant that starts `quoth mcp` itself."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

import anyio
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage

from .mcp_lines import pass_on
from .mcp_server import create_server

if TYPE_CHECKING:  # loaded when a tool is first used
    from quoth.qa import Library

__all__ = ["Opening", "serve_stdio"]


class Opening:
    """Gives the library, opened when it is first asked for. A failure is not kept: the next call tries again."""

    def __init__(self, open_library: Callable[[], Library]) -> None:
        self._open = open_library
        self._lock = Lock()
        self._library: Library | None = None

    def __call__(self) -> Library:
        """The library; safe from many threads. Raises what opening it raises."""
        with self._lock:
            if self._library is None:
                self._library = self._open()
            return self._library

    def close(self) -> None:
        """Closes the library if it was opened."""
        with self._lock:
            if self._library is not None:
                self._library.close()


async def serve_stdio(open_library: Callable[[], Library]) -> None:
    """Serves until standard input ends. Whatever else is printed meanwhile goes to standard error."""
    library = Opening(open_library)
    server = create_server(library)
    try:
        async with stdio_server() as (reading, writing), anyio.create_task_group() as tasks:
            to_server, messages = anyio.create_memory_object_stream[SessionMessage | Exception](0)

            async def read() -> None:
                async with to_server:
                    await pass_on(reading, to_server, writing)

            tasks.start_soon(read)
            await server.run(messages, writing, server.create_initialization_options())
    finally:
        library.close()
