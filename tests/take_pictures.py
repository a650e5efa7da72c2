"""Takes the pictures of the README from the real app: `python -I tests/take_pictures.py [FOLDER]`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # isolated mode leaves it out

from playwright.sync_api import Browser, Page, expect, sync_playwright

from browser_fixtures import CHROMIUM, FLAGS
from browser_steps import ANSWERED, BOTH, TEXTS, UNANSWERED, ask, open_documents
from running_server import serving

DOCS = Path(__file__).resolve().parents[1] / "docs"
PICTURES, REPORT = DOCS / "pictures", DOCS / "example-report" / "report.html"
QUESTIONS = DOCS.parent / "tests" / "data" / "articles.jsonl"


def main(folder: Path = PICTURES) -> None:
    """Writes every picture that the README and the pages of docs show."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        subprocess.run(
            [sys.executable, "-Im", "quoth.ui.cli", "--library", f"{name}/library", "add", TEXTS],
            check=True,
            capture_output=True,
        )
        with serving(Path(name) / "library", Path(name)) as address:
            take(browser, address, folder)
        page = blank(browser)
        page.goto(REPORT.as_uri())
        save(page, folder / "report.png")
        browser.close()


def take(browser: Browser, address: str, folder: Path) -> None:
    page = visit(browser, address)
    ask(page, BOTH)
    save(page, folder / "ask.png")
    ask(page, UNANSWERED)
    save(page, folder / "refusal.png")
    open_documents(page)
    save(page, folder / "documents.png")
    page.get_by_role("tab", name="Evaluate").click()
    page.locator("#q-questions input[type=file]").set_input_files(QUESTIONS)
    expect(page.locator(".q-figure").first).to_be_visible(timeout=600_000)
    save(page, folder / "evaluate.png")
    page = visit(browser, address, dark=True)
    ask(page, ANSWERED)
    save(page, folder / "dark.png")
    page = visit(browser, address, phone=True)
    turn = ask(page, ANSWERED)
    save(page, folder / "phone.png")
    turn.get_by_role("button", name="Show in source").first.click()
    expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()
    save(page, folder / "phone-reader.png")


def visit(browser: Browser, address: str, *, dark: bool = False, phone: bool = False) -> Page:
    page = blank(browser, dark=dark, phone=phone)
    page.goto(address)
    expect(page.locator(".q-turns > *").first).to_be_visible()
    return page


def blank(browser: Browser, *, dark: bool = False, phone: bool = False) -> Page:
    return browser.new_context(
        viewport={"width": 390, "height": 844} if phone else {"width": 1440, "height": 900},
        device_scale_factor=2 if phone else 1,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    ).new_page()


def save(page: Page, path: Path) -> None:
    if page.locator("#q-box textarea").is_visible():
        page.locator("#q-box textarea").blur()
    page.evaluate("document.fonts.ready")
    page.screenshot(path=path)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
