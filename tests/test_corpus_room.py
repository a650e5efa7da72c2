"""The room's front door: its names, what importing it costs, and what it keeps to itself."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import quoth.corpus as corpus

PARSERS = ("pypdfium2", "docx", "trafilatura", "lxml", "charset_normalizer")


def test_every_public_name_exists_and_is_listed_once() -> None:
    assert len(corpus.__all__) == len(set(corpus.__all__))
    assert all(hasattr(corpus, name) for name in corpus.__all__)


def test_importing_the_room_loads_no_parser() -> None:
    code = f"import sys, quoth.corpus; print([name for name in {PARSERS!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


def test_everything_public_is_documented() -> None:
    for name in corpus.__all__:
        value = getattr(corpus, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert (value.__doc__ or "").strip(), name


def test_no_broad_except_in_the_whole_room() -> None:
    folder = Path(str(corpus.__file__)).parent
    broad = [
        f"{path.name}:{node.lineno}"
        for path in sorted(folder.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception")
    ]
    assert broad == []
