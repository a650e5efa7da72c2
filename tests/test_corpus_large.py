"""Large and hostile files: the time they take grows with their length and with nothing else."""

from __future__ import annotations

import time

import pytest

from quoth.corpus import Splitting, UnreadableDocument, read_bytes, sentences, split
from strategies import document_of

MEGABYTE = 1_000_000

HOSTILE = {
    "one word": "a",
    "full stops": ".",
    "lone sentences": "a. ",
    "initials": "A. B. ",
    "open brackets": "(a. B ",
    "closing brackets": ".) ",
    "quotation marks": "“a.” ",
    "spaces": " " * 999 + "x",
    "chinese": "日本。",
    "lines": "a\n",
    "paragraphs": "a\n\n",
    "items": "- a\n",
    "numbers": "1. ",
    "rows": "a|b\n",
    "accents": "e\u0301",
    "flags": "🇬🇧",
    "emoji": ".😀 😀",
    "notes": ".[1][2]",
    "leaders": "....... 1 ",
    "guillemets": ".» » ",
}


def test_fifty_megabytes_on_one_line_are_refused_as_data() -> None:
    with pytest.raises(UnreadableDocument, match=r"50,000,000 characters.*break it into paragraphs"):
        read_bytes(b"x" * 50_000_000, "line.txt")


def test_fifty_megabytes_without_an_end_mark() -> None:
    """Processor time, not the clock's: the machine may be busy with something else."""
    unit = "many words without any end mark to hold on to " * 200 + "\n"
    line = unit * (50 * MEGABYTE // len(unit))
    start = time.process_time()
    document = read_bytes(line.encode(), "line.txt")
    passages = split(document)
    assert time.process_time() - start < 40
    assert len(document.text) == len(line)
    assert sum(len(passage.text) for passage in passages) == len(line)
    assert max(len(passage.text) for passage in passages) <= Splitting().longest + 1


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_text_takes_more_than_its_share(unit: str) -> None:
    """Quadratic behaviour would take minutes for these 200,000 characters; they take a second or two at worst."""
    text = unit * (200_000 // len(unit)) + "x"
    start = time.process_time()
    passages = split(document_of(text))
    assert time.process_time() - start < 15
    assert "".join(passage.text for passage in passages) == text


def test_a_sentence_in_a_long_line_is_found_where_it_stands() -> None:
    text = "filler " * 100_000 + ". The treaty was signed in Tokyo. Then " + "filler " * 100_000
    wanted = "The treaty was signed in Tokyo."
    at = text.index(wanted)
    assert any((span.start, span.stop) == (at, at + len(wanted)) for span in sentences(text))
