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

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

MANY = 10_000 if os.environ.get("QUOTH_LARGE") else 1_500
BRIDGES, ZEBRAS = 20, 700
PATIENCE = 300_000  # milliseconds; the machine may be busy with something else
SERVER = ("-I", Path(__file__).parent / "small_server.py")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app over a small library, which these tests may change."""
    from running_server import serving

    home = tmp_path_factory.mktemp("bridges")
    texts = {f"{at}.txt": f"Bridge number {at} opened in {1900 + at}. Nobody came to see it." for at in range(BRIDGES)}
    small_library(home / "library", texts).close()
    with serving(home / "library", home, SERVER) as address:
        yield address


def answerable(number: int) -> dict[str, Any]:
    at = number % BRIDGES
    question = f"When did bridge number {at} open, asks visitor {number % 50}?"
    return {"id": f"bridge-{number}", "question": question, "answers": [{"text": f"{1900 + at}", "document": f"{at}"}]}


def unanswerable(number: int) -> dict[str, Any]:
    return {"id": f"zebra-{number}", "question": f"Which colour has zebra {number % 50}?", "answerable": False}


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


def test_many_questions_run_and_are_paged_filtered_and_opened(visit: Visit, tmp_path: Path) -> None:
    rows = [unanswerable(at) if at % 4 == 3 else answerable(at) for at in range(MANY)]
    page = visit()
    evaluate(page, written(tmp_path / "many.jsonl", rows))
    running = page.locator(".q-running")
    expect(running).to_contain_text(f"of {MANY:,} questions asked, ", timeout=PATIENCE)
    expect(running).to_contain_text(" a second, about ")
    assert float(page.get_by_role("progressbar", name="Evaluating many.jsonl").get_attribute("value") or 0) > 0
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


def test_stop_before_anything_is_answered_and_go_on(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    evaluate(page, written(tmp_path / "stopped.jsonl", [answerable(at) for at in range(MANY)]))
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="stopped.jsonl was stopped")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".q-running")).to_contain_text(f"of {MANY:,} questions asked", timeout=PATIENCE)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".q-running")).to_contain_text("What was answered is kept.", timeout=PATIENCE)


def test_calibrating_is_watched_and_stopped(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    evaluate(page, written(tmp_path / "zebras.jsonl", [unanswerable(at) for at in range(ZEBRAS)]))
    expect_result(page, f"{ZEBRAS:,} questions of zebras.jsonl")
    page.get_by_role("button", name="Use these for calibration").click()
    page.get_by_role("button", name="Yes, calibrate the library").click()
    running = page.locator(".q-running")
    expect(running).to_contain_text("Calibrating the library")
    expect(running).to_contain_text(f"of {ZEBRAS:,} questions, ", timeout=PATIENCE)
    expect(page.locator(".q-figures")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Stop").click()
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
