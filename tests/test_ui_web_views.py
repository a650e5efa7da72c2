"""The sentences of the web page, and that nothing heavy is imported where it is not needed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from quoth.corpus import Document, Mark, Span, document_id, sha256_of_text
from quoth.qa import (
    Abstention,
    Answer,
    Comparison,
    ErrorRate,
    LibraryStamp,
    Mention,
    Occurrence,
    Quote,
    Receipt,
    Source,
)
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
    said = quote(start, stop, words, Occurrence(2, 3))
    view = answer_view(Answer("What?", (said,), (), STAMP, "What?", 12.6), find)
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


RATE = ErrorRate(0.05, 0.031, 0.076, 400, "a set", calibrated=False)
REFUSAL = Abstention("Why?", "Nothing says so.", (quote(0, 5),), (), None, STAMP, RATE, "Why?", 3.0)


def test_a_refusal_as_the_page_gets_it() -> None:
    view = answer_view(REFUSAL, find)
    assert (view["kind"], view["reason"]) == ("refusal", "Nothing says so.")
    assert view["rate"] == (
        "Where documents hold no answer, Quoth still gave one to 5.0% of 400 questions "
        "(95% interval 3.1% to 7.6%; measured on a set, not on your documents)."
    )
    assert view["said"] == "No answer found. Nothing says so."
    assert (view["missing"], view["outside"], view["query"]) == ("", None, "")


def test_a_refusal_with_more_to_say() -> None:
    start, stop = TEXT.index("The"), TEXT.index("\nMore")
    more = replace(REFUSAL, missing_words=("<b>", "Messi"), outside_filter=quote(start, stop), query_used="Why? A & B")
    view = answer_view(more, find)
    assert json.loads(json.dumps(view)) == view
    assert view["missing"] == "Nowhere in the library: <b>, Messi."
    assert view["outside"] == {
        "lead": "Outside the filter, this document has an answer:",
        "title": "A & B",
        "place": "page 3 · ¶ 2 of 3 · Results · line 3",
        "link": f"doc/{WHOLE.id}?start={start}&stop={stop}&sha={WHOLE.text_sha256}#quote",
    }
    assert view["query"] == "Why? A & B"


def test_comparisons_as_the_page_gets_them() -> None:
    one, two = quote(0, 13), quote(15, TEXT.index("\nMore"))
    two = replace(two, source=replace(two.source, document=document_id("f" * 64)))
    mentions = Mention(0, "Intro", Span(0, 5)), Mention(1, "The", Span(15, 18))
    whole = Mention(1, two.text, Span(two.source.start, two.source.stop))
    found = (
        Comparison("date", False, mentions),
        Comparison("negation", False, (mentions[0], whole)),
        Comparison("number", True, (mentions[0], replace(mentions[1], text="Intro"))),
        Comparison("negation", True, mentions),
    )
    view = answer_view(Answer("What?", (one, two), found, STAMP, "What?", 1.0), find)
    assert json.loads(json.dumps(view)) == view
    intro, the = side("Intro", 1), side("The", 2)
    assert view["comparisons"] == [
        {"lead": "They differ:", "agrees": False, "sides": [intro, the]},
        {"lead": "They differ:", "agrees": False, "sides": [intro, {**side("no negation", 2), "verbatim": False}]},
        {"lead": "Both sources say", "agrees": True, "sides": [side("Intro", 1, 2)]},
        {"lead": "Both sources say the same:", "agrees": True, "sides": [intro, the]},
    ]
    assert "rules" in view["by_rules"]


def side(text: str, *quotes: int) -> dict[str, object]:
    return {"text": text, "quotes": [*quotes], "verbatim": True}


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
