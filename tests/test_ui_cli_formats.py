"""`quoth ask` in other tools' formats, and `quoth schema`: what comes out is what the converters give, whole."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from cited_quotes import quote_of
from quoth import ui
from quoth.corpus import DocumentId
from quoth.qa import Answer, Library, LibraryStamp
from quoth.ui.cli import quoth
from quoth.ui.cli_asking import _write, ask
from quoth.ui.formats import FORMATS, formatted
from quoth.ui.record import answer_schema

ANSWERABLE = "Which route bypasses Russia?"
UNANSWERABLE = "What is the melting point of tungsten?"


def run(library: Path, *words: str) -> Result:
    return CliRunner().invoke(quoth, ["ask", "--library", str(library), *words], standalone_mode=False)


@pytest.fixture(scope="module")
def answer(bundled_library: Path) -> Answer:
    with Library.open(bundled_library) as library:
        outcome = library.ask(ANSWERABLE)
    assert isinstance(outcome, Answer)
    return outcome


def test_every_format_is_offered() -> None:
    (option,) = [one for one in ask.params if one.name == "form"]
    assert isinstance(option.type, click.Choice)
    assert list(option.type.choices) == list(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_each_format_is_written_as_its_converter_makes_it(bundled_library: Path, answer: Answer, form: str) -> None:
    done = run(bundled_library, ANSWERABLE, "--format", form)
    assert (done.return_value, done.stderr) == (0, "")
    made = formatted(answer, form)
    assert (done.stdout if isinstance(made, str) else json.loads(done.stdout)) == made
    assert all(quote.text.split()[0] in done.stdout for quote in answer.quotes)
    assert done.stdout.endswith("\n")


class Terminal(io.StringIO):
    """Standard output that people look at."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [Terminal, io.StringIO])
def test_a_terminal_must_not_obey_a_document(terminal: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    quote = quote_of("It was \x1b[31mred\x9b.", "It was \x1b[31mred\x9b.")
    monkeypatch.setattr("sys.stdout", shown := terminal())
    _write("plain", Answer("Q?", (quote,), (), LibraryStamp("0", 1, 1), "Q?", 1.0))
    obeyed = "\x1b" in shown.getvalue() or "\x9b" in shown.getvalue()
    assert obeyed is (terminal is io.StringIO)


@pytest.mark.parametrize("form", FORMATS)
def test_a_refusal_is_said_to_people_and_empty_for_programs(bundled_library: Path, form: str) -> None:
    done = run(bundled_library, UNANSWERABLE, "--format", form)
    assert done.return_value == 1
    if form in ("plain", "markdown", "footnotes"):
        assert done.stdout.startswith("No answer. ")
    else:
        empty = json.loads(done.stdout)
        assert empty == [] or (empty["label"], empty["total"]) == (UNANSWERABLE, 0)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--format", "plain", "--json"), "goes without"),
        (("--format", "plain", "--utf16"), "goes without"),
        (("--utf16",), "goes with --json"),
        (("--format", "bibtex"), "is not one of"),
    ],
)
def test_options_that_exclude_each_other(bundled_library: Path, options: tuple[str, ...], reason: str) -> None:
    done = run(bundled_library, ANSWERABLE, *options)
    assert isinstance(done.exception, click.UsageError)
    assert reason in done.exception.format_message()


def test_utf16_offsets_stand_beside_the_others_and_fit_the_schema(bundled_library: Path) -> None:
    record = json.loads(run(bundled_library, ANSWERABLE, "--json", "--utf16").stdout)
    Draft202012Validator(answer_schema()).validate(record)
    with Library.open(bundled_library) as library:
        for quote in record["quotes"]:
            units = library.document(DocumentId(quote["source"]["document"])).text.encode("utf-16-le")
            span = quote["source"]["utf16"]
            assert units[2 * span["start"] : 2 * span["stop"]].decode("utf-16-le") == quote["text"]
    plain = json.loads(run(bundled_library, ANSWERABLE, "--json").stdout)
    assert "utf16" not in json.dumps(plain)


def members(schema: Any) -> list[dict[str, Any]]:
    """Every part of a schema that describes an object."""
    if isinstance(schema, list):
        return [found for part in schema for found in members(part)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if schema.get("type") == "object" and "properties" in schema else []
    return own + [found for part in schema.values() for found in members(part)]


def test_the_schema_is_printed_and_admits_nothing_it_does_not_name() -> None:
    printed = json.loads(CliRunner().invoke(quoth, ["schema"]).stdout)
    assert printed == answer_schema()
    described = members(printed)
    assert len(described) >= 12
    for part in described:
        assert part["additionalProperties"] is False
        assert set(part["properties"]) - set(part["required"]) <= {"utf16", "id"}


def test_the_front_door_of_the_room_gives_what_it_lists() -> None:
    assert ui.__all__ == sorted(ui.__all__)
    assert all(callable(getattr(ui, name)) for name in ui.__all__)
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        ui.nothing_of_this_name  # noqa: B018
