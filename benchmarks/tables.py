"""What a benchmark leaves behind: tables of estimates, as JSON for keeping and as Markdown for reading."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from .metrics import Estimate

__all__ = ["Cell", "Plot", "Row", "Section", "Series", "Table", "Unit", "load", "markdown", "save"]

Cell = Estimate | float | str
Unit = Literal["%", "", "s", "ms", "MB", "x", "/s"]
_DIGITS: Mapping[str, int] = {"%": 1, "": 3, "s": 2, "ms": 1, "MB": 0, "x": 2, "/s": 1}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: shares with unit "%" are kept as 0 to 1 and shown times 100."""

    label: str
    unit: Unit
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` are the headings over the cells; `notes` stand below."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a plot: its points from left to right."""

    label: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of some figures; `across` and `up` say what the axes count and in which unit."""

    name: str
    title: str
    across: str
    up: str
    series: tuple[Series, ...]
    log_across: bool = False
    log_up: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """All that one benchmark found. `about` are paragraphs above the tables, `made` when, where and by what."""

    name: str
    title: str
    about: tuple[str, ...]
    tables: tuple[Table, ...]
    made: Mapping[str, Any]
    plots: tuple[Plot, ...] = ()


def save(section: Section, folder: Path) -> Path:
    """Write the raw figures as NAME.json."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{section.name}.json"
    path.write_text(json.dumps(_plain(asdict(section)), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def load(path: Path) -> Section:
    """Read back what `save` wrote."""
    facts = json.loads(path.read_text(encoding="utf-8"))
    tables = tuple(_table(table) for table in facts["tables"])
    plots = tuple(_drawn(plot) for plot in facts.get("plots", ()))
    return Section(facts["name"], facts["title"], tuple(facts["about"]), tables, facts["made"], plots)


def _drawn(facts: Mapping[str, Any]) -> Plot:
    series = tuple(Series(one["label"], tuple((x, y) for x, y in one["points"])) for one in facts["series"])
    return Plot(**{**facts, "series": series})


def markdown(table: Table) -> str:
    """The table as GitHub Markdown, with its title and notes."""
    counted = any(_sample(row) for row in table.rows)
    head = ("", *(["n"] if counted else []), *table.columns)
    worded = all(isinstance(cell, str) for row in table.rows for cell in row.cells) and not counted
    lines = [_line(head), _line(["---"] + ["---" if worded else "---:"] * (len(head) - 1))]
    for row in table.rows:
        cells = [_shown(cell, row.unit) for cell in row.cells]
        lines.append(_line([row.label, *([_sample(row)] if counted else []), *cells]))
    notes = [f"\n{note}" for note in table.notes]
    return "\n".join([f"**{table.title}**\n", *lines, *notes])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _sample(row: Row) -> str:
    """How many questions the row's first estimate is from."""
    return next((f"{cell.n:,}" for cell in row.cells if isinstance(cell, Estimate)), "")


def _shown(cell: Cell, unit: Unit) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float | int):
        return "" if math.isnan(cell) else _number(cell, unit) + _suffix(unit)
    if math.isnan(cell.value):
        return ""
    return f"{_number(cell.value, unit)}{_suffix(unit)} ({_number(cell.low, unit)} to {_number(cell.high, unit)})"


def _number(value: float, unit: Unit) -> str:
    return f"{100 * value if unit == '%' else value:.{_DIGITS[unit]}f}"


def _suffix(unit: Unit) -> str:
    return f" {unit}" if unit else ""


def _table(facts: Mapping[str, Any]) -> Table:
    rows = tuple(Row(row["label"], row["unit"], tuple(map(_cell, row["cells"]))) for row in facts["rows"])
    return Table(facts["title"], tuple(facts["columns"]), rows, tuple(facts["notes"]))


def _cell(value: Any) -> Cell:
    if isinstance(value, dict):
        number, low, high = (math.nan if value[name] is None else value[name] for name in ("value", "low", "high"))
        return Estimate(number, low, high, value["n"])
    return math.nan if value is None else value


def _plain(value: Any) -> Any:
    """JSON has no NaN: null stands for it."""
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and math.isnan(value) else value
