"""The reader beside the conversation, as a person uses it: long texts, all scripts, the same words, pages, links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from browser_steps import Visit, ask, marked_text, overflow, shown_text, violations
from corpus_files import pdf
from quoth.corpus import Span
from quoth.ui.links import origin_key, place_link
from small_library import small_library

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

PROGRAM = ("-I", Path(__file__).parent / "small_server.py")
ECHO = f"The echo of Uummannaq came back nineteen times, {'over the ice and over the water, ' * 10}and was silent."
"""Long enough to be quoted by itself."""
ECHOES = "Echo Uummannaq nineteen times came back?"
SPECIAL = "The narwhal of Disko sang exactly forty songs."
FILLER = "Ships bring timber and salt to the harbour, and nobody counts them in winter. "
SCRIPTS = (
    "מגדלור גבוה עמד על החוף, והוא נבנה בשנת 1887 (לפני המלחמה).\n\n"
    "\tA tab, three   spaces, 😀👨\u200d👩\u200d👧 e\u0301 and a line\r\nbreak.\n\n\n\n"
    "كان المنار مضاءً عند الغسق.\nLeft to right again.\r\n  \n  end"
)
TEXTS: Mapping[str, str] = {
    "a first.txt": "The first document is short.\n\nIt has two paragraphs.",
    "echo.txt": f"Before it. {ECHO}\n\nBetween them.\n\n{ECHO} {FILLER * 40}\n\nAt the end. {ECHO}\n",
    "letters.txt": f"Somebody wrote a letter. {ECHO}\n",
    "long line.txt": f"{FILLER * 9_000}{SPECIAL} {FILLER * 4_000}",
    "long paragraphs.txt": f"{(FILLER * 4 + chr(10) * 2) * 2_300}{SPECIAL}\n\n{(FILLER * 4 + chr(10) * 2) * 950}",
    "scripts.txt": SCRIPTS,
}
KEEPER, TOWER = "The keeper Anna lit the lamp at dusk.", "The tower of Skomvaer was built in 1887."
FILE = pdf([[KEEPER, *["Gulls nested there."] * 20], [f"Plate {at} is thick." for at in range(25)], [TOWER]])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the library and the log of the server lie."""
    return tmp_path_factory.mktemp("read")


@pytest.fixture(scope="module")
def links(home: Path) -> Mapping[str, str]:
    """What opens a document by its title; a place is added by `at`."""
    with small_library(home / "library", TEXTS) as library:
        library.add_files([("lights.pdf", FILE), ("old.txt", b"The old version speaks of herring.\n")])
        (home / "gone.pdf").write_bytes(pdf([["The buoy of Lofoten was lost in 1902."]]))
        library.add([home / "gone.pdf"])
        (home / "gone.pdf").unlink()
        (old,) = (record for record in library.documents() if record.title == "Old")
        library.add_files([("old.txt", b"\n\n".join([b"Much was added."] * 90 + [b"It still speaks of herring."]))])
        stale = {
            "replaced": f"?doc={old.id}&at={origin_key(old.uri)}&start=26&stop=33",
            "replaced page": place_link(old.id, old.uri, Span(26, 33), old.text_sha256, ":~:text=herring"),
        }
        return {record.title: f"?doc={record.id}" for record in library.documents()} | stale


@pytest.fixture(scope="module")
def server(home: Path, links: Mapping[str, str]) -> Iterator[str]:
    """Takes the place of the server of the two articles."""
    from running_server import serving

    assert links
    with serving(home / "library", home, PROGRAM) as address:
        yield address


def at(link: str, text: str, words: str, number: int = 1) -> str:
    start = -1
    for _ in range(number):
        start = text.index(words, start + 1)
    return f"{link}&start={start}&stop={start + len(words)}"


def opened(page: Page, title: str) -> None:
    expect(page.locator(".q-reader-title")).to_have_text(title)
    expect(page.locator(".q-reader[aria-busy=false]")).to_be_attached()


