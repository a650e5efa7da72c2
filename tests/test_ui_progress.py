"""How far a work is: the bar in a terminal, and the status of a run for the page."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.qa import Library, Progress
from quoth.ui import measuring
from quoth.ui.progress_bar import progress_bar
from quoth.ui.shell import Settings
from quoth.ui.status import ENDED, Pace, Status
from small_library import small_library

STAGES = st.sampled_from(["timing", "answering", "scoring", "calibrating"])


class Terminal(io.StringIO):
    """Standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """From here on; no fixture, because pytest puts standard error back in between."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    for name, value in (("TERM", "xterm"), ("COLUMNS", "120")):
        monkeypatch.setenv(name, value)
    return shown


def last_line(shown: Terminal) -> str:
    """The bar as it stood at last."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.getvalue())
    return [line for line in re.split(r"[\r\n]", plain) if "\N{BOX DRAWINGS HEAVY HORIZONTAL}" in line][-1]


@pytest.mark.parametrize(
    "told", [[], [Progress("timing", 3, 10)], [Progress("timing", 3, 10), Progress("answering", 40, 50)]]
)
def test_the_bar_shows_the_stage_and_how_far_it_is(monkeypatch: pytest.MonkeyPatch, told: list[Progress]) -> None:
    shown = terminal(monkeypatch)
    with ExitStack() as stack:
        show = progress_bar(stack, "loading")
        assert show is not None
        for progress in told:
            show(progress)
    line = last_line(shown)
    assert line.startswith(told[-1].stage if told else "loading")
    assert (f"{told[-1].done}/{told[-1].total}" if told else "0/?") in line


def test_what_was_done_before_a_stage_began_is_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that goes on from 5,000 answers did not just answer 5,000 a second."""
    shown = terminal(monkeypatch)
    with ExitStack() as stack:
        show = progress_bar(stack, "loading")
        assert show is not None
        show(Progress("timing", 0, 10))
        show(Progress("answering", 5_000, 6_000))
    assert "a second" not in last_line(shown)


def test_nobody_is_shown_a_bar_who_would_not_see_it_move() -> None:
    with ExitStack() as stack:
        assert progress_bar(stack, "loading") is None


def test_a_file_name_does_not_command_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with ExitStack() as stack:
        show = progress_bar(stack, "loading")
        assert show is not None
        show(Progress("evil\x9b31m [red]", 1, 2))
    assert "\x9b" not in shown.getvalue()
    assert "evil<U+009B>31m [red]" in last_line(shown)


# The status for the page


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_rate_and_remaining_time_are_those_of_the_stage() -> None:
    clock = Clock()
    pace = Pace(clock)
    assert pace.status(Progress("timing", 0, 60)) == Status("timing", 0, 60)
    clock.now += 6
    assert pace.status(Progress("timing", 60, 60)) == Status("timing", 60, 60, 10.0, 0.0)
    assert pace.status(Progress("answering", 400, 1_000)) == Status("asking", 400, 1_000)
    clock.now += 2
    assert pace.status(Progress("answering", 450, 1_000)) == Status("asking", 450, 1_000, 25.0, 22.0)


@given(st.lists(st.tuples(STAGES, st.integers(0, 100), st.floats(0, 10)), max_size=20))
def test_no_progress_gives_a_rate_or_a_time_that_is_none(told: list[tuple[str, int, float]]) -> None:
    clock = Clock()
    pace = Pace(clock)
    for stage, done, seconds in told:
        clock.now += seconds
        status = pace.status(Progress(stage, done, 100))
        assert (status.rate is None) == (status.left is None)
        assert status.phase not in ENDED
        assert (status.done, status.total) == (done, 100)


@pytest.mark.parametrize(
    ("status", "stoppable"),
    [
        (Status("reading"), True),
        (Status("timing", 60, 60), True),
        (Status("asking", 10, 10), True),
        (Status("scoring", 9, 10), True),
        (Status("scoring", 10, 10), False),
        (Status("calibrating", 1, 10), True),
        (Status("comparing"), False),
        (Status("done"), False),
        (Status("stopped"), False),
    ],
)
def test_what_can_be_stopped(status: Status, stoppable: bool) -> None:
    assert status.stoppable == stoppable


# Calibrating


@pytest.fixture
def bridges(tmp_path: Path) -> Iterator[Library]:
    with small_library(tmp_path / "library", {"a.txt": "The bridge opened in 1901."}) as library:
        yield library


class Opened:
    """Settings whose library is open already."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def open_or_bundled(self) -> Library:
        return self._library


def test_ctrl_c_leaves_the_library_uncalibrated_and_says_so(
    bridges: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Progress] = []

    def interrupt(progress: Progress) -> None:
        told.append(progress)
        if progress.done == 7:
            raise KeyboardInterrupt

    monkeypatch.setattr(measuring, "progress_bar", lambda *_: interrupt)
    rows = "".join(f'{{"question": "Who won cup {at}?", "answerable": false}}\n' for at in range(20))
    (tmp_path / "q.jsonl").write_text(rows)
    with pytest.raises(KeyboardInterrupt):
        measuring.calibrate_library(cast(Settings, Opened(bridges)), tmp_path / "q.jsonl", 0.05, quiet=False)
    assert told[-1] == Progress("calibrating", 7, 20)
    assert capsys.readouterr().err == "Stopped: the library is as it was.\n"
    assert not (bridges.folder / "calibration.json").exists()
