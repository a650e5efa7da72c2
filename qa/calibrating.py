"""The stated error rate of this very library: split conformal abstention on questions its documents do not answer.

Of n unanswerable questions the judge's best scores s_1 <= ... <= s_n are taken; an answer is given above s_k with
k = ceil((n + 1)(1 - target)). For a further question of the same kind the chance of an answer is then at most `target`
(Vovk, Gammerman, Shafer 2005, Algorithmic Learning in a Random World, inductive conformal prediction), whatever the
judge is worth; a poor one only refuses more. It holds until the model, the documents or a setting changes, and is void
from then on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path

from quoth.corpus import BadRequest, LibraryBusy

from .answer import ErrorRate
from .asking import Asker
from .calibration import Calibration, store
from .locking import writing
from .questions import read_questions
from .reports import OnProgress, Progress, Refused

__all__ = ["CalibrationReport", "calibrate", "calibrated", "conformal_threshold", "smallest_sample"]


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """The calibration, and what it does to the answerable questions of the same file: how many are now refused.

    `problems` are the rows that could not be used, those included that do not say whether they are answerable.
    """

    calibration: Calibration
    answerable: int
    refused: int
    problems: tuple[Refused, ...]


def calibrate(
    folder: Path,
    asker: Asker,
    conditions: Callable[[], str],
    questions: Path,
    target: float,
    progress: OnProgress | None = None,
) -> CalibrationReport:
    """See `Library.calibrate`. `conditions` tells what a calibration of the library in `folder` holds for now."""
    smallest_sample(target)  # a rate that makes no sense is refused before anything is read
    file, before, tell = read_questions(questions), conditions(), progress or (lambda _: None)
    _check_sample(sum(row.answerable is False for row in file.rows), target)  # and one too small before it is asked
    scores: dict[bool, list[float]] = {True: [], False: []}
    tell(Progress("calibrating", 0, len(file.rows)))
    for number, row in enumerate(file.rows, 1):
        if row.answerable is not None:
            scores[row.answerable].append(asker.best_score(row.question, row.history))
        tell(Progress("calibrating", number, len(file.rows)))
    calibration = calibrated(scores[False], target, before, questions.name)
    with writing(folder):
        if conditions() != before:
            raise LibraryBusy("Documents were added or removed meanwhile; run `quoth calibrate` again.")
        store(folder, calibration)
    silent = [Refused(f"line {row.line}", "does not say answerable") for row in file.rows if row.answerable is None]
    refused = sum(score < calibration.threshold for score in scores[True])
    return CalibrationReport(calibration, len(scores[True]), refused, (*file.problems, *silent))


def smallest_sample(target: float) -> int:
    """How many unanswerable questions the target needs: the least n with (n + 1) * target >= 1.

    >>> smallest_sample(0.1), smallest_sample(0.05), smallest_sample(0.01)
    (9, 19, 99)
    """
    if not 0 < target < 1:
        raise BadRequest(f"A false-answer rate lies between 0 and 1, like 0.05; {target} does not.")
    return math.ceil(1 / Fraction(str(target))) - 1


def conformal_threshold(scores: Sequence[float], target: float) -> float:
    """The lowest score that is still an answer: just above the ceil((n + 1)(1 - target))-th smallest of `scores`.

    Raises BadRequest when the sample is too small for the target.

    >>> conformal_threshold([0.1] * 18 + [0.4], 0.05) > 0.4
    True
    """
    _check_sample(len(scores), target)
    rank = math.ceil((len(scores) + 1) * (1 - Fraction(str(target))))
    return math.nextafter(sorted(scores)[rank - 1], math.inf)


def _check_sample(n: int, target: float) -> None:
    if n < (needed := smallest_sample(target)):
        raise BadRequest(
            f"A false-answer rate of {100 * target:g} % cannot be stated from {n} unanswerable questions; {needed} or "
            "more are needed."
        )


def calibrated(unanswerable: Sequence[float], target: float, conditions: str, questions: str) -> Calibration:
    """Set the threshold by the best scores of unanswerable questions; `questions` names them. Raises BadRequest."""
    from .estimates import exact_rate

    threshold = conformal_threshold(unanswerable, target)
    wrong = exact_rate(sum(score >= threshold for score in unanswerable), len(unanswerable))
    if wrong is None:  # no threshold comes from no questions
        raise BadRequest("There is no unanswerable question.")
    made = datetime.now(timezone.utc).date().isoformat()
    named = f"the {wrong.n} unanswerable questions of {questions}, {made}"
    rate = ErrorRate(wrong.value, wrong.low, wrong.high, wrong.n, named, calibrated=True)
    return Calibration(target, threshold, rate, conditions, made)
