"""A process that adds files is killed outright, at moments spread over all its work; the library loses nothing.

The process tells of every step (progress, each statement that begins or ends a transaction, each file it opens, renames
or removes) and waits to be answered, so that it is killed exactly there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quoth.corpus import SqliteShelf
from quoth.qa import Library
from small_encoder import HashingEncoder

TESTS = Path(__file__).resolve().parent
FILES = 60
KEPT = 7
CHANGED = range(0, FILES, 3)
MOMENTS = 12
CHILD = f"""
import os, sqlite3, sys
sys.path.insert(0, {str(TESTS)!r})
from quoth.qa import Library, intake
from small_encoder import HashingEncoder

folder, docs = sys.argv[1:]
intake._BATCH_CHARACTERS = 900  # several commits, not one

def step(what):
    os.write(1, what.replace("\\n", " ").encode() + b"\\n")
    os.read(0, 1)

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
library = Library.open(folder, encoder=HashingEncoder())
telling = True
sys.addaudithook(event)
library.add([docs], lambda progress: step(f"{{progress.stage}} {{progress.done}}"))
step("done")
"""


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as they are to be taken in."""
    folder = tmp_path_factory.mktemp("docs")
    for number in range(FILES):
        (folder / f"{number:02d}.txt").write_text(text_of(number))
    return folder


def text_of(number: int) -> str:
    return f"File {number} speaks of topic{number}.\n\nIts second paragraph speaks of the corridor.\n"


def old(number: int) -> str:
    return f"The old words of file {number}.\n"


EXPECTED = {text_of(number) for number in range(FILES)}


@pytest.fixture(scope="module")
def base(docs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of some of the files as they were before: one is as it was, all the others have changed since."""
    place = tmp_path_factory.mktemp("base")
    with Library.create(place / "library", encoder=HashingEncoder()) as library:
        for number in CHANGED:
            (docs / f"{number:02d}.txt").write_text(old(number))
        library.add([docs / f"{number:02d}.txt" for number in (KEPT, *CHANGED)])
    for number in CHANGED:
        (docs / f"{number:02d}.txt").write_text(text_of(number))
    return place / "library"


def run(library: Path, docs: Path, stop_at: int | None) -> list[str]:
    """The steps of a process that adds `docs`; it is killed at step `stop_at` (0-based), else left to finish."""
    command = [sys.executable, "-I", "-c", CHILD, str(library), str(docs)]
    steps: list[str] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for line in child.stdout:
            steps.append(line.decode().strip())
            if len(steps) - 1 == stop_at:
                child.kill()
                break
            child.stdin.write(b".")
            child.stdin.flush()
        code = child.wait(timeout=30)
    assert code == (0 if stop_at is None else -9)
    return steps


@pytest.fixture(scope="module")
def steps(base: Path, docs: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Everything a process does that is left alone."""
    return run(shutil.copytree(base, tmp_path_factory.mktemp("whole") / "library"), docs, None)


def texts(library: Library) -> set[str]:
    return {library.document(record.id).text for record in library.documents()}


def test_the_work_is_cut_into_many_steps_of_every_kind(steps: list[str]) -> None:
    """Otherwise the moments below would not be spread over what can go wrong."""
    assert steps[-1] == "done"
    assert sum(step.startswith("os.rename") for step in steps) >= 4
    assert sum(step == "sql COMMIT" for step in steps) >= 12
    assert {step.split()[0] for step in steps} >= {"reading", "indexing", "open", "os.rename", "os.remove", "sql"}


@pytest.mark.parametrize("moment", range(MOMENTS))
def test_a_killed_writer_loses_nothing(base: Path, docs: Path, steps: list[str], moment: int, tmp_path: Path) -> None:
    folder = shutil.copytree(base, tmp_path / "library")
    stop_at = (2 * moment + 1) * (len(steps) - 1) // (2 * MOMENTS)
    assert len(run(folder, docs, stop_at)) == stop_at + 1
    with Library.open(folder, encoder=HashingEncoder()) as library:
        assert library.doctor().healthy, library.doctor()
        check_nothing_is_lost_or_half(library)
        report = library.add([docs])
        assert report.refused == ()
        assert len(report.added) + len(report.replaced) + len(report.unchanged) == FILES
        check_everything_is_in(library)
    check_nothing_is_left_over(folder)


def check_nothing_is_lost_or_half(library: Library) -> None:
    """What was committed before is there; of a file that changed, its old or its new words, never both or neither."""
    held = texts(library)
    assert text_of(KEPT) in held
    assert held <= EXPECTED | {old(number) for number in CHANGED}
    for number in CHANGED:
        assert len(held & {old(number), text_of(number)}) == 1
    assert {hit.source.document for hit in library.search(f"topic{KEPT}", 3)} <= {r.id for r in library.documents()}
    assert library.search(f"topic{KEPT}", 1)[0].text.startswith(f"File {KEPT} speaks")


def check_everything_is_in(library: Library) -> None:
    assert texts(library) == EXPECTED
    assert library.doctor().healthy, library.doctor()
    for number in (0, 30, 59):
        assert library.search(f"topic{number}", 1)[0].text.startswith(f"File {number} speaks")


def check_nothing_is_left_over(folder: Path) -> None:
    """The next run sweeps up: vector files of dead generations, half-written ones, texts nobody sees."""
    assert not list(folder.glob("*.partial"))
    assert len(list(folder.glob("vectors-*"))) <= 2
    assert len(SqliteShelf(folder / "shelf.sqlite").ids()) == FILES


@pytest.mark.parametrize("word", ["os.rename", "sql COMMIT", "os.remove"])
def test_killed_twice_at_the_most_delicate_steps(
    base: Path, docs: Path, steps: list[str], word: str, tmp_path: Path
) -> None:
    """And once more while the second run mends what the first one left."""
    folder = shutil.copytree(base, tmp_path / "library")
    first = next(at for at, step in enumerate(steps) if step.startswith(word))
    run(folder, docs, first)
    run(folder, docs, first)
    with Library.open(folder, encoder=HashingEncoder()) as library:
        assert library.doctor().healthy, library.doctor()
        check_nothing_is_lost_or_half(library)
        assert library.add([docs]).refused == ()
        check_everything_is_in(library)
    check_nothing_is_left_over(folder)
