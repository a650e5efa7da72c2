"""Processes that write to a library and are killed outright at any step of it; and what has to hold afterwards.

The process tells of every step (progress, each statement that begins or ends a transaction, each file it opens, renames
or removes) and waits to be answered, so that it is killed exactly there. No fixtures: tests and benchmarks share it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from quoth.corpus import SqliteShelf
from quoth.qa import Answer, Library
from quoth.qa.calibration import stored
from quoth.qa.naming import file_of
from small_encoder import HashingEncoder
from small_library import SmallLibrary

__all__ = ["CHILD", "JOBS", "NAMES", "Job", "Stage", "Stages", "Texts", "problems_of", "run", "texts_in"]

FILES = 40
CHANGED = range(0, FILES, 3)
ALSO_THERE = 7
Texts = dict[str, str]
"""What a library holds: texts by file name."""
CHILD = f"""
import os, sqlite3, sys
sys.path.insert(0, {str(Path(__file__).resolve().parent)!r})
from pathlib import Path
from quoth.qa import intake
from small_encoder import HashingEncoder
from small_library import SmallLibrary

work, folder, docs, questions = sys.argv[1:]
intake._BATCH_CHARACTERS = 900  # several commits, not one

def step(what):
    os.write(1, what.replace("\\n", " ").encode() + b"\\n")
    os.read(0, 1)

def tell(progress):
    step(f"{{progress.stage}} {{progress.done}}")

def statement(sql):
    if telling and sql.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
        step("sql " + sql)

def connect(*arguments, **options):
    connection = plain_connect(*arguments, **options)
    connection.set_trace_callback(statement)
    return connection

def event(name, arguments):
    if name in ("open", "os.rename", "os.remove") and str(arguments[0]).startswith(folder):
        step(f"{{name}} {{arguments[0]}}")

