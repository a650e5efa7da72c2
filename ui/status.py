"""Where a run of the web server stands, made of what the work tells of its progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from quoth.qa import Progress

__all__ = ["ENDED", "Pace", "Phase", "Status"]

Phase = Literal[
    "reading", "timing", "asking", "scoring", "calibrating", "comparing", "done", "stopped", "failed"
]  # fmt: skip
ENDED: Final[frozenset[Phase]] = frozenset({"done", "stopped", "failed"})
"""Nothing is under way."""
_PHASES: Final[Mapping[str, Phase]] = {
    "timing": "timing", "answering": "asking", "scoring": "scoring", "calibrating": "calibrating",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Status:
    """What a run does now: `done` of `total` questions went through this phase, `rate` of them a second, and `left` is
    how many seconds the others should take; both are None as long as nobody can say.
    """

    phase: Phase
    done: int = 0
    total: int = 0
    rate: float | None = None
    left: float | None = None
    sentence: str = ""

    @property
    def stoppable(self) -> bool:
        """Whether somebody may stop it: not once all are scored, when there is nothing left to stop between."""
        return self.phase in ("reading", "timing", "asking", "calibrating") or (
            self.phase == "scoring" and self.done < self.total
        )


class Pace:
    """Keeps the time of one stage after the other."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stage, self._began, self._before = "", 0.0, 0

    def status(self, progress: Progress) -> Status:
        """The status that this progress means; what was done before its stage began counts for no rate."""
        now = self._clock()
        if progress.stage != self._stage:
            self._stage, self._began, self._before = progress.stage, now, progress.done
        passed, seconds = progress.done - self._before, now - self._began
        rate = passed / seconds if passed and seconds > 0 else None
        left = None if rate is None else (progress.total - progress.done) / rate
        return Status(_PHASES[progress.stage], progress.done, progress.total, rate, left)
