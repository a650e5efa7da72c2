"""Asking only some of the documents: chosen by mouse, keyboard or finger, seen in every answer, kept with the rest."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from browser_steps import BOTH, EVERY_SCREEN, Visit, ask, overflow, place_in_link, violations
from lake_steps import ASKED, Lake

pytest_plugins = ["browser_fixtures", "lake_fixtures"]
pytestmark = pytest.mark.browser
TITLE = "First Central Asia–Japan summit"


@pytest.fixture(scope="session")
def server(lake: Lake) -> str:
    """In the place of the one that other tests share."""
    return lake.address


def opener(page: Page) -> Locator:
    return page.get_by_role("button", name="Documents to search")


def window(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Documents to search")


def choose(page: Page, *names: str) -> None:
    """Opens the choice, ticks these and closes it."""
    opener(page).click()
    for name in names:
        window(page).get_by_role("checkbox", name=name).check()
    window(page).get_by_role("button", name="Done").click()
    expect(window(page)).not_to_be_visible()


def filters_sent(page: Page) -> list[Any]:
    """The filter of every question from now on."""
    sent: list[Any] = []

    def request(asked: Request) -> None:
        if asked.method == "POST" and '"base"' in (asked.post_data or ""):
            sent.append(json.loads(asked.post_data or "")["event_data"]["filter"])

    page.on("request", request)
    return sent


def test_a_document_that_is_chosen_is_the_only_one_searched(visit: Visit) -> None:
    page = visit()
    sent = filters_sent(page)
    choose(page, TITLE)
    expect(opener(page)).to_contain_text(TITLE)
    turn = ask(page, BOTH)
    expect(turn.locator(".q-meta")).to_contain_text(re.compile(r"searched \d+ passages in 1 of 12 documents"))
    cards = turn.locator(".q-card")
    documents = {place_in_link(cards.nth(at))[0] for at in range(cards.count())}
    assert sent == [{"documents": [*documents], "folders": []}]
    page.reload()  # it is a part of the conversation
    expect(page.locator(".q-lead")).to_be_visible()
    expect(opener(page)).to_contain_text(TITLE)
    turn = ask(page, ASKED)
    expect(turn.locator(".q-facts")).to_contain_text("in 1 of 12 documents")
    assert violations(page) == []
    page.get_by_role("button", name="New conversation").click()
    expect(opener(page)).to_have_text("All documents")
    ask(page, BOTH)
    assert sent[1:] == [sent[0], None]


def test_a_refusal_within_a_filter_tells_what_lies_outside_and_asks_it_with_one_press(visit: Visit) -> None:
    page = visit()
    choose(page, TITLE)
    turn = ask(page, ASKED)
    expect(turn.locator(".q-outside")).to_contain_text("Outside the filter")
    turn.get_by_role("button", name="Ask all documents").click()
    expect(turn.locator(".q-lead")).to_be_visible()
    expect(turn.locator(".q-meta")).to_contain_text("passages in 12 documents")
    expect(turn.get_by_role("heading", name=ASKED)).to_be_focused()
    expect(opener(page)).to_contain_text(TITLE)  # that was about the one question


def test_folders_and_documents_are_found_by_typing_and_chosen_by_keyboard(visit: Visit) -> None:
    page = visit()
    opener(page).focus()
    page.keyboard.press("Enter")
    search = window(page).get_by_role("searchbox", name="Find a document or folder")
    expect(search).to_be_focused()
    page.keyboard.type("birds")  # the letters are letters here
    expect(window(page).get_by_role("checkbox")).to_have_count(3)  # the folder and what lies in it
    expect(page.locator("#q-status")).to_have_text("3 found.")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.locator("#q-status")).to_have_text("Questions now go to birds.")
    expect(window(page).get_by_role("checkbox", name="birds").first).to_be_checked()
    expect(window(page).get_by_role("checkbox", name="birds").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(window(page)).not_to_be_visible()
    expect(opener(page)).to_be_focused()
    expect(opener(page)).to_have_accessible_name("Documents to search: birds")
    turn = ask(page, ASKED)
    expect(turn.locator(".q-meta")).to_contain_text("in 2 of 12 documents")
    page.get_by_role("button", name="Search all documents").click()
    expect(opener(page)).to_have_text("All documents")
    expect(opener(page)).to_be_focused()
    opener(page).click()
    search.fill("nothing is called this")
    expect(window(page)).to_contain_text("Nothing is called that.")


def test_several_are_named_by_their_number_and_taken_back_together(visit: Visit) -> None:
    page = visit()
    choose(page, "letter-1.txt", "letter-2.txt", "birds 2 documents")
    expect(opener(page)).to_have_text("1 folder, 2 documents")
    expect(ask(page, ASKED).locator(".q-meta")).to_contain_text("in 4 of 12 documents")
    opener(page).click()
    window(page).get_by_role("button", name="All documents").click()
    expect(window(page).get_by_role("checkbox", checked=True)).to_have_count(0)
    expect(opener(page)).to_have_text("All documents")


def test_a_choice_of_which_nothing_is_left_is_told_and_not_widened(visit: Visit) -> None:
    page = visit()
    choose(page, TITLE)
    page.evaluate(
        """async () => {
            const { choose } = await import(new URL('quoth/static/filter.js', document.baseURI));
            choose({ documents: [{ id: 'gone', title: 'A lost letter' }], folders: [] });
        }"""
    )
    expect(opener(page)).to_contain_text("A lost letter")
    expect(ask(page, ASKED).locator(".q-error")).to_contain_text("choose others")


@EVERY_SCREEN
def test_the_choice_fits_every_screen(visit: Visit, width: int, dark: bool) -> None:
    page = visit(width=width, height=700, dark=dark, has_touch=width < 1000)
    opener(page).click()
    expect(window(page)).to_be_visible()
    assert violations(page) == []
    assert overflow(page) == []
    inside = window(page).bounding_box()
    assert inside is not None
    assert inside["y"] >= 0
    assert inside["y"] + inside["height"] <= 700
    window(page).get_by_role("checkbox", name=TITLE).check()
    page.keyboard.press("Escape")
    ask(page, BOTH)
    assert violations(page) == []
    assert overflow(page) == []
