"""The command line with questions, conversations and filters in any script, and with errors of any wording."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import TEXTS, Quoth
from quoth.corpus import BadQuestion, DocumentId, LibraryDamaged, UnreadableDocument
from quoth.qa import Library
from quoth.ui.cli import quoth as commands
from quoth.ui.shell import ERROR, INTERRUPTED, run
from wire_words import obeyed

ODD = [
    "日本の首相は誰ですか？", "من هو رئيس الوزراء؟", "\u202eWho?", "e\u0301te\u0301 😀 👨\u200d👩", '" OR *',
    "NEAR(", "-1",
    "\x1b[31mred\x07", "Who\u2028met\u2029where?", "\ufeffWho met?", "%s %d {0} $HOME `id`", "\uffff\U0010ffff",
]  # fmt: skip
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(bundled_library: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command on the two articles, in this process: exit code, standard output, standard error."""

    def call(command: str, *arguments: str) -> tuple[int, str, str]:
        code = run(commands, [command, "--library", str(bundled_library), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.mark.parametrize("question", ODD)
def test_an_odd_question_is_kept_as_it_is_and_shown_as_what_it_is(
    said: Said, bundled_library: Path, question: str
) -> None:
    code, out, err = said("ask", "--json", "--", question)
    record: dict[str, Any] = json.loads(out)
    assert (code, err) == (0 if record["answered"] else 1, "")
    assert record["question"] == question
    assert out.count("\n") == 1
    with Library.open(bundled_library) as library:
        for quote in [*record["quotes"], *(record["abstention"] or {"nearest": []})["nearest"]]:
            source = quote["source"]
            text = library.document(DocumentId(source["document"])).text
            assert text[source["start"] : source["stop"]] == quote["text"]
    again, page, err = said("ask", "--", question)
    assert (again, err) == (code, "")
    assert obeyed(out) == obeyed(page) == []


@pytest.mark.parametrize("before", ODD[::3])
def test_an_odd_question_before_completes_or_changes_nothing(said: Said, before: str) -> None:
    code, out, err = said("ask", "--json", "--after", before, "--", "And why?")
    assert (code in (0, 1), err) == (True, "")
    record = json.loads(out)
    assert record["question"] == "And why?"
    assert record["query_used"].startswith("And why?")
    assert set(record["query_used"].removeprefix("And why?")) <= set(before) | {" "}
    assert obeyed(said("ask", "--after", before, "--", "And why?")[1]) == []


@pytest.mark.parametrize("name", [*ODD[::2], "", "*", "..", "0" * 16, "a" * 5_000])
@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_filter_that_names_nothing_is_one_harmless_sentence(said: Said, command: str, name: str) -> None:
    code, out, err = said(command, "--document", name, "--", "Who met?")
    assert (code, out) == (ERROR, "")
    assert err.count("\n") == 1
    assert err.startswith("Error: No document is called")
    assert "nothing was searched" in err
    assert obeyed(err) == []


def test_an_id_its_beginning_in_capitals_a_name_and_a_stem_filter_alike(said: Said, bundled_library: Path) -> None:
    with Library.open(bundled_library) as library:
        ids = {Path(record.uri).stem: record.id for record in library.documents()}
    assert len(ids) == len(list(TEXTS.glob("*.txt")))
    for stem, id in ids.items():
        found = [
            [
                {**hit, "score": 0}
                for hit in json.loads(said("search", "--json", "summit", "--document", name)[1])["hits"]
            ]
            for name in (id, id[:6].upper(), stem, f"{stem}.txt")
        ]
        assert found[0] == found[1] == found[2] == found[3]
        assert {hit["source"]["document"] for hit in found[0]} == {id}


def test_bytes_that_are_no_text_are_refused_wherever_they_stand(quoth: Quoth, bundled_library: Path) -> None:
    broken = os.fsdecode(b"When\xff?")
    for arguments in (["ask", broken], ["search", broken], ["ask", "--after", broken, "And why?"]):
        done = quoth(*arguments, "--library", bundled_library)
        assert (done.returncode, done.stdout) == (ERROR, "")
        assert done.stderr == "Error: The question holds bytes that are not text; type it again.\n"


# What becomes of an error


def failing(error: BaseException) -> click.Group:
    """A real command that fails in this way."""

    @click.command()
    def fail() -> None:
        raise error

    group = click.Group()
    group.add_command(fail)
    return group


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(st.sampled_from("\x00\x1b\r\n\t\x7f\x9b\u2028\u202e\udcff[31mA é'😀"), max_size=40), st.integers(0, 4))
def test_any_error_is_one_harmless_line(capsys: pytest.CaptureFixture[str], words: str, kind: int) -> None:
    errors = [
        BadQuestion(words), UnreadableDocument(words, words), LibraryDamaged(words), OSError(5, words, words),
        ValueError(words),
    ]  # fmt: skip
    assert run(failing(errors[kind]), ["fail"]) == ERROR
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Error:")
    assert captured.err.count("\n") == 1
    assert obeyed(captured.err) == []
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), INTERRUPTED), (click.Abort(), INTERRUPTED)])
def test_an_interrupt_says_nothing(capsys: pytest.CaptureFixture[str], error: BaseException, code: int) -> None:
    assert run(failing(error), ["fail"]) == code
    assert capsys.readouterr() == ("", "")


def test_what_was_not_foreseen_says_where_to_look_and_what_was_says_what_is_safe(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run(failing(ZeroDivisionError("by zero")), ["fail"])
    assert "went wrong (ZeroDivisionError: by zero); see where with --debug" in capsys.readouterr().err
    run(failing(OSError(28, "No space left on device", "/disk/x")), ["fail"])
    assert capsys.readouterr().err == (
        "Error: /disk/x: no space left on device; make room on the disk and try again; nothing that was stored before "
        "is lost.\n"
    )
