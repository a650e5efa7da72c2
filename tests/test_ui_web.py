"""Asking and reading in the web app, as a person does it."""

from __future__ import annotations

import json
import re
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from browser_steps import (
    ANSWERED,
    BOTH,
    TEXTS,
    UNANSWERED,
    Visit,
    ask,
    marked_text,
    place_in_link,
    shown_text,
    violations,
)

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser


def texts() -> list[str]:
    return [path.read_bytes().decode() for path in sorted(TEXTS.glob("*.txt"))]


def test_an_answer_is_a_slice_of_its_document_and_marked_as_such(visit: Visit) -> None:
    page = visit()
    turn = ask(page, ANSWERED)
    card = turn.locator(".q-card").first
    quote = card.locator(".q-words").evaluate("node => node.textContent")
    _, start, stop = place_in_link(card)
    assert [text[start:stop] for text in texts() if text[start:stop] == quote] == [quote]
    expect(turn.get_by_role("heading", name=ANSWERED)).to_be_visible()
    expect(card).to_contain_text("¶ ")
    expect(card.locator(".q-confidence")).to_have_accessible_description(re.compile("that this quote answers"))
    expect(page.locator(".q-reader-head .q-count")).to_have_text(f"Quote 1 of {turn.locator('.q-card').count()}")
    assert shown_text(page) in texts()
    assert marked_text(page, 1) == quote


def test_show_in_source_scrolls_to_the_exact_characters_of_each_quote(visit: Visit) -> None:
    page = visit()
    cards = ask(page, BOTH).locator(".q-card")
    for number in range(1, cards.count() + 1):
        card = cards.nth(number - 1)
        page.keyboard.press("Escape")
        page.keyboard.press(str(number))
        card.get_by_role("button", name="Show in source").click()
        expect(page.locator(".q-reader-head .q-count")).to_have_text(f"Quote {number} of {cards.count()}")
        expect(page.locator(".q-reader-title")).to_have_text(card.locator(".q-title").inner_text())
        expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()
        assert marked_text(page, number) == card.locator(".q-words").evaluate("node => node.textContent")


def test_both_articles_are_quoted_when_both_answer(visit: Visit) -> None:
    cards = ask(visit(), BOTH).locator(".q-card")
    assert len({place_in_link(cards.nth(at))[0] for at in range(cards.count())}) == 2


def test_highlighted_words_are_a_part_of_the_quote(visit: Visit) -> None:
    page = visit()
    card = ask(page, ANSWERED).locator(".q-card").first
    highlights = card.locator("mark.q-highlight").all_inner_texts()
    quote = card.locator(".q-words").evaluate("node => node.textContent")
    assert all(highlight in quote for highlight in highlights)


def test_a_refusal_is_calm_and_its_nearest_passages_are_no_answer(visit: Visit) -> None:
    page = visit()
    ask(page, ANSWERED)
    turn = ask(page, UNANSWERED)
    expect(turn.locator(".q-refusal")).to_contain_text("No answer found in your documents.")
    expect(turn.locator(".q-facts")).to_contain_text("passages in 2 documents")
    expect(turn.locator(".q-facts")).to_contain_text("95% interval")
    expect(turn.get_by_role("heading", name="not an answer")).to_be_visible()
    expect(page.locator(".q-reader")).to_have_class("q-reader q-dimmed")
    expect(page.locator(".q-text mark")).to_have_count(0)
    turn.locator(".q-row").first.click()
    expect(page.locator(".q-note")).to_contain_text("not an answer")
    expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()


@pytest.mark.parametrize("question", ["", "   ", "x" * 100_000])
def test_a_bad_question_gets_one_sentence(visit: Visit, question: str) -> None:
    turn = ask(visit(), question)
    assert len(turn.locator(".q-error").inner_text().split()) > 3


def test_examples_answer_and_the_first_document_is_open_before(visit: Visit) -> None:
    page = visit()
    assert shown_text(page) in texts()
    questions = page.locator(".q-example").all_inner_texts()
    assert len(questions) == 4
    for question in questions:
        fresh = visit()
        fresh.get_by_role("button", name=question).click()
        expect(fresh.locator(".q-lead")).to_be_visible()


def test_a_link_asks_on_load(visit: Visit) -> None:
    page = visit(query=f"?q={quote_plus(ANSWERED)}")
    expect(page.get_by_role("heading", name=ANSWERED)).to_be_visible()
    expect(page.locator(".q-lead")).to_be_visible()


def test_who_presses_enter_before_the_page_is_ready_is_answered_when_it_is(visit: Visit) -> None:
    page = visit()
    held: list[Route] = []
    page.route("**/quoth/static/ask.js", lambda route: held.append(route))
    page.reload()
    box = page.get_by_role("textbox", name="Your question")
    box.fill(ANSWERED)
    box.press("Enter")
    expect(box).to_have_value(ANSWERED)
    assert held, "the script that asks was held back"
    for route in held:
        route.continue_()
    expect(page.locator(".q-turn .q-card").first).to_be_visible()
    expect(page.get_by_role("heading", name=ANSWERED)).to_have_count(1)
    expect(box).to_have_value("")


def test_the_box_is_empty_after_asking_and_the_turn_stands_at_the_top(visit: Visit) -> None:
    page = visit(height=620)
    for question in (ANSWERED, BOTH, UNANSWERED):
        turn = ask(page, question)
        expect(page.get_by_role("textbox", name="Your question")).to_have_value("")
        expect(turn.get_by_role("heading", name=question)).to_be_in_viewport()


