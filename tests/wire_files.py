"""The files of the folder in which command lines are thrown at Quoth: right ones, damaged ones, names that are none."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from api_clients import ANSWERED, REFUSED
from mutating import damaged_bytes
from quoth.qa import evaluate
from quoth.ui.record import answer_record
from small_library import TinyLibrary

__all__ = ["MADE", "PLACES", "files_of"]

MADE: Final = ("new", "data", "questions.evaluation", "before.replay", "after.replay")
PLACES: Final = (
    ".",
    "",
    "-",
    "docs",
    "before",
    "after",
    "library",
    "new",
    "new/deep",
    "nothing.txt",
    "/dev/null",
    "~",
    "..",
)
_ROWS: Final = "".join(json.dumps({"question": f"Why {at}?", "answerable": False}) + "\n" for at in range(25))


def files_of(folder: Path) -> Mapping[str, bytes]:
    """The files of the folder, by name. The runs are real ones."""
    rng = random.Random(1)
    (folder / "questions.jsonl").write_text(_ROWS, encoding="utf-8")
    with TinyLibrary.open(folder / "library") as library:
        records = [answer_record(library.ask(question)) for question in (ANSWERED, REFUSED)]
        answers = "".join(json.dumps(record) + "\n" for record in records).encode()
        for name in ("before", "after"):
            evaluate(library, folder / "questions.jsonl", folder / name, answer_record)
    paths = [path for name in ("before", "after") for path in sorted((folder / name).rglob("*")) if path.is_file()]
    return {
        **{str(path.relative_to(folder)): path.read_bytes() for path in paths},
        "questions.jsonl": _ROWS.encode(),
        "questions.csv": b"question,answer\nWhen did the harbour of Lund open?,1904\n",
        "damaged.jsonl": damaged_bytes(rng, _ROWS.encode()),
        "answers.jsonl": answers,
        "damaged answers.jsonl": damaged_bytes(rng, answers),
        "notes.txt": b"Bees are few. They sleep in winter.",
        "docs/oaks.md": b"# Oaks\n\nThey grow slowly.",
        "docs/\x1b[31mred\u202e.txt": b"Elms fell.",
        "empty.txt": b"",
        "broken.docx": b"PK\x03\x04nothing",
        "tokens.txt": b"full:a-token-of-more-than-twenty-characters\n",
    }
