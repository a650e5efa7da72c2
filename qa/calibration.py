"""A calibration as it is kept with a library: one small file, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from quoth.corpus import LibraryDamaged, refuse_passing, sync, write_whole

from .answer import ErrorRate
from .judge import Judge

__all__ = ["Calibration", "put_aside", "store", "stored"]

_FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is stored with a library. `conditions` name the model, documents and settings that it holds for."""

    target: float
    threshold: float
    rate: ErrorRate
    conditions: str
    made: str

    def __post_init__(self) -> None:
        if not 0 < self.target < 1 or not 0 <= self.threshold <= 2:
            raise ValueError(f"no calibration: target {self.target}, threshold {self.threshold}")

    def applied(self, judge: Judge) -> Judge:
        """`judge` with this threshold and this error rate."""
        return replace(judge, threshold=self.threshold, false_answer_rate=self.rate)


def store(folder: Path, calibration: Calibration) -> None:
    """Write it whole or not at all, with its own hash. The caller holds the write lock."""
    facts = asdict(calibration)
    sealed = json.dumps({"calibration": facts, "sha256": _digest(facts)}, indent=1) + "\n"
    write_whole(folder / _FILE, sealed.encode())


def stored(folder: Path) -> tuple[Calibration, ...]:
    """The calibration of the library in `folder`: one, or none. Raises LibraryDamaged when it cannot be read."""
    try:
        content = (folder / _FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError):
            refuse_passing(folder / _FILE, error)
        raise _damaged(folder) from error
    try:
        parts = json.loads(content)
        facts = dict(parts["calibration"])
        if parts["sha256"] != _digest(facts):
            raise ValueError("another hash")
        return (Calibration(**{**facts, "rate": ErrorRate(**facts["rate"])}),)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _damaged(folder) from error


def put_aside(folder: Path) -> bool:
    """Rename a calibration that cannot be read to calibration.json.damaged; whether there was one. The caller holds the
    write lock.
    """
    try:
        stored(folder)
    except LibraryDamaged:
        (folder / _FILE).replace(folder / f"{_FILE}.damaged")
        sync(folder)
        return True
    return False


def _digest(facts: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _damaged(folder: Path) -> LibraryDamaged:
    remedy = "run `quoth doctor --repair` to put it aside, then `quoth calibrate` again"
    return LibraryDamaged(f"{folder / _FILE} is damaged; {remedy}.")
