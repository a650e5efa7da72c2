"""A `quoth serve` in a process of its own, as long as a test needs it. No fixtures: any test may import this."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def serving(
    library: Path, home: Path, program: Sequence[str | Path] = ("-Im", "quoth.ui.cli"), **settings: str
) -> Iterator[str]:
    """Runs `quoth serve` (or what Python is given in its place) and gives its address; at the end it is stopped, and
    has to stop in order. `settings` are environment variables.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, *map(str, program), "serve", "--library", str(library), "--port", str(port)]
    environment = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), **settings}
    with (home / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=home, env=environment, stdout=log, stderr=log)
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/healthz", process, home / "log")
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            code = process.wait(timeout=30)
    said = (home / "log").read_text()
    assert code == 0, said
    assert "Traceback" not in said


def wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Polls the health page; importing Gradio and loading a model take their time on a busy machine."""
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310  # our own address
                if json.load(response)["status"] == "ok":
                    return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"the server did not get ready:\n{log.read_text()}")
