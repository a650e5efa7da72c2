"""What a person does in the web app, and what they can read there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no annotations
from playwright.sync_api import Locator, Page, expect

TEXTS = Path(__file__).resolve().parents[1] / "corpus" / "texts"
Visit = Callable[..., Page]
"""Opens the app as a new visitor; see the fixture of that name."""
ANSWERED = "When was the “Central Asia plus Japan” format initiated?"
BOTH = "Which route connects Central Asia with Europe, bypassing Russia?"
EVERY_SCREEN = pytest.mark.parametrize(
    ("width", "dark"),
    [(width, dark) for width in (1440, 820, 390) for dark in (False, True)],
    ids=lambda value: ("dark" if value else "light") if isinstance(value, bool) else str(value),
)
"""For tests that are to hold on a desk, on a tablet and on a phone, light and dark."""
UNANSWERED = "How many goals did Lionel Messi score in 2012?"


def ask(page: Page, question: str) -> Locator:
    """Types a question, presses Enter, and gives the turn in which it was dealt with."""
    before = page.locator(".q-turn").count()
    page.get_by_role("textbox", name="Your question").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".q-turn")).to_have_count(before + 1)
    turn = page.locator(".q-turn").last
    expect(turn.locator(".q-card, .q-refusal, .q-error").first).to_be_visible()
    expect(page.locator(".q-reader[aria-busy=false]")).to_be_attached()  # it has its document by now
    return turn


def place_in_link(card: Locator) -> tuple[str, int, int]:
    """The document and the offsets that a card's link names."""
    parts = urlsplit(card.locator("a.q-button").get_attribute("href") or "")
    query = parse_qs(parts.query)
    return parts.path.rpartition("/")[2], int(query["start"][0]), int(query["stop"][0])


def shown_text(page: Page) -> str:
    """All characters of the document in the reader, as they are in the page."""
    return str(page.locator(".q-text").evaluate("node => [...node.children].map(child => child.textContent).join('')"))


def marked_text(page: Page, number: int) -> str:
    """All characters that the reader marks for a quote."""
    script = "(marks, n) => marks.filter(m => m.dataset.quotes.split(' ').includes(n)).map(m => m.textContent).join('')"
    return str(page.locator(".q-text mark").evaluate_all(script, str(number)))


def choose_tab(page: Page, name: str) -> None:
    """Goes to a tab of a page that is ready: right after a reload a click on one may find nobody who listens."""
    expect(page.locator(".q-turns > *").first).to_be_attached()
    page.get_by_role("tab", name=name).click()


def open_documents(page: Page) -> None:
    """Goes to the list of documents."""
    choose_tab(page, "Documents")
    expect(page.locator(".q-list")).to_contain_text("In this library")


def upload(page: Page, *files: Path) -> None:
    """Gives files to the upload box; the report that follows is what to wait for."""
    page.locator("#q-upload input[type=file]").set_input_files(files)


def violations(page: Page) -> list[str]:
    """What axe finds wrong once all that moves has come to rest: half faded in, text has too little contrast."""
    page.evaluate("() => document.getAnimations().forEach(one => { try { one.finish(); } catch { one.cancel(); } })")
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]


def overflow(page: Page) -> list[str]:
    """Elements that stick out of the window on the right."""
    script = """() => [...document.querySelectorAll('body *')]
        .filter(node => node.checkVisibility() && !node.closest('.q-unseen, .visually-hidden, .sr-only'))
        .filter(node => node.getBoundingClientRect().right > innerWidth + 1)
        .map(node => `${node.tagName}.${node.className}`)"""
    return list(page.evaluate(script))
