"""ONNX Runtime tells its makers of what it runs unless it is told not to; Quoth tells it, before anything is run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ASK = """
import sys
from quoth.qa import Library
with Library.open(sys.argv[1]) as library:
    library.ask("When is the summit?")
import os
print(os.environ["ORT_DISABLE_TELEMETRY"])
"""
FIRST = "import onnxruntime\n"


def files_after(code: str, library: Path, home: Path) -> tuple[str, list[str]]:
    """What a process says that has this empty home, and the files it left there."""
    home.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    told = {**kept, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(library)], env=told, capture_output=True, text=True, check=True
    )
    return done.stdout.strip(), [str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()]


def test_a_question_leaves_nothing_to_be_sent(bundled_library: Path, tmp_path: Path) -> None:
    """The device id, and the events that wait to be sent, would lie below the user's cache."""
    assert files_after(ASK, bundled_library, tmp_path / "home") == ("1", [])


def test_importing_quoth_sets_nothing(tmp_path: Path) -> None:
    code = "import os; before = dict(os.environ); import quoth.qa, quoth.index; print(before == dict(os.environ))"
    assert files_after(code, tmp_path, tmp_path / "home") == ("True", [])


@pytest.mark.parametrize("first", [FIRST, ""])
def test_it_is_quiet_too_where_somebody_else_loaded_it(first: str, bundled_library: Path, tmp_path: Path) -> None:
    """Its makers say that a first event may have been noted by then; what we run adds none to it."""
    said, left = files_after(first + ASK, bundled_library, tmp_path / "home")
    alone = files_after(FIRST, bundled_library, tmp_path / "alone")[1]
    assert said == "1"
    assert {Path(name).name for name in left} <= {Path(name).name for name in alone}
