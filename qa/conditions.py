"""What decides an answer: models, settings and documents, and a calibration while it holds for just these."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from quoth.index import IndexState

from .answer import LibraryStamp
from .calibration import stored
from .judge import Judge, shipped_judge
from .reader import shipped_reader

__all__ = ["conditions_of", "judge_and_stamp"]


def conditions_of(state: IndexState) -> str:
    """Names everything that decides an answer, a calibration excepted; it is what a calibration must hold for."""
    models = [state.encoder, shipped_reader().fingerprint, shipped_judge().fingerprint]
    return _digest([models, state.settings, sorted(state.documents)])


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
