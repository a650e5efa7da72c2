"""What else is done while the power goes: repairing a library, evaluating it, judging its answers. No fixtures."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from crashing import JOBS, Job, Stage, Texts
from quoth.index import file_sha256
from quoth.qa import evaluate
from quoth.qa.feedback_file import FeedbackFile
from quoth.ui.record import answer_record
from small_encoder import HashingEncoder
from small_library import SmallLibrary

__all__ = ["EVALUATE", "FEEDBACK", "POWER_JOBS", "run_problems", "stands_beside"]

RUN = "run"
_REPAIRS = """
import sqlite3
library.close()
with sqlite3.connect(Path(folder) / "shelf.sqlite", isolation_level=None) as shelf:
    shelf.execute("PRAGMA synchronous=FULL")
    shelf.execute("UPDATE documents SET text = 'spoilt' WHERE id = (SELECT min(id) FROM documents)")
shelf.close()
for spoilt in (Path(folder) / "index.sqlite", *Path(folder).glob("vectors-*")):
    with spoilt.open("r+b") as file:
        file.truncate(100)
        os.fsync(file.fileno())
SmallLibrary.repair(folder, encoder=HashingEncoder(), progress=tell)
"""
_EVALUATES = """
from quoth.qa import evaluate
from quoth.ui.record import answer_record
evaluate(library, Path(questions), Path(folder) / "run", answer_record, resume=True, progress=tell, workers=1)
"""
_JUDGES = """
from quoth.qa import Feedback
from quoth.qa.feedback_file import FeedbackFile
kept = FeedbackFile(Path(folder))
ids = []
for number in range(5):
    ids.append(kept.keep(Feedback("not answered", False, f"What of {number}? " + "So many words. " * 20)))
    step(f"kept {number}")
kept.withdraw(ids[1])
step("withdrawn")
kept.keep(Feedback("right", False, "What of 5?"), ids[2])
step("replaced")
"""
EVALUATE, FEEDBACK = Job("evaluate", _EVALUATES, whole=True), Job("feedback", _JUDGES, whole=True)
POWER_JOBS = (*JOBS, Job("repair", _REPAIRS, whole=True, uploads=True), EVALUATE, FEEDBACK)


def stands_beside(library: Path) -> Texts:
    """What a library's folder holds besides documents: judgements by their question; of a run, what it is made of."""
    rows = map(json.loads, FeedbackFile(library).content().splitlines())
    found = {f"the judgement of {row['question'][:12]!r}": str(row["feedback"]["kind"]) for row in rows}
    manifest = library / RUN / "manifest.json"
    if manifest.exists():
        found["the run"] = json.dumps(json.loads(manifest.read_bytes())["files"])
    return found


def run_problems(stage: Stage, library: Path, undisturbed: Path) -> Iterator[str]:
    """What is wrong with the run in the library's folder: it has to be whole, or to go on to the same end."""
    run, told = library / RUN, stands_beside(undisturbed)["the run"]
    whole = stands_beside(library).get("the run")
    if whole is None:
        with SmallLibrary.open(library, encoder=HashingEncoder()) as opened:
            evaluate(opened, stage.questions, run, answer_record, resume=True, workers=1)
        whole = stands_beside(library)["the run"]
    if whole != told:
        yield f"the run is another one: {whole}"
    for name, sha256 in json.loads(whole).items():
        if not (run / name).exists() or file_sha256(run / name) != sha256:
            yield f"the run is told to be whole, and {name} is not"
