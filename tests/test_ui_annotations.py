"""W3C Web Annotations: every key is one of the vocabulary, and the selectors lead back to the exact characters."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cited_quotes import PATIENT, quote_of, quoted
from quoth.corpus import Document
from quoth.qa import Quote
from quoth.ui.annotations import annotation_collection, web_annotation

# The terms of http://www.w3.org/ns/anno.jsonld that may stand as keys; JSON-LD drops all others silently.
_TERMS = (
    "id type body target source selector state scope refinedBy startSelector endSelector renderedVia creator generator "
    "rights motivation purpose homepage via canonical stylesheet cached conformsTo items partOf first last next prev "
    "audience bodyText format language created modified generated text value start end exact prefix suffix sourceDate "
    "sourceDateStart sourceDateEnd styleClass name email email_sha1 account label total startIndex"
)
TERMS = frozenset(_TERMS.split())
TYPES = {"Annotation", "SpecificResource", "TextQuoteSelector", "TextPositionSelector"}
TYPES |= {"AnnotationCollection", "AnnotationPage"}


def nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every JSON object in there."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


def follows_the_model(annotation: Mapping[str, Any]) -> None:
    """What the recommendation demands (sections 3 and 4), as far as we make use of it."""
    for node in nodes(annotation):
        assert node.keys() - {"@context"} <= TERMS
        assert node["type"] in TYPES
        if node["type"] == "TextQuoteSelector":
            assert node["exact"]
            assert all(node.get(side, "some") for side in ("prefix", "suffix"))
        if node["type"] == "TextPositionSelector":
            assert 0 <= node["start"] < node["end"]
        if node["type"] in ("Annotation", "AnnotationCollection", "AnnotationPage"):
            assert re.match(r"urn:uuid:[0-9a-f-]{36}", node["id"])
        if node["type"] == "SpecificResource":
            assert not re.search(r'[\x00-\x20<>"{}|\\^`]', node["source"])
    assert annotation["@context"] == "http://www.w3.org/ns/anno.jsonld"


@PATIENT
@given(quoted())
def test_both_selectors_lead_back_to_the_exact_characters(drawn: tuple[Document, Quote]) -> None:
    document, quote = drawn
    annotation = json.loads(json.dumps(web_annotation(quote)))
    follows_the_model(annotation)
    words, position = annotation["target"]["selector"]
    start, end = position["start"], position["end"]
    assert document.text[start:end] == words["exact"] == quote.text
    prefix, suffix = words.get("prefix", ""), words.get("suffix", "")
    assert document.text[:start].endswith(prefix)
    assert document.text[end:].startswith(suffix)
    assert len(prefix) == min(start, 32)
    assert len(suffix) == min(len(document.text) - end, 32)


def test_positions_count_code_points() -> None:
    quote = quote_of("😀😀 It was held in Tokyo. 😀", "It was held in Tokyo.")
    position = web_annotation(quote)["target"]["selector"][1]
    assert (position["start"], position["end"]) == (3, 24)


def test_the_same_quote_has_the_same_id_and_another_place_another() -> None:
    twice = "Yes. No. Yes."
    first, again, second = (quote_of(twice, "Yes.", nth) for nth in (1, 1, 2))
    ids = [web_annotation(quote)["id"] for quote in (first, again, second)]
    assert ids[0] == ids[1] != ids[2]
    assert uuid.UUID(ids[0].removeprefix("urn:uuid:")).version == 5


def test_the_source_is_an_address_even_when_the_file_name_is_none() -> None:
    quote = quote_of("It was held.", "held", uri='upload:my "notes" & 日本.txt')
    assert web_annotation(quote)["target"]["source"] == "upload:my%20%22notes%22%20&%20日本.txt"
    served = web_annotation(quote, "http://127.0.0.1:7860/doc/0123456789abcdef")
    assert served["target"]["source"] == "http://127.0.0.1:7860/doc/0123456789abcdef"


@PATIENT
@given(st.lists(quoted(), max_size=3), st.text())
def test_a_collection_holds_them_all(drawn: list[tuple[Document, Quote]], label: str) -> None:
    quotes = [quote for _, quote in drawn]
    collection = annotation_collection(quotes, label)
    follows_the_model(collection)
    assert (collection["label"], collection["total"]) == (label, len(quotes))
    items = collection["first"]["items"] if quotes else []
    assert items == [
        {key: value for key, value in web_annotation(quote).items() if key != "@context"} for quote in quotes
    ]


def test_a_collection_of_nothing_has_no_page() -> None:
    assert "first" not in annotation_collection([], "What?")
