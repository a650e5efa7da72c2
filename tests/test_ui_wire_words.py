"""Random command lines of real commands, run in this process; benchmarks/input_suite.py takes more of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from quoth.ui.cli import quoth as commands
from wire_targets import Thrown
from wire_words import Console, console, obeyed

Typing = tuple[Console, Thrown]


@pytest.fixture(scope="module")
def typing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typing]:
    """At its end the library has to be healthy, and to answer."""
    with console(tmp_path_factory.mktemp("words")) as found:
        yield found


def test_any_command_line_ends_in_order_and_harms_nothing(typing: Typing) -> None:
    there, target = typing
    assert {target.judge(target.case(number)) for number in range(250)} == {"read", "refused"}
    there.unharmed()


def test_every_command_and_option_is_typed_and_a_number_names_a_case_for_good(typing: Typing) -> None:
    there, _ = typing
    cases = [there.case(number) for number in range(1_000)]
    assert cases == [there.case(number) for number in range(1_000)]
    typed = {word.partition("=")[0] for case in cases for word in case}
    known = {name for command in commands.commands.values() for option in command.params for name in option.opts}
    assert set(commands.commands) <= typed
    assert {name for name in known if name.startswith("-")} <= typed


@pytest.mark.parametrize(
    "words", [["mcp"], ["serve"], ["serve", "--port", "0", "--no-web"], ["list"], ["doctor"], ["schema"], ["--help"]]
)
def test_right_words_are_taken(typing: Typing, words: Sequence[str]) -> None:
    there, _ = typing
    assert there.judge(["--library", "library", *words]) == "read"


def test_a_traceback_that_was_asked_for_commands_no_terminal(typing: Typing) -> None:
    """Its last line has the words of the error, and these the name of the file."""
    there, _ = typing
    code, out, err = there.run(["--debug", "--library", "library", "verify", "docs/\x1b[31mred\u202e.txt"])
    assert (code, out) == (2, "")
    assert "Traceback" in err
    assert "<U+001B>[31mred<U+202E>.txt" in err
    assert obeyed(err) == []


@pytest.mark.parametrize(
    ("code", "out", "err"),
    [
        (3, "", "Error: x"), (2, "", "x"), (0, "", "Traceback (most recent call last)"), (0, "\x1b[31m", ""),
        (2, "", "Error: \x9b"), (2, "", "Error: something unexpected went wrong (ValueError: x)"),
    ],
)  # fmt: skip
def test_what_breaks_the_law_is_seen(
    typing: Typing, monkeypatch: pytest.MonkeyPatch, code: int, out: str, err: str
) -> None:
    there, _ = typing
    monkeypatch.setattr(there, "run", lambda _: (code, out, err))
    with pytest.raises(AssertionError):
        there.judge(["list"])