def active(page: Page) -> str:
    return "".join(page.locator(".q-text mark.q-active").all_text_contents())


def test_every_script_is_shown_as_it_is_written_and_copied_as_it_stands(visit: Visit, links: Mapping[str, str]) -> None:
    page = visit(query=links["Scripts"], permissions=["clipboard-read", "clipboard-write"])
    opened(page, "Scripts")
    assert shown_text(page) == SCRIPTS
    text = page.locator(".q-text").bounding_box()
    assert text is not None
    where = """(paragraph, at) => {
        const range = document.createRange();
        range.setStart(paragraph.firstChild, at);
        range.setEnd(paragraph.firstChild, at + 1);
        return range.getBoundingClientRect().left;
    }"""
    paragraphs = page.locator(".q-para")
    middle = text["x"] + text["width"] / 2
    assert paragraphs.nth(0).evaluate(where, 0) > middle  # Hebrew begins on the right,
    assert paragraphs.nth(1).evaluate(where, 1) < middle  # Latin on the left,
    assert paragraphs.nth(2).evaluate(where, 0) > middle  # and each line of its own
    assert paragraphs.nth(2).evaluate(where, SCRIPTS.index("Left") - SCRIPTS.index("كان")) < middle
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.q-text'))")
    page.keyboard.press("Control+c")
    assert page.evaluate("navigator.clipboard.readText()") == SCRIPTS


@pytest.mark.parametrize("title", ["Long line", "Long paragraphs"])
def test_a_text_of_a_million_characters_opens_at_its_place_and_is_laid_out_where_one_looks(
    visit: Visit, links: Mapping[str, str], title: str
) -> None:
    text = TEXTS[f"{title.lower()}.txt"]
    assert len(text) > 1_000_000
    page = visit(query=at(links[title], text, SPECIAL))
    opened(page, title)
    expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()
    assert active(page) == SPECIAL
    assert page.locator(".q-text").evaluate("node => node.textContent") == text
    longest = page.locator(".q-para").evaluate_all("all => Math.max(...all.map(one => one.textContent.length))")
    assert longest <= 4_000
    parts = page.locator(".q-part")
    laid_out = "all => all.filter(one => one.firstChild.checkVisibility({contentVisibilityAuto: true})).length"
    assert parts.count() < 150
    assert parts.evaluate_all(laid_out) < 8
    ticks = page.locator(".q-tick.q-active")
    share = ticks.evaluate("tick => parseFloat(tick.style.top)")
    assert abs(share - 100 * text.index(SPECIAL) / len(text)) < 8  # the scroll bar tells how far that is
    page.locator(".q-page").evaluate("node => node.scrollTo({top: 0, behavior: 'instant'})")
    expect(page.locator(".q-para").first).to_be_in_viewport()
    page.locator(".q-page").evaluate("node => node.scrollTo({top: node.scrollHeight, behavior: 'instant'})")
    expect(page.locator(".q-para").last).to_be_in_viewport()


def test_the_same_words_are_stepped_through_here_and_in_other_documents(visit: Visit) -> None:
    page = visit()
    turn = ask(page, ECHOES)
    titles = turn.locator(".q-card .q-title").all_inner_texts()
    number = titles.index("Echo") + 1
    turn.locator(f'.q-card[data-number="{number}"]').click()
    opened(page, "Echo")
    places = page.get_by_role("group", name="Other places of the same words")
    count = places.locator(".q-places-count")
    expect(places).to_contain_text("in 3 places of this document and in 1 other document")
    first = int(re.findall(r"\d+", count.inner_text())[0])
    before = marked_text(page, number)
    assert ECHO in before
    seen = {first}
    for _ in range(3):
        places.get_by_role("button", name="Next place").click()
        expect(page.locator(".q-reader[aria-busy=false]")).to_be_attached()
        expect(page.locator(".q-text mark.q-active").first).to_be_in_viewport()
        expect(page.locator(".q-count").first).to_have_text(re.compile(f"^Quote {number} of"))
        assert active(page) == before
        seen.add(int(re.findall(r"\d+", count.inner_text())[0]))
    assert seen == {1, 2, 3, 4}
    while not re.match(f"Place {first} ", count.inner_text()):
        places.get_by_role("button", name="Previous place").click()
    opened(page, "Echo")
    assert marked_text(page, number) == before
    turn.locator(".q-card").nth(number % len(titles)).click()  # another quote: the old places are gone
    expect(page.locator(".q-count").first).not_to_have_text(re.compile(f"^Quote {number} of"))


