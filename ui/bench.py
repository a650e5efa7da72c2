"""What happens when something on the Evaluate tab is used. A page may send anything; it gets JSON to draw."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, Final

from quoth.corpus import QuothError
from quoth.qa import Library

from .evaluating_views import run_view
from .further_views import CALIBRATION_RATE
from .listing import has_bundled
from .permission import need_full
from .plain import visible
from .row_views import row_view, rows_view
from .run import Run
from .runs import Runs
from .status import Phase
from .template import TEMPLATE_NAME, template

__all__ = ["SUFFIXES", "Bench"]

SUFFIXES: Final = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xlsx", ".xlsm")
_LARGEST_UNPACKED: Final = 256 * 1024**2
_LONGEST_NAME: Final = 120


class Bench:
    """The handlers of the tab, over one library and the runs of this server."""

    def __init__(self, library: Library, runs: Runs) -> None:
        self._library, self._runs = library, runs
        self._numbers = count(1)
        self._acts: Mapping[str, Callable[[Run, Mapping[str, Any]], dict[str, Any]]] = {
            "look": self._look,
            "stop": self._stop,
            "resume": self._resume,
            "calibrate": self._calibrate,
            "compare": self._compare,
            "rows": _rows,
            "row": self._row,
        }

    def welcome(self) -> dict[str, Any]:
        """What the tab shows at its beginning: whether the small example fits this library."""
        known = {record.id for record in self._library.documents()}
        return self._new({"phase": "welcome", "example": has_bundled(known)})

    def take(self, path: str | None) -> tuple[dict[str, Any], None]:
        """Evaluates the uploaded file; the upload box is emptied, so that there is one way to begin the next run."""
        if path is None:
            return self._new(_error("No file came.")), None
        file = Path(path)
        try:
            if objection := _objection(name := _tame(file.name), file):
                return self._new(_error(objection)), None
            return self._new(self._begin(name, lambda place: shutil.move(file, place))), None
        finally:
            file.unlink(missing_ok=True)

    def act(self, sent: object) -> dict[str, Any]:
        """Does what the page asks for: `{"do": ..., "run": token, ...}`; `before` is the token of its run before."""
        asked = sent if isinstance(sent, dict) else {}
        name, token = asked.get("do"), asked.get("run")
        if name == "example":
            return self._begin(f"{TEMPLATE_NAME}.csv", lambda place: place.write_bytes(template("csv").encode()))
        act = self._acts.get(name) if isinstance(name, str) else None
        run = self._runs.find(token) if isinstance(token, str) else None
        if act is None or run is None:
            return {"phase": "gone", "sentence": "This evaluation is not kept any more; run it again."}
        try:
            return act(run, asked)
        except QuothError as error:
            return _error(str(error))

    def _begin(self, name: str, put: Callable[[Path], object]) -> dict[str, Any]:
        run = self._runs.begin(name, put)
        return self._busy() if run is None else run_view(run)

    def _look(self, run: Run, asked: Mapping[str, Any]) -> dict[str, Any]:
        return run_view(run, self._before(run, asked))

    def _stop(self, run: Run, asked: Mapping[str, Any]) -> dict[str, Any]:
        run.stop()
        return self._look(run, asked)

    def _resume(self, run: Run, asked: Mapping[str, Any]) -> dict[str, Any]:
        begun = run.status.phase != "stopped" or self._runs.start(run, "reading", run.evaluate)
        return self._look(run, asked) if begun else self._busy()

    def _calibrate(self, run: Run, asked: Mapping[str, Any]) -> dict[str, Any]:
        need_full()
        return self._further(run, asked, "calibrating", lambda: run.calibrate(CALIBRATION_RATE))

    def _compare(self, run: Run, asked: Mapping[str, Any]) -> dict[str, Any]:
        before = self._before(run, asked)
        if before is None:
            return _error("The run before is not kept any more; evaluate its questions again.")
        return self._further(run, asked, "comparing", lambda: run.compare(before))

    def _further(self, run: Run, asked: Mapping[str, Any], phase: Phase, work: Callable[[], None]) -> dict[str, Any]:
        """Begins something with a run that is done."""
        begun = run.status.phase != "done" or self._runs.start(run, phase, work)
        return self._look(run, asked) if begun else self._busy()

    def _before(self, run: Run, asked: Mapping[str, Any]) -> Run | None:
        """The finished run that the page had before this one."""
        token = asked.get("before")
        before = self._runs.find(token) if isinstance(token, str) and token != run.token else None
        return None if before is None or before.report is None else before

    def _row(self, run: Run, asked: Mapping[str, Any]) -> dict[str, Any]:
        number = asked.get("number")
        if run.table is None or not isinstance(number, int) or not 0 <= number < len(run.table.numbers("")):
            return _error("There is no such question in this evaluation.")
        return row_view(*run.table.at(number), self._library.document)

    def _busy(self) -> dict[str, Any]:
        active = self._runs.active
        asked = ""
        if active is not None and (status := active.status).phase == "asking":
            asked = f" ({status.done:,} of {status.total:,} questions asked)"
        return _error(f"Another evaluation is running{asked}. Only one runs at a time; try again when it is done.")

    def _new(self, value: dict[str, Any]) -> dict[str, Any]:
        """With a number of its own: a value that equals the one before would not be drawn again."""
        return {**value, "n": next(self._numbers)}


def _rows(run: Run, asked: Mapping[str, Any]) -> dict[str, Any]:
    outcome, page = asked.get("outcome"), asked.get("page")
    if run.table is None:
        return _error("This evaluation is not done yet.")
    return rows_view(run.table, outcome if isinstance(outcome, str) else "", page if isinstance(page, int) else 0)


def _error(sentence: str) -> dict[str, Any]:
    return {"phase": "error", "sentence": sentence}


def _tame(name: str) -> str:
    """A file name that is harmless in a folder, in a page and in a zip file, with the ending it had."""
    plain = PurePosixPath(visible(name).replace("\\", "/").replace("\n", " ")).name.lstrip(".") or "questions"
    path = PurePosixPath(plain)
    return f"{path.stem[:_LONGEST_NAME]}{path.suffix[:10]}"


def _objection(name: str, file: Path) -> str:
    """Why the file cannot be a question file, as far as that is seen from outside; empty where it may be one."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES:
        return f"{name} is no question file that Quoth knows; save it as JSONL, CSV, XLSX or SQuAD 2 JSON."
    if suffix in (".xlsx", ".xlsm"):
        try:
            with zipfile.ZipFile(file) as archive:
                unpacked = sum(part.file_size for part in archive.infolist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            return f"{name} is not a whole Excel workbook; save it anew as .xlsx or .csv."
        if unpacked > _LARGEST_UNPACKED:
            return f"{name} would unpack to {unpacked // 1024**2:,} MB; save the questions as .csv."
    return ""
