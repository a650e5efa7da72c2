"""Looking a library over and building its index anew, from the web app: what is done, and what came of it, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from threading import Event, Lock
from typing import Any, Final, Literal

from quoth.corpus import LibraryError, QuothError
from quoth.qa import Check, DoctorReport, DocumentRecord, Library, OnProgress, Progress

from .clerk import Clerk, Stopped
from .deliveries import FAILED
from .saying import count

__all__ = ["Care", "Maintenance", "care_view"]

_NAMED: Final = 3
_ANEW: Final = "Build the index anew"
_WORDS: Final = {
    "index": ("Index", "Documents, words and vectors agree.", f"{_ANEW}."),
    "vectors": ("Vectors", "", ""),
    "documents": (
        "Texts",
        "Every text is exactly what was read from its file.",
        f"{_ANEW}: damaged texts are read again from their files; one that has no file any more is taken out.",
    ),
    "originals": ("Originals", "", f"Add these files again, or go without them: {_ANEW[0].lower()}{_ANEW[1:]}."),
    "encoder": ("Model", "The embedding model is whole.", "Stop the server and run `quoth doctor --repair`."),
    "files": ("Files", "It is known which file gave which document.", f"{_ANEW}."),
    "repair": ("Repair", "", "Add again what could not be brought back."),
    "judge": ("Judge", "", ""),
    "calibration": ("Calibration", "", "Calibrate again on the Evaluate tab."),
    "size": ("Size", "", ""),
}
"""By the doctor's name for a check: ours, what it means that all is well, and what to do here where it is not."""


@dataclass(frozen=True, slots=True)
class Care:
    """What is being done (`checking`, `rebuilding`, or nothing) and the outcome of what was done last, at `when`."""

    phase: Literal["idle", "checking", "rebuilding"] = "idle"
    report: DoctorReport | None = None
    sentences: tuple[str, ...] = ()
    error: str = ""
    when: str = ""


class Maintenance:
    """One thing at a time, for all pages alike: they see the same library."""

    def __init__(self, library: Library, clerk: Clerk) -> None:
        self._library, self._clerk = library, clerk
        self._lock = Lock()
        self._halt = Event()
        self.care = Care()  # replaced as a whole, so that any thread may read it

    def check(self) -> None:
        """Begins to look at every stored part."""
        self._begin("checking", self._check)

    def rebuild(self) -> None:
        """Begins to make passages, words and vectors anew from the stored texts."""
        self._begin("rebuilding", self._rebuild)

    def halt(self) -> None:
        """Breaks off what is under way before it changes anything."""
        self._halt.set()

    def _begin(self, phase: Literal["checking", "rebuilding"], work: Callable[[OnProgress], Care]) -> None:
        with self._lock:
            if self.care.phase != "idle":
                return
            self._halt.clear()
            self.care = Care(phase)
        try:
            self._clerk.ask(phase, lambda tell: self._ending_well(work, tell))
        except Stopped:  # the server ends
            self.care = Care()

    def _ending_well(self, work: Callable[[OnProgress], Care], tell: OnProgress) -> None:
        ended = Care(error=FAILED)
        try:
            ended = work(tell)
        except Stopped:
            ended = Care(sentences=("Stopped; everything is as it was before.",))
        except QuothError as error:
            ended = Care(error=str(error))
        finally:
            self.care = ended

    def _check(self, _: OnProgress) -> Care:
        report = self._library.doctor()
        return Care(report=report, sentences=_verdict(report), when=_now())

    def _rebuild(self, tell: OnProgress) -> Care:
        before = self._records()
        report = self._library.doctor(repair=True, progress=self._heeding(tell))
        after = {record.id: record for record in self._library.documents()}
        passages = sum(record.passages for record in after.values())
        sentences = (
            f"The index was built anew: {count(passages, 'passage')} of {count(len(after), 'document')}.",
            *_named("Taken out, because the text was damaged and its file is gone", before, after),
            *_named("Read again from a changed file", after, before),
        )
        return Care(report=report, sentences=(*sentences, *_verdict(report)), when=_now())

    def _records(self) -> dict[Any, DocumentRecord]:
        """None where they cannot be read: the repair tells what was lost."""
        try:
            return {record.id: record for record in self._library.documents()}
        except LibraryError:
            return {}

    def _heeding(self, tell: OnProgress) -> OnProgress:
        def told(progress: Progress) -> None:
            tell(progress)
            if self._halt.is_set():
                raise Stopped

        return told


def care_view(care: Care) -> dict[str, Any]:
    """What the page shows of it."""
    checks = [] if care.report is None else [_check_view(check) for check in care.report.checks]
    return {
        "phase": care.phase,
        "checks": checks,
        "healthy": care.report is not None and care.report.healthy,
        "sentences": [*care.sentences],
        "error": care.error,
        "when": care.when,
    }


def _check_view(check: Check) -> dict[str, Any]:
    name, fine, remedy = _WORDS.get(check.name, (check.name.capitalize(), "", check.remedy))
    said = fine if check.ok and fine else f"{check.detail[:1].upper()}{check.detail[1:]}."
    return {
        "name": name,
        "ok": check.ok,
        "said": said,
        "detail": check.detail if said == fine else "",
        "remedy": "" if check.ok else remedy,
    }


def _verdict(report: DoctorReport) -> tuple[str, ...]:
    wrong = [check.name for check in report.checks if not check.ok]
    if wrong == ["repair"]:
        return ("The library is mended, but for what is lost.",)
    return ("Everything is in order.",) if not wrong else (f"{count(len(wrong), 'check')} found something wrong.",)


def _named(what: str, these: dict[Any, DocumentRecord], others: dict[Any, DocumentRecord]) -> tuple[str, ...]:
    titles = [f"“{record.title}”" for id, record in these.items() if id not in others]
    if not titles:
        return ()
    more = f" and {len(titles) - _NAMED:,} more" if len(titles) > _NAMED else ""
    return (f"{what}: {', '.join(titles[:_NAMED])}{more}.",)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
