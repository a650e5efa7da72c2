"""One evaluation of the web server: a question file, the folder of its results, and where it stands."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import Final, Literal
from zipfile import ZIP_DEFLATED, ZipFile

from quoth.corpus import QuothError
from quoth.qa import CalibrationReport, EvaluationReport, Library, Progress, evaluate

from .evaluation_page import write_report
from .record import answer_record
from .run_table import RunTable

__all__ = ["ENDED", "Phase", "Run", "Status"]

Phase = Literal["reading", "asking", "scoring", "calibrating", "done", "stopped", "failed"]
ENDED: Final[frozenset[Phase]] = frozenset({"done", "stopped", "failed"})
"""Nothing is under way."""
_FAILED = "Something went wrong inside Quoth. What it was stands in the log of the server."


@dataclass(frozen=True, slots=True)
class Status:
    """What a run does now: `done` of `total` questions are asked, `left` is how many seconds the others should take."""

    phase: Phase
    done: int = 0
    total: int = 0
    left: float | None = None
    sentence: str = ""


class _StopAsked(Exception):
    """Somebody pressed Stop; raised where the evaluation tells its progress."""


class Run:
    """One question file and what became of it. `token` is known to nobody but the page that began it."""

    def __init__(self, library: Library, folder: Path, name: str) -> None:
        self.token = secrets.token_urlsafe(24)
        self.name = name
        self.status = Status("reading")  # replaced as a whole, so that any thread may read it
        self.report: EvaluationReport | None = None
        self.table: RunTable | None = None
        self.calibration: CalibrationReport | str | None = None  # a sentence where it was refused
        self.used = time.monotonic()
        self.folder = folder
        self.out = folder / "run"
        self.questions = folder / "questions" / name
        self.questions.parent.mkdir()
        self._library = library
        self._stop = Event()
        self._packing = Lock()
        self._began: tuple[float, int] | None = None

    @property
    def stopping(self) -> bool:
        """Whether Stop was pressed."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ends the run at the next question; what was answered stays, and `evaluate` goes on from there."""
        self._stop.set()

    def prepare(self, phase: Phase) -> None:
        """Comes before `evaluate` and `calibrate`, when it is certain that they will be called."""
        self._stop.clear()
        self._began = None
        self.status = Status(phase)

    def evaluate(self) -> None:
        """Asks everything that is not answered yet, then scores; how that ended stands in `status`."""
        self._ending_well(self._evaluate)

    def calibrate(self, rate: float) -> None:
        """Calibrates the library by the unanswerable questions of the file; `calibration` tells what that did."""
        self.calibration = None
        try:
            self.calibration = self._library.calibrate(self.questions, rate)
        except QuothError as error:
            self.calibration = self._without_folder(error)
        finally:
            self.calibration = self.calibration or _FAILED
            self.status = Status("done")

    def packed(self) -> Path:
        """Everything in one zip file, the questions included; it is made when first asked for."""
        path = self.folder / "run.zip"
        with self._packing:
            if not path.exists():
                partial = path.with_suffix(".partial")
                with ZipFile(partial, "w", ZIP_DEFLATED) as archive:
                    for file in sorted(self.out.iterdir()):
                        archive.write(file, file.name)
                    archive.write(self.questions, f"questions/{self.name}")
                partial.replace(path)
        return path

    def _evaluate(self) -> None:
        report = evaluate(
            self._library, self.questions, self.out, answer_record, resume=True, progress=self._told, workers=_workers()
        )
        write_report(report, self.out)
        self.report, self.table = report, RunTable(self.out)
        self.status = Status("done", report.questions, report.questions)

    def _ending_well(self, work: Callable[[], None]) -> None:
        """Whatever happens, the run ends in a state that the page can show; what nobody foresaw goes to the log."""
        try:
            work()
        except _StopAsked:
            self.status = Status("stopped", self.status.done, self.status.total)
        except QuothError as error:
            self.status = Status("failed", sentence=self._without_folder(error))
        finally:
            if self.status.phase not in ENDED:
                self.status = Status("failed", sentence=_FAILED)

    def _told(self, progress: Progress) -> None:
        """Notes the progress, and is the place where a run is stopped."""
        now = time.monotonic()
        since, before = self._began = self._began or (now, progress.done)
        asked = progress.done - before
        left = (now - since) / asked * (progress.total - progress.done) if asked else None
        phase: Phase = "asking" if progress.done < progress.total else "scoring"
        self.status = Status(phase, progress.done, progress.total, left)
        if self.stopping and phase == "asking":
            raise _StopAsked

    def _without_folder(self, error: QuothError) -> str:
        """The sentence without the path of a temporary folder, which tells nobody anything."""
        return str(error).replace(str(self.questions), self.name)


def _workers() -> int:
    """All cores but one: somebody may want to ask something meanwhile."""
    return max(1, (os.cpu_count() or 2) - 1)
