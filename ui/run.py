"""One evaluation of the web server: a question file, the folder of its results, and where it stands."""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Lock
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from quoth.corpus import QuothError
from quoth.qa import CalibrationReport, EvaluationReport, Library, Progress, compare_runs, evaluate

from .comparison_page import Compared, write_comparison
from .evaluation_page import write_report
from .record import answer_record
from .run_table import RunTable
from .saying import count
from .status import ENDED, Pace, Phase, Status

__all__ = ["Run", "Sentence"]

_FAILED: Final = "Something went wrong inside Quoth. What it was stands in the log of the server."
_UNCHANGED: Final = "Calibrating was stopped; the library is as it was."


@dataclass(frozen=True, slots=True)
class Sentence:
    """Why something that was asked for is not there: it was refused or failed (`bad`), or somebody stopped it."""

    text: str
    bad: bool = True


class _StopAsked(Exception):
    """Somebody pressed Stop; raised where the work tells its progress."""


class Run:
    """One question file and what became of it. `token` is known to nobody but the page that began it."""

    def __init__(self, library: Library, folder: Path, name: str) -> None:
        self.token = secrets.token_urlsafe(24)
        self.name = name
        self.status = Status("reading")  # replaced as a whole, so that any thread may read it
        self.report: EvaluationReport | None = None
        self.table: RunTable | None = None
        self.calibration: CalibrationReport | Sentence | None = None
        self.compared: tuple[str, Compared | Sentence] | None = None  # with the run of this token
        self.used = time.monotonic()
        self.folder = folder
        self.out = folder / "run"
        self.questions = folder / "questions" / name
        self.questions.parent.mkdir()
        self._library = library
        self._stop = Event()
        self._packing = Lock()
        self._pace = Pace()
        self._answered = 0, 0

    @property
    def stopping(self) -> bool:
        """Whether Stop was pressed."""
        return self._stop.is_set()

    @property
    def comparison(self) -> Path:
        """Where the comparison with the run before is drawn."""
        return self.folder / "comparison.html"

    def stop(self) -> None:
        """Ends the work at the next question; what was answered stays, and `evaluate` goes on from there."""
        self._stop.set()

    def prepare(self, phase: Phase) -> None:
        """Comes before `evaluate`, `calibrate` and `compare`, when it is certain that they will be called."""
        self._stop.clear()
        self._pace = Pace()
        self.status = Status(phase)

    def evaluate(self) -> None:
        """Asks everything that is not answered yet, then scores; how that ended stands in `status`."""
        try:
            self._evaluate()
        except _StopAsked:
            self.status = Status("stopped", *self._answered)
        except QuothError as error:
            self.status = Status("failed", sentence=self._without_folder(error))
        finally:  # what nobody foresaw goes to the log, and the page is told all the same
            if self.status.phase not in ENDED:
                self.status = Status("failed", sentence=_FAILED)

    def calibrate(self, rate: float) -> None:
        """Calibrates the library by the unanswerable questions of the file; `calibration` tells what that did."""
        done: CalibrationReport | Sentence = Sentence(_FAILED)
        try:
            done = self._library.calibrate(self.questions, rate, self._told)
        except _StopAsked:
            done = Sentence(_UNCHANGED, bad=False)
        except QuothError as error:
            done = Sentence(self._without_folder(error))
        finally:
            self.calibration = done
            self.status = Status("done")

    def compare(self, before: Run) -> None:
        """Compares this run with an earlier one of the same questions; `compared` tells what came out."""
        done: Compared | Sentence = Sentence(_FAILED)
        try:
            found = compare_runs(before.out, self.out)
            named = replace(found, before=before._described("the run before"), after=self._described("this run"))
            write_comparison(named, self.comparison)
            done = Compared.of(named)
        except QuothError as error:
            told = str(error).replace(str(before.out), "The run before").replace(str(self.out), "this run")
            done = Sentence(told)
        finally:
            self.compared = before.token, done
            self.status = Status("done")

    def packed(self) -> Path:
        """The run's folder, questions included, in one zip file; it is made when first asked for."""
        path = self.folder / "run.zip"
        with self._packing:
            if not path.exists():
                partial = path.with_suffix(".partial")
                with ZipFile(partial, "w", ZIP_DEFLATED) as archive:
                    for file in sorted(path for path in self.out.rglob("*") if path.is_file()):
                        archive.write(file, file.relative_to(self.out))
                partial.replace(path)
        return path

    def _evaluate(self) -> None:
        report = evaluate(
            self._library, self.questions, self.out, answer_record, resume=True, progress=self._told, workers=_workers()
        )
        write_report(report, self.out)
        self.report, self.table = report, RunTable(self.out)
        self.status = Status("done", report.questions, report.questions)

    def _told(self, progress: Progress) -> None:
        """Notes the progress, and is the place where work is stopped."""
        self.status = self._pace.status(progress)
        if progress.stage == "answering":
            self._answered = progress.done, progress.total
        if self.stopping and self.status.stoppable:
            raise _StopAsked

    def _described(self, which: str) -> str:
        documents = 0 if self.report is None else self.report.library.documents
        return f"{self.name} ({which}, {count(documents, 'document')})"

    def _without_folder(self, error: QuothError) -> str:
        """The sentence without the path of a temporary folder, which tells nobody anything."""
        return str(error).replace(str(self.questions), self.name)


def _workers() -> int:
    """All cores but one: somebody may want to ask something meanwhile."""
    return max(1, (os.cpu_count() or 2) - 1)
