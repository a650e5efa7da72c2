"""The Evaluate tab with many questions, and what can be done with a run that is done: over a library that is quick.

With QUOTH_LARGE=1 there are 10,000 questions; without it fewer, and the same held to be true.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from browser_steps import Visit, marked_text, overflow, violations
from small_library import small_library
from small_server import SLOW

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

MANY = 10_000 if os.environ.get("QUOTH_LARGE") else 1_500
MIDDLE = MANY // 2 + 1  # not one of those that are timed before the others
BRIDGES, ZEBRAS = 20, 300
PATIENCE = 300_000  # milliseconds; the machine may be busy with something else
SERVER = ("-I", Path(__file__).parent / "small_server.py")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the library of the server is."""
    return tmp_path_factory.mktemp("bridges")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[str]:
    """The address of the app over a small library, which these tests may change."""
    from running_server import serving

    texts = {f"{at}.txt": f"Bridge number {at} opened in {1900 + at}. Nobody came to see it." for at in range(BRIDGES)}
    small_library(home / "library", texts).close()
    with serving(home / "library", home, SERVER) as address:
        yield address


@pytest.fixture
def hold(home: Path) -> Iterator[Path]:
    """While this file is there, no question of `held_up` is answered: so what goes on can be looked at for any time."""
    file = home / "hold"
    yield file
    file.unlink(missing_ok=True)


def answerable(number: int) -> dict[str, Any]:
    at = number % BRIDGES
    question = f"When did bridge number {at} open, asks visitor {number % 50}?"
    return {"id": f"bridge-{number}", "question": question, "answers": [{"text": f"{1900 + at}", "document": f"{at}"}]}


def unanswerable(number: int) -> dict[str, Any]:
    return {"id": f"zebra-{number}", "question": f"Which colour has zebra {number % 50}?", "answerable": False}


def held_up(row: dict[str, Any], words: str = SLOW) -> dict[str, Any]:
    return {**row, "question": f"{words}: {row['question']}"}


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def evaluate(page: Page, file: Path) -> None:
    """Uploads a question file on the tab; what happens then is to be waited for."""
    page.get_by_role("tab", name="Evaluate").click()
    expect(page.locator(".q-intro")).to_contain_text("A question file is a table")
    page.locator("#q-questions input[type=file]").set_input_files(file)


def expect_result(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", name=title)).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".q-questions tbody tr").first).to_be_visible()


def stop(page: Page, hold: Path) -> None:
    """Presses Stop while a question is held, and lets go of the question when the server knows of it."""
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".q-running")).to_contain_text("Stopping…")
    hold.unlink()


def test_many_questions_run_and_are_paged_filtered_and_opened(visit: Visit, tmp_path: Path, hold: Path) -> None:
    rows = [unanswerable(at) if at % 4 == 3 else answerable(at) for at in range(MANY)]
    rows[MIDDLE] = held_up(rows[MIDDLE])
    hold.touch()
    page = visit()
    evaluate(page, written(tmp_path / "many.jsonl", rows))
    running = page.locator(".q-running")
    expect(running).to_contain_text(f"of {MANY:,} questions asked, ", timeout=PATIENCE)
    expect(running).to_contain_text(" a second, about ")
    assert float(page.get_by_role("progressbar", name="Evaluating many.jsonl").get_attribute("value") or 0) > 0
    hold.unlink()
    expect_result(page, f"{MANY:,} questions of many.jsonl")
    sentence = page.locator(".q-pager .q-meta")
    expect(sentence).to_have_text(f"1 to 25 of {MANY:,}")
    expect(page.locator(".q-questions tbody tr")).to_have_count(25)
    page.get_by_role("button", name="Next page").click()
    expect(sentence).to_have_text(f"26 to 50 of {MANY:,}")
    expect(page.locator(".q-questions tbody tr").first).to_contain_text("bridge-25")
    choices = page.locator(".q-choice")
    numbers = [int(text.replace(",", "")) for text in page.locator(".q-choice .q-amount").all_inner_texts()]
    assert (numbers[0], sum(numbers[1:])) == (MANY, MANY)
    choices.last.click()
    expect(sentence).to_contain_text(f" of {numbers[-1]:,}")
    chosen = choices.last.locator("span").first.inner_text()
    assert set(page.locator(".q-questions .q-badge").all_inner_texts()) == {chosen}
    choices.first.click()
    row = page.locator(".q-questions tbody tr").filter(has=page.locator(".q-words")).first
    row.get_by_role("button").click()
    expect(page.locator(".q-drawer .q-text mark.q-active").first).to_be_in_viewport()
    assert marked_text(page, 1) == row.locator(".q-words").evaluate("node => node.textContent")
    page.keyboard.press("Escape")
    assert overflow(page) == []


