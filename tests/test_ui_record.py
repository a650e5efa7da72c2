"""The answer record against its published JSON Schema, for answers of every shape."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quoth.corpus import DocumentId, Span
from quoth.qa import (
    Abstention,
    Answer,
    Comparison,
    Confidence,
    ErrorRate,
    LibraryStamp,
    Mention,
    Occurrence,
    Quote,
    Receipt,
    Source,
)
from quoth.ui.plain import as_json
from quoth.ui.record import SCHEMA, answer_record, quote_record

PUBLISHED: dict[str, Any] = json.loads((files("quoth.ui") / "answer.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(PUBLISHED)

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
PROBABILITY = st.floats(0, 1)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@st.composite
def quotes(draw: st.DrawFn) -> Quote:
    before, text, after = draw(TEXT), draw(TEXT.filter(bool)), draw(TEXT)
    start, stop = len(before), len(before) + len(text)
    first = draw(st.integers(start, stop - 1))
    highlight = draw(st.none() | st.builds(Span, st.just(first), st.integers(first + 1, stop)))
    whole = before + text + after
    places = draw(st.integers(1, 5))
    line = draw(st.integers(1, 9))
    return Quote(
        text=text,
        highlight=highlight,
        source=Source(
            document=DocumentId(sha(whole)[:16]), title=draw(TEXT), uri=draw(TEXT), start=start, stop=stop,
            page=draw(st.none() | st.integers(1, 9)), heading=draw(st.none() | TEXT),
            line_start=line, line_stop=line + draw(st.integers(0, 3)), prefix=before[-32:], suffix=after[:32],
        ),
        score=draw(PROBABILITY),
        confidence=draw(st.sampled_from(list[Confidence](["high", "medium", "low"]))),
        verified=True,
        occurrence=Occurrence(draw(st.integers(1, places)), places),
        receipt=Receipt(sha(whole), sha(whole), sha(text), "text/1"),
    )  # fmt: skip


STAMPS = st.builds(LibraryStamp, st.just("ab12"), st.integers(0, 9), st.integers(0, 99))
RATES = st.lists(PROBABILITY, min_size=3, max_size=3).map(sorted).map(
    lambda ends: ErrorRate(rate=ends[1], low=ends[0], high=ends[2], n=400, measured_on="a test", calibrated=False)
)  # fmt: skip
ELAPSED = st.floats(0, 1e6)
QUESTION = TEXT.filter(bool)
NEAREST = st.lists(quotes(), max_size=3).map(tuple)
MISSING = st.lists(QUESTION, max_size=3).map(tuple)
ABSTENTIONS = st.builds(
    Abstention, QUESTION, QUESTION, NEAREST, MISSING, st.none() | quotes(), STAMPS, RATES, TEXT, ELAPSED
)


def comparisons(among: tuple[Quote, ...]) -> st.SearchStrategy[tuple[Comparison, ...]]:
    """Of quotes that are there; of fewer than two there is nothing to compare."""
    if len(among) < 2:
        return st.just(())
    whole = [Mention(at, one.text, Span(one.source.start, one.source.stop)) for at, one in enumerate(among)]
    mentions = st.lists(st.sampled_from(whole), min_size=2, max_size=4).filter(lambda them: len({*them}) > 1).map(tuple)
    kinds = st.sampled_from(["number", "date", "negation"])
    return st.lists(st.builds(Comparison, kinds, st.booleans(), mentions), max_size=3).map(tuple)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    found = draw(st.lists(quotes(), min_size=1, max_size=3).map(tuple))
    return Answer(draw(QUESTION), found, draw(comparisons(found)), draw(STAMPS), draw(TEXT), draw(ELAPSED))


ANSWERS = answers()


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(PUBLISHED)


@settings(deadline=None)
@given(ANSWERS | ABSTENTIONS)
def test_every_outcome_follows_the_published_schema(outcome: Answer | Abstention) -> None:
    record = json.loads(as_json(answer_record(outcome)))
    VALIDATOR.validate(record)
    assert record == json.loads(json.dumps(answer_record(outcome)))
    assert record["answered"] is isinstance(outcome, Answer)


@settings(deadline=None)
@given(ANSWERS | ABSTENTIONS)
def test_keys_come_in_the_order_of_the_contract(outcome: Answer | Abstention) -> None:
    assert list(answer_record(outcome)) == PUBLISHED["required"]


@settings(deadline=None)
@given(quotes())
def test_a_quote_keeps_every_character_and_offset(quote: Quote) -> None:
    record = json.loads(as_json(quote_record(quote)))
    assert record["text"] == quote.text
    assert (record["source"]["start"], record["source"]["stop"]) == (quote.source.start, quote.source.stop)
    expected = None if quote.highlight is None else {"start": quote.highlight.start, "stop": quote.highlight.stop}
    assert record["highlight"] == expected


@settings(deadline=None)
@given(ANSWERS, st.data())
def test_a_record_without_one_of_its_parts_is_refused(outcome: Answer, data: st.DataObject) -> None:
    record = answer_record(outcome)
    del record[data.draw(st.sampled_from(sorted(record)))]
    assert not VALIDATOR.is_valid(record)


@settings(deadline=None)
@given(ANSWERS, ABSTENTIONS)
def test_an_answer_cannot_be_an_abstention_too(answer: Answer, abstention: Abstention) -> None:
    mixed = answer_record(answer) | {"abstention": answer_record(abstention)["abstention"]}
    assert not VALIDATOR.is_valid(mixed)
    assert not VALIDATOR.is_valid(answer_record(answer) | {"quotes": []})
    assert not VALIDATOR.is_valid(answer_record(abstention) | {"answered": True})


def test_the_schema_is_named_after_its_version() -> None:
    assert PUBLISHED["properties"]["schema"] == {"const": SCHEMA}
    assert SCHEMA == "quoth.answer/1"


@pytest.mark.parametrize("identifier", ["q-17", 17])
def test_a_record_may_carry_the_id_of_its_question(identifier: str | int) -> None:
    stamp = LibraryStamp("ab12", 0, 0)
    rate = ErrorRate(0.05, 0.03, 0.08, 400, "a test", calibrated=True)
    refusal = Abstention("Who?", "No documents.", (), (), None, stamp, rate, "Who?", 0.0)
    VALIDATOR.validate(answer_record(refusal) | {"id": identifier})


@settings(deadline=None)
@given(ANSWERS)
def test_every_mention_keeps_its_place_and_says_that_rules_found_it(outcome: Answer) -> None:
    record = json.loads(as_json(answer_record(outcome)))
    assert all(comparison["heuristic"] is True for comparison in record["comparisons"])
    for written, comparison in zip(record["comparisons"], outcome.comparisons, strict=True):
        assert (written["kind"], written["agrees"]) == (comparison.kind, comparison.agrees)
        for mention in written["mentions"]:
            quote = record["quotes"][mention["quote"]]
            offset = quote["source"]["start"]
            assert quote["text"][mention["start"] - offset : mention["stop"] - offset] == mention["text"]


@settings(deadline=None)
@given(ABSTENTIONS)
def test_a_refusal_tells_what_is_missing_and_what_the_filter_kept_out(outcome: Abstention) -> None:
    written = json.loads(as_json(answer_record(outcome)))["abstention"]
    assert tuple(written["missing_words"]) == outcome.missing_words
    outside = outcome.outside_filter
    assert written["outside_filter"] == (None if outside is None else quote_record(outside))


def test_a_comparison_that_is_not_called_heuristic_is_refused() -> None:
    mention = {"quote": 0, "text": "2004", "start": 0, "stop": 4}
    comparison = {"kind": "date", "agrees": True, "heuristic": True, "mentions": [mention, mention | {"quote": 1}]}
    validator = Draft202012Validator({"$defs": PUBLISHED["$defs"], "$ref": "#/$defs/comparison"})
    assert validator.is_valid(comparison)
    for wrong in ({"heuristic": False}, {"kind": "mood"}, {"mentions": [mention]}, {"more": 1}):
        assert not validator.is_valid(comparison | wrong)
