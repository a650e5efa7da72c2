"""The exactness law, as properties over any text: a quote is its document's slice, and any change is noticed."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, DocumentId, Mark, Passage, Span, document_id, sha256_of_text
from quoth.qa.quoting import CONTEXT, cut, objection, trimmed

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200).filter(str.strip)


def document(text: str, marks: tuple[Mark, ...] = ()) -> Document:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(document_id(digest), "Title", "file:///t.txt", text, marks, digest, sha256_of_text(text), "text/1")


@st.composite
def documents_and_spans(draw: st.DrawFn) -> tuple[Document, Span, Span]:
    made = document(draw(texts))
    start = draw(st.integers(0, len(made.text) - 1))
    stop = draw(st.integers(start + 1, len(made.text)))
    inner = draw(st.integers(start, stop - 1))
    return made, Span(start, stop), Span(inner, draw(st.integers(inner + 1, stop)))


@settings(deadline=None)
@given(documents_and_spans())
def test_a_quote_is_the_slice_of_its_document(made: tuple[Document, Span, Span]) -> None:
    doc, span, inner = made
    quote = cut(doc, span, inner, 0.5, "low")
    assert doc.text[quote.source.start : quote.source.stop] == quote.text
    assert objection(quote, doc) is None
    whole = quote.source.prefix + quote.text + quote.source.suffix
    assert whole == doc.text[max(0, span.start - CONTEXT) : span.stop + CONTEXT]
    assert (quote.highlight is None) == (inner == span)


@settings(deadline=None)
@given(documents_and_spans())
def test_occurrence_counts_every_place_of_the_words(made: tuple[Document, Span, Span]) -> None:
    doc, span, _ = made
    quote = cut(doc, span, None, 0.5, "low")
    places = [at for at in range(len(doc.text)) if doc.text.startswith(quote.text, at)]
    assert quote.occurrence.of == len(places)
    assert places[quote.occurrence.index - 1] == span.start


@settings(deadline=None)
@given(documents_and_spans(), texts)
def test_a_changed_document_is_objected_to(made: tuple[Document, Span, Span], other: str) -> None:
    doc, span, _ = made
    assume(other != doc.text)
    assert "changed" in (objection(cut(doc, span, None, 0.5, "low"), document(other)) or "")


@settings(deadline=None)
@given(documents_and_spans())
def test_changed_words_are_objected_to(made: tuple[Document, Span, Span]) -> None:
    doc, span, _ = made
    quote = cut(doc, span, None, 0.5, "low")
    forged = replace(
        quote, text="x" * len(quote.text) if quote.text != "x" * len(quote.text) else "y" * len(quote.text)
    )
    assert "other words" in (objection(forged, doc) or "")


def test_changed_hash_is_objected_to() -> None:
    doc = document("One. Two.")
    quote = cut(doc, Span(0, 4), None, 0.5, "low")
    forged = replace(quote, receipt=replace(quote.receipt, quote_sha256="0" * 64))
    assert "own hash" in (objection(forged, doc) or "")


def test_a_span_outside_the_document_is_no_quote() -> None:
    with pytest.raises(ValueError, match="does not lie"):
        cut(document("short"), Span(2, 9), None, 0.5, "low")


def test_a_highlight_outside_its_quote_is_unbuildable() -> None:
    with pytest.raises(ValueError, match="outside its quote"):
        cut(document("One. Two. Three."), Span(5, 9), Span(0, 4), 0.5, "low")


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan")])
def test_a_score_is_a_probability(score: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        cut(document("One."), Span(0, 4), None, score, "low")


def test_page_heading_and_lines_are_those_of_the_place() -> None:
    text = "Fees\r\nTen euro.\r\n\fTerms\nOne year.\n"
    doc = document(
        text, (Mark(0, "page", "1"), Mark(0, "heading", "Fees"), Mark(18, "page", "2"), Mark(18, "heading", "Terms"))
    )
    first = cut(doc, Span(6, 15), None, 0.5, "low").source
    second = cut(doc, Span(24, 33), None, 0.5, "low").source
    assert (doc.text[6:15], first.page, first.heading, first.line_start, first.line_stop) == (
        "Ten euro.",
        1,
        "Fees",
        2,
        2,
    )
    assert (doc.text[24:33], second.page, second.heading, second.line_start) == ("One year.", 2, "Terms", 4)


@settings(deadline=None)
@given(texts)
def test_trimmed_passages_keep_every_character_but_white_space(text: str) -> None:
    span = trimmed(Passage(DocumentId("a" * 16), 0, 7, 7 + len(text), text))
    assert text[span.start - 7 : span.stop - 7] == text.strip()