def test_the_place_in_another_document_names_it(visit: Visit, links: Mapping[str, str]) -> None:
    page = visit(query=at(links["Echo"], TEXTS["echo.txt"], ECHO, 3))
    opened(page, "Echo")
    places = page.get_by_role("group", name="Other places of the same words")
    expect(places).to_contain_text("Place 3 of 4.")
    places.get_by_role("button", name="Next place").click()
    opened(page, "Letters")
    expect(places).to_contain_text("Place 4 of 4, in “Letters”.")
    assert active(page) == ECHO
    expect(page.locator(".q-reader > .q-unseen")).to_have_text("Place 4 of 4, in “Letters”.")
    assert violations(page) == []


def test_ticks_stand_for_the_hits_and_open_them(visit: Visit) -> None:
    page = visit()
    turn = ask(page, ECHOES)
    here = page.locator(".q-reader-title").inner_text()
    numbers = [at + 1 for at, title in enumerate(turn.locator(".q-card .q-title").all_inner_texts()) if title == here]
    ticks = page.locator(".q-tick")
    expect(ticks).to_have_count(len(numbers))
    ticks.last.click()
    expect(page.locator(".q-count").first).to_have_text(re.compile(f"^Quote {numbers[-1]} of"))
    expect(ticks.last).to_have_class("q-tick q-active")


