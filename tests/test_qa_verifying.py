"""Saved answers are re-checked with text and hashes alone; whatever was changed is named."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from quoth.corpus import BadRequest, Document, DocumentId, Span, document_id, sha256_of_text
from quoth.qa import Abstention, Answer, ErrorRate, LibraryStamp, verify_records
from quoth.qa.quoting import cut
from quoth.ui.record import answer_record

TEXT = "The summit was held. It was held in Tokyo. The summit was held."
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
DOCUMENT = Document(document_id(DIGEST), "Summit", "file:///s.txt", TEXT, (), DIGEST, sha256_of_text(TEXT), "text/1")
STAMP = LibraryStamp("0" * 16, 1, 1)
QUOTE = cut(DOCUMENT, Span(21, 42), Span(36, 41), 0.9, "high")
RATE = ErrorRate(0.1, 0.05, 0.2, 100, "test questions", calibrated=False)


def lookup(id: DocumentId) -> Document:
    if id != DOCUMENT.id:
        raise BadRequest(f"There is no document {id} in this library.")
    return DOCUMENT


@pytest.fixture
def record() -> dict[str, Any]:
    return copy.deepcopy(answer_record(Answer("Where?", (QUOTE, QUOTE), (), STAMP, "Where?", 1.0)))


def reasons(*records: Any) -> list[str]:
    return [verdict.reason for verdict in verify_records(map(json.dumps, records), lookup)]


def test_an_untouched_answer_stands(record: dict[str, Any]) -> None:
    assert reasons(record) == ["", ""]


def test_the_nearest_passages_of_a_refusal_are_checked_too() -> None:
    outcome = Abstention("Who?", "No passage answers this.", (QUOTE,), (), None, STAMP, RATE, "Who?", 1.0)
    refusal = answer_record(outcome)
    assert reasons(refusal) == [""]
    refusal["abstention"]["nearest"][0]["text"] = "It was held in Kyoto."
    assert "own hash" in reasons(refusal)[0]


def test_the_quote_outside_the_filter_is_checked_too() -> None:
    outcome = Abstention("Who?", "No passage answers this.", (), (), QUOTE, STAMP, RATE, "Who?", 1.0)
    refusal = answer_record(outcome)
    assert reasons(refusal) == [""]
    refusal["abstention"]["outside_filter"]["text"] = "It was held in Kyoto."
    assert "own hash" in reasons(refusal)[0]


def change_word(quote: dict[str, Any]) -> None:
    quote["text"] = quote["text"].replace("Tokyo", "Kyoto")


def change_word_and_hash(quote: dict[str, Any]) -> None:
    change_word(quote)
    quote["receipt"]["quote_sha256"] = sha256_of_text(quote["text"])


def move(quote: dict[str, Any]) -> None:
    quote["source"]["start"] += 1
    quote["source"]["stop"] += 1


def negative(quote: dict[str, Any]) -> None:
    quote["source"]["start"] -= len(TEXT)
    quote["source"]["stop"] -= len(TEXT)


def other_document(quote: dict[str, Any]) -> None:
    quote["source"]["document"] = "f" * 16


def other_text(quote: dict[str, Any]) -> None:
    quote["receipt"]["text_sha256"] = "0" * 64


def no_receipt(quote: dict[str, Any]) -> None:
    del quote["receipt"]


def words_for_numbers(quote: dict[str, Any]) -> None:
    quote["source"]["start"] = "twenty-one"


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [
        (change_word, "own hash"),
        (change_word_and_hash, "hold other words"),
        (move, "hold other words"),
        (negative, "hold other words"),
        (other_document, "no document"),
        (other_text, "has changed"),
        (no_receipt, "incomplete"),
        (words_for_numbers, "malformed"),
    ],
)
def test_each_tampering_is_named(record: dict[str, Any], tamper: Callable[[dict[str, Any]], None], reason: str) -> None:
    tamper(record["quotes"][1])
    found = reasons(record)
    assert found[0] == ""
    assert reason in found[1]


@pytest.mark.parametrize("line", ["{", "[]", "{}", "null", '{"quotes": 3, "abstention": null}', '"text"'])
def test_a_line_that_is_no_record_is_named_by_its_number(line: str) -> None:
    verdicts = list(verify_records(["", line], lookup))
    assert [(verdict.line, verdict.quote, verdict.ok) for verdict in verdicts] == [(2, 0, False)]
