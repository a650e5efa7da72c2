"""Evaluating a library on a question file: ask everything, keep what is done, then score and write the run's folder.

    answers.jsonl                                one answer record a question, in input order, as `quoth ask` gives it
    scores.jsonl                                 what each question scored: `quoth compare` reads it
    report.json                                  every number with its n and interval (`report.schema.json`)
    run.trec, qrels.trec, *.passages.trec        the rankings, for trec_eval and its kin
    junit.xml                                    a test case a question
    questions/                                   the question file, under its own name
    manifest.json                                what it was made of; `replay` makes it again, here or elsewhere
    timing.json                                  what this machine took
    report.html, comparison.html                 the same for people, drawn by the ui from these files

The same library, questions and settings give the same bytes in all of them but timing.json, where every measured time
stands; in answers.jsonl `elapsed_ms` is 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from quoth.corpus import BadRequest, LibraryBusy, make_folder, sync
from quoth.index import file_sha256

from .answering import Answering, Render
from .asking import Asker
from .evaluation import EvaluationReport, report_record
from .exporting import RUN_FILES, export
from .golds import Golds
from .journal import Entry, Journal, whole
from .kept_questions import foreign, forget, keep, kept_questions, recorded
from .library import Library
from .manifest import KEPT_FOLDER, EvaluationSettings, inputs_of, manifest_settings, same_inputs
from .naming import DocumentNames
from .question_row import QuestionFile
from .questions import read_questions
from .reports import OnProgress, Progress, Refused

__all__ = ["EVALUATION_FILES", "evaluate", "replay"]

EVALUATION_FILES = (*RUN_FILES, "report.json", "report.html", "comparison.html", "manifest.json", "timing.json")
_FILES = (*EVALUATION_FILES, Journal.NAME)
_OURS = frozenset((*_FILES, KEPT_FOLDER, *(f"{name}.partial" for name in _FILES)))
_TOLD = 250  # questions scored from one telling to the next
_HASHED = (*RUN_FILES, "report.json")


def evaluate(
    library: Library,
    questions: Path,
    out: Path,
    render: Render,
    *,
    settings: EvaluationSettings | None = None,
    resume: bool = False,
    progress: OnProgress | None = None,
    workers: int | None = None,
) -> EvaluationReport:
    """Ask every question of the file and write the folder `out`; `render` makes an answer record.

    An interrupted run stays in the folder, and `resume` goes on from there. `progress` is told of the stages "timing",
    "answering" and "scoring", each from its beginning on; an exception it raises interrupts the run. Raises BadRequest
    for questions or a folder that cannot be used, LibraryMismatch when the unfinished run was of another library,
    LibraryBusy when documents came or went meanwhile.
    """
    file = read_questions(questions)
    questions = questions if questions.name not in ("", "..") else questions.resolve()  # of a folder given as `.`
    asker = library._asker()
    inputs = inputs_of(asker, questions, settings or EvaluationSettings())
    journal = _claimed(out, resume, inputs)
    done = journal.begin(inputs)
    keep(questions, out, inputs["questions"]["sha256"])
    golds = Golds(DocumentNames(library.documents()), list(asker.index.state().documents), library.document)
    answering = Answering(library, asker, golds, settings or EvaluationSettings(), render)
    with journal.appending() as lines:
        timing = answering.run(file.rows, done, lines, progress, workers)
    if library.stamp != asker.stamp:
        journal.drop()
        raise LibraryBusy("Documents were added or removed while the questions were asked; evaluate again.")
    entries = _told(journal.entries(), len(file.rows), progress or (lambda _: None))
    earlier = recorded(out / "manifest.json")
    report = _finished(entries, out, questions.name, file, asker, library)
    if earlier != inputs["questions"]["path"]:
        forget(out, earlier)
    _write_manifest(out, inputs)
    _write_json(out / "timing.json", asdict(timing))
    journal.drop()
    return replace(report, timing=timing)


def replay(
    library: Library, manifest: Path, out: Path, render: Render, progress: OnProgress | None = None
) -> tuple[EvaluationReport, tuple[str, ...]]:
    """Run an evaluation again, from its manifest; gives the names of the files whose bytes are not the same.

    Raises BadRequest or LibraryMismatch when questions, library or models are not those of then.
    """
    try:
        before: Any = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadRequest(f"{manifest} cannot be read as a manifest ({error}); name a run's manifest.json.") from error
    recorded, settings = manifest_settings(before)
    questions = kept_questions(manifest, recorded)
    same_inputs(before, inputs_of(library._asker(), questions, settings))
    report = evaluate(library, questions, out, render, settings=settings, progress=progress)
    now = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    return report, tuple(name for name in _HASHED if before["files"].get(name) != now["files"][name])


def _claimed(out: Path, resume: bool, inputs: Mapping[str, Any]) -> Journal:
    """The folder's journal. Raises BadRequest when something else is in there."""
    try:
        make_folder(out)
        others = sorted(path.name for path in out.iterdir() if path.name not in _OURS)
        others += foreign(out, inputs["questions"]["sha256"], out / "manifest.json", out / Journal.NAME)
    except OSError as error:
        raise BadRequest(f"{out} cannot be a run's folder: {error.strerror or error}; choose another.") from error
    if others:
        raise BadRequest(f"{out} holds {others[0]!r}, which is no part of an evaluation; choose an empty folder.")
    journal = Journal(out)
    if journal.exists() and not resume:
        raise BadRequest(f"{out} holds an unfinished run; go on with --resume, or delete {journal.NAME} to start anew.")
    return journal


def _told(entries: Iterator[Entry], total: int, tell: OnProgress) -> Iterator[Entry]:
    """The same, telling how many of them were taken."""
    for number, entry in enumerate(entries):
        if number % _TOLD == 0:
            tell(Progress("scoring", number, total))
        yield entry
    tell(Progress("scoring", total, total))


def _finished(
    entries: Iterable[Entry], out: Path, name: str, file: QuestionFile, asker: Asker, library: Library
) -> EvaluationReport:
    for old in ("manifest.json", "report.html", "comparison.html", "timing.json"):  # an earlier run is whole no more
        (out / old).unlink(missing_ok=True)
    sync(out)
    found = export(entries, out, name, library.document)
    problems: Sequence[Refused] = [*file.problems, *found.problems]
    if found.untold:
        problems = [*problems, Refused(name, f"{found.untold:,} more questions have problems")]
    quotes = found.checked, found.broken
    report = found.counts.report(name, asker.stamp, asker.judge.threshold, quotes, problems)
    _write_json(out / "report.json", report_record(report))
    return report


def _write_manifest(out: Path, inputs: dict[str, Any]) -> None:
    """Last of all: a folder with a manifest is a whole run."""
    hashes = {name: file_sha256(out / name) for name in _HASHED}
    _write_json(out / "manifest.json", {**inputs, "files": hashes})


def _write_json(path: Path, value: dict[str, Any]) -> None:
    with whole(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