class TestPages:
    """The page of a PDF as it looks."""

    def picture(self, page: Page) -> Locator:
        return page.get_by_role("region", name="The page as it looks")

    def test_the_quote_is_marked_on_its_page(self, visit: Visit) -> None:
        page = visit()
        turn = ask(page, "Skomvaer tower built 1887")
        turn.locator(".q-card", has_text=TOWER).first.click()
        opened(page, "Lights")
        picture = self.picture(page)
        expect(picture).to_contain_text("Page 3 of 3")
        drawn = picture.get_by_role("img", name="Page 3 of “Lights” as it looks")
        expect(drawn).to_be_visible()
        assert drawn.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [1240, 1605]
        box, sheet = picture.locator(".q-spot").bounding_box(), drawn.bounding_box()
        assert box is not None
        assert sheet is not None
        assert sheet["x"] + 0.11 * sheet["width"] < box["x"] < sheet["x"] + 0.13 * sheet["width"]  # 72 of 612 points
        assert box["width"] < sheet["width"] / 2
        text, beside = page.locator(".q-paper").bounding_box(), picture.bounding_box()
        assert text is not None
        assert beside is not None
        assert text["x"] + text["width"] <= beside["x"] + 1  # beside it, not over it
        assert violations(page) == []

    def test_it_turns_with_the_text_and_the_text_with_it(self, visit: Visit, links: Mapping[str, str]) -> None:
        page = visit(query=links["Lights"])
        picture = self.picture(page)
        expect(picture).to_contain_text("Page 1 of 3")
        picture.get_by_role("button", name="Next page").click()
        expect(picture.get_by_role("img", name="Page 2 of")).to_be_visible()
        expect(page.locator('.q-para[data-page="page 2"]')).to_be_in_viewport()
        expect(picture.locator(".q-spot")).to_have_count(0)
        page.locator(".q-page").hover()
        page.mouse.wheel(0, 5_000)
        expect(picture.get_by_role("img", name="Page 3 of")).to_be_visible()
        expect(picture.get_by_role("button", name="Next page")).to_be_disabled()

    def test_it_is_shown_or_not_as_one_likes_and_that_is_remembered(
        self, visit: Visit, links: Mapping[str, str]
    ) -> None:
        page = visit(query=links["Lights"])
        toggle = page.get_by_role("button", name="Page as it looks")
        expect(toggle).to_have_attribute("aria-pressed", "true")
        toggle.click()
        expect(self.picture(page)).not_to_be_visible()
        page.reload()
        opened(page, "Lights")
        expect(toggle).to_have_attribute("aria-pressed", "false")
        expect(self.picture(page)).not_to_be_visible()
        toggle.click()
        expect(self.picture(page).get_by_role("img")).to_be_visible()

    def test_without_the_file_it_says_why_there_is_none(self, visit: Visit, links: Mapping[str, str]) -> None:
        page = visit(query=links["Gone"])
        expect(self.picture(page)).to_contain_text("There is no picture of this page. The file gone.pdf is not where")
        expect(self.picture(page).get_by_role("img")).to_have_count(0)
        assert "buoy" in shown_text(page)

    def test_other_documents_have_none(self, visit: Visit, links: Mapping[str, str]) -> None:
        page = visit(query=links["Scripts"])
        expect(page.get_by_role("button", name="Page as it looks")).not_to_be_visible()
        expect(self.picture(page)).not_to_be_visible()

    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    @pytest.mark.parametrize("width", [390, 820])
    def test_on_small_screens_it_stands_below_when_it_is_wanted(
        self, visit: Visit, links: Mapping[str, str], width: int, dark: bool
    ) -> None:
        page = visit(width=width, height=844, dark=dark, query=links["Lights"])
        expect(self.picture(page)).not_to_be_visible()
        page.get_by_role("button", name="Page as it looks").click()
        expect(self.picture(page).get_by_role("img")).to_be_visible()
        assert overflow(page) == []
        assert violations(page) == []


class TestSheet:
    """On a small screen."""

    def opened(self, visit: Visit) -> tuple[Page, Locator]:
        page = visit(width=390, height=844, has_touch=True)
        turn = ask(page, ECHOES)
        show = turn.get_by_role("button", name="Show in source").first
        show.click()
        expect(page.get_by_role("dialog", name="Source")).to_be_visible()
        return page, show

    def test_the_focus_stays_inside_and_goes_back(self, visit: Visit) -> None:
        page, show = self.opened(visit)
        expect(page.get_by_role("button", name="Close the document")).to_be_focused()
        inside = "[document.body, ...document.querySelectorAll('dialog, dialog *')].includes(document.activeElement)"
        reached = set()
        for key in ["Tab"] * 12 + ["Shift+Tab"] * 14:
            page.keyboard.press(key)
            assert page.evaluate(inside)
            reached.add(page.evaluate("document.activeElement.ariaLabel"))
        assert {"Next quote", "Text of the document", "Close the document"} <= reached
        assert page.evaluate("document.querySelector('#q-box textarea').matches(':focus')") is False
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(show).to_be_focused()
        assert page.locator("#q-room .q-reader").count() == 1

    def test_it_is_announced_and_without_fault(self, visit: Visit) -> None:
        page, _ = self.opened(visit)
        said = page.locator("dialog .q-reader > .q-unseen[role=status]")
        expect(said).to_have_text(re.compile(r"^Quote 1 of \d, in "))
        page.get_by_role("button", name="Next quote").click()
        expect(said).to_have_text(re.compile(r"^Quote 2 of \d, in "))
        assert page.locator("dialog #q-status").count() == 1  # what others say is heard there too
        assert violations(page) == []
        assert overflow(page) == []
        page.get_by_role("button", name="Close the document").click()
        assert page.locator("dialog #q-status").count() == 0

    def test_a_touch_beside_it_and_a_wider_screen_close_it(self, visit: Visit) -> None:
        page, show = self.opened(visit)
        page.mouse.click(195, 40)
        expect(page.get_by_role("dialog")).to_have_count(0)
        show.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.set_viewport_size({"width": 1200, "height": 800})
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.locator("#q-room .q-reader")).to_be_visible()
        expect(page.locator(".q-text mark.q-active").first).to_be_attached()


