"""The documents about a lake that some tests of the web app ask about, and what is kept of the answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from quoth.qa import QuestionRow, read_questions

HERON = """Birds of the lake 😀

The grey heron 👩‍👩‍👧 of Lake Skomvaer nests in the reeds 😀 of the northern shore. It lays three to five eggs in April.

Nobody has ever counted its feathers.
"""
ASKED = "Where does the grey heron of Lake Skomvaer nest?"
OWL = "# Owls\n\nThe barn owl of Lake Skomvaer nests in the old lighthouse, high above the water.\n"
OTHERS = {f"letters/letter-{number}.txt": f"Letter number {number} is about sheep and hay.\n" for number in range(8)}
FILES = {"birds/heron.txt": HERON, "birds/owls.md": OWL, **OTHERS}


@dataclass(frozen=True, slots=True)
class Lake:
    """The address of the server, and the folder of the library that it serves."""

    address: str
    folder: Path

    def judged(self) -> list[QuestionRow]:
        """Every judgement that is kept, none of them broken."""
        file = self.folder / "feedback.jsonl"
        if not file.exists() or not file.stat().st_size:
            return []
        found = read_questions(file)
        assert found.problems == ()
        return list(found.rows)
