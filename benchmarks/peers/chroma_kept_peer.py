"""Chroma as in chroma_peer.py, with its embedding function named as its page on those says, so that the model stays."""

from __future__ import annotations

from functools import partial

from benchmarks.peers.chroma_peer import ingest, open_store
from benchmarks.peers.command_line import main

if __name__ == "__main__":
    main(partial(ingest, kept=True), partial(open_store, kept=True))
