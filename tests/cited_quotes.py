"""Quotes cut out of documents of every script, with the document beside them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from quoth.corpus import Document, Mark, Span
from quoth.qa import Quote
from quoth.qa.quoting import cut
from strategies import TELLING, document_of

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Of laws that may take their time on a busy machine."""

ADDRESSES = ["file:///a/b.txt", "upload:my notes.txt", "https://example.org/a?b=1&lt=2#part", "HTTP://example.org/x.pdf"]
TITLES = ["Title", "A [draft], *final* & <b>bold</b>", "Žluťoučký\n kůň 😀", " "]

# Short ones: what decides is which signs stand side by side, and many are drawn.
_sides = st.lists(st.sampled_from(TELLING), max_size=20).map("".join)
_any = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


@st.composite
def quoted(draw: st.DrawFn) -> tuple[Document, Quote]:
    """A document, with a page in it or none, and any stretch of it, or all of it."""
    text = f"{draw(_sides)}{draw(_any)}word{draw(_sides)}"
    marks = (Mark(draw(st.integers(0, len(text))), "page", "7"),) if draw(st.booleans()) else ()
    document = document_of(text, marks, draw(st.sampled_from(TITLES)))
    document = replace(document, uri=draw(st.sampled_from(ADDRESSES)))
    start = draw(st.integers(0, len(text) - 1))
    stop = draw(st.integers(start + 1, len(text)))
    return document, cut(document, Span(start, stop), None, 0.5, "medium")


def quote_of(text: str, words: str, nth: int = 1, **source: str) -> Quote:
    """The `nth` place (from 1) where `words` stand in a document of this text; `uri` and `title` may be given."""
    at = -1
    for _ in range(nth):
        at = text.index(words, at + 1)
    document = replace(document_of(text), **source)  # type: ignore[arg-type]
    return cut(document, Span(at, at + len(words)), None, 0.5, "medium")
