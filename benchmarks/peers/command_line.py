"""The command line that every peer has, and the facts that it leaves for the suite.

    python -m benchmarks.peers.NAME ingest FOLDER_OF_TEXTS STORE MODEL_FOLDER
    python -m benchmarks.peers.NAME ask STORE MODEL_FOLDER QUESTIONS.jsonl OUT.jsonl

`ingest` makes STORE from the .txt files; its facts are the passages made. `ask` opens STORE and answers one question
after the other, each a row with `id` and `question`; OUT gets a row a question with `id`, `answered`, `texts` (what was
returned, best first) and `seconds`; its facts are the seconds until the first question could be asked. Facts are
printed as JSON and written beside STORE or OUT, with the ending `.facts.json`.

Run by Pythons that have neither Quoth nor what its benchmarks need: only the standard library is imported here.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Asker", "Returned", "facts_file", "main", "read_texts"]

# Nothing is to be looked up or told on the network: there may be none, and waiting for it would be timed.
_QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "true",
}


@dataclass(frozen=True, slots=True)
class Returned:
    """What one question got. `texts` of a refusal are what was shown with it."""

    texts: Sequence[str]
    answered: bool = True


Asker = Callable[[str], Returned]


def main(
    ingest: Callable[[Path, Path, Path], int],
    open_store: Callable[[Path, Path], Asker],
    arguments: Sequence[str] | None = None,
) -> None:
    """Be the command line of one peer. `ingest` takes the folder of texts, the store and the model and gives the number
    of passages; `open_store` takes the store and the model and gives what answers. Both import their library inside.
    """
    began = time.perf_counter()
    os.environ.update(_QUIET)
    options = _options(arguments)
    if options.command == "ingest":
        _leave({"passages": ingest(options.texts, options.store, options.model)}, options.store)
        return
    ask = open_store(options.store, options.model)
    ready = time.perf_counter() - began
    with options.out.open("w", encoding="utf-8") as lines:
        for line in options.questions.read_text(encoding="utf-8").splitlines():
            lines.write(_answer_row(json.loads(line), ask))
    _leave({"ready": ready}, options.out)


def read_texts(folder: Path) -> list[tuple[str, str]]:
    """The name and the text of every .txt file, in the order of their names."""
    return [(path.name, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.txt"))]


def facts_file(result: Path) -> Path:
    """Where the facts about a store or an output are."""
    return result.with_name(f"{result.name}.facts.json")


def _answer_row(row: Mapping[str, Any], ask: Asker) -> str:
    began = time.perf_counter()
    returned = ask(row["question"])
    seconds = time.perf_counter() - began
    told = {"id": row["id"], "answered": returned.answered, "texts": list(returned.texts), "seconds": seconds}
    return json.dumps(told, ensure_ascii=False) + "\n"


def _leave(facts: Mapping[str, float], result: Path) -> None:
    text = json.dumps(facts)
    facts_file(result).write_text(text + "\n", encoding="utf-8")
    print(text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    places = {"ingest": ("texts", "store", "model"), "ask": ("store", "model", "questions", "out")}
    for name, given in places.items():
        command = commands.add_parser(name)
        for place in given:
            command.add_argument(place, type=Path)
    return parser.parse_args(arguments)
