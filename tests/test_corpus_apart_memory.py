"""What a child that reads files still holds after them: of the files, nothing."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import pytest

from corpus_files import pdf, saved
from quoth.corpus.apart import Apart

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
Maker = Callable[[int], bytes]
FEW, MANY = 3, 30
MOST_GROWTH = 8.0
"""MiB; it was 39 with the Word files and 30 with the pages while they were not let go."""


@pytest.fixture
def apart() -> Iterator[Apart]:
    fresh = Apart()
    yield fresh
    fresh.close()


def resident(apart: Apart) -> float:
    """MiB that the only child holds."""
    (child,) = apart.processes()
    status = Path(f"/proc/{child}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


def small_pdf(number: int) -> bytes:
    return pdf([[f"Harbour {number} opened in {1500 + number}."]])


def small_word_file(number: int) -> bytes:
    made = docx.Document()
    made.add_paragraph(f"Harbour {number} opened in {1500 + number}.")
    return saved(made)


def long_page(number: int) -> bytes:
    words = (" ".join(f"Ship {number}/{part}/{at} came in from the sea." for at in range(2_000)) for part in range(2))
    paragraphs = "".join(f"<p>{some}</p>" for some in words)
    return f"<title>Ships</title><body><nav>Home</nav><article><h1>Ships</h1>{paragraphs}</article>".encode()


@pytest.mark.parametrize(
    ("reader", "make"),
    [("read_pdf", small_pdf), ("read_docx", small_word_file), ("read_html", long_page)],
    ids=["pdf", "docx", "html"],
)
def test_a_child_does_not_grow_with_the_files_it_reads(apart: Apart, reader: str, make: Maker) -> None:
    held = []
    for number in range(MANY):
        apart.read(reader, make(number), "a file")
        held.append(resident(apart))
    assert held[-1] - held[FEW] < MOST_GROWTH, held


def test_a_child_that_waits_holds_no_file(apart: Apart) -> None:
    apart.read("read_pdf", small_pdf(1), "a.pdf")
    before = resident(apart)
    apart.read("read_pdf", small_pdf(2) + b"\n%" + b" " * (64 << 20), "large.pdf")
    waited = 0
    while resident(apart) - before > MOST_GROWTH and waited < 1_000:  # it lets go after its answer
        threading.Event().wait(0.01)
        waited += 1
    assert resident(apart) - before < MOST_GROWTH
