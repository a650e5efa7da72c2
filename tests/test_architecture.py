"""The drawn lines of DESIGN.md, checked on the source itself: who may import whom, and what importing may cost."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("corpus", "index", "qa", "ui")
HEAVY = ("torch", "transformers", "sentence_transformers", "faiss", "gradio", "sklearn", "onnxruntime", "onnx")
LONGEST_FILE = 200
LONGEST_FUNCTION = 60

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources(*rooms: str) -> list[Path]:
    return [path for room in rooms or ROOMS for path in sorted((ROOT / room).glob("*.py"))]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(level, module) of every import statement, wherever it stands: level 0 is absolute."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level == 0 and module == "quoth":
                yield from ((0, f"quoth.{alias.name}") for alias in node.names)
            else:
                yield node.level, module


def body_lines(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None and len(function.body) > 1 else function.body
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1


def test_there_is_something_to_check() -> None:
    assert all(sources(room) for room in ROOMS)


@pytest.mark.parametrize("path", sources(), ids=names(sources()))
def test_imports_go_leftwards_only(path: Path) -> None:
    room = path.parent.name
    allowed = ROOMS[: ROOMS.index(room)]
    for level, module in imported(path):
        if level:
            assert level == 1, f"{path.name} reaches out of its room with a relative import of {module!r}"
        elif module.split(".")[0] == "quoth":
            assert module.count(".") == 1, f"{path.name} imports {module}, past the front door of a room"
            assert module.split(".")[1] in allowed, f"{room}/{path.name} imports {module}, which stands to its right"
        else:
            assert module.split(".")[0] not in ROOMS, f"{path.name} imports the folder {module}, a second copy"


@pytest.mark.parametrize("path", sources(), ids=names(sources()))
def test_files_and_functions_are_short(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= LONGEST_FILE
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert body_lines(node) <= LONGEST_FUNCTION, f"{path.name}: {node.name}"


@pytest.mark.parametrize("path", sources(), ids=names(sources()))
def test_value_types_are_frozen_and_slotted(path: Path) -> None:
    """Only a room's own collecting basket, named with an underscore, may change."""
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.ClassDef):
            continue
        for decorator in node.decorator_list:
            text = ast.unparse(decorator)
            if re.match(r"(dataclasses\.)?dataclass\b", text):
                assert "slots=True" in text, f"{path.name}: {node.name}"
                assert "frozen=True" in text or node.name.startswith("_"), f"{path.name}: {node.name}"


def test_only_one_file_knows_faiss() -> None:
    users = [path for path in sources() if any(module.split(".")[0] == "faiss" for _, module in imported(path))]
    assert names(users) == ["index/faiss_indexes.py"]


def test_only_the_ui_imports_what_shows_things() -> None:
    shown = {"click", "rich", "gradio", "fastapi", "uvicorn", "starlette"}
    users = [path for path in sources("corpus", "index", "qa") for _, m in imported(path) if m.split(".")[0] in shown]
    assert names(users) == []


def test_only_the_ui_prints() -> None:
    calls = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources("corpus", "index", "qa")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "sys.stdout.write", "sys.stderr.write")
    ]
    assert calls == []


def test_at_most_two_broad_excepts() -> None:
    broad = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and broad_except(node)
    ]
    assert len(broad) <= 2, broad


def broad_except(handler: ast.ExceptHandler) -> bool:
    """Catches everything and keeps it; one that cleans up and raises it again hides nothing."""
    if isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None:
        return False
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or ast.unparse(kind) in ("Exception", "BaseException") for kind in caught)


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_are_flat(room: str) -> None:
    nested = [path for path in (ROOT / room).rglob("*.py") if path.parent != ROOT / room]
    assert names(nested) == []
    assert (ROOT / room / "py.typed").is_file()


@pytest.mark.parametrize("path", sources(), ids=names(sources()))
def test_public_names_are_listed_and_documented(path: Path) -> None:
    if path.name == "__init__.py":
        return
    module = tree(path)
    assert ast.get_docstring(module), f"{path.name} does not say what it is for"
    listed = [ast.literal_eval(node.value) for node in module.body if isinstance(node, ast.Assign) and is_all(node)]
    assert len(listed) == 1, f"{path.name} needs one __all__"
    assert listed[0] == sorted(listed[0], key=sort_key), f"{path.name}: __all__ is out of order"


def is_all(node: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)


def sort_key(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, each by the alphabet: the order ruff keeps."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


PROBE = """
import logging, os, sys, threading, warnings
import numpy  # it sets a warning filter of its own
before = set(os.environ.items()), logging.root.level, list(logging.root.handlers), list(warnings.filters)
import {module}
after = set(os.environ.items()), logging.root.level, list(logging.root.handlers), list(warnings.filters)
assert before == after, "importing {module} changes the process"
assert threading.active_count() == 1, "importing {module} starts threads"
print(*sorted({{name.split(".")[0] for name in sys.modules}} & set({heavy!r})))
"""


@pytest.mark.parametrize("room", ROOMS)
def test_importing_a_room_costs_nothing_and_does_nothing(room: str, tmp_path: Path) -> None:
    """No heavy library, no folder, no log handler, no thread, no environment variable, no warning filter."""
    code = PROBE.format(module=f"quoth.{room}", heavy=HEAVY)
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "XDG_DATA_HOME": str(tmp_path / "data")}
    done = subprocess.run([sys.executable, "-Ic", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == []
    assert list(tmp_path.iterdir()) == []
