"""Serves a small library over MCP on standard input and output, as `quoth mcp` does: `python -I small_mcp.py DIR`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import anyio

sys.path.insert(0, str(Path(__file__).parent))  # isolated mode leaves it out

from quoth.ui.mcp_stdio import serve_stdio
from small_encoder import HashingEncoder
from small_library import SmallLibrary


def main(arguments: Sequence[str]) -> None:
    (place,) = arguments
    anyio.run(serve_stdio, lambda: SmallLibrary.open(Path(place), encoder=HashingEncoder()))


if __name__ == "__main__":
    main(sys.argv[1:])
