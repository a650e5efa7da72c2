"""A real server in a process of its own and a real Chromium, shared by all tests of the web app."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from browser_steps import Visit
from running_server import serving

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",  # Chromium itself would ask its maker's hosts
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
]
PATIENCE = 60_000  # milliseconds; the machine may be busy with something else


@pytest.fixture(scope="session")
def server(bundled_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app over a library of the two articles that tests may change."""
    home = tmp_path_factory.mktemp("served")
    with serving(shutil.copytree(bundled_library, home / "library"), home) as address:
        yield address


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of a file. While Playwright runs, so does its event loop in this very thread, and no
    test of another file could run one of its own.
    """
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NOT TESTED: the web app needs Debian's Chromium at {CHROMIUM} (apt-get install chromium)")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser, server: str) -> Iterator[Visit]:
    """Opens the app as a new visitor: `visit(width=390, dark=True, query="?q=...")`.

    At the end of the test nothing may have gone wrong in the console, and nothing may have been asked of another host.
    """
    opened: list[Page] = []
    wrong: list[str] = []

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(f"console: {message.text}")

    def request(asked: Request) -> None:
        parts = urlsplit(asked.url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != urlsplit(server).netloc:
            wrong.append(f"another host was asked: {asked.url}")

    def go(width: int = 1440, height: int = 900, *, dark: bool = False, query: str = "", **options: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        context.on("request", request)
        page = context.new_page()
        page.on("console", console)
        page.on("pageerror", lambda error: wrong.append(f"uncaught: {error}"))
        page.goto(server + query)
        expect(page.locator(".q-turns > *").first).to_be_visible()
        expect(page.locator(".q-reader .q-para").first).to_be_attached()
        opened.append(page)
        return page

    yield go
    for page in opened:
        page.context.close()
    assert wrong == []
