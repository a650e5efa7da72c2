"""The sentences of the web page, and that nothing heavy is imported where it is not needed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys

import pytest

from quoth.corpus import Document, Mark, Span, document_id, sha256_of_text
from quoth.qa import Abstention, Answer, ErrorRate, LibraryStamp, Occurrence, Quote, Receipt, Source
from quoth.ui.page import document_page, message_page
from quoth.ui.views import amount, answer_view, error_view, place_of

TEXT = "Intro 😀 line.\n\nThe <b>answer</b> is ${forty-two}, they say.\nMore.\n"
SHA = hashlib.sha256(TEXT.encode()).hexdigest()
WHOLE = Document(
    document_id(SHA), "A & B", "file:///a.txt", TEXT, (Mark(0, "page", "3"), Mark(15, "heading", "Results")),
    SHA, sha256_of_text(TEXT), "text/1",
)  # fmt: skip
STAMP = LibraryStamp("lib", 1, 17)


def quote(start: int, stop: int, highlight: Span | None = None, occurrence: Occurrence = Occurrence(1, 1)) -> Quote:  # noqa: B008  # frozen
    words = TEXT[start:stop]
    source = Source(
        WHOLE.id, WHOLE.title, WHOLE.uri, start, stop, WHOLE.page_at(start), WHOLE.heading_at(start),
        WHOLE.line_at(start), WHOLE.line_at(stop - 1), TEXT[:start][-32:], TEXT[stop:][:32],
    )  # fmt: skip
    receipt = Receipt(SHA, WHOLE.text_sha256, sha256_of_text(words), "text/1")
    return Quote(words, highlight, source, 0.91, "high", True, occurrence, receipt)


def find(_: object) -> Document:
    return WHOLE


def test_an_answer_as_the_page_gets_it() -> None:
    start = TEXT.index("The")
    stop = TEXT.index("\nMore")
    words = Span(TEXT.index("forty"), TEXT.index("}"))
    view = answer_view(Answer("What?", (quote(start, stop, words, Occurrence(2, 3)),), STAMP, "What?", 12.6), find)
    card = view["quotes"][0]
    assert json.loads(json.dumps(view)) == view
    assert (view["kind"], view["searched"], view["took"]) == ("answer", "searched 17 passages in 1 document", "13 ms")
    assert [piece["text"] for piece in card["pieces"] if piece["highlight"]] == ["forty-two"]
    assert card["place"] == "page 3 · ¶ 2 of 3 · Results · line 3"
    assert card["repeated"] == "place 2 of 3 with these words"
    assert card["link"] == f"doc/{WHOLE.id}?start={start}&stop={stop}&sha={WHOLE.text_sha256}#quote"
    assert "91%" in card["chance"]
    assert list(view["marks"]) == [WHOLE.id]
    assert "1 quote found" in view["said"]


def test_a_refusal_as_the_page_gets_it() -> None:
    rate = ErrorRate(0.05, 0.031, 0.076, 400, "a set", calibrated=False)
    view = answer_view(Abstention("Why?", "Nothing says so.", (quote(0, 5),), STAMP, rate, "Why?", 3.0), find)
    assert (view["kind"], view["reason"]) == ("refusal", "Nothing says so.")
    assert view["rate"] == (
        "Where documents hold no answer, Quoth still gave one to 5.0% of 400 questions "
        "(95% interval 3.1% to 7.6%; measured on a set, not on your documents)."
    )
    assert view["said"] == "No answer found. Nothing says so."


def test_small_sentences() -> None:
    assert [amount(1, "passage"), amount(0, "passage"), amount(1234, "passage")] == [
        "1 passage", "0 passages", "1,234 passages",
    ]  # fmt: skip
    assert error_view("?", "Type a question.")["said"] == "Type a question."
    assert place_of(quote(0, TEXT.index("answer")), WHOLE) == "page 3 · ¶ 1–2 of 3 · lines 1–3"


def test_the_plain_page_shows_the_text_and_marks_the_quote() -> None:
    start, stop = TEXT.index("The"), TEXT.index("\nMore")
    page = document_page(WHOLE, Span(start, stop), WHOLE.text_sha256)
    assert '<mark id="quote">The &lt;b&gt;answer&lt;/b&gt; is ${forty-two}, they say.</mark>' in page
    assert "<h1>A &amp; B</h1>" in page
    assert "<mark" not in document_page(WHOLE, None, None)


@pytest.mark.parametrize(("sha", "stop", "said"), [("0" * 64, 9, "has changed"), (None, 9999, "outside the document")])
def test_the_plain_page_says_when_a_link_is_stale(sha: str | None, stop: int, said: str) -> None:
    page = document_page(WHOLE, Span(5, stop), sha)
    assert said in page
    assert "<mark" not in page


def test_messages_are_escaped() -> None:
    assert "<script" not in message_page("<script>", "<script>")


def test_asking_in_a_terminal_imports_no_web_server() -> None:
    script = "import sys, quoth.ui.cli, quoth.qa; print({'gradio', 'fastapi', 'uvicorn'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-Ic", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
