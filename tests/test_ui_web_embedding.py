"""The compact view in a page of another origin, in a real browser: shown where it is allowed, and nowhere else."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from browser_steps import overflow, violations
from small_library import small_library

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

PROGRAM = ("-I", Path(__file__).parent / "small_server.py")
ANSWER = "The harbour of Lund opened in 1904."
QUESTION = "When did the harbour of Lund open?"
HARM = "<img src=x onerror=harm()> Zanzibar sings."
TEXTS = {"harbour.txt": f"A first paragraph.\n\n{ANSWER}\n", "hostile.txt": HARM}
HEAD = '<!doctype html><meta charset="utf-8"><title>A page</title><h1>A page</h1>'
FRAME = HEAD + '<iframe title="Quoth" src="{}"></iframe>'
ELEMENT = HEAD + (
    '<script src="{}quoth/static/quoth-ask.js" async></script><quoth-ask theme="dark" label="Ask us"></quoth-ask>'
)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test says what went wrong."""


@contextmanager
def host(folder: Path) -> Iterator[str]:
    """A web server of somebody else, on another port and so of another origin; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of that other site."""
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def allowed(site: Path) -> Iterator[str]:
    """Its origin."""
    with host(site) as origin:
        yield origin


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, site: Path, allowed: str) -> Iterator[str]:
    """Takes the place of the server of the two articles; pages of the site may embed it."""
    from running_server import serving

    home = tmp_path_factory.mktemp("embedded")
    small_library(home / "library", TEXTS).close()
    with serving(home / "library", home, PROGRAM, QUOTH_EMBED_ORIGINS=f"https://example.org {allowed}") as address:
        (site / "frame.html").write_text(FRAME.format(f"{address}embed"))
        (site / "app.html").write_text(FRAME.format(address))
        (site / "document.html").write_text(FRAME.format(f"{address}doc/0000000000000000"))
        (site / "element.html").write_text(ELEMENT.format(address))
        yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 820, "height": 800}, reduced_motion="reduce")
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def ask(frame: FrameLocator, question: str) -> None:
    frame.get_by_role("textbox", name="Your question").fill(question)
    frame.get_by_role("button", name="Ask", exact=True).click()
    expect(frame.get_by_role("heading", name=question)).to_be_visible()
    expect(frame.locator(".q-card, .q-refusal, .q-error").first).to_be_visible()


def test_on_an_allowed_page_one_asks_and_reads(page: Page, server: str, allowed: str) -> None:
    wrong: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: hosts.add(urlsplit(asked.url).netloc))
    page.goto(f"{allowed}/frame.html")
    frame = inside(page)
    ask(frame, QUESTION)
    card = frame.locator(".q-card").first
    expect(card.locator(".q-words")).to_contain_text(ANSWER)
    card.get_by_role("button", name="Show in source").click()
    sheet = frame.get_by_role("dialog", name="Source")
    expect(sheet.locator(".q-reader-title")).to_have_text("Harbour")
    expect(sheet.locator(".q-text mark.q-active").first).to_be_in_viewport()
    text = sheet.locator(".q-text").evaluate("node => [...node.children].map(child => child.textContent).join('')")
    assert text == TEXTS["harbour.txt"]
    page.keyboard.press("Escape")
    expect(frame.get_by_role("dialog")).to_have_count(0)
    expect(card.get_by_role("button", name="Show in source")).to_be_focused()
    link = card.get_by_role("link").get_attribute("href") or ""
    assert link.startswith("doc/")
    ask(frame, "Zanzibar sings?")
    expect(frame.locator(".q-words").first).to_contain_text(HARM)
    assert page.context.cookies() == []
    assert frame.locator("body").evaluate("() => Object.keys(localStorage).length") == 0
    assert hosts - {urlsplit(server).netloc, urlsplit(allowed).netloc} == set()
    assert [said for said in wrong if "favicon" not in said and "404" not in said] == []


def test_the_element_brings_it_in_and_passes_on_what_it_was_given(page: Page, server: str, allowed: str) -> None:
    assert server
    page.goto(f"{allowed}/element.html")
    expect(inside(page).get_by_role("heading", name="What would you like to know?")).to_be_visible()
    expect(inside(page).locator("body.dark")).to_be_attached()
    element = page.locator("quoth-ask")
    expect(page.locator("iframe")).to_have_attribute("title", "Ask us")
    element.evaluate("(node, question) => node.setAttribute('question', question)", QUESTION)
    expect(inside(page).locator(".q-lead .q-words")).to_contain_text(ANSWER)
    element.evaluate("node => node.setAttribute('theme', 'light')")
    expect(inside(page).locator("body:not(.dark)")).to_be_attached()


def refused(page: Page, address: str) -> bool:
    """Whether the browser says that this page may not show what is in its frame, and shows nothing of it."""
    with page.expect_event("console", predicate=lambda message: "frame-ancestors" in message.text):
        page.goto(address)
    expect(page.get_by_role("heading", name="A page")).to_be_visible()
    return page.frames[1].locator("form, .q-plain, gradio-app").count() == 0


def test_on_any_other_page_the_browser_refuses_it(page: Page, server: str, site: Path) -> None:
    assert server
    with host(site) as other:
        assert refused(page, f"{other}/frame.html")


@pytest.mark.parametrize("what", ["app", "document"])
def test_nothing_but_the_compact_view_may_be_embedded(page: Page, server: str, allowed: str, what: str) -> None:
    assert server
    assert refused(page, f"{allowed}/{what}.html")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 640])
def test_it_asks_what_its_address_says_and_axe_finds_nothing(
    chromium: Browser, server: str, width: int, dark: bool
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 560}, color_scheme="dark" if dark else "light")
    page = context.new_page()
    page.goto(f"{server}embed")
    expect(page.locator(f"body{'.dark' if dark else ':not(.dark)'}")).to_be_attached()
    expect(page.get_by_role("heading")).to_be_visible()
    assert violations(page) == []
    page.goto(f"{server}embed?q=When+did+the+harbour+of+Lund+open%3F&theme={'light' if dark else 'dark'}")
    expect(page.locator(f"body{':not(.dark)' if dark else '.dark'}")).to_be_attached()
    expect(page.locator(".q-lead .q-words")).to_contain_text(ANSWER)
    expect(page.locator("#q-status")).to_contain_text("found")
    expect(page.get_by_role("link", name="Open in Quoth")).to_have_attribute("href", re.compile(r"\./\?q=When\+did"))
    assert violations(page) == []
    assert overflow(page) == []
    page.locator(".q-card").first.get_by_role("button", name="Show in source").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    assert overflow(page) == []
    context.close()
