"""The sentences of the web page, and that nothing heavy is imported where it is not needed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    shipped_judge,
)
from quoth.ui.cards import card_view
from quoth.ui.views import amount, answer_view, error_view, place_of
from strategies import document_of

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
    assert card["link"].startswith(f"doc/{WHOLE.id}?start={start}&stop={stop}&sha={WHOLE.text_sha256}&at=")
    assert "#quote:~:text=" in card["link"]
    assert "91%" in card["chance"]
    assert list(view["marks"]) == [WHOLE.id]
    assert "1 quote found" in view["said"]


def test_a_card_carries_what_is_copied_and_what_is_sent_back() -> None:
    start, stop = TEXT.index("The"), TEXT.index("\nMore")
    words = Span(TEXT.index("forty"), TEXT.index("}"))
    answer = Answer("What?", (quote(start, stop, words),), (), STAMP, "What?", 1.0)
    (card,) = answer_view(answer, find, base="http://127.0.0.1:7860/app/")["quotes"]
    plain, in_markdown, annotation = (one["text"] for one in card["cite"])
    assert plain.startswith(f"“{TEXT[start:stop]}” — A & B, page 3")
    assert f"](http://127.0.0.1:7860/app/doc/{WHOLE.id}?start={start}&amp;stop={stop}" in in_markdown
    assert ":~:" not in in_markdown  # an address that long is no citation
    where = json.loads(annotation)["target"]["selector"][1]
    assert (where["start"], where["end"]) == (start, stop)
    assert (card["span"], card["highlight"]) == ([start, stop], [words.start, words.stop])
    assert (card["sha"], card["uri"]) == (WHOLE.text_sha256, WHOLE.uri)
    (bare,) = answer_view(answer, find)["quotes"]
    assert "](" not in bare["cite"][1]["text"]
    (whole,) = answer_view(replace(answer, quotes=(quote(start, stop),)), find)["quotes"]
    assert whole["highlight"] is None


@pytest.mark.parametrize("score", [0.99, 0.35, 0.26, 0.01])
def test_a_word_of_confidence_is_told_with_what_it_was_worth(score: float) -> None:
    judge = shipped_judge()
    said = replace(quote(0, 5), score=score, confidence=judge.confidence(score))
    (card,) = answer_view(Answer("What?", (said,), (), STAMP, "What?", 1.0), find)["quotes"]
    assert f"the question at {score:.0%}." in card["chance"]
    bands = [band for band in judge.bands if band.word == said.confidence and score >= band.start]
    assert ("95% interval" in card["chance"]) == bool(bands)
    assert all(f"{band.right:.0%} of the first quotes" in card["chance"] for band in bands)


@given(st.integers(0, 400), st.integers(1, 60), st.text("ab 😀\n", min_size=1, max_size=500))
def test_the_beginning_of_a_row_shows_the_words_that_answer(before: int, length: int, text: str) -> None:
    text = "x" + text + "y" * 61  # a document begins and ends with something
    start = min(before, len(text) - 1)
    words = Span(start, min(len(text), start + length))
    document = document_of(text)
    source = replace(quote(0, 5).source, document=document.id, start=0, stop=len(text))
    said = replace(quote(0, 5), text=text, highlight=words, source=source)
    brief = card_view(1, said, document, "")["brief"]
    shown = "".join(piece["text"] for piece in brief["pieces"])
    assert text.endswith(shown)
    assert brief["cut"] == (shown != text)
    assert "".join(piece["text"] for piece in brief["pieces"] if piece["highlight"]) == text[words.start : words.stop]
    lead = words.start - (len(text) - len(shown))
    assert lead <= 40
    assert not brief["cut"] or lead == 0 or text[words.start - lead - 1].isspace()


def test_a_part_of_the_library_is_told_as_one() -> None:
    view = answer_view(REFUSAL, find, searched="3 passages in 1 of 2 documents")
    assert view["searched"] == "searched 3 passages in 1 of 2 documents"


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
    assert view["outside"].pop("link").startswith(f"doc/{WHOLE.id}?start={start}&stop={stop}&sha={WHOLE.text_sha256}")
    assert view["outside"] == {
        "lead": "Outside the filter, this document has an answer:",
        "title": "A & B",
        "place": "page 3 · ¶ 2 of 3 · Results · line 3",
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


def test_asking_in_a_terminal_imports_no_web_server() -> None:
    script = "import sys, quoth.ui.cli, quoth.qa; print({'gradio', 'fastapi', 'uvicorn'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-Ic", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
