"""The plain page of a document: its characters as they are, a place marked or a reason why not, and no script."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, Mark, Span
from quoth.ui.links import Followed
from quoth.ui.page import document_page, message_page
from strategies import document_of, documents

TEXT = "Intro 😀 line.\n\nThe <b>answer</b> is ${forty-two}, they say.\nMore.\n"
WHOLE = document_of(TEXT, (Mark(0, "page", "3"), Mark(15, "heading", "Results")), title="A & B")


class Reading(HTMLParser):
    """What a browser finds in the page: the text of the article, what is marked, and the tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.article, self.marked = "", ""
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "link"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._inside.pop() == tag

    def handle_data(self, data: str) -> None:
        if "p" in self._inside and "article" in self._inside:
            self.article += data
        if "mark" in self._inside:
            self.marked += data


def read(page: str) -> Reading:
    reading = Reading()
    reading.feed(page)
    reading.close()
    return reading


def test_it_shows_the_text_and_marks_the_place() -> None:
    start, stop = TEXT.index("The"), TEXT.index("\nMore")
    page = document_page(Followed(WHOLE, Span(start, stop), ""))
    assert '<mark id="quote">The &lt;b&gt;answer&lt;/b&gt; is ${forty-two}, they say.</mark>' in page
    assert '<h1 dir="auto">A &amp; B</h1>' in page
    assert f"?doc={WHOLE.id}&amp;start={start}&amp;stop={stop}" in page
    reading = read(page)
    assert reading.article == TEXT
    assert ("data-page", "page 3") in reading.attributes


@settings(deadline=None, max_examples=60)
@given(data=st.data(), document=documents())
def test_every_character_stands_in_it_and_no_other(data: st.DataObject, document: Document) -> None:
    start = data.draw(st.integers(0, len(document.text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(document.text))))
    page = document_page(Followed(document, span, ""))
    reading = read(page)
    assert reading.article == document.text
    assert reading.marked == document.text[span.start : span.stop]
    assert page.count('id="quote"') == 1
    assert "script" not in reading.tags
    assert "\r" not in page  # a parser would change it; it stands as a character reference


@pytest.mark.parametrize("notice", ["This has changed.", "<script>alert(1)</script>"])
def test_a_notice_is_said_and_nothing_is_marked(notice: str) -> None:
    reading = read(document_page(Followed(WHOLE, None, notice)))
    assert ("role", "note") in reading.attributes
    assert not {"script", "mark"} & set(reading.tags)
    assert reading.article == TEXT


def test_a_long_page_is_not_laid_out_whole() -> None:
    assert "q-long" in document_page(Followed(document_of("A line.\n\n" * 400), None, ""))
    assert "q-long" not in document_page(Followed(WHOLE, None, ""))


def test_what_is_too_long_goes_on_without_a_number() -> None:
    page = document_page(Followed(document_of("word " * 2_000), None, ""))
    assert page.count("q-continued") == 2
    assert page.count("data-number") == 1


def test_messages_are_escaped() -> None:
    assert "<script" not in message_page("<script>", "<script>")
