"""Conversations in the web app: follow-up questions, how one takes them back, new beginnings, sources compared."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from browser_steps import ANSWERED, EVERY_SCREEN, UNANSWERED, Visit, ask, open_documents, overflow, violations

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser
WHEN = "When does Japan hold its first summit with Central Asia?"
FOLLOW_UP = "And why was it postponed?"


def listen(page: Page) -> list[dict[str, Any]]:
    """What the page sends along with every question from now on."""
    sent: list[dict[str, Any]] = []

    def request(asked: Request) -> None:
        if asked.method == "POST" and '"base"' in (asked.post_data or ""):
            sent.append(json.loads(asked.post_data or "")["event_data"])

    page.on("request", request)
    return sent


def follow_up(page: Page) -> Locator:
    """A turn whose question was completed by the one before it."""
    ask(page, WHEN)
    turn = ask(page, FOLLOW_UP)
    expect(turn.locator(".q-searched")).to_be_visible()
    return turn


def test_the_earlier_questions_are_sent_along(visit: Visit) -> None:
    page = visit()
    sent = listen(page)
    asked = [f"What is said of topic {number} of the summit?" for number in range(8)]
    for question in asked:
        ask(page, question)
    assert [each["question"] for each in sent] == asked
    assert [each["history"] for each in sent] == [asked[max(0, number - 6) : number] for number in range(8)]


def test_a_question_that_was_none_is_not_remembered(visit: Visit) -> None:
    page = visit()
    sent = listen(page)
    for question in (" ", "x" * 5_000, ANSWERED, UNANSWERED, ANSWERED):
        ask(page, question)
    assert [each["history"] for each in sent] == [[], [], [], [ANSWERED], [ANSWERED, UNANSWERED]]


def test_what_was_searched_for_is_shown_and_taken_back_with_one_press(visit: Visit) -> None:
    page = visit()
    turn = follow_up(page)
    assert page.locator(".q-searched").count() == 1  # the first question was searched for as it stood
    words = turn.locator(".q-searched q").inner_text()
    assert words.startswith(FOLLOW_UP)
    assert words != FOLLOW_UP
    expect(turn.locator(".q-searched")).to_contain_text("Searched for:")
    sent = listen(page)
    turn.get_by_role("button", name="Ask on its own").click()
    expect(turn.locator(".q-searched")).to_have_count(0)
    expect(turn.locator(".q-card, .q-refusal").first).to_be_visible()
    assert [(each["question"], each["history"]) for each in sent] == [(FOLLOW_UP, [])]
    expect(page.locator(".q-turn")).to_have_count(2)
    expect(turn.get_by_role("heading", name=FOLLOW_UP)).to_be_focused()
    ask(page, ANSWERED)
    assert sent[-1]["history"] == [WHEN, FOLLOW_UP]  # once, though it was asked twice


def test_an_old_question_asked_alone_stays_where_it_is_and_keys_open_its_quotes(visit: Visit) -> None:
    page = visit()
    turn = page.locator(".q-turn").nth(1)
    follow_up(page)
    ask(page, ANSWERED)
    turn.get_by_role("button", name="Ask on its own").click()
    expect(turn.locator(".q-searched")).to_have_count(0)
    expect(turn.locator(".q-card").first).to_be_visible()
    page.keyboard.press("1")
    expect(turn.locator(".q-card.q-open")).to_have_count(1)
    expect(page.locator(".q-card.q-open")).to_have_count(1)
    expect(page.locator(".q-turn").last.get_by_role("heading", name=ANSWERED)).to_be_attached()


def test_a_new_conversation_forgets_the_old_one(visit: Visit) -> None:
    page = visit()
    fresh = page.get_by_role("button", name="New conversation")
    expect(fresh).not_to_be_visible()
    ask(page, WHEN)
    expect(page.locator(".q-text mark").first).to_be_attached()
    open_documents(page)
    fresh.click()
    expect(page.locator(".q-welcome")).to_be_visible()
    expect(page.locator(".q-turn")).to_have_count(0)
    expect(page.locator(".q-text mark")).to_have_count(0)
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    expect(page.locator("#q-status")).to_contain_text("forgotten")
    expect(fresh).not_to_be_visible()
    sent = listen(page)
    turn = ask(page, FOLLOW_UP)
    assert [(each["question"], each["history"]) for each in sent] == [(FOLLOW_UP, [])]
    expect(turn.locator(".q-searched")).to_have_count(0)
    expect(fresh).to_be_visible()


def test_a_new_conversation_does_not_ask_the_question_of_the_address_again(visit: Visit) -> None:
    page = visit(query="?q=Who+is+the+Japanese+Prime+Minister%3F")
    expect(page.locator(".q-turn .q-card").first).to_be_visible()
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".q-welcome")).to_be_visible()
    page.get_by_role("button", name=ANSWERED).click()
    expect(page.locator(".q-turn")).to_have_count(1)
    expect(page.locator(".q-turn .q-card").first).to_be_visible()


def test_sources_are_compared_side_by_side(visit: Visit) -> None:
    page = visit()
    turn = ask(page, WHEN)
    compared = turn.get_by_role("region", name="The sources compared")
    expect(compared.locator("li")).to_have_text(re.compile("^They differ: "))
    assert set(compared.locator("q").all_inner_texts()) >= {"December 20, 2025", "mid-December"}
    expect(compared).to_contain_text("by rules, not understood")
    for side in compared.locator(".q-side").all():
        number = side.get_by_role("button").inner_text()
        side.get_by_role("button", name=f"Show quote {number} in its source").click()
        expect(page.locator(".q-reader-head .q-count")).to_contain_text(f"Quote {number} of")
        expect(page.locator(".q-text mark.q-active.q-highlight")).to_contain_text(side.locator("q").inner_text())


def test_a_refusal_names_the_words_that_stand_nowhere(visit: Visit) -> None:
    turn = ask(visit(), UNANSWERED)
    expect(turn.locator(".q-missing")).to_have_text(re.compile(r"^Nowhere in the library: .*Messi.*\.$"))


@EVERY_SCREEN
def test_axe_finds_nothing_in_a_conversation(visit: Visit, width: int, dark: bool) -> None:
    page = visit(width=width, dark=dark)
    turn = follow_up(page)
    assert violations(page) == []
    assert overflow(page) == []
    page.locator(".q-compared").scroll_into_view_if_needed()
    assert violations(page) == []
    turn.get_by_role("button", name="Ask on its own").click()
    expect(turn.locator(".q-searched")).to_have_count(0)
    expect(turn.locator(".q-card, .q-refusal").first).to_be_visible()
    assert violations(page) == []


HARM = "<img src=x onerror='window.harmed=1'><script>window.harmed=2</script>${window.harmed=3}{{window.harmed}}"
DRAW = """async (view) => {
    const { drawTurn } = await import(new URL('quoth/static/cards.js', document.baseURI));
    const drawn = drawTurn(view, {
        open: (number) => (window.opened = number),
        alone: () => (window.alone = true),
        everywhere: () => (window.all = true),
    });
    document.querySelector('.q-turns').replaceChildren(...drawn);
}"""
REFUSAL = {
    "kind": "refusal", "question": HARM, "query": HARM, "quotes": [], "searched": "searched much", "rate": "Often.",
    "reason": HARM, "missing": f"Nowhere in the library: {HARM}.",
    "outside": {"lead": "Outside:", "title": HARM, "place": "¶ 1 of 2", "link": "doc/0000?start=1&stop=2#quote"},
}  # fmt: skip


def test_hostile_words_are_drawn_as_words(visit: Visit) -> None:
    page = visit()
    page.evaluate(DRAW, REFUSAL)
    expect(page.locator(".q-searched q")).to_have_text(HARM)
    expect(page.locator(".q-reason")).to_have_text(HARM)
    expect(page.locator(".q-missing")).to_contain_text(HARM)
    source = page.locator(".q-outside").get_by_role("link", name=HARM)
    expect(source).to_have_attribute("href", REFUSAL["outside"]["link"])  # type: ignore[index]
    page.get_by_role("button", name="Ask on its own").click()
    page.get_by_role("button", name="Ask all documents").click()
    assert page.evaluate("window.alone && window.all")
    assert page.locator(".q-turns img, .q-turns script").count() == 0
    assert page.evaluate("window.harmed === undefined")


def test_every_side_of_a_comparison_is_drawn(visit: Visit) -> None:
    page = visit()
    card = {"number": 1, "pieces": [], "title": "T", "place": "p", "confidence": "low", "chance": "", "repeated": ""}
    sides = [
        {"text": HARM, "quotes": [1, 3], "verbatim": True},
        {"text": "no negation", "quotes": [2], "verbatim": False},
    ]
    comparison = {"lead": "They differ:", "agrees": False, "sides": sides}
    agreeing = {"lead": "Both sources say", "agrees": True, "sides": sides[:1]}
    view = {
        "kind": "answer", "query": "", "quotes": [card | {"link": "#", "text": "", "cite": []}], "searched": "",
        "took": "", "comparisons": [comparison, agreeing], "by_rules": "By rules.",
    }  # fmt: skip
    page.evaluate(DRAW, view)
    lines = page.locator(".q-compared li")
    expect(lines).to_have_class(["q-differ", "q-agree"])
    expect(lines.first.locator("q")).to_have_text(HARM)  # its words in quotation marks, ours without
    expect(lines.first.locator(".q-side").nth(1)).to_have_text("–no negation2")
    lines.first.get_by_role("button", name="Show quote 3 in its source").click()
    assert page.evaluate("[window.opened, window.harmed]") == [3, None]
    expect(page.locator(".q-searched")).to_have_count(0)
