"""Ways to use the web app: keyboard, dark, phone, screen reader rules."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from browser_steps import (
    ANSWERED,
    BOTH,
    EVERY_SCREEN,
    UNANSWERED,
    Visit,
    ask,
    marked_text,
    open_documents,
    overflow,
    place_in_link,
    shown_text,
    violations,
)

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


def is_in_order(page: Page) -> None:
    """Nothing for axe to object to, nothing that sticks out on the right."""
    assert violations(page) == []
    assert overflow(page) == []


@EVERY_SCREEN
def test_every_screen_is_in_order_and_shows_the_exact_characters(visit: Visit, width: int, dark: bool) -> None:
    page = visit(width=width, dark=dark, height=844, has_touch=width < 1000)
    is_in_order(page)
    ask(page, "w" * 300)
    turn = ask(page, BOTH)
    is_in_order(page)
    card = turn.locator(".q-lead")
    card.get_by_role("button", name="Show in source").click()
    expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()
    start, stop = place_in_link(card)[1:]
    assert marked_text(page, 1) == shown_text(page)[start:stop]
    is_in_order(page)
    if width < 1000:
        page.get_by_role("button", name="Close the document").click()
    turn = ask(page, UNANSWERED)
    is_in_order(page)
    turn.locator(".q-row").first.click()
    expect(page.locator(".q-note")).to_be_visible()
    is_in_order(page)
    page.keyboard.press("Escape")
    ask(page, " ")
    open_documents(page)
    is_in_order(page)
    page.get_by_role("button", name="Remove").first.click()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    is_in_order(page)
    undo.click()
    expect(page.locator(".q-list")).to_contain_text("in 2 documents")


def test_keys_ask_step_and_open(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("/")
    box = page.get_by_role("textbox", name="Your question")
    expect(box).to_be_focused()
    cards = ask(page, BOTH).locator(".q-card")
    total = cards.count()
    assert total > 1
    page.keyboard.type("j1")  # while typing, keys are letters
    expect(box).to_have_value("j1")
    page.keyboard.press("Escape")
    expect(box).not_to_be_focused()
    for key, number in (("j", 2), ("k", 1), ("k", total), ("1", 1), ("2", 2)):
        page.keyboard.press(key)
        expect(page.locator(".q-reader-head .q-count")).to_have_text(f"Quote {number} of {total}")
        expect(cards.nth(number - 1)).to_have_class(r"q-card q-lead q-open" if number == 1 else "q-card q-row q-open")
        expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()


def test_the_slash_asks_from_every_tab_and_other_keys_do_nothing_there(visit: Visit) -> None:
    page = visit()
    ask(page, BOTH)
    box = page.get_by_role("textbox", name="Your question")
    for tab in ("Documents", "Evaluate"):
        page.get_by_role("tab", name=tab).click()
        expect(box).not_to_be_visible()
        for key in ("j", "k", "2", "9", "x", "Escape", "Control+1", "Shift+J"):
            page.keyboard.press(key)
        page.keyboard.press("/")
        expect(box).to_be_focused()
        expect(box).to_have_value("")  # the slash itself is no question
        expect(page.locator(".q-card.q-open")).to_have_count(1)
        expect(page.locator(".q-lead.q-open")).to_be_visible()


def test_keys_are_letters_wherever_one_types(visit: Visit) -> None:
    page = visit()
    ask(page, BOTH)
    page.get_by_role("textbox", name="Your question").fill("one / two")
    page.keyboard.type("/12jk")
    expect(page.get_by_role("textbox", name="Your question")).to_have_value("one / two/12jk")
    page.keyboard.press("Escape")
    expect(page.locator(".q-lead.q-open")).to_be_visible()
    page.get_by_role("button", name="Documents to search").click()
    expect(page.get_by_role("dialog", name="Documents to search")).to_be_visible()
    page.keyboard.press("2")  # in a window of its own a number opens no quote
    page.keyboard.press("/")
    expect(page.get_by_role("dialog", name="Documents to search")).to_be_visible()
    expect(page.locator(".q-lead.q-open")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.locator(".q-row.q-open")).to_be_visible()


def test_what_is_offered_where_no_article_is_bundled(visit: Visit) -> None:
    page = visit()
    page.evaluate(
        """async () => {
            const { welcome } = await import(new URL('quoth/static/welcome.js', document.baseURI));
            const starters = async () => ['What is a <b>decision</b> problem?', 'How to read its scores'];
            const greeting = welcome({ library: '9 passages', examples: [] }, starters);
            document.querySelector('.q-turns').replaceChildren(greeting);
        }"""
    )
    expect(page.locator(".q-example")).to_have_text(["What is a <b>decision</b> problem?", "How to read its scores"])
    assert violations(page) == []
    page.get_by_role("button", name="Search for: How to read its scores").click()
    expect(page.get_by_role("heading", name="How to read its scores")).to_be_visible()
    expect(page.locator(".q-turn .q-card, .q-turn .q-refusal").first).to_be_visible()


def test_next_and_previous_go_through_all_quotes(visit: Visit) -> None:
    page = visit()
    total = ask(page, BOTH).locator(".q-card").count()
    page.get_by_role("button", name="Next quote").click()
    expect(page.locator(".q-reader-head .q-count")).to_have_text(f"Quote 2 of {total}")
    page.get_by_role("button", name="Previous quote").click()
    expect(page.locator(".q-reader-head .q-count")).to_have_text(f"Quote 1 of {total}")


def test_dark_is_remembered(visit: Visit) -> None:
    page = visit()
    toggle = page.get_by_role("button", name="Dark mode")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("button", name="Dark mode")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("body.dark")).to_be_attached()


def test_on_a_phone_the_reader_is_a_sheet(visit: Visit) -> None:
    page = visit(width=390, height=844, has_touch=True)
    reader = page.locator(".q-reader")
    expect(reader).not_to_be_visible()
    turn = ask(page, ANSWERED)
    expect(reader).not_to_be_visible()
    show = turn.get_by_role("button", name="Show in source").first
    show.click()
    expect(reader).to_be_visible()
    close = page.get_by_role("button", name="Close the document")
    expect(close).to_be_focused()
    expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()
    close.click()
    expect(reader).not_to_be_visible()
    expect(show).to_be_focused()
