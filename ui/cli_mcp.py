"""The command `quoth mcp`: the library as a tool of AI assistants, over standard input and output."""

from __future__ import annotations

import signal
import sys

import click

from .shell import Settings, common_options, note, passed_settings

__all__ = ["mcp"]


@click.command()
@common_options
@passed_settings
def mcp(settings: Settings) -> None:
    """Serve the library to an AI assistant, over the Model Context Protocol.

    The assistant starts this command and speaks to it over standard input and output. `quoth serve` does the same
    over HTTP, at /mcp.
    """
    if sys.stdin.isatty():
        note("This waits for an MCP client on standard input; a person may end it with Ctrl-C.")
    import anyio

    from .mcp_stdio import serve_stdio

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's way waits for the thread that reads standard input
    anyio.run(serve_stdio, settings.open_or_bundled)
