"""Conversations that are still there after a reload, in the browser of the visitor and nowhere else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from browser_steps import BOTH, UNANSWERED, Visit, ask, marked_text, open_documents, violations
from lake_steps import ASKED, HERON, OWL, Lake

pytest_plugins = ["browser_fixtures", "lake_fixtures"]
pytestmark = pytest.mark.browser
FOLLOW_UP = "And how many eggs does it lay?"


@pytest.fixture(scope="session")
def server(lake: Lake) -> str:
    """In the place of the one that other tests share."""
    return lake.address


@pytest.fixture
def birds(lake: Lake) -> Iterator[Path]:
    """The folder of the documents about birds; what a test does to it is undone."""
    folder = lake.folder.parent / "shore" / "birds"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    yield folder
    shutil.rmtree(folder)
    folder.mkdir()
    for name, content in before.items():
        (folder / name).write_bytes(content)


def questions_sent(page: Page) -> list[dict[str, Any]]:
    """What the page sends along with every question from now on."""
    sent: list[dict[str, Any]] = []

    def request(asked: Request) -> None:
        if asked.method == "POST" and '"base"' in (asked.post_data or ""):
            sent.append(json.loads(asked.post_data or "")["event_data"])

    page.on("request", request)
    return sent


def reload(page: Page) -> None:
    page.reload()
    expect(page.locator(".q-turn .q-card, .q-welcome").first).to_be_visible()
    expect(page.locator(".q-reader[aria-busy=false]")).to_be_attached()


def words(cards: Locator) -> list[str]:
    return [str(card.evaluate("card => card.querySelector('.q-words').textContent")) for card in cards.all()]


def test_a_conversation_is_there_after_a_reload_and_goes_on(visit: Visit) -> None:
    page = visit()
    ask(page, ASKED)
    ask(page, FOLLOW_UP)
    before = words(page.locator(".q-card"))
    searched = page.locator(".q-searched").inner_text()
    sent = questions_sent(page)
    reload(page)
    expect(page.locator(".q-turn")).to_have_count(2)
    assert (words(page.locator(".q-card")), page.locator(".q-searched").inner_text()) == (before, searched)
    assert sent == []  # nothing was asked again
    quote = page.locator(".q-turn").last.locator(".q-card").first
    expect(quote).to_have_class("q-card q-lead q-open")
    expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()
    assert [marked_text(page, 1)] == words(quote)
    expect(page.get_by_role("heading", name=FOLLOW_UP)).to_be_in_viewport()
    page.keyboard.press("1")  # the keys work on what was restored
    page.locator(".q-turn").first.locator(".q-card").first.click()
    expect(page.locator(".q-turn").first.locator(".q-lead.q-open")).to_be_visible()
    assert marked_text(page, 1) == words(page.locator(".q-turn").first.locator(".q-card").first)[0]
    page.locator(".q-turn").last.get_by_role("button", name="Ask on its own").click()
    expect(page.locator(".q-searched")).to_have_count(0)
    expect(page.locator(".q-turn").last.locator(".q-card, .q-refusal").first).to_be_visible()
    ask(page, UNANSWERED)
    assert [each["history"] for each in sent] == [[], [ASKED, FOLLOW_UP]]
    reload(page)
    expect(page.locator(".q-turn")).to_have_count(3)
    expect(page.locator(".q-reader")).to_have_class("q-reader q-dimmed")  # the last one was refused


def test_quotes_of_documents_that_changed_or_went_are_marked_as_such(visit: Visit, lake: Lake, birds: Path) -> None:
    from quoth.qa import Library

    page = visit()
    ask(page, ASKED)
    ask(page, "Where does the barn owl of Lake Skomvaer nest?")
    expect(page.locator(".q-gone")).to_have_count(0)
    (birds / "heron.txt").write_text(HERON.replace("reeds", "willows"), encoding="utf-8")
    (birds / "owls.md").unlink()
    with Library.open(lake.folder) as library:
        library.add([birds.parent])
    reload(page)
    first, last = (page.locator(".q-turn").nth(at).locator(".q-lead .q-gone") for at in (0, 1))
    expect(first).to_contain_text("has changed since")
    expect(last).to_contain_text("not in the library any more")
    assert violations(page) == []
    page.locator(".q-turn").first.locator(".q-lead").click()
    expect(page.locator(".q-note")).to_contain_text("has changed since")  # the reader says so too
    assert page.locator(".q-text mark").count() == 0
    (birds / "heron.txt").write_text(HERON, encoding="utf-8")
    (birds / "owls.md").write_text(OWL, encoding="utf-8")
    with Library.open(lake.folder) as library:
        library.add([birds.parent])
    open_documents(page)  # the shelf is looked at again
    page.get_by_role("tab", name="Ask").click()
    expect(page.locator(".q-gone")).to_have_count(0)


def test_earlier_conversations_are_listed_resumed_and_deleted(visit: Visit) -> None:
    page = visit()
    earlier = page.get_by_role("button", name="Earlier")
    expect(earlier).not_to_be_visible()
    for question in (ASKED, BOTH, UNANSWERED):
        ask(page, question)
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator(".q-welcome")).to_be_visible()
    reload(page)  # the new one stays new
    expect(page.locator(".q-welcome")).to_be_visible()
    earlier.click()
    window = page.get_by_role("dialog", name="Earlier conversations and judged answers")
    listed = window.locator(".q-earlier-one")
    assert [one.split("\n")[0] for one in listed.all_inner_texts()] == [UNANSWERED, BOTH, ASKED]
    assert violations(page) == []
    listed.nth(1).click()
    expect(window).not_to_be_visible()
    expect(page.get_by_role("heading", name=BOTH)).to_be_visible()
    expect(page.locator(".q-turn")).to_have_count(1)
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()
    reload(page)
    expect(page.get_by_role("heading", name=BOTH)).to_be_visible()
    earlier.click()
    page.locator(".q-reader").dispatch_event("scroll")  # as when the reader gets to its mark only now
    expect(listed).to_have_count(2)
    window.get_by_role("button", name=f"Delete “{ASKED}”").click()
    expect(listed).to_have_count(1)
    window.get_by_role("button", name="Delete all").click()
    expect(earlier).not_to_be_visible()
    reload(page)
    expect(page.get_by_role("heading", name=BOTH)).to_be_visible()  # the present one is kept
    assert UNANSWERED not in page.evaluate("JSON.stringify({...localStorage})")


def test_each_tab_has_its_own_conversation(visit: Visit, lake: Lake) -> None:
    page = visit()
    ask(page, ASKED)
    other = page.context.new_page()
    other.goto(lake.address)
    expect(other.locator(".q-welcome")).to_be_visible()
    ask(other, UNANSWERED)
    for tab, question in ((page, ASKED), (other, UNANSWERED)):
        reload(tab)
        expect(tab.locator(".q-turn")).to_have_count(1)
        expect(tab.get_by_role("heading", name=question)).to_be_visible()


def test_a_question_in_the_address_is_not_asked_again_by_a_reload(visit: Visit) -> None:
    page = visit(query=f"?q={quote_plus(ASKED)}")
    expect(page.locator(".q-lead")).to_be_visible()
    ask(page, UNANSWERED)
    sent = questions_sent(page)
    reload(page)
    expect(page.locator(".q-turn")).to_have_count(2)
    ask(page, BOTH)
    assert [each["question"] for each in sent] == [BOTH]


DAMAGE = ["{", "null", '[{"id": "x"}]', '[{"id": 7, "turns": []}, null]', '[{"id": "a", "turns": [{"question": 1}]}]']


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_in_the_browser_is_passed_over(visit: Visit, damage: str) -> None:
    page = visit()
    ask(page, ASKED)
    page.evaluate("text => Object.keys(localStorage).forEach((key) => (localStorage[key] = text))", damage)
    reload(page)
    expect(page.locator(".q-welcome")).to_be_visible()
    ask(page, ASKED)
    reload(page)
    expect(page.get_by_role("heading", name=ASKED)).to_be_visible()


MANY = """async ([conversations, length, size]) => {
    const history = await import(new URL('quoth/static/history.js', document.baseURI));
    for (let at = 0; at < conversations; at += 1) {
        const value = { kind: 'answer', quotes: [], said: 'x'.repeat(size), marks: {}, n: 1 };
        const turn = (_, number) => ({ question: `q${at}-${number}`, history: [], filter: null, value });
        history.save({ ...history.begin(), turns: Array.from({ length }, turn) });
    }
    const [, text] = Object.entries(localStorage).find(([key]) => key.startsWith('quoth-conversations'));
    const kept = JSON.parse(text);
    const { turns } = kept[0];
    return [kept.length, turns.length, turns.at(-1).question, text.length, turns[0].value.marks ?? null];
}"""
SIZES = [(30, 3, 10), (2, 200, 10), (6, 50, 20_000), (1, 9, 900_000)]


@pytest.mark.parametrize(("conversations", "turns", "size"), SIZES)
def test_what_is_kept_is_bounded_and_the_newest_stays(visit: Visit, conversations: int, turns: int, size: int) -> None:
    kept, length, last, room, marks = visit().evaluate(MANY, [conversations, turns, size])
    assert kept <= 12
    assert 1 <= length <= 60
    assert last == f"q{conversations - 1}-{turns - 1}"
    assert room <= 1_500_000
    assert marks is None  # they are made anew


def test_where_the_browser_keeps_nothing_the_page_works_as_long_as_it_is_open(visit: Visit, lake: Lake) -> None:
    page = visit().context.new_page()
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); };")
    page.goto(lake.address)
    expect(page.locator(".q-welcome")).to_be_visible()
    ask(page, ASKED)
    ask(page, UNANSWERED)
    expect(page.locator(".q-turn")).to_have_count(2)
