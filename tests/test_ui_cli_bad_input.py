"""Bad input gets one plain sentence and exit code 2, and what was in the library stays there.

In this process, so that warnings are errors here too; `test_ui_cli_process.py` sees to what a process of its own adds.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pypdf import PdfWriter

from quoth.ui.cli import main

Quoth = Callable[..., "subprocess.CompletedProcess[str]"]

GOOD = "The harbour master keeps the only key to the lighthouse.\n"


@pytest.fixture
def quoth(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Quoth:
    """`quoth(...)` as the fixture of that name in conftest.py, without the time it takes to start a process."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        words = list(map(str, arguments))
        code = main(words)
        return subprocess.CompletedProcess(words, code, *capsys.readouterr())

    return run


def encrypted_pdf(path: Path) -> None:
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    writer.encrypt("secret", algorithm="RC4-128")
    with path.open("wb") as file:
        writer.write(file)


def broken_pdf(path: Path) -> None:
    path.write_bytes(b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog")


def binary_as_text(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 64)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def blank(path: Path) -> None:
    path.write_text(" \n\t\n", encoding="utf-8")


def not_a_zip(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 this is no word file")


def missing(path: Path) -> None:
    assert not path.exists()


def unreadable_name(path: Path) -> None:
    path.symlink_to(path)


BAD_FILES: list[tuple[str, Callable[[Path], None]]] = [
    ("missing.txt", missing),
    ("locked.pdf", encrypted_pdf),
    ("broken.pdf", broken_pdf),
    ("program.txt", binary_as_text),
    ("empty.txt", empty),
    ("blank.txt", blank),
    ("letter.docx", not_a_zip),
    ("loop.txt", unreadable_name),
]


def documents(quoth: Quoth, library: Path) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = json.loads(quoth("list", "--json", "--library", library).stdout)["documents"]
    return listed


def one_sentence(done: subprocess.CompletedProcess[str], *, names: str) -> None:
    assert done.returncode == 2
    assert re.fullmatch(r"Error: [^\n]+\n", done.stderr), done.stderr
    assert "Traceback" not in done.stderr
    assert "unexpected" not in done.stderr, done.stderr
    assert names in done.stderr


@pytest.mark.parametrize(("name", "make"), BAD_FILES, ids=[name for name, _ in BAD_FILES])
def test_a_bad_file_is_named_and_nothing_is_lost(
    quoth: Quoth, library: Path, tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    before = documents(quoth, library)
    make(tmp_path / name)
    one_sentence(quoth("add", tmp_path / name, "--library", library), names=name)
    assert documents(quoth, library) == before


def test_good_files_beside_broken_ones_are_added(quoth: Quoth, library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "good.txt").write_text(GOOD, encoding="utf-8")
    encrypted_pdf(folder / "locked.pdf")
    binary_as_text(folder / "program.txt")
    done = quoth("add", folder, "--library", library)
    one_sentence(done, names="locked.pdf")
    assert "program.txt" in done.stderr
    assert re.search(r"^added .*3 documents", done.stdout, re.DOTALL)
    assert len(documents(quoth, library)) == 3


def test_a_slip_of_the_keyboard_makes_no_empty_library(quoth: Quoth, tmp_path: Path) -> None:
    one_sentence(quoth("add", tmp_path / "missing.txt"), names="missing.txt")
    done = quoth("ask", "Which route bypasses Russia?")
    assert done.returncode == 0, "the default library is still made of the bundled articles"


def test_a_library_that_cannot_be_written_is_named(quoth: Quoth, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(GOOD, encoding="utf-8")
    done = quoth("add", tmp_path / "file", "--library", tmp_path / "file" / "library")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "unexpected" not in done.stderr


@pytest.mark.parametrize("question", ["", "   ", "\n\t"])
def test_an_empty_question_is_refused(quoth: Quoth, bundled_library: Path, question: str) -> None:
    one_sentence(quoth("ask", question, "--library", bundled_library), names="question")


def test_a_question_of_100_000_characters_is_refused(quoth: Quoth, bundled_library: Path) -> None:
    one_sentence(quoth("ask", "why " * 24_999 + "why?", "--library", bundled_library), names="100,000")


def test_a_question_that_is_not_text_is_refused(quoth: Quoth, bundled_library: Path) -> None:
    one_sentence(quoth("ask", os.fsdecode(b"where is \xff\xfe?"), "--library", bundled_library), names="question")


@pytest.mark.parametrize("command", ["ask", "search"])
def test_more_than_anyone_reads_is_refused_or_capped(quoth: Quoth, bundled_library: Path, command: str) -> None:
    option = "--quotes" if command == "ask" else "-k"
    done = quoth(command, "Which route bypasses Russia?", option, "999999999", "--library", bundled_library)
    assert "Traceback" not in done.stderr
    assert "unexpected" not in done.stderr
    assert done.returncode in (0, 2)


def test_a_folder_that_is_no_library_is_refused(quoth: Quoth, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").write_text(GOOD, encoding="utf-8")
    one_sentence(quoth("ask", "Who keeps the key?", "--library", tmp_path / "folder"), names="folder")


def test_adding_to_a_folder_with_other_things_in_it_harms_none(quoth: Quoth, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "notes.txt").write_text(GOOD, encoding="utf-8")
    quoth("add", folder / "notes.txt", "--library", folder)
    assert (folder / "notes.txt").read_text(encoding="utf-8") == GOOD


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no answer record"),
        (b"hello\nworld\n", "no answer record"),
        (b"[1, 2, 3]", "no answer record"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"quotes": 5, "abstention": 7}', "no answer record"),
    ],
)
def test_what_is_no_answer_file_cannot_be_verified(
    quoth: Quoth, bundled_library: Path, tmp_path: Path, content: bytes, says: str
) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(content)
    one_sentence(quoth("verify", path, "--library", bundled_library), names=says)


def test_an_answer_file_that_is_not_there_is_named(quoth: Quoth, bundled_library: Path) -> None:
    one_sentence(quoth("verify", "nowhere.jsonl", "--library", bundled_library), names="nowhere.jsonl")


def test_debug_shows_where_it_happened(quoth: Quoth, bundled_library: Path) -> None:
    for arguments in (["--debug", "ask", ""], ["ask", "", "--debug"]):
        done = quoth(*arguments, "--library", bundled_library)
        assert done.returncode == 2
        assert "Traceback" in done.stderr
        assert done.stderr.splitlines()[-1].startswith("Error: ")


def test_a_library_of_another_model_is_refused(quoth: Quoth, library: Path) -> None:
    """Its card is changed to that of a model this library was not made with; nothing is answered from mixed vectors."""
    (card,) = library.rglob("encoder.json")
    values = json.loads(card.read_text(encoding="utf-8"))
    card.write_text(json.dumps(values | {"fingerprint": "another", "name": "another-model"}), encoding="utf-8")
    done = quoth("ask", "Which route bypasses Russia?", "--library", library)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "unexpected" not in done.stderr