plain_connect, sqlite3.connect, telling = sqlite3.connect, connect, False
library = SmallLibrary.open(folder, encoder=HashingEncoder())
telling = True
sys.addaudithook(event)
exec(work)
step("done")
"""


@dataclass(frozen=True, slots=True)
class Job:
    """Some work on a library: `code` has `library`, the folder `docs`, the file `questions` and `tell`. A job that is
    `whole` changes everything it changes or nothing; `uploads` says how the documents of before came in.
    """

    name: str
    code: str
    whole: bool
    uploads: bool = False


JOBS = (
    Job("add", "library.add([docs], tell)", whole=False),
    Job(
        "upload",
        "library.add_files(((path.name, path.read_bytes()) for path in sorted(Path(docs).iterdir())), tell)",
        whole=False,
        uploads=True,
    ),
    Job("remove", "library.remove([one.id for one in library.documents() if int(file(one)) % 2])", whole=True),
    Job("rebuild", "library.doctor(repair=True, progress=tell)", whole=True),
    Job("calibrate", "library.calibrate(questions, 0.05, tell)", whole=True, uploads=True),
)
NAMES = "file = lambda one: Path(one.uri).stem\n"


@dataclass(frozen=True, slots=True)
class Stage:
    """A job with what it is done to: the library as it was, and what it holds before and after."""

    job: Job
    base: Path
    docs: Path
    questions: Path
    before: Texts
    after: Texts
    steps: tuple[str, ...]

    @classmethod
    def made(cls, job: Job, folder: Path) -> Stage:
        """Everything that is needed in `folder`; the job has been done once, to a copy, by a process left alone."""
        docs, base, questions = folder / "docs", folder / "base", folder / "questions.jsonl"
        docs.mkdir(parents=True)
        rows = ({"question": f"Who is the mayor of town {n}?", "answerable": False} for n in range(21))
        questions.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        _make_base(job, base, docs)
        copy = shutil.copytree(base, folder / "whole")
        steps = run(job, copy, docs, questions, None)
        return cls(job, base, docs, questions, texts_in(base), texts_in(copy), tuple(steps))

    def killed(self, folder: Path, stop_at: int) -> list[str]:
        """What is wrong with a copy in `folder` of which the writer was killed at step `stop_at`, and then once more
        let do its work; best is nothing.
        """
        shutil.copytree(self.base, folder)
        run(self.job, folder, self.docs, self.questions, stop_at)
        return [*problems_of(self, folder), *self.finished(folder)]

    def finished(self, folder: Path) -> Iterator[str]:
        """What is wrong after the job was done by a process that was left alone."""
        run(self.job, folder, self.docs, self.questions, None)
        held = texts_in(folder)
        if held != self.after:
            yield f"done again, it holds {sorted(held.items() ^ self.after.items())[:4]} more or less than it should"
        if left := [path.name for path in folder.glob("*.partial")]:
            yield f"left over: {left}"
        if len(SqliteShelf(folder / "shelf.sqlite").ids()) != len(held):
            yield "texts that nobody sees are left over"
        if self.job.name == "calibrate" and len(stored(folder)) != 1:
            yield "there is no calibration"


class Stages:
    """The stages of jobs, each made once, in the folders that `make_folder` gives by name."""

    def __init__(self, make_folder: Callable[[str], Path]) -> None:
        self._make_folder = make_folder
        self._made: dict[str, Stage] = {}

    def __call__(self, job: Job) -> Stage:
        """The stage of this job."""
        if job.name not in self._made:
            self._made[job.name] = Stage.made(job, self._make_folder(job.name))
        return self._made[job.name]


def problems_of(stage: Stage, folder: Path) -> list[str]:
    """What is wrong with a library whose writer was killed: what it held before the job or after it, it has to hold."""
    with SmallLibrary.open(folder, encoder=HashingEncoder()) as library:
        report, held = library.doctor(), texts_of(library)
        problems = [f"{check.name}: {check.detail}" for check in report.checks if not check.ok]
        problems += _lost(stage, held)
        for name, text in sorted(held.items())[::13]:
            topic = text.split()[-1].rstrip(".")
            best = library.search(topic, 1)[0].text
            if topic not in best:
                problems.append(f"{topic} of {name} finds {best!r}")
            answer = library.ask(f"What of {topic}?")
            for quote in answer.quotes if isinstance(answer, Answer) else answer.nearest:
                whole = library.document(quote.source.document).text
                if whole[quote.source.start : quote.source.stop] != quote.text:
                    problems.append(f"a quote that is none: {quote.text!r}")
    return problems


def _lost(stage: Stage, held: Mapping[str, str]) -> Iterator[str]:
    if stage.job.whole and held not in (stage.before, stage.after):
        yield "half of it is done"
    for name in stage.before.keys() | stage.after.keys() | held.keys():
        if held.get(name) not in (stage.before.get(name), stage.after.get(name)):
            yield f"{name} holds {held.get(name)!r}, which it never did"


def run(job: Job, library: Path, docs: Path, questions: Path, stop_at: int | None) -> list[str]:
    """The steps of a process that does the job; it is killed at step `stop_at` (0-based), else left to finish."""
    arguments = [NAMES + job.code, str(library), str(docs), str(questions)]
    steps: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-I", "-c", CHILD, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for line in child.stdout:
            steps.append(line.decode().strip())
            if len(steps) - 1 == stop_at:
                child.kill()
                break
            child.stdin.write(b".")
            child.stdin.flush()
        code = child.wait(timeout=60)
    if code != (0 if stop_at is None else -9):
        raise RuntimeError(f"{job.name}: the process ended with {code} after {steps[-1:]}")
    return steps


def texts_in(folder: Path) -> Texts:
    """What the library in `folder` holds."""
    with SmallLibrary.open(folder, encoder=HashingEncoder()) as library:
        return texts_of(library)


def texts_of(library: Library) -> Texts:
    """What `library` holds."""
    return {file_of(record).name: library.document(record.id).text for record in library.documents()}


def _make_base(job: Job, base: Path, docs: Path) -> None:
    """A library of some of the files as they were before: one is as it was, all the others have changed since."""
    for number in range(FILES):
        (docs / f"{number:02d}.txt").write_text(_text(number))
    old = {f"{number:02d}.txt": f"The old words of file {number} speak of topic{number}.\n" for number in CHANGED}
    old[f"{ALSO_THERE:02d}.txt"] = _text(ALSO_THERE)
    with SmallLibrary.create(base, encoder=HashingEncoder()) as library:
        if job.uploads:
            library.add_files((name, text.encode()) for name, text in old.items())
        else:
            for name, text in old.items():
                (docs / name).write_text(text)
            library.add([docs / name for name in old])
    for number in CHANGED:
        (docs / f"{number:02d}.txt").write_text(_text(number))


def _text(number: int) -> str:
    return f"File {number} speaks of much.\n\nIts second paragraph speaks of the corridor and of topic{number}.\n"
