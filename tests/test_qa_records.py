"""The types of an answer: wrong values cannot be built, right ones cannot change, and JSON keeps every character."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, DocumentId, Span, document_id, sha256_of_text
from quoth.qa import (
    Abstention,
    AddReport,
    Answer,
    Check,
    Comparison,
    DoctorReport,
    DocumentRecord,
    ErrorRate,
    LibraryStamp,
    Mention,
    Occurrence,
    Progress,
    Quote,
    Receipt,
    Refused,
    SearchHit,
    Source,
    Verdict,
    verify_records,
)
from quoth.qa.quoting import cut
from quoth.ui.record import SCHEMA, answer_record, quote_record
from strategies import TELLING

ODD = ["\x00", "\u2028", "\u2029", "\ufeff", "\u202e", "\U0010ffff", '"', "\\", "</script>", "\x1b[31m", "\ufffe", "\t"]
ODD_TEXTS = st.lists(st.sampled_from([*TELLING, *ODD]), min_size=1, max_size=20).map("".join).filter(str.strip)
RATE = ErrorRate(0.1, 0.05, 0.2, 100, "test questions", calibrated=False)
STAMP = LibraryStamp("0123456789abcdef", 2, 30)


def document(text: str, title: str = "Title", uri: str = "upload:t.txt") -> Document:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(document_id(digest), title, uri, text, (), digest, sha256_of_text(text), "text/1")


TEXT = "The summit was held. It was held in Tokyo. Leaders came."
DOCUMENT = document(TEXT)
QUOTE = cut(DOCUMENT, Span(21, 42), Span(36, 41), 0.9, "high")
ANSWER = Answer("Where?", (QUOTE,), (), STAMP, "Where?", 1.5)
ABSTENTION = Abstention("Who?", "No passage answers this.", (QUOTE,), (), None, STAMP, RATE, "Who?", 2.5)


class TestWrongValues:
    @pytest.mark.parametrize(("index", "of"), [(0, 1), (2, 1), (-1, 3), (0, 0), (1, 0)])
    def test_an_occurrence_that_makes_no_sense(self, index: int, of: int) -> None:
        with pytest.raises(ValueError, match=f"{index} of {of}"):
            Occurrence(index, of)

    @given(st.integers(-3, 9), st.integers(-3, 9))
    def test_an_occurrence_is_one_of_its_places(self, index: int, of: int) -> None:
        if 1 <= index <= of:
            assert (Occurrence(index, of).index, Occurrence(index, of).of) == (index, of)
        else:
            with pytest.raises(ValueError, match="no sense"):
                Occurrence(index, of)

    @pytest.mark.parametrize("text", ["", "It was held in Tokyo", QUOTE.text + "!", QUOTE.text * 2])
    def test_a_quote_as_long_as_its_place_and_never_empty(self, text: str) -> None:
        with pytest.raises(ValueError, match=rf"{len(text)} characters cannot stand at 21:42"):
            replace(QUOTE, text=text)

    def test_an_empty_quote_at_an_empty_place(self) -> None:
        with pytest.raises(ValueError, match="0 characters"):
            replace(QUOTE, text="", highlight=None, source=replace(QUOTE.source, stop=21))

    @pytest.mark.parametrize("score", [-1e-9, 1 + 1e-9, math.nan, math.inf, -math.inf, 17])
    def test_a_score_that_is_no_probability(self, score: float) -> None:
        with pytest.raises(ValueError, match="probability"):
            replace(QUOTE, score=score)

    @pytest.mark.parametrize("span", [(0, 5), (20, 30), (40, 43), (42, 50), (21, 43), (0, 99)])
    def test_a_highlight_outside_its_quote(self, span: tuple[int, int]) -> None:
        with pytest.raises(ValueError, match="outside its quote 21:42"):
            replace(QUOTE, highlight=Span(*span))

    @pytest.mark.parametrize("span", [(21, 42), (21, 22), (41, 42), (30, 31)])
    def test_a_highlight_inside_its_quote(self, span: tuple[int, int]) -> None:
        assert replace(QUOTE, highlight=Span(*span)).highlight == Span(*span)

    @pytest.mark.parametrize(
        ("rate", "low", "high", "n"),
        [
            (0.3, 0.1, 0.2, 10),
            (0.0, 0.1, 0.2, 10),
            (0.1, -0.1, 0.2, 10),
            (0.9, 0.8, 1.1, 10),
            (0.1, 0.05, 0.2, 0),
            (0.1, 0.05, 0.2, -5),
            (math.nan, 0.05, 0.2, 10),
            (0.1, math.nan, 0.2, 10),
            (0.1, 0.05, math.nan, 10),
        ],
    )
    def test_an_error_rate_outside_its_interval(self, rate: float, low: float, high: float, n: int) -> None:
        with pytest.raises(ValueError, match=f"of {n}"):
            ErrorRate(rate, low, high, n, "test questions", calibrated=True)

    def test_an_answer_without_quotes(self) -> None:
        with pytest.raises(ValueError, match="abstention"):
            Answer("Where?", (), (), STAMP, "Where?", 1.0)

    @pytest.mark.parametrize("quotes", [(), (0,), (1, 1), (2, 2, 2)])
    def test_a_comparison_of_fewer_than_two_quotes(self, quotes: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="two quotes"):
            Comparison("date", True, tuple(Mention(at, "2004", Span(0, 4)) for at in quotes))

    def test_a_refusal_may_have_nothing_near(self) -> None:
        assert replace(ABSTENTION, nearest=()).nearest == ()


RECORD = DocumentRecord(DOCUMENT.id, "Title", "upload:t.txt", 56, 2, DOCUMENT.file_sha256, DOCUMENT.text_sha256, "t/1")
MENTION = Mention(0, "2004", Span(3, 7))
VALUES: list[Any] = [
    ANSWER,
    ABSTENTION,
    QUOTE,
    QUOTE.source,
    QUOTE.receipt,
    QUOTE.occurrence,
    STAMP,
    RATE,
    RECORD,
    AddReport(added=(RECORD,)),
    Refused("a.pdf", "no text"),
    Progress("reading", 1, 2),
    SearchHit(QUOTE.text, QUOTE.source, 1.0, 0.5, 0.5),
    Check("index", True, "fine", ""),
    DoctorReport((Check("index", True, "fine", ""),)),
    Verdict(1, 1, True, "", ""),
    MENTION,
    Comparison("date", False, (MENTION, replace(MENTION, quote=1, text="2005"))),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
class TestEveryValue:
    def test_it_does_not_change(self, value: Any) -> None:
        for field in dataclasses.fields(value):
            with pytest.raises(FrozenInstanceError):
                setattr(value, field.name, None)

    def test_it_takes_no_other_attribute(self, value: Any) -> None:
        assert not hasattr(value, "__dict__")
        with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
            value.something_else = 1

    def test_an_equal_one_is_equal_and_hashes_alike(self, value: Any) -> None:
        again = replace(value)
        assert again is not value
        assert again == value
        assert hash(again) == hash(value)


def test_a_report_is_healthy_only_when_every_check_is() -> None:
    good, bad = Check("index", True, "fine", ""), Check("documents", False, "one is missing", "repair")
    assert DoctorReport((good, good)).healthy
    assert not DoctorReport((good, bad)).healthy
    assert not DoctorReport((bad,)).healthy


class TestRecord:
    def test_an_answer(self) -> None:
        record = answer_record(ANSWER)
        assert record == {
            "schema": SCHEMA,
            "question": "Where?",
            "answered": True,
            "quotes": [quote_record(QUOTE)],
            "comparisons": [],
            "abstention": None,
            "library": {"id": "0123456789abcdef", "documents": 2, "passages": 30},
            "query_used": "Where?",
            "elapsed_ms": 1.5,
        }

    def test_a_refusal(self) -> None:
        record = answer_record(ABSTENTION)
        assert (record["answered"], record["quotes"]) == (False, [])
        assert record["abstention"] == {
            "reason": "No passage answers this.",
            "nearest": [quote_record(QUOTE)],
            "missing_words": [],
            "outside_filter": None,
            "searched": {"documents": 2, "passages": 30},
            "false_answer_rate": {
                "rate": 0.1, "low": 0.05, "high": 0.2, "n": 100, "measured_on": "test questions", "calibrated": False,
            },
        }  # fmt: skip

    def test_a_comparison(self) -> None:
        mentions = Mention(0, "mid-December", Span(21, 33)), Mention(1, "December 20", Span(5, 16))
        differ = Comparison("date", False, mentions)
        record = answer_record(replace(ANSWER, quotes=(QUOTE, QUOTE), comparisons=(differ,)))
        assert record["comparisons"] == [
            {
                "kind": "date",
                "agrees": False,
                "heuristic": True,
                "mentions": [
                    {"quote": 0, "text": "mid-December", "start": 21, "stop": 33},
                    {"quote": 1, "text": "December 20", "start": 5, "stop": 16},
                ],
            }
        ]

    def test_a_refusal_with_more_to_say(self) -> None:
        record = answer_record(replace(ABSTENTION, missing_words=("tungsten",), outside_filter=QUOTE))
        assert record["abstention"]["missing_words"] == ["tungsten"]
        assert record["abstention"]["outside_filter"] == quote_record(QUOTE)

    def test_both_have_the_same_keys(self) -> None:
        assert list(answer_record(ANSWER)) == list(answer_record(ABSTENTION))

    def test_a_quote_says_where_it_stands_and_by_what_it_can_be_checked(self) -> None:
        record = quote_record(QUOTE)
        assert record["highlight"] == {"start": 36, "stop": 41}
        assert record["verified"] is True
        assert record["source"].keys() == {field.name for field in dataclasses.fields(Source)}
        assert record["receipt"] == {
            "document_sha256": DOCUMENT.file_sha256,
            "text_sha256": sha256_of_text(TEXT),
            "quote_sha256": hashlib.sha256(b"It was held in Tokyo.").hexdigest(),
            "extractor": "text/1",
        }
        assert quote_record(replace(QUOTE, highlight=None))["highlight"] is None

    def test_changing_a_record_changes_no_value(self) -> None:
        record = answer_record(ANSWER)
        record["quotes"][0]["source"]["start"] = 0
        record["library"]["id"] = "changed"
        assert (QUOTE.source.start, STAMP.id) == (21, "0123456789abcdef")


@st.composite
def odd_quotes(draw: st.DrawFn) -> tuple[Document, Quote]:
    made = document(draw(ODD_TEXTS), title=draw(ODD_TEXTS), uri=draw(ODD_TEXTS))
    start = draw(st.integers(0, len(made.text) - 1))
    span = Span(start, draw(st.integers(start + 1, len(made.text))))
    inner = draw(st.integers(span.start, span.stop - 1))
    score = draw(st.floats(0, 1))
    return made, cut(made, span, Span(inner, draw(st.integers(inner + 1, span.stop))), score, "low")


def rebuilt(record: dict[str, Any]) -> Quote:
    """A quote made again from its record, through every check of its own."""
    return Quote(
        text=record["text"],
        highlight=None if record["highlight"] is None else Span(**record["highlight"]),
        source=Source(**record["source"]),
        score=record["score"],
        confidence=record["confidence"],
        verified=record["verified"],
        occurrence=Occurrence(**record["occurrence"]),
        receipt=Receipt(**record["receipt"]),
    )


@settings(deadline=None, max_examples=60)
@given(made=odd_quotes(), question=ODD_TEXTS, ascii_only=st.booleans())
def test_json_gives_back_the_same_quote(made: tuple[Document, Quote], question: str, ascii_only: bool) -> None:
    """However the JSON is written, escaped or not, and through UTF-8 and back."""
    _, quote = made
    answer = Answer(question, (quote,), (), STAMP, question, 0.25)
    written = json.dumps(answer_record(answer), ensure_ascii=ascii_only).encode("utf-8")
    record = json.loads(written.decode("utf-8"))
    assert record["question"] == question
    assert [rebuilt(each) for each in record["quotes"]] == [quote]


@settings(deadline=None, max_examples=60)
@given(made=odd_quotes(), refused=st.booleans())
def test_a_record_verifies_on_one_line_whatever_the_text(made: tuple[Document, Quote], refused: bool) -> None:
    """Line separators inside a quote must not cut the line in two."""
    doc, quote = made
    refusal = Abstention("q", "r", (quote,), (), None, STAMP, RATE, "q", 1.0)
    line = json.dumps(answer_record(refusal if refused else Answer("q", (quote,), (), STAMP, "q", 1.0)))
    assert "\n" not in line
    assert list(verify_records([line], lambda _: doc)) == [Verdict(1, 1, True, "", "")]


@settings(deadline=None, max_examples=60)
@given(made=odd_quotes(), data=st.data())
def test_one_changed_character_is_noticed(made: tuple[Document, Quote], data: st.DataObject) -> None:
    doc, quote = made
    record = answer_record(Answer("q", (quote,), (), STAMP, "q", 1.0))
    at = data.draw(st.integers(0, len(quote.text) - 1))
    other = data.draw(st.sampled_from("xyzž").filter(lambda character: character != quote.text[at]))
    record["quotes"][0]["text"] = quote.text[:at] + other + quote.text[at + 1 :]
    (verdict,) = verify_records([json.dumps(record)], lambda _: doc)
    assert not verdict.ok
    assert "own hash" in verdict.reason


def test_ids_stay_strings_in_a_record() -> None:
    assert type(quote_record(QUOTE)["source"]["document"]) is str
    assert DocumentId(quote_record(QUOTE)["source"]["document"]) == DOCUMENT.id
