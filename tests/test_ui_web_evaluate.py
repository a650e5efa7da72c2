"""The Evaluate tab as a person uses it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser_steps import ANSWERED, EVERY_SCREEN, Visit, ask, choose_tab, marked_text, overflow, violations

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

ARTICLES = Path(__file__).parent / "data" / "articles.jsonl"
PATIENCE = 120_000  # milliseconds; models answer every question of a run
HARM = "<img src=x onerror='window.harmed = 1'> ${Object.assign(window, {harmed: 2})} {{3}}"


def open_evaluation(page: Page) -> None:
    choose_tab(page, "Evaluate")
    expect(page.locator(".q-intro")).to_contain_text("A question file is a table")


def give(page: Page, file: Path) -> None:
    page.locator("#q-questions input[type=file]").set_input_files(file)


def expect_result(page: Page) -> None:
    expect(page.locator(".q-figures")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".q-questions tbody tr").first).to_be_visible()


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """Four good rows and a broken one."""
    lines = ARTICLES.read_bytes().splitlines(keepends=True)
    path = tmp_path / "few.jsonl"
    path.write_bytes(b"".join([*lines[:2], lines[3], lines[5], b'{"question": ""}\n']))
    return path


def test_from_the_file_to_the_marked_quote_the_report_and_the_zip(visit: Visit, few: Path, tmp_path: Path) -> None:
    page = visit()
    ask(page, ANSWERED)
    asked_about = page.locator(".q-reader-title").inner_text()
    open_evaluation(page)
    assert violations(page) == []
    give(page, few)
    expect(page.locator(".q-running")).to_contain_text("few.jsonl")
    expect_result(page)
    expect(page.locator("#q-status")).to_contain_text("Evaluation done. First quote right:")
    expect(page.locator(".q-figure")).to_have_count(8)
    expect(page.locator(".q-figure").nth(6)).to_contain_text("Broken quotes")
    expect(page.get_by_role("img", name="Outcomes: right")).to_be_visible()
    expect(page.get_by_role("img", name="Risk-coverage curve; today: ")).to_be_visible()
    expect(page.locator(".q-chart").last).to_contain_text("of the scored questions are answered")
    page.get_by_text("What these numbers mean").click()
    expect(page.locator(".q-meanings dd")).to_have_count(8)
    expect(page.locator(".q-remarks li")).to_contain_text("few.jsonl, line 5")
    expect(page.locator(".q-questions tbody tr")).to_have_count(4)
    assert violations(page) == []
    row = page.locator(".q-questions tbody tr").filter(has=page.locator(".q-words")).first
    row.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".q-drawer .q-text mark.q-active").first).to_be_in_viewport()
    assert marked_text(page, 1) == row.locator(".q-words").evaluate("node => node.textContent")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".q-drawer")).to_have_count(0)
    expect(row.get_by_role("button")).to_be_focused()
    row.click()
    expect(page.locator(".q-drawer")).to_be_visible()
    page.get_by_role("tab", name="Ask").click()
    expect(page.locator("#q-room .q-reader-title")).to_have_text(asked_about)
    expect(page.locator("#q-room .q-text mark.q-active").first).to_be_in_viewport()
    open_evaluation(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    download.value.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        names = {"answers.jsonl", "report.json", "report.html", "run.trec", "manifest.json", "questions/few.jsonl"}
        assert names <= set(archive.namelist())
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the report").click()
    report = opened.value
    expect(report.get_by_role("heading", name="Evaluation of few.jsonl")).to_be_visible()
    report.locator(".filter button").nth(1).click()
    expect(report.locator(".filter button").nth(1)).to_have_attribute("aria-pressed", "true")
    assert report.evaluate("origin") == "null"  # sandboxed: it could not reach the app if it wanted to


def test_one_at_a_time_stop_and_go_on_after_a_reload(visit: Visit, few: Path, tmp_path: Path) -> None:
    page, other = visit(), visit()
    open_evaluation(page)
    (tmp_path / "long.jsonl").write_bytes(ARTICLES.read_bytes())
    give(page, tmp_path / "long.jsonl")
    expect(page.locator(".q-running")).to_contain_text("of 118 questions asked", timeout=PATIENCE)
    open_evaluation(other)
    give(other, few)
    expect(other.locator(".q-error")).to_contain_text("Another evaluation is running")
    page.reload()
    open_evaluation(page)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="long.jsonl was stopped")).to_be_focused(timeout=PATIENCE)
    expect(page.locator(".q-running")).to_contain_text("What was answered is kept.")
    expect(page.locator("#q-status")).to_contain_text("Stopped after")
    assert violations(page) == []
    give(other, few)
    expect_result(other)
    expect(other.locator(".q-error")).to_have_count(0)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".q-running")).to_contain_text("of 118 questions asked", timeout=PATIENCE)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="long.jsonl was stopped")).to_be_visible(timeout=PATIENCE)


@pytest.mark.parametrize(
    ("name", "content"),
    [("noise.xlsx", b"no workbook"), ("cut.json", b'{"data": ['), ("no-column.csv", b"words\n1\n"), ("a.exe", b"MZ")],
)
def test_a_broken_file_gets_a_sentence_and_leaves_the_page_working(
    visit: Visit, tmp_path: Path, name: str, content: bytes
) -> None:
    page = visit()
    open_evaluation(page)
    (tmp_path / name).write_bytes(content)
    give(page, tmp_path / name)
    expect(page.locator("#q-evaluation .q-error")).to_contain_text(name)
    expect(page.locator("#q-status")).to_contain_text(name)
    expect(page.locator(".q-running, .q-waiting")).to_have_count(0)
    expect(page.get_by_role("button", name="Run the small example")).to_be_enabled()
    assert violations(page) == []


def test_hostile_questions_are_only_shown(visit: Visit, tmp_path: Path) -> None:
    rows = [
        {"id": HARM, "question": f"{ANSWERED} {HARM}", "answers": [{"text": f"2004 {HARM}", "document": HARM}]},
        {"id": HARM + "2", "question": HARM, "answerable": False},
        {"id": HARM, "question": "Twice?"},
    ]
    path = tmp_path / "a${window.harmed=4}&<b>.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = visit()
    open_evaluation(page)
    give(page, path)
    expect_result(page)
    expect(page.locator(".q-questions")).to_contain_text(HARM)
    expect(page.locator(".q-remarks")).to_contain_text("onerror")
    page.locator("button.q-open-row").first.click()
    expect(page.locator(".q-drawer-title")).to_contain_text(HARM)
    expect(page.locator(".q-drawer .q-text mark.q-active").first).to_be_in_viewport()
    assert page.evaluate("window.harmed === undefined")
    assert violations(page) == []


@EVERY_SCREEN
def test_the_small_example_on_every_screen(visit: Visit, width: int, dark: bool) -> None:
    page = visit(width, dark=dark)
    open_evaluation(page)
    page.get_by_role("button", name="Run the small example").click()
    expect_result(page)
    expect(page.locator(".q-calibration")).to_contain_text("With 19 or more")
    assert violations(page) == []
    assert overflow(page) == []
    page.get_by_role("button", name="right refusal").click()
    expect(page.locator(".q-questions tbody tr")).to_have_count(1)
    page.locator("button.q-open-row").click()
    expect(page.locator(".q-drawer .q-note")).to_contain_text("not an answer")
    assert violations(page) == []
    assert overflow(page) == []
    page.get_by_role("button", name="Close").locator("visible=true").click()
    expect(page.locator("button.q-open-row")).to_be_focused()
    page.reload()
    open_evaluation(page)
    expect_result(page)


def test_the_template_is_downloaded(visit: Visit) -> None:
    page = visit()
    open_evaluation(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Template as CSV").click()
    assert download.value.suggested_filename == "quoth-questions.csv"


def test_calibration_takes_two_steps(visit: Visit, tmp_path: Path) -> None:
    """The second one is not taken: the library is every other test's too."""
    path = tmp_path / "none.jsonl"
    path.write_text("".join(json.dumps({"question": f"Who won {at}?", "answerable": False}) + "\n" for at in range(20)))
    page = visit()
    open_evaluation(page)
    give(page, path)
    expect_result(page)
    page.get_by_role("button", name="Use these for calibration").click()
    expect(page.get_by_role("button", name="Yes, calibrate the library")).to_be_visible()
    expect(page.get_by_role("button", name="Not now")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Use these for calibration")).to_be_focused()
