"""A library on a disk that is mounted read-only: asked and looked at as ever; what would change it says so plainly."""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from running_server import serving
from scarcity import again_mounted, small_disk

Quoth = Callable[..., "CompletedProcess[str]"]
ANSWERED, REFUSED = "Which route bypasses Russia?", "What is the melting point of tungsten?"
CHANGING = (
    ("add", "docs"),
    ("remove", "first-central-asia-japan-summit.txt"),
    ("doctor", "--repair"),
    ("calibrate", "questions.jsonl", "--false-answer-rate", "0.05"),
)
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    b"The sea is blue.\r\n--x--\r\n"
)
DISK = 64 * 1024 * 1024


@contextmanager
def read_only(library: Path, place: Path) -> Iterator[Path]:
    """A copy of the library on a disk of its own that is read-only."""
    size = 2 * sum(path.stat().st_size for path in library.rglob("*")) + DISK
    with small_disk(place, size) as disk:
        copy = shutil.copytree(library, disk / "library")
        again_mounted(disk, "ro")
        yield copy


@pytest.fixture(scope="module")
def fixed(bundled_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    try:
        with read_only(bundled_library, tmp_path_factory.mktemp("disk")) as library:
            yield library
    except OSError as error:
        pytest.skip(f"no disk can be mounted here: {error}")


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    rows = [{"question": f"Who is the mayor of town {n}?", "answerable": False} for n in range(19)]
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "new.txt").write_text("The corridor is long.\n")
    return folder


def without_time(record: str) -> Any:
    return {**json.loads(record), "elapsed_ms": 0}


@pytest.mark.parametrize(
    "words",
    [("ask", ANSWERED), ("ask", REFUSED), ("search", ANSWERED), ("list",), ("doctor",)],
    ids=lambda words: " ".join(words[:2]),
)
def test_it_is_read_as_where_it_may_be_written(
    fixed: Path, bundled_library: Path, words: tuple[str, ...], quoth: Quoth
) -> None:
    here, there = (quoth(*words, "--json", "--library", folder) for folder in (fixed, bundled_library))
    assert (here.returncode, here.stderr) == (there.returncode, "")
    assert without_time(here.stdout) == without_time(there.stdout)


def test_answers_are_verified_and_questions_evaluated(
    fixed: Path, bundled_library: Path, questions: Path, quoth: Quoth, tmp_path: Path
) -> None:
    reports = []
    for name, library in (("here", fixed), ("there", bundled_library)):
        done = quoth("evaluate", questions, "--out", tmp_path / name, "--library", library)
        assert done.returncode == 0, done.stderr
        checked = quoth("verify", tmp_path / name / "answers.jsonl", "--library", library)
        assert checked.returncode == 0, checked.stderr
        reports.append((tmp_path / name / "answers.jsonl").read_bytes())
    assert reports[0] == reports[1]


@pytest.mark.parametrize("words", CHANGING, ids=lambda words: " ".join(words[:2]))
@pytest.mark.usefixtures("docs", "questions")
def test_what_would_change_it_says_so_in_one_sentence(fixed: Path, words: tuple[str, ...], quoth: Quoth) -> None:
    refused(quoth(*words, "--library", fixed))
    assert list(fixed.parent.iterdir()) == [fixed]


def test_a_run_cannot_be_put_there(fixed: Path, questions: Path, quoth: Quoth) -> None:
    refused(quoth("evaluate", questions, "--out", fixed.parent / "run", "--library", fixed))


def refused(done: CompletedProcess[str]) -> None:
    """One plain sentence that names the medium as the reason, or what to do."""
    assert done.returncode == 2, done.stdout + done.stderr
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("Error: ")
    assert "read-only" in sentence.lower(), sentence


def test_it_is_served(fixed: Path, tmp_path: Path) -> None:
    with serving(fixed, tmp_path) as address:
        question = json.dumps({"question": ANSWERED}).encode()
        status, record = fetched(f"{address}api/v1/ask", question, "application/json")
        assert (status, record["answered"]) == (200, True)
        status, problem = fetched(f"{address}api/v1/documents", FORM, "multipart/form-data; boundary=x")
        assert (status, "leave to write" in problem["detail"]) == (500, True), problem
        assert "doctor" not in problem["detail"], "nothing is damaged"
        with urllib.request.urlopen(address, timeout=60) as page:  # noqa: S310  # our own address
            assert page.status == 200
    assert "read-only file system; check" in (tmp_path / "log").read_text()
    assert list(fixed.parent.iterdir()) == [fixed]


def fetched(address: str, body: bytes, kind: str) -> tuple[int, Any]:
    request = urllib.request.Request(address, body, {"content-type": kind})  # noqa: S310  # our own address
    try:
        with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