def test_copying_gives_the_exact_quote_and_its_citation_in_three_forms(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    card = ask(page, ANSWERED).locator(".q-card").first
    card.get_by_role("button", name="Copy quote").click()
    expect(card.get_by_role("button", name="Copied")).to_be_visible()
    quote = card.locator(".q-words").evaluate("node => node.textContent")
    assert page.evaluate("navigator.clipboard.readText()") == quote
    title = card.locator(".q-title").inner_text()
    plain, markdown, annotation = (cited(page, card, name) for name in ("Plain text", "Markdown", "Web Annotation"))
    assert plain.startswith(f"“{quote}” — {title}, ")
    assert markdown.startswith("> ")
    assert f"[{title}]({page.url}doc/" in markdown
    selectors = {one["type"]: one for one in json.loads(annotation)["target"]["selector"]}
    assert selectors["TextQuoteSelector"]["exact"] == quote
    _, start, stop = place_in_link(card)
    assert [selectors["TextPositionSelector"][edge] for edge in ("start", "end")] == [start, stop]
    expect(card.locator("[aria-haspopup=menu]")).to_have_text("Copy citation")  # and not "Copied" for ever


def cited(page: Page, card: Locator, name: str) -> str:
    """What is copied when this form is chosen from the menu."""
    opener = card.locator("[aria-haspopup=menu]")
    opener.click()
    page.get_by_role("menuitem", name=name).click()
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(opener).to_have_text("Copied")
    expect(opener).to_be_focused()
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_the_menu_of_citations_is_used_by_keyboard(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    card = ask(page, ANSWERED).locator(".q-card").first
    opener = card.get_by_role("button", name="Copy citation")
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.focus()
    page.keyboard.press("Enter")
    items = page.get_by_role("menuitem")
    expect(items).to_have_text(["Plain text", "Markdown", "Web Annotation (JSON)"])
    expect(opener).to_have_attribute("aria-expanded", "true")
    assert violations(page) == []
    expect(items.nth(0)).to_be_focused()
    for key, at in (("ArrowDown", 1), ("End", 2), ("ArrowDown", 0), ("ArrowUp", 2), ("Home", 0), ("2", 0), ("j", 0)):
        page.keyboard.press(key)  # the keys of the page mean nothing here
        expect(items.nth(at)).to_be_focused()
    expect(card).to_have_class("q-card q-lead q-open")
    page.keyboard.press("Escape")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert str(page.evaluate("navigator.clipboard.readText()")).startswith("> ")


def test_the_word_of_confidence_explains_itself_to_mouse_keyboard_and_finger(visit: Visit) -> None:
    page = visit(has_touch=True)
    turn = ask(page, BOTH)
    word, other = turn.locator(".q-confidence").nth(0), turn.locator(".q-confidence").nth(1)
    tip = page.get_by_role("tooltip").filter(visible=True)
    expect(tip).to_have_count(0)
    word.hover()
    expect(tip).to_contain_text("the chance that this quote answers the question")
    expect(tip).to_contain_text("95% interval")
    tip.hover()  # it stays where one can read it
    expect(tip).to_have_count(1)
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(tip).to_have_count(0)
    page.mouse.move(5, 5)
    other.focus()
    expect(tip).to_have_count(1)
    page.keyboard.press("Tab")
    expect(tip).to_have_count(0)
    word.tap()
    expect(tip).to_have_count(1)
    expect(page.locator(".q-reader-head .q-count")).to_contain_text("Quote 1 of")  # and nothing else was opened


def test_further_quotes_are_two_lines_until_they_are_opened(visit: Visit) -> None:
    page = visit()
    turn = ask(page, BOTH)
    row = turn.locator(".q-row").first
    brief, whole = row.locator(".q-brief"), row.locator(".q-words")
    expect(brief).to_be_visible()
    expect(whole).not_to_be_visible()
    height = brief.evaluate("node => node.clientHeight / parseFloat(getComputedStyle(node).lineHeight)")
    assert round(height) <= 2
    seen = "mark => mark.getBoundingClientRect().top < mark.parentNode.getBoundingClientRect().bottom"
    assert all(highlight.evaluate(seen) for highlight in brief.locator("mark").all())
    shown = brief.evaluate("node => node.textContent").removeprefix("…")
    assert shown in whole.evaluate("node => node.textContent")
    opener = row.get_by_role("button", name="Quote 2")
    opener.focus()
    page.keyboard.press("Enter")
    expect(whole).to_be_visible()
    expect(brief).not_to_be_visible()
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".q-reader-head .q-count")).to_contain_text("Quote 2 of")
    page.keyboard.press("Enter")
    expect(whole).not_to_be_visible()
    expect(opener).to_be_focused()
    row.click()
    expect(whole).to_be_visible()
    turn.locator(".q-lead").click()
    expect(whole).not_to_be_visible()


def test_the_link_of_a_quote_opens_at_its_characters(visit: Visit) -> None:
    page = visit()
    card = ask(page, ANSWERED).locator(".q-card").first
    quote = card.locator(".q-words").evaluate("node => node.textContent")
    with page.context.expect_page() as opened:
        card.get_by_role("link").click()
    plain = opened.value
    expect(plain.locator("#quote")).to_be_in_viewport()
    assert "".join(plain.locator("mark").all_text_contents()) == quote
    plain.goto(plain.url.replace("sha=", "sha=0"))
    expect(plain.get_by_role("note")).to_contain_text("has changed")
    expect(plain.locator("mark")).to_have_count(0)


def test_answers_are_announced(visit: Visit) -> None:
    page: Page = visit()
    ask(page, ANSWERED)
    expect(page.locator("#q-status")).to_contain_text("found")
    ask(page, UNANSWERED)
    expect(page.locator("#q-status")).to_contain_text("No answer found")
