"""Offsets in UTF-16 units against Python's own encoding, and against JavaScript itself."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from playwright.sync_api import Browser

from cited_quotes import PATIENT, quoted
from quoth.corpus import BadRequest, Document, Span
from quoth.qa import Abstention, Answer, Comparison, ErrorRate, LibraryStamp, Mention, Quote
from quoth.ui.record import answer_record, answer_schema
from quoth.ui.utf16 import code_points, utf16
from quoth.ui.utf16_record import add_utf16
from strategies import TELLING, texts

pytest_plugins = ["browser_fixtures"]


@st.composite
def spans(draw: st.DrawFn) -> tuple[str, Span]:
    """A text and a stretch of it."""
    text = draw(texts.filter(bool))
    start = draw(st.integers(0, len(text) - 1))
    return text, Span(start, draw(st.integers(start + 1, len(text))))


@PATIENT
@given(spans())
def test_the_units_of_the_span_are_the_characters_of_the_span(drawn: tuple[str, Span]) -> None:
    text, span = drawn
    there = utf16(text, span)
    encoded = text.encode("utf-16-le")
    assert encoded[2 * there.start : 2 * there.stop].decode("utf-16-le") == text[span.start : span.stop]
    assert there.start == sum(2 if character > "\uffff" else 1 for character in text[: span.start])


@PATIENT
@given(spans())
def test_there_and_back_again(drawn: tuple[str, Span]) -> None:
    text, span = drawn
    assert code_points(text, utf16(text, span)) == span


@PATIENT
@given(texts.filter(bool))
def test_without_rare_characters_nothing_changes(text: str) -> None:
    plain = "".join(character for character in text if character <= "\uffff") + "."
    span = Span(len(plain) - 1, len(plain))
    assert utf16(plain, span) == span


@pytest.mark.parametrize(("start", "stop", "why"), [(0, 1, "inside"), (1, 3, "inside"), (0, 9, "outside")])
def test_half_a_character_and_what_lies_outside_are_refused(start: int, stop: int, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        code_points("😀 ok", Span(start, stop))


SCHEMA = Draft202012Validator(answer_schema())
STAMP = LibraryStamp("0" * 16, 1, 1)
RATE = ErrorRate(0.1, 0.05, 0.2, 100, "test questions", calibrated=False)


def spans_in(value: Any) -> list[dict[str, Any]]:
    """Every member of a record that names a place."""
    if isinstance(value, list):
        return [found for inner in value for found in spans_in(inner)]
    if not isinstance(value, dict):
        return []
    own = [value] if "start" in value else []
    return own + [found for key, inner in value.items() if key != "utf16" for found in spans_in(inner)]


@PATIENT
@given(quoted(), quoted(), st.data())
def test_every_place_of_a_record_has_both_kinds_of_offsets(
    one: tuple[Document, Quote], other: tuple[Document, Quote], data: st.DataObject
) -> None:
    texts = {document.id: document for document, _ in (one, other)}
    quotes = []
    for document, quote in (one, other):
        start = data.draw(st.integers(quote.source.start, quote.source.stop - 1))
        stop = data.draw(st.integers(start + 1, quote.source.stop))
        assert document.text[start:stop]
        quotes.append(replace(quote, highlight=Span(start, stop)))
    whole = [Span(quote.source.start, quote.source.stop) for quote in quotes]
    mentions = tuple(Mention(at, quote.text, whole[at]) for at, quote in enumerate(quotes))
    answer = Answer("Q?", tuple(quotes), (Comparison("date", True, mentions),), STAMP, "Q?", 1.0)
    refusal = Abstention("Q?", "None.", tuple(quotes), (), quotes[0], STAMP, RATE, "Q?", 1.0)
    for outcome, count in ((answer, 6), (refusal, 6)):
        record = answer_record(outcome)
        add_utf16(record, texts.__getitem__)
        SCHEMA.validate(record)
        assert len(spans_in(record)) == count
        for quote in (*record["quotes"], *(record["abstention"] or {"nearest": []})["nearest"]):
            text = texts[quote["source"]["document"]].text
            for place in (quote["source"], quote["highlight"]):
                assert place["utf16"] == asdict(utf16(text, Span(place["start"], place["stop"])))
        assert all("utf16" in place for place in spans_in(record))


@pytest.mark.browser
def test_javascript_slices_the_same_characters(chromium: Browser) -> None:
    text = "".join(TELLING)
    pairs = [(start, min(start + width, len(text))) for start in range(0, len(text), 3) for width in (1, 2, 7)]
    units = [utf16(text, Span(*pair)) for pair in pairs]
    page = chromium.new_page()
    slices = page.evaluate(
        "([text, spans]) => spans.map(([start, stop]) => text.slice(start, stop))",
        [text, [[unit.start, unit.stop] for unit in units]],
    )
    page.close()
    assert slices == [text[start:stop] for start, stop in pairs]
