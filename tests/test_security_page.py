"""SECURITY.md names for each threat the tests that hold it off; they exist, and each threat has one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[a-z0-9_]+\.py)::(test_[a-z0-9_]+)`")


def rows() -> list[list[str]]:
    """The rows of the table, below its head."""
    lines = [line for line in PAGE.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_every_threat_names_what_stops_it_and_a_test_that_exists(row: list[str]) -> None:
    threat, stopped_by, tests = row
    assert threat
    assert stopped_by
    named = NAMED.findall(tests)
    assert named
    assert NAMED.sub("", tests).replace(",", "").strip() == "", "something is written otherwise"
    for file, function in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert function in found, f"{file} has no {function}"


def test_the_page_says_what_it_has_to() -> None:
    for part in ("From whom", "Trust boundaries", "Not protected", "Reporting"):
        assert f"**{part}.**" in PAGE
    assert len(rows()) >= 15
    assert len({row[0] for row in rows()}) == len(rows())
