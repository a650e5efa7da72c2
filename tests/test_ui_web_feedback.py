"""Judging answers in the web app: one press keeps a test question with its exact gold, the same press takes it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser_steps import BOTH, UNANSWERED, Visit, ask, overflow, place_in_link, shown_text, violations
from lake_steps import ASKED, HERON, Lake
from quoth.qa import read_questions

pytest_plugins = ["browser_fixtures", "lake_fixtures"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def server(lake: Lake) -> str:
    """In the place of the one that other tests share."""
    return lake.address


@pytest.fixture(autouse=True)
def nothing_left(lake: Lake) -> Iterator[None]:
    """One test's failure is not the next one's."""
    yield
    (lake.folder / "feedback.jsonl").unlink(missing_ok=True)


def choice(turn: Locator, name: str) -> Locator:
    return turn.get_by_role("group", name="Judge this").get_by_role("button", name=name, exact=True)


def press(turn: Locator, name: str) -> None:
    """Presses a judgement and waits until it is kept."""
    choice(turn, name).click()
    expect(choice(turn, name)).to_have_attribute("aria-pressed", "true")


def withdraw(lake: Lake, turn: Locator, name: str) -> None:
    choice(turn, name).click()
    expect(choice(turn, name)).to_have_attribute("aria-pressed", "false")
    expect(turn.page.locator("#q-status")).to_contain_text("Nothing is kept of it")
    assert lake.judged() == []


def double_click(page: Page, word: str) -> None:
    """Selects a word of the document in the reader, the way a person does."""
    place = page.locator(".q-text").evaluate(
        """(text, word) => {
            const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
            for (let node = walk.nextNode(); node; node = walk.nextNode()) {
                const at = node.data.indexOf(word);
                if (at < 0) continue;
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + word.length);
                const { x, y, width, height } = range.getBoundingClientRect();
                return [x + width / 2, y + height / 2];
            }
        }""",
        word,
    )
    page.mouse.dblclick(*place)


def test_a_right_answer_is_kept_with_its_highlight_and_taken_back(visit: Visit, lake: Lake) -> None:
    page = visit()
    turn = ask(page, ASKED)
    assert lake.judged() == []  # nobody pressed anything
    press(turn, "Right")
    (row,) = lake.judged()
    (gold,) = row.golds
    words = turn.locator(".q-lead mark").all_text_contents() or turn.locator(".q-lead .q-words").all_text_contents()
    assert (row.question, row.answerable, row.history, row.documents) == (ASKED, True, (), ())
    assert gold.text == "".join(words)
    document, start, stop = place_in_link(turn.locator(".q-lead"))
    assert gold.document == document
    assert gold.start is not None
    assert start <= gold.start <= stop
    assert HERON[gold.start : gold.start + len(gold.text)] == gold.text
    expect(page.locator("#q-status")).to_contain_text("Kept with this library")
    assert violations(page) == []
    page.reload()  # it can be taken back tomorrow
    turn = page.locator(".q-turn")
    expect(choice(turn, "Right")).to_have_attribute("aria-pressed", "true")
    withdraw(lake, turn, "Right")


@pytest.mark.parametrize("word", ["reeds", "Skomvaer", "April"])
def test_words_selected_in_the_reader_become_the_exact_gold(visit: Visit, lake: Lake, word: str) -> None:
    page = visit()
    turn = ask(page, ASKED)
    assert shown_text(page) == HERON
    press(turn, "Wrong words")
    (row,) = lake.judged()
    assert (row.golds, row.answerable) == ((), None)  # kept all the same, answered and not scored
    bar = page.get_by_role("group", name="The right words")
    use = bar.get_by_role("button").first
    expect(use).to_be_disabled()
    double_click(page, word)
    expect(use).to_have_text(f"Use “{word}”")
    assert violations(page) == []
    use.click()
    expect(turn.locator(".q-feedback-note q")).to_have_text(word)
    expect(bar).to_have_count(0)
    (row,) = lake.judged()
    assert [(gold.text, gold.start) for gold in row.golds] == [(word, HERON.index(word))]
    withdraw(lake, turn, "Wrong words")


def test_what_is_selected_already_is_taken_at_once_and_a_judgement_can_change(visit: Visit, lake: Lake) -> None:
    page = visit()
    turn = ask(page, ASKED)
    double_click(page, "feathers")
    press(turn, "Wrong place")
    assert [gold.text for gold in lake.judged()[0].golds] == ["feathers"]
    expect(page.get_by_role("group", name="The right words")).to_have_count(0)
    press(turn, "No answer in the documents")
    expect(choice(turn, "Wrong place")).to_have_attribute("aria-pressed", "false")
    (row,) = lake.judged()
    assert (row.golds, row.answerable) == ((), False)
    withdraw(lake, turn, "No answer in the documents")


def test_a_refusal_is_judged_by_keyboard_alone(visit: Visit, lake: Lake) -> None:
    page = visit()
    turn = ask(page, UNANSWERED)
    choice(turn, "Right, it is not there").focus()
    page.keyboard.press("Enter")
    expect(choice(turn, "Right, it is not there")).to_have_attribute("aria-pressed", "true")
    assert [row.answerable for row in lake.judged()] == [False]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(choice(turn, "It is there")).to_have_attribute("aria-pressed", "true")
    assert [(row.answerable, row.golds) for row in lake.judged()] == [(None, ())]
    chip = turn.get_by_role("button", name="Passage 2", exact=True)
    chip.focus()
    page.keyboard.press("Enter")
    expect(turn.locator(".q-feedback-note q")).to_be_visible()
    (row,) = lake.judged()
    document, start, stop = place_in_link(turn.locator('.q-card[data-number="2"]'))
    assert row.answerable
    assert (row.golds[0].document, start <= (row.golds[0].start or 0) < stop) == (document, True)
    withdraw(lake, turn, "It is there")


def test_a_judgement_is_of_the_open_quote_and_its_conversation(visit: Visit, lake: Lake) -> None:
    page = visit()
    ask(page, ASKED)
    turn = ask(page, BOTH)
    label = turn.locator(".q-judged")
    expect(label).to_have_text("Quote 1 is")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(label).to_have_text("Quote 2 is")
    press(turn, "Right")
    (row,) = lake.judged()
    document, start, stop = place_in_link(turn.locator('.q-card[data-number="2"]'))
    assert (row.question, row.history, row.golds[0].document) == (BOTH, (ASKED,), document)
    assert start <= (row.golds[0].start or 0) < stop
    page.keyboard.press("1")  # what was judged stays what it was
    expect(label).to_have_text("Quote 2 is")
    withdraw(lake, turn, "Right")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_on_a_phone_the_words_are_selected_in_the_sheet(visit: Visit, lake: Lake, dark: bool) -> None:
    page = visit(width=390, height=844, has_touch=True, dark=dark)
    turn = ask(page, ASKED)
    press(turn, "Wrong words")
    assert overflow(page) == []
    turn.get_by_role("button", name="Select them in the source").click()
    bar = page.get_by_role("group", name="The right words")
    expect(bar).to_be_visible()
    double_click(page, "eggs")
    expect(bar.get_by_role("button").first).to_have_text("Use “eggs”")
    assert violations(page) == []
    assert overflow(page) == []
    bar.get_by_role("button").first.click()
    expect(page.locator(".q-reader")).not_to_be_visible()
    expect(turn.locator(".q-feedback-note q")).to_have_text("eggs")
    expect(choice(turn, "Wrong words")).to_be_focused()
    assert [gold.start for gold in lake.judged()[0].golds] == [HERON.index("eggs")]
    withdraw(lake, turn, "Wrong words")


def test_the_bar_goes_when_nobody_wants_it_any_more(visit: Visit, lake: Lake) -> None:
    page = visit()
    bar = page.get_by_role("group", name="The right words")
    turn = ask(page, ASKED)
    press(turn, "Wrong words")
    bar.get_by_role("button", name="Not now").click()
    expect(bar).to_have_count(0)
    turn.get_by_role("button", name="Select them in the source").click()
    expect(bar).to_be_visible()
    ask(page, UNANSWERED)
    expect(bar).to_have_count(0)
    withdraw(lake, page.locator(".q-turn").first, "Wrong words")


def test_judged_answers_are_downloaded_as_a_question_file(visit: Visit, lake: Lake, tmp_path: Path) -> None:
    page = visit()
    address = f"{lake.address}quoth/feedback.jsonl"
    assert page.request.get(address).status == 404
    press(ask(page, ASKED), "Right")
    press(ask(page, UNANSWERED), "Right, it is not there")
    page.get_by_role("button", name="Earlier").click()
    window = page.get_by_role("dialog", name="Earlier conversations and judged answers")
    expect(window).to_contain_text("2 answers were judged")
    assert violations(page) == []
    with page.expect_download() as download:
        window.get_by_role("link", name="Download them").click()
    assert download.value.suggested_filename == "feedback.jsonl"
    download.value.save_as(tmp_path / "feedback.jsonl")
    found = read_questions(tmp_path / "feedback.jsonl")
    assert ([row.question for row in found.rows], found.problems) == ([ASKED, UNANSWERED], ())
    kinds = [json.loads(line)["feedback"]["kind"] for line in (tmp_path / "feedback.jsonl").read_text().splitlines()]
    assert kinds == ["right", "right"]
    page.keyboard.press("Escape")
    expect(window).not_to_be_visible()
    expect(page.get_by_role("button", name="Earlier")).to_be_focused()
    choice(page.locator(".q-turn").first, "Right").click()
    expect(choice(page.locator(".q-turn").first, "Right")).to_have_attribute("aria-pressed", "false")
    withdraw(lake, page.locator(".q-turn").last, "Right, it is not there")
    assert page.request.get(address).status == 404


def test_an_answer_that_does_not_hold_any_more_cannot_be_judged_right(visit: Visit, lake: Lake) -> None:
    page = visit()
    page.route("**/component_server/**", lambda route: route.continue_(post_data=broken(route.request.post_data or "")))
    turn = ask(page, ASKED)
    choice(turn, "Right").click()
    expect(turn.locator(".q-feedback .q-error")).to_contain_text("do not stand there any more")
    expect(page.locator("#q-status")).to_contain_text("cannot be kept")
    expect(choice(turn, "Right")).to_have_attribute("aria-pressed", "false")
    assert lake.judged() == []


def broken(sent: str) -> str:
    """The same with another hash of the text."""
    value = json.loads(sent)
    for one in value["data"] if isinstance(value["data"], list) else [value["data"]]:
        if isinstance(one, dict) and one.get("gold"):
            one["gold"]["sha"] = "0" * 64
    return json.dumps(value)