def test_stop_before_anything_is_answered_and_go_on(visit: Visit, tmp_path: Path, hold: Path) -> None:
    rows = [answerable(at) for at in range(MANY)]
    rows[0], rows[MIDDLE] = held_up(rows[0]), held_up(rows[MIDDLE], "in the middle")
    hold.touch()
    page = visit()
    evaluate(page, written(tmp_path / "stopped.jsonl", rows))
    stop(page, hold)
    expect(page.get_by_role("heading", name="stopped.jsonl was stopped")).to_be_visible(timeout=PATIENCE)
    hold.write_text("in the middle")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".q-running")).to_contain_text(f"of {MANY:,} questions asked", timeout=PATIENCE)
    stop(page, hold)
    expect(page.locator(".q-running")).to_contain_text("What was answered is kept.", timeout=PATIENCE)


def test_calibrating_is_watched_and_stopped(visit: Visit, tmp_path: Path, hold: Path) -> None:
    rows = [unanswerable(at) for at in range(ZEBRAS)]
    rows[ZEBRAS // 2] = held_up(rows[ZEBRAS // 2])
    page = visit()
    evaluate(page, written(tmp_path / "zebras.jsonl", rows))
    expect_result(page, f"{ZEBRAS:,} questions of zebras.jsonl")
    hold.touch()
    page.get_by_role("button", name="Use these for calibration").click()
    page.get_by_role("button", name="Yes, calibrate the library").click()
    running = page.locator(".q-running")
    expect(running).to_contain_text("Calibrating the library")
    expect(running).to_contain_text(f"of {ZEBRAS:,} questions, ", timeout=PATIENCE)
    expect(page.locator(".q-figures")).to_be_visible()
    assert violations(page) == []
    stop(page, hold)
    box = page.locator(".q-calibration")
    expect(box).to_contain_text("Calibrating was stopped; the library is as it was.", timeout=PATIENCE)
    expect(running).to_have_count(0)
    expect(box.get_by_role("button", name="Use these for calibration")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (390, True)])
def test_calibrating_and_what_it_changed_from_the_run_before(
    visit: Visit, tmp_path: Path, width: int, dark: bool
) -> None:
    rows = [*(unanswerable(at) for at in range(40)), *(answerable(at) for at in range(20))]
    page = visit(width, dark=dark)
    evaluate(page, written(tmp_path / f"both-{width}.jsonl", rows))
    expect_result(page, f"60 questions of both-{width}.jsonl")
    expect(page.get_by_role("button", name="Compare with the run before")).to_have_count(0)
    page.get_by_role("button", name="Use these for calibration").click()
    page.get_by_role("button", name="Yes, calibrate the library").click()
    expect(page.locator(".q-calibration .q-done")).to_contain_text("Calibrated: of further", timeout=PATIENCE)
    evaluate(page, tmp_path / f"both-{width}.jsonl")
    compare = page.get_by_role("button", name="Compare with the run before")
    expect(compare).to_be_visible(timeout=PATIENCE)
    offer = f"The run before: 60 questions of both-{width}.jsonl, asked of 20 passages in 20 documents."
    expect(compare).to_have_attribute("title", offer)
    compare.click()
    box = page.locator(".q-compared")
    expect(box).to_contain_text("Compared with the run before: ", timeout=PATIENCE)
    expect(page.locator("#q-status")).to_contain_text("Compared with the run before: ")
    assert violations(page) == []
    assert overflow(page) == []
    page.reload()
    page.get_by_role("tab", name="Evaluate").click()
    with page.context.expect_page() as opened:
        box.get_by_role("link", name="Open the comparison").click()
    report = opened.value
    expect(report.get_by_role("heading", level=1)).to_contain_text(f"both-{width}.jsonl (this run, 20 documents)")
    expect(report.get_by_role("heading", name="Questions answered differently")).to_be_visible()
    assert report.evaluate("origin") == "null"
