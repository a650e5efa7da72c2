"""Serves a small library of tests, as `quoth serve` does: `python -I small_server.py serve --library DIR --port N`.

Words are embedded by hashing and read by comparing, so a thousand documents take seconds. While there is a file `hold`
beside the library, no text (of a question neither) with the words in it that stand in that file, or with "holdup" when
it is empty, is embedded: so a test can look at what is half done.
"""

from __future__ import annotations

import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # isolated mode leaves it out

from quoth.index import Vectors
from quoth.qa import adding
from quoth.qa.locking import writing
from quoth.ui.pacing import Pace
from quoth.ui.server import serve
from quoth.ui.serving import Serving
from quoth.ui.tokens import Tokens
from small_encoder import HashingEncoder
from small_library import SmallLibrary

SLOW = "holdup"


class HeldEncoder(HashingEncoder):
    """`HashingEncoder` that waits where it is told to."""

    def __init__(self, hold: Path) -> None:
        super().__init__()
        self._hold = hold

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        while (words := self._held()) and any(words in text for text in texts):
            time.sleep(0.01)
        return super().encode_passages(texts)

    def _held(self) -> str:
        """What no text may have in it now; nothing when all may pass."""
        try:
            return self._hold.read_text(encoding="utf-8") or SLOW
        except FileNotFoundError:
            return ""


def main(arguments: Sequence[str]) -> None:
    parser = ArgumentParser()
    parser.add_argument("command", choices=["serve"])
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args(arguments)
    adding.__dict__["writing"] = partial(writing, patience=0.2)  # a person has more
    with SmallLibrary.open(given.library, encoder=HeldEncoder(given.library.parent / "hold")) as library:
        form = os.environ.get("QUOTH_LOG_FORMAT", "text")
        origins = tuple(os.environ.get("QUOTH_EMBED_ORIGINS", "").split())
        rate = int(os.environ.get("SMALL_RATE", "1200"))  # requests a minute; 0 for no limit
        pace = Pace(requests_per_minute=rate, page_requests_per_minute=rate and Pace().page_requests_per_minute)
        given_at_start = Serving(tokens=Tokens.given(None), pace=pace, embed_origins=origins, log_format=form)
        serve(library, port=given.port, serving=given_at_start)


if __name__ == "__main__":
    main(sys.argv[1:])
