"""Writes the list of all measures into docs/evaluation.md: `python benchmarks/list_measures.py`."""

from __future__ import annotations

import sys
from pathlib import Path

from quoth.qa import ALL_MEASURES

__all__ = ["PAGE", "main", "measures_table"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "evaluation.md"
_BEGIN, _END = "<!-- made by benchmarks/list_measures.py -->\n", "<!-- end -->"
_INTERVALS = {"rate": "Wilson", "exact rate": "Clopper-Pearson", "mean": "bootstrap", "bootstrap": "bootstrap"}


def measures_table() -> str:
    """Every measure of a report in its order, as Markdown."""
    lines = ["| name in `report.json` | what | better | interval |", "|---|---|---|---|"]
    group = ""
    for measure in ALL_MEASURES:
        if measure.group != group:
            group = measure.group
            lines.append(f"| | **{group}** | | |")
        better = measure.better or "neither"
        lines.append(f"| `{measure.name}` | {measure.label} | {better} | {_INTERVALS[measure.kind]} |")
    return "\n".join(lines) + "\n"


def main(page: Path = PAGE) -> None:
    """Put the table between its two marks."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    page.write_text(before + _BEGIN + "\n" + measures_table() + "\n" + _END + after, encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
