"""The table of doors names tests that there are, and is the one that the code makes."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from doors import DOORS, FEATURES, PAGE, page

TESTS = Path(__file__).parent
CELLS = [(door, feature, test) for door, cells in DOORS.items() for feature, test in cells.items()]


@cache
def names_in(file: str) -> frozenset[str]:
    tree = ast.parse((TESTS / f"{file}.py").read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds) and node.name.startswith("test_"))


@pytest.mark.parametrize(("door", "feature", "test"), CELLS)
def test_every_cell_is_a_test(door: str, feature: str, test: str) -> None:
    file, _, name = test.partition("::")
    assert name in names_in(file), f"{door}: {feature}"
    assert feature in FEATURES


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python tests/doors.py"
