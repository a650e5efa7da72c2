"""What a visitor of the web app waits for, in a real Chromium: until it can be used, until a quote is painted."""

from __future__ import annotations

import math
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from .data import ROOT
from .metrics import quantile
from .tables import Row, Table

__all__ = ["web_tables"]

_CHROMIUM = "/usr/bin/chromium"
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
_BOX = "#q-box textarea"
_READY = ".q-turns > *"  # the page can be used: what it greets with is drawn
_PATIENCE = 180_000  # milliseconds
_PAINT_NOTES = (
    "From the key press to the frame in which the first quote stands, by the page's own clock. Beyond it: less the "
    "time that the answer itself took, as the server says; the goal for this was 100 ms. Answered questions only.",
)
# Resolves with the milliseconds from the press to the first frame after the turn is drawn.
_WATCH = """() => { window.painted = new Promise(resolve => {
    let began = 0;
    const press = event => { if (event.key === 'Enter') began = event.timeStamp; };
    addEventListener('keydown', press, {once: true, capture: true});
    const seen = new MutationObserver(() => {
        const turns = document.querySelectorAll('.q-turn');
        if (!began || !turns.length || !turns[turns.length - 1].querySelector('.q-card, .q-refusal')) return;
        seen.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - began)));
    });
    seen.observe(document.body, {childList: true, subtree: true});
}); }"""


def web_tables(questions: Sequence[str], starts: int) -> tuple[Table, ...]:
    """How long starting (the median of so many) and asking these take, and what is loaded."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        library = Path(name) / "library"
        subprocess.run(_quoth("add", library, ROOT / "corpus" / "texts"), check=True, capture_output=True)
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=list(_FLAGS))
        started = [_start(browser, library, questions[0]) for _ in range(starts)]
        with _served(library) as address:
            page = browser.new_page()
            visits = [_visit(page, address) for _ in range(2)]
            waits = [_ask(page, question) for question in questions]
        browser.close()
    return _starting(started, visits), _painting(waits)


def _quoth(command: str, library: Path, *rest: object) -> list[str]:
    return [str(Path(sys.executable).with_name("quoth")), command, "--library", str(library), *map(str, rest)]


@contextmanager
def _served(library: Path) -> Iterator[str]:
    """The address of a server that has just begun to listen; whether it is warm is the visitor's to find out."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        _quoth("serve", library, "--port", port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _listens(port):
            if process.poll() is not None:
                raise RuntimeError(f"`quoth serve` ended with {process.returncode}")
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(timeout=60)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _start(browser: Browser, library: Path, question: str) -> tuple[float, float]:
    """Seconds from `quoth serve` to a page that can be used, and to the first quote painted."""
    began = time.perf_counter()
    with _served(library) as address:
        page = browser.new_context().new_page()
        page.goto(address, timeout=_PATIENCE)
        page.wait_for_selector(_READY, timeout=_PATIENCE)
        usable = time.perf_counter() - began
        _ask(page, question)
        answered = time.perf_counter() - began
        page.context.close()
    return usable, answered


def _visit(page: Page, address: str) -> tuple[float, int, float]:
    """Seconds until it can be used, requests, and kilobytes that came over the wire."""
    sizes: list[float] = []
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(address, timeout=_PATIENCE)
    page.wait_for_selector(_READY, timeout=_PATIENCE)
    seconds = time.perf_counter() - began
    page.wait_for_timeout(1_000)  # what the page still fetches when it can be used already
    wire.detach()
    return seconds, len(sizes), sum(sizes) / 1000


def _ask(page: Page, question: str) -> tuple[float, float]:
    """Milliseconds from the key to the painted answer, and those of the answer itself."""
    page.fill(_BOX, question)
    page.evaluate(_WATCH)
    page.press(_BOX, "Enter")
    waited = float(page.evaluate("() => Promise.race([window.painted, new Promise((_, no) => setTimeout(no, 60000))])"))
    said = re.search(r"([\d,]+) ms", page.locator(".q-turn").last.inner_text())
    return waited, float(said.group(1).replace(",", "")) if said else math.nan


def _starting(starts: Sequence[tuple[float, float]], visits: Sequence[tuple[float, int, float]]) -> Table:
    usable, answered = (statistics.median(column) for column in zip(*starts, strict=True))
    rows = [
        Row("quoth serve to a page that can be used", "", (f"{usable:.2f} s", "", "")),
        Row("quoth serve to the first quote painted", "", (f"{answered:.2f} s", "", "")),
    ]
    for name, (seconds, requests, kilobytes) in zip(("first visit", "second visit"), visits, strict=True):
        rows.append(Row(name, "", (f"{seconds:.2f} s", str(requests), f"{kilobytes:.0f} kB")))
    note = (
        f"Medians of {len(starts)} starts, each with an empty cache in the browser; it is empty at the first visit and "
        "full at the second. Loaded: bytes over the wire, headers too."
    )
    return Table("Starting", ("time", "requests", "loaded"), tuple(rows), (note,))


def _painting(waits: Sequence[tuple[float, float]]) -> Table:
    answered = [(waited, took) for waited, took in waits if not math.isnan(took)]
    columns = {
        "Enter to painted": [waited for waited, _ in answered],
        "the answer itself": [took for _, took in answered],
        "beyond it": [waited - took for waited, took in answered],
    }
    rows = []
    for name, found in columns.items():
        cells = (str(len(found)), f"{quantile(found, 0.5):.0f} ms", f"{quantile(found, 0.95):.0f} ms")
        rows.append(Row(name, "", cells))
    return Table("Asking", ("questions", "median", "95th percentile"), tuple(rows), _PAINT_NOTES)
