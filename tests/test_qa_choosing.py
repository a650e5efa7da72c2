"""Choosing the words to quote: whole sentences, one to three, at most 400 characters unless one sentence is longer."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, Splitting, document_id, sentences, sha256_of_text, split
from quoth.index import Hit
from quoth.qa.choosing import LONGEST_QUOTE, MOST_SENTENCES, Candidate, Question, choose
from small_reader import OverlapReader

sentence = st.text(alphabet="abcde ", min_size=1, max_size=120).filter(str.strip).map(lambda s: f"X{s.strip()}.")
bodies = st.lists(sentence, min_size=1, max_size=12).map(" ".join)


def document(text: str) -> Document:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(document_id(digest), "T", "file:///t", text, (), digest, sha256_of_text(text), "text/1")


def candidates(text: str, asked: str, weights: dict[str, float] | None = None) -> tuple[Document, list[Candidate]]:
    doc = document(text)
    hits = [Hit(passage, 1.0, 0.5, 0.5) for passage in split(doc, Splitting(300, 600))]
    question = Question(asked, weights or {})
    return doc, choose(question, hits, {doc.id: doc}, OverlapReader())


@settings(deadline=None)
@given(bodies, st.text(alphabet="abcde ", min_size=1, max_size=30))
def test_a_quote_is_one_to_three_whole_sentences_and_holds_its_highlight(text: str, asked: str) -> None:
    doc, found = candidates(text, asked)
    for candidate in found:
        inside = [s for s in sentences(doc.text) if candidate.span.start <= s.start and s.stop <= candidate.span.stop]
        assert (inside[0].start, inside[-1].stop) == (candidate.span.start, candidate.span.stop)
        assert 1 <= len(inside) <= MOST_SENTENCES
        assert len(candidate.span) <= LONGEST_QUOTE or len(inside) == 1
        assert candidate.span.start <= candidate.best.start < candidate.best.stop <= candidate.span.stop


def test_a_sentence_longer_than_a_quote_may_be_is_quoted_whole() -> None:
    text = "Short one. " + "The summit " + "of many words " * 40 + "ended. Another short one."
    _, found = candidates(text, "summit")
    longest = max(found, key=lambda candidate: len(candidate.span))
    assert len(longest.span) > LONGEST_QUOTE


@pytest.mark.parametrize(
    ("asked", "weights", "coverage"),
    [
        ("summit in 2004", {"summit": 2.0, "2004": 2.0}, 1.0),
        ("summit in 2005", {"summit": 2.0, "2005": 2.0}, 0.5),
        ("hamlet", {"hamlet": 3.0}, 0.0),
        ("", {}, 0.0),
    ],
)
def test_coverage_is_the_share_of_the_word_weight_found(asked: str, weights: dict[str, float], coverage: float) -> None:
    _, (candidate,) = candidates("The summit was held in 2004. Nobody came.", asked or "?", weights)
    assert candidate.features.coverage == pytest.approx(coverage)


def test_a_quote_does_not_run_over_the_end_of_a_paragraph() -> None:
    text = "The summit was held. It was cold.\nA new paragraph begins. It goes on."
    doc, (candidate,) = candidates(text, "summit")
    assert doc.text[candidate.span.start : candidate.span.stop] == "The summit was held. It was cold."


def test_hits_without_words_give_no_candidates() -> None:
    doc = document("Words here.\n\n\n")
    blank = Hit(split(doc)[0], 1.0, 0.5, 0.5)
    assert choose(Question("?", {}), [], {}, OverlapReader()) == []
    assert len(choose(Question("?", {}), [blank], {doc.id: doc}, OverlapReader())) == 1
