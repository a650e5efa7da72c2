"""The order of the files of tests, tried with files of a test's own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def begun(folder: Path, *options: str) -> list[str]:
    """The files in the order in which their first tests ran."""
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *options, str(folder)]
    path = {**os.environ, "PYTHONPATH": str(HERE)}
    said = subprocess.run(command, cwd=folder, env=path, capture_output=True, text=True).stdout
    names = re.findall(r"PASSED.*?(\w+)\.py::|(\w+)\.py::\w+ PASSED", said)
    return list(dict.fromkeys(one or other for one, other in names))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    counts = {"test_few": 2, "test_many": 9, "test_some": 5, "test_soak": 1}
    for name, count in counts.items():
        tests = "".join(f"def test_{at}(): pass\n" for at in range(count))
        (tmp_path / f"{name}.py").write_text(tests, encoding="utf-8")
    hooks = "from long_first import pytest_collection_modifyitems, pytest_configure\n"
    (tmp_path / "conftest.py").write_text(hooks, encoding="utf-8")
    return tmp_path


def test_the_long_file_is_begun_first_and_then_those_with_most_tests(folder: Path) -> None:
    assert begun(folder, "-n", "1", "--dist=loadfile") == ["test_soak", "test_many", "test_some", "test_few"]


def test_a_process_alone_keeps_the_usual_order(folder: Path) -> None:
    assert begun(folder) == ["test_few", "test_many", "test_soak", "test_some"]


def test_the_file_named_here_is_there() -> None:
    from long_first import LONG

    assert all((HERE / name).is_file() for name in LONG)
