"""Citations in plain text, Markdown and CSL-JSON: the words stay what they are, the place is said, nothing is lost."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cited_quotes import PATIENT, quote_of, quoted
from markdown_reader import shown, whole
from quoth.corpus import Document
from quoth.qa import Quote
from quoth.ui.citing import csl_json, footnotes, markdown, plain
from quoth.ui.record import quote_record

QUOTE = quote_of("Preface. It was *held* in “Tokyo”.\nThe end.", "It was *held* in “Tokyo”.")

# csl-data.json of citation-style-language/schema, version 1.0.2: the keys we use, and no others.
CSL = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["type", "id"],
        "additionalProperties": False,
        "properties": {
            "type": {"enum": ["webpage", "document"]},
            "id": {"type": ["string", "number"]},
            "title": {"type": "string"},
            "URL": {"type": "string"},
            "custom": {"type": "object"},
        },
    },
}
LABELS = {"page", "line"}  # two of the locator labels of CSL 1.0.2


@PATIENT
@given(quoted())
def test_plain_text_holds_the_words_and_the_place(drawn: tuple[Document, Quote]) -> None:
    document, quote = drawn
    said = plain(quote)
    assert said[1 : 1 + len(quote.text)] == document.text[quote.source.start : quote.source.stop]
    assert said.startswith("“")
    assert said[1 + len(quote.text) :].startswith(f"” — {document.title}, ")
    assert said.endswith(f"characters {quote.source.start} to {quote.source.stop}")


def test_plain_text_in_full() -> None:
    assert plain(QUOTE) == "“It was *held* in “Tokyo”.” — Title, line 1, characters 9 to 34"
    assert plain(QUOTE, "¶ 1 of 2") == "“It was *held* in “Tokyo”.” — Title, ¶ 1 of 2"


def test_markdown_in_full() -> None:
    assert markdown(QUOTE, "https://example.org/a?b&c") == (
        "> It was \\*held\\* in “Tokyo”.\n>\n> — [Title](https://example.org/a?b&amp;c), line 1, characters 9 to 34\n"
    )
    assert markdown(QUOTE, place="¶ 1").endswith("> — Title, ¶ 1\n")


@PATIENT
@given(quoted().filter(lambda drawn: whole(drawn[1].text) and "\x00" not in drawn[1].text), st.sampled_from([None, ""]))
def test_a_blockquote_shows_exactly_the_words(drawn: tuple[Document, Quote], link: str | None) -> None:
    document, quote = drawn
    lines = markdown(quote, link).split("\n")
    assert all(line.startswith("> ") or line == ">" for line in lines[:-1])
    words, _, reference = shown("\n".join(line[2:] for line in lines)).rpartition("\n\n— ")
    assert words == document.text[quote.source.start : quote.source.stop]
    assert f"characters {quote.source.start} to {quote.source.stop}" in reference


def test_footnotes_in_full() -> None:
    web = quote_of("One.\n\nTwo.", "One.\n\nTwo.", uri="https://example.org/a", title="A [b]")
    receipt = "SHA-256 of the document's text `{}`, of the quote `{}`."
    assert footnotes([QUOTE, web], first=3).splitlines() == [
        "> It was \\*held\\* in “Tokyo”.[^3]",
        "",
        "> One.",
        ">",
        "> Two.[^4]",
        "",
        "[^3]: Title, line 1, characters 9 to 34. "
        + receipt.format(QUOTE.receipt.text_sha256, QUOTE.receipt.quote_sha256),
        "[^4]: [A \\[b\\]](https://example.org/a#:~:text=One.,Two.), lines 1 to 3, characters 0 to 10. "
        + receipt.format(web.receipt.text_sha256, web.receipt.quote_sha256),
    ]


@PATIENT
@given(st.lists(quoted().map(lambda drawn: drawn[1]), min_size=1, max_size=4), st.integers(1, 50))
def test_every_quote_has_its_footnote(quotes: list[Quote], first: int) -> None:
    notes = footnotes(quotes, lambda _: None, first).split("\n")[:-1]
    numbers = range(first, first + len(quotes))
    assert [line.split("]:")[0] for line in notes[-len(quotes) :]] == [f"[^{number}" for number in numbers]
    for number, quote, note in zip(numbers, quotes, notes[-len(quotes) :], strict=True):
        assert any(line.startswith("> ") and line.endswith(f"[^{number}]") for line in notes)
        assert quote.receipt.quote_sha256 in note


@PATIENT
@given(st.lists(quoted().map(lambda drawn: drawn[1]), max_size=4))
def test_csl_items_follow_the_schema_and_lose_nothing(quotes: list[Quote]) -> None:
    items: list[dict[str, Any]] = json.loads(json.dumps(csl_json(*quotes)))
    Draft202012Validator(CSL).validate(items)
    assert len({item["id"] for item in items}) == len(items)
    kept = [cited for item in items for cited in item["custom"]["quotes"]]
    assert {cited.pop("label") for cited in kept} <= LABELS
    assert all(re.fullmatch(r"\d+(-\d+)?", cited.pop("locator")) for cited in kept)
    expected = [json.loads(json.dumps(quote_record(quote))) for quote in quotes]
    assert sorted(kept, key=str) == sorted(expected, key=str)


def test_two_quotes_of_a_document_are_one_item() -> None:
    other = quote_of("Preface. It was *held* in “Tokyo”.\nThe end.", "in “Tokyo”.\nThe end.")
    (item,) = csl_json(QUOTE, other)
    places = [(cited["label"], cited["locator"]) for cited in item["custom"]["quotes"]]
    assert places == [("line", "1"), ("line", "1-2")]
    assert (item["id"], item["type"], item["title"]) == (QUOTE.source.document, "document", "Title")
    assert "URL" not in item


@pytest.mark.parametrize("uri", ["https://example.org/a#b", "http://example.org"])
def test_what_is_on_the_web_is_a_web_page(uri: str) -> None:
    (item,) = csl_json(replace(QUOTE, source=replace(QUOTE.source, uri=uri, page=7)))
    assert (item["type"], item["URL"]) == ("webpage", uri)
    assert item["custom"]["quotes"][0]["locator"] == "7"
