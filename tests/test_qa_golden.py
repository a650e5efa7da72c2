"""Golden answers over the two bundled articles: a change of any of them is a decision, and shows in review.

Only the first quote is held, with its place and its highlighted words; scores may differ in the last digits between
processors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quoth.qa import Abstention, Answer, Library

GOLDEN = Path(__file__).parent / "data" / "answers.golden.jsonl"
ROWS = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def library(bundled_library: Path) -> Iterator[Library]:
    with Library.open(bundled_library) as library:
        yield library


@pytest.mark.parametrize("row", ROWS, ids=[row["question"] for row in ROWS])
def test_the_first_quote_is_the_golden_one(library: Library, row: dict[str, Any]) -> None:
    outcome = library.ask(row["question"])
    if not row["quotes"]:
        assert isinstance(outcome, Abstention)
        return
    assert isinstance(outcome, Answer)
    first, (golden,) = outcome.quotes[0], row["quotes"]
    text = library.document(first.source.document).text
    assert (Path(first.source.uri).stem, first.source.start) == (golden["document"], golden["start"])
    assert first.text == golden["text"] == text[first.source.start : first.source.stop]
    assert first.highlight is not None
    assert text[first.highlight.start : first.highlight.stop] == golden["highlight"]


def test_both_kinds_are_held() -> None:
    assert sum(bool(row["quotes"]) for row in ROWS) >= 8
    assert sum(not row["quotes"] for row in ROWS) >= 5
