"""docs/limits.md says what the source says: every number against its constant, every message against the source."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
ONES = ("", "characters", "seconds", "pixels", "elements", "files", "children", "bytes")
UNITS = {**dict.fromkeys(ONES, 1), "MB": 1024**2, "GB": 1024**3}
NUMBER = r"(\d[\d,]*) ?([a-zA-Z]*)"
PLACE = r"`(\w+)/(\w+)\.py` `([\w.]+)`"
ROWS = re.findall(rf"^\| [^|]+ \| {NUMBER} \| {PLACE} \| ?([^|]*?) ?\|$", PAGE, re.MULTILINE)
PROSE = re.findall(rf"{NUMBER}[^`().;]*\({PLACE}\)", PAGE)
PLACES = re.findall(PLACE, PAGE)
FILES = [path for room in ("corpus", "qa", "ui") for path in (ROOT / room).glob("*.py")]
SOURCES = "".join(path.read_text(encoding="utf-8") for path in FILES)


def value(room: str, file: str, name: str) -> float:
    found: object = importlib.import_module(f"quoth.{room}.{file}")
    for step in name.split("."):
        found = getattr(found, step)() if step[0].isupper() and "." in name else getattr(found, step)
    assert isinstance(found, int | float)
    return found


def test_every_bound_of_the_page_is_looked_at() -> None:
    assert len(ROWS) + len(PROSE) == len(PLACES) >= 30
    lines, tables = PAGE.count("\n| "), PAGE.count("\n|---")
    assert lines == len(ROWS) + tables


@pytest.mark.parametrize(("number", "unit", "room", "file", "name"), [*(row[:5] for row in ROWS), *PROSE])
def test_a_number_of_the_page_is_that_of_the_source(number: str, unit: str, room: str, file: str, name: str) -> None:
    assert int(number.replace(",", "")) * UNITS[unit] == value(room, file, name), name


@pytest.mark.parametrize("said", sorted({row[5].strip("“”") for row in ROWS if row[5]}))
def test_what_the_page_says_is_said_is_said(said: str) -> None:
    assert said in SOURCES


def test_each_limit_of_uploads_and_pace_stands_in_the_page() -> None:
    kinds = (("ui", "limits", "UploadLimits"), ("ui", "pacing", "Pace"), ("corpus", "framing", "Bounds"))
    for room, file, kind in kinds:
        for field in getattr(importlib.import_module(f"quoth.{room}.{file}"), kind).__dataclass_fields__:
            assert (room, file, f"{kind}.{field}") in PLACES
