"""The evaluations of one web server: one at a time, in a thread, each in a folder that is kept for some hours."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread
from typing import Final

from quoth.qa import Library

from .run import Run
from .status import ENDED, Phase

__all__ = ["Runs"]

_SHUTDOWN_SECONDS: Final = 5.0


class Runs:
    """The runs of one server. They are gone when it ends, or when nobody looked at them for `kept` seconds."""

    def __init__(self, library: Library, *, kept: float = 4 * 3600, most: int = 8) -> None:
        self._library, self._kept, self._most = library, kept, most
        self._folder = Path(tempfile.mkdtemp(prefix="quoth-runs-"))  # made readable by this user alone
        self._runs: dict[str, Run] = {}
        self._lock = Lock()
        self._active: Run | None = None
        self._thread: Thread | None = None

    def begin(self, name: str, put: Callable[[Path], object]) -> Run | None:
        """Evaluates the question file that `put` puts at a path; None when another run is under way."""
        run = Run(self._library, Path(tempfile.mkdtemp(dir=self._folder)), name)
        put(run.questions)
        if not self.start(run, "reading", run.evaluate):
            shutil.rmtree(run.folder)
            return None
        with self._lock:
            self._runs[run.token] = run
        self.sweep()
        return run

    def start(self, run: Run, phase: Phase, work: Callable[[], None]) -> bool:
        """Does `work` of `run` in the background; False when something else is done there."""
        with self._lock:
            if self.active is not None:
                return False
            run.prepare(phase)
            self._active, self._thread = run, Thread(target=work, name="quoth-run", daemon=True)
            self._thread.start()
        return True

    @property
    def active(self) -> Run | None:
        """The run that is under way."""
        return None if self._active is None or self._active.status.phase in ENDED else self._active

    def find(self, token: str) -> Run | None:
        """The run of this token, which is kept longer by being asked for; None when it is not kept any more."""
        run = self._runs.get(token)
        if run is not None:
            run.used = time.monotonic()
        return run

    def sweep(self) -> None:
        """Forgets runs that nobody looked at for long, and the oldest ones of many."""
        with self._lock:
            idle = sorted((run for run in self._runs.values() if run is not self.active), key=lambda run: run.used)
            old = [run for run in idle if time.monotonic() - run.used > self._kept]
            for run in [*old, *idle[len(old) : max(len(old), len(self._runs) - self._most)]]:
                del self._runs[run.token]
                shutil.rmtree(run.folder, ignore_errors=True)

    def close(self) -> None:
        """Stops what is under way and takes all folders away."""
        active, thread = self.active, self._thread
        if active is not None and thread is not None:
            active.stop()
            thread.join(_SHUTDOWN_SECONDS)
        self._runs.clear()
        shutil.rmtree(self._folder, ignore_errors=True)
