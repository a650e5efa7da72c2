"""Search results for Claude: one block a sentence, and every citation leads back to the exact characters."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cited_quotes import PATIENT, quote_of, quoted
from quoth.corpus import BadRequest, Document, sentences
from quoth.qa import Quote, SearchHit
from quoth.ui.search_blocks import cited, search_results

TEXT = "Preface. The summit was held in Tokyo. It rained.\n  Nobody minded! 😀 The end."
QUOTE = quote_of(TEXT, TEXT[9:-9])


def citation(quote: Quote, start: int, stop: int, index: int = 0) -> dict[str, Any]:
    """One as Claude gives it: the words of all the blocks, joined."""
    (result,) = search_results([quote])
    return {
        "type": "search_result_location",
        "cited_text": "".join(block["text"] for block in result["content"][start:stop]),
        "search_result_index": index,
        "source": result["source"],
        "title": result["title"],
        "start_block_index": start,
        "end_block_index": stop,
    }


def test_a_result_has_the_published_shape_and_one_block_a_sentence() -> None:
    assert search_results([QUOTE]) == [
        {
            "type": "search_result",
            "source": "upload:test.txt",
            "title": "Title",
            "content": [
                {"type": "text", "text": "The summit was held in Tokyo. "},
                {"type": "text", "text": "It rained.\n  "},
                {"type": "text", "text": "Nobody minded! 😀"},
            ],
            "citations": {"enabled": True},
        }
    ]
    assert search_results([QUOTE], citations=False)[0]["citations"] == {"enabled": False}


@PATIENT
@given(quoted())
def test_blocks_lose_nothing_and_none_is_blank(drawn: tuple[Document, Quote]) -> None:
    _, quote = drawn
    blocks = [block["text"] for block in search_results([quote])[0]["content"]]
    assert "".join(blocks) == quote.text
    assert len(blocks) == max(1, len(sentences(quote.text)))
    assert len(blocks) == 1 or all(block.strip() for block in blocks)


@PATIENT
@given(quoted(), st.data())
def test_every_citation_leads_back_to_the_exact_characters(drawn: tuple[Document, Quote], data: st.DataObject) -> None:
    document, quote = drawn
    count = len(search_results([quote])[0]["content"])
    start = data.draw(st.integers(0, count - 1))
    stop = data.draw(st.integers(start + 1, count))
    given_back = citation(quote, start, stop)
    found = cited(given_back, [quote])
    assert document.text[found.span.start : found.span.stop] == found.text == given_back["cited_text"]
    assert found.source == quote.source


def test_results_are_counted_over_the_whole_request() -> None:
    other = quote_of("Another text. Of two sentences.", "Of two sentences.")
    found = cited(citation(QUOTE, 1, 2, index=5), [other, QUOTE], first=4)
    assert (found.text, found.span.start) == ("It rained.\n  ", 39)


def test_passages_of_a_search_are_results_too() -> None:
    hit = SearchHit(QUOTE.text, QUOTE.source, 0.5, 0.5, 0.5)
    assert search_results([hit]) == search_results([QUOTE])
    assert cited(citation(QUOTE, 0, 3), [hit]).text == QUOTE.text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "char_location"}, "not of these passages"),
        ({"search_result_index": 1}, "not of these passages"),
        ({"search_result_index": -1}, "not of these passages"),
        ({"end_block_index": 4}, "blocks 1 to 4 of 3"),
        ({"start_block_index": 2}, "blocks 2 to 2 of 3"),
        ({"start_block_index": -1}, "blocks -1 to 2 of 3"),
        ({"start_block_index": "one"}, "no citation"),
        ({"cited_text": "It snowed."}, "words"),
    ],
)
def test_a_citation_of_something_else_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        cited(citation(QUOTE, 1, 2) | change, [QUOTE])


def test_what_is_no_citation_is_refused() -> None:
    with pytest.raises(BadRequest, match="no citation"):
        cited({"type": "search_result_location"}, [QUOTE])