class TestLinks:
    """What a link opens, in the app and as a plain page."""

    def test_a_link_opens_the_reader_at_its_characters(self, visit: Visit, links: Mapping[str, str]) -> None:
        page = visit(query=at(links["Echo"], TEXTS["echo.txt"], "Between"))
        opened(page, "Echo")
        assert active(page) == "Between"
        expect(page.locator(".q-text mark.q-active")).to_be_in_viewport()
        expect(page.locator(".q-note")).not_to_be_visible()

    def test_a_link_to_another_state_of_the_text_says_so(self, visit: Visit, links: Mapping[str, str]) -> None:
        page = visit(query=f"{at(links['Echo'], TEXTS['echo.txt'], 'Between')}&sha={'0' * 64}")
        opened(page, "Echo")
        expect(page.locator(".q-note")).to_contain_text("has changed since the link was made")
        expect(page.locator(".q-text mark")).to_have_count(0)

    def test_a_link_to_a_replaced_document_opens_its_next_version_and_says_so(
        self, visit: Visit, links: Mapping[str, str]
    ) -> None:
        page = visit(query=links["replaced"])
        opened(page, "Old")
        expect(page.locator(".q-note")).to_contain_text("has been replaced")
        assert shown_text(page).endswith("It still speaks of herring.")

    def test_a_link_to_a_document_that_is_gone_says_so_beside_the_first_one(self, visit: Visit) -> None:
        page = visit(query=f"?doc={'0' * 16}&start=1&stop=2")
        expect(page.locator(".q-note")).to_contain_text("There is no document 0000000000000000")
        opened(page, "A first")

    def test_what_somebody_does_then_takes_the_place_of_the_link(self, visit: Visit, links: Mapping[str, str]) -> None:
        page = visit(query=links["Scripts"])
        opened(page, "Scripts")
        ask(page, "Skomvaer tower built 1887")
        opened(page, "Lights")

    def test_the_plain_page_leads_back_into_the_app(self, visit: Visit, server: str, links: Mapping[str, str]) -> None:
        page = visit()
        id, _, place = at(links["Echo"], TEXTS["echo.txt"], "Between").removeprefix("?doc=").partition("&")
        page.goto(f"{server}doc/{id}?{place}")
        expect(page.locator("#quote")).to_have_text("Between")
        assert violations(page) == []
        page.get_by_role("link", name="Ask about it in Quoth").click()
        opened(page, "Echo")
        assert active(page) == "Between"

    def test_a_browser_finds_the_words_of_a_text_fragment(
        self, visit: Visit, server: str, links: Mapping[str, str]
    ) -> None:
        page = visit()
        id = links["Long paragraphs"].removeprefix("?doc=")
        page.goto(f"{server}doc/{id}#:~:text=The%20narwhal%20of%20Disko")
        place = page.get_by_text(SPECIAL)
        expect(place).to_be_in_viewport()
        assert page.evaluate("scrollY") > 10_000

    def test_a_link_to_a_replaced_document_leads_on_and_the_words_are_still_found(
        self, visit: Visit, server: str, links: Mapping[str, str]
    ) -> None:
        page = visit()
        page.goto(server + links["replaced page"])
        expect(page.get_by_role("note")).to_contain_text("has been replaced")
        expect(page.get_by_text("It still speaks of herring.")).to_be_in_viewport()
        expect(page.locator("mark")).to_have_count(0)
