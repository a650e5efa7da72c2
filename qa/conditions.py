"""What decides an answer: models, settings and documents, and a calibration while it holds for just these."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from quoth.index import IndexState

from .answer import LibraryStamp
from .calibration import stored
from .judge import Judge, shipped_judge
from .reader import shipped_reader

__all__ = ["conditions_of", "judge_and_stamp"]

_LATELY: deque[tuple[IndexState, list[str], str]] = deque(maxlen=4)


def conditions_of(state: IndexState) -> str:
    """Names everything that decides an answer, a calibration excepted; it is what a calibration must hold for."""
    models = [state.encoder, shipped_reader().fingerprint, shipped_judge().fingerprint]
    for known, by, conditions in tuple(_LATELY):  # a question more does not sort and hash all documents again
        if known is state and by == models:
            return conditions
    conditions = _digest([models, state.settings, sorted(state.documents)])
    _LATELY.append((state, models, conditions))
    return conditions


def judge_and_stamp(folder: Path, state: IndexState) -> tuple[Judge, LibraryStamp]:
    """The judge of the library in `folder`, calibrated where a calibration holds, and the stamp its answers carry."""
    judge = shipped_judge()
    named = conditions = conditions_of(state)
    for calibration in stored(folder):
        if calibration.conditions == conditions:  # else it is void: the shipped rate is stated
            judge = calibration.applied(judge)
            named = _digest([conditions, judge.fingerprint])
    return judge, LibraryStamp(named[:16], len(state.documents), state.passages)


def _digest(facts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
