"""A server of its own over a library with folders, for tests that look into the library's folder or change it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import SCRIPT, environment
from lake_steps import FILES, Lake
from running_server import serving


@pytest.fixture(scope="session")
def lake(bundled_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """The two articles, two documents about birds and eight letters, in folders."""
    home = tmp_path_factory.mktemp("lake")
    folder = shutil.copytree(bundled_library, home / "library")
    for name, text in FILES.items():
        (home / "shore" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "shore" / name).write_text(text, encoding="utf-8")
    command = [str(SCRIPT), "--library", str(folder), "add", str(home / "shore")]
    done = subprocess.run(command, cwd=home, env=environment(home), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    with serving(folder, home) as address:
        yield Lake(address, folder)
