"""What the MCP tools take and give, held against the schemas they publish, over a small real library."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quoth.corpus import BadQuestion, BadRequest, DocumentId
from quoth.qa import Library
from quoth.qa.wording import LONGEST_QUESTION
from quoth.ui.mcp_places import read_resource
from quoth.ui.mcp_schemas import LONGEST_READ, tools
from quoth.ui.mcp_tools import Told, call
from quoth.ui.record import answer_record
from small_library import small_library

LIGHTHOUSE = (
    "naïve 😀 café 👨\u200d👩\u200d👧\r\n"
    "The lighthouse of Žďár was lit on 3 May 1907.\r\nIts keeper was Ondřej Čapek, who kept bees.\r\n"
)
HARBOUR = "The harbour was closed in 1911. The lighthouse of Žďár was lit on 5 May 1908."
LONG = "".join(f"Line {number} of the long ledger says 😀 and nothing else.\n" for number in range(1_000))
TEXTS = {"lighthouse.txt": LIGHTHOUSE, "harbour.txt": HARBOUR, "bread.txt": "Bread is baked of flour and water."}
ASKED = "When was the lighthouse of Žďár lit?"
REFUSED = "Which tungsten melts?"
NAMES = ("ask", "search", "read_source", "list_documents")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("tools") / "library", TEXTS)


def told(library: Library, name: str, **arguments: Any) -> Told:
    """Calls a tool and holds what it gives against its schema, as a client would after its way over the wire."""
    given = call(library, name, arguments)
    schema = tools()[name].output_schema
    assert schema is not None
    Draft202012Validator(schema).validate(json.loads(json.dumps(given.record)))
    return given


def id_of(library: Library, file: str) -> DocumentId:
    return next(one.id for one in library.documents() if one.uri.endswith(file))


# --- schemas


def test_there_are_four_tools() -> None:
    assert tuple(tools()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_are_schemas_and_every_argument_is_bounded(name: str) -> None:
    tool = tools()[name]
    assert tool.output_schema is not None
    for schema in (tool.input_schema, tool.output_schema):
        Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
    assert tool.input_schema["additionalProperties"] is False
    for argument in tool.input_schema["properties"].values():
        assert {"maxLength", "maximum", "maxItems"} & argument.keys(), argument
        assert argument["type"] != "array" or "maxLength" in argument["items"]


@pytest.mark.parametrize("name", NAMES)
def test_the_hints_say_that_nothing_is_changed(name: str) -> None:
    hints = tools()[name].annotations
    assert hints is not None
    assert (hints.read_only_hint, hints.idempotent_hint, hints.open_world_hint) == (True, True, False)
    assert hints.destructive_hint is False


def test_an_answer_follows_the_published_schema() -> None:
    published = json.loads((files("quoth.ui") / "answer.schema.json").read_text(encoding="utf-8"))
    given = tools()["ask"].output_schema
    assert given is not None
    assert given == {key: value for key, value in published.items() if key != "$id"}


def test_a_question_may_be_as_long_as_the_library_takes_one() -> None:
    assert tools()["ask"].input_schema["properties"]["question"]["maxLength"] == LONGEST_QUESTION


# --- ask


def test_an_answer_is_the_record_of_the_library(library: Library) -> None:
    given = told(library, "ask", question=ASKED)
    expected = answer_record(library.ask(ASKED))
    assert {**given.record, "elapsed_ms": 0} == {**expected, "elapsed_ms": 0}
    assert given.record["answered"] is True


def test_every_quote_stands_where_it_says_and_its_link_leads_there(library: Library) -> None:
    given = told(library, "ask", question=ASKED)
    assert len(given.record["quotes"]) == len(given.links) == 2
    for quote, link in zip(given.record["quotes"], given.links, strict=True):
        source = quote["source"]
        place = {"document": source["document"], "start": source["start"], "stop": source["stop"]}
        assert told(library, "read_source", **place).record["text"] == quote["text"]
        assert read_resource(library, link.uri) == quote["text"]
        assert link.uri.endswith(f"#char={source['start']},{source['stop']}")
        assert link.name == source["title"]


def test_the_text_of_an_answer_holds_the_quotes_and_places_verbatim(library: Library) -> None:
    given = told(library, "ask", question=ASKED)
    (text,) = given.texts
    assert text.startswith("Answered with 2 verbatim quotes")
    for quote, link in zip(given.record["quotes"], given.links, strict=True):
        assert quote["text"] in text
        assert link.uri in text
        assert f"characters {quote['source']['start']} to {quote['source']['stop']}" in text
    assert "They differ:" in text, "two documents name two dates"


def test_as_many_quotes_as_were_asked_for(library: Library) -> None:
    assert len(told(library, "ask", question=ASKED, quotes=1).record["quotes"]) == 1
    assert len(told(library, "ask", question=ASKED, quotes=1.0).record["quotes"]) == 1, "JSON has no integers"


def test_a_refusal_is_no_error_and_cannot_be_taken_for_an_answer(library: Library) -> None:
    given = told(library, "ask", question=REFUSED)
    assert given.record["answered"] is False
    assert given.record["quotes"] == []
    assert given.record["abstention"]["nearest"]
    (text,) = given.texts
    assert text.startswith("No answer. ")
    assert given.record["abstention"]["reason"] in text
    assert "NOT an answer" in text
    assert "tungsten" in text, "the words that stand nowhere"
    assert all(link.description.startswith("nearest passage, not an answer: ") for link in given.links)
    for quote in given.record["abstention"]["nearest"]:
        assert text.index("NOT an answer") < text.index(quote["text"])


@pytest.mark.parametrize("name", ["harbour.txt", "harbour"])
def test_documents_are_chosen_by_name_or_id(library: Library, name: str) -> None:
    harbour = id_of(library, "harbour.txt")
    by_name = told(library, "ask", question=ASKED, documents=[name]).record
    by_id = told(library, "ask", question=ASKED, documents=[harbour]).record
    assert {quote["source"]["document"] for quote in by_name["quotes"]} == {harbour}
    assert by_name["quotes"] == by_id["quotes"]


def test_what_another_document_would_have_answered_is_told(library: Library) -> None:
    given = told(library, "ask", question=ASKED, documents=["bread"])
    outside = given.record["abstention"]["outside_filter"]
    assert "A document that was not searched has an answer" in given.texts[0]
    assert outside["text"] in given.texts[0]


def test_a_follow_up_is_completed_and_the_text_says_so(library: Library) -> None:
    given = told(library, "ask", question="And who was its keeper?", history=[ASKED])
    assert given.record["query_used"] != "And who was its keeper?"
    assert given.texts[0].startswith(f"Searched for: {given.record['query_used']}\n")


# --- search


def test_search_ranks_without_judging(library: Library) -> None:
    given = told(library, "search", question="lighthouse Žďár", limit=2)
    hits = given.record["hits"]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert len(hits) == len(given.links) == 2
    for hit, link in zip(hits, given.links, strict=True):
        assert read_resource(library, link.uri) == hit["text"]
        assert hit["text"] in given.texts[0]
    assert "Nobody has judged" in given.texts[0]


def test_search_keeps_to_the_chosen_documents(library: Library) -> None:
    hits = told(library, "search", question=ASKED, documents=["harbour"]).record["hits"]
    assert {hit["source"]["document"] for hit in hits} == {id_of(library, "harbour.txt")}


def test_finding_nothing_is_said(tmp_path_factory: pytest.TempPathFactory) -> None:
    with small_library(tmp_path_factory.mktemp("empty") / "library", {}) as empty:
        assert told(empty, "search", question="anything").texts == ("Nothing was found.",)
        assert told(empty, "ask", question="anything").record["answered"] is False
        assert told(empty, "list_documents").record == {"documents": [], "total": 0, "next": None}


# --- read_source


def test_a_long_document_is_read_in_parts_that_join_to_its_text(tmp_path: Path) -> None:
    long = small_library(tmp_path / "library", {"ledger.txt": LONG})
    parts: list[dict[str, Any]] = []
    start: int | None = 0
    while start is not None:
        record = told(long, "read_source", document="ledger.txt", start=start).record
        assert record["start"] == start
        assert len(record["text"]) == record["stop"] - record["start"] <= LONGEST_READ
        parts.append(record)
        start = record["next"]
    assert "".join(part["text"] for part in parts) == LONG
    assert len(parts) > 1
    assert all(before["stop"] == after["start"] for before, after in pairwise(parts))
    assert {part["characters"] for part in parts} == {len(LONG)}


@settings(deadline=None)
@given(st.data())
def test_any_part_is_read_exactly(library: Library, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(LIGHTHOUSE) - 1))
    stop = data.draw(st.integers(start + 1, len(LIGHTHOUSE) + 10))
    given = told(library, "read_source", document="lighthouse", start=start, stop=stop)
    assert given.record["text"] == LIGHTHOUSE[start:stop] == given.texts[1]
    assert given.record["stop"] == min(stop, len(LIGHTHOUSE))
    document = library.document(id_of(library, "lighthouse.txt"))
    assert given.record["line_start"] == document.line_at(start)
    assert read_resource(library, given.links[0].uri) == given.record["text"]


def test_the_hash_is_of_the_whole_text(library: Library) -> None:
    record = told(library, "read_source", document="harbour", start=4, stop=11).record
    document = library.document(id_of(library, "harbour.txt"))
    assert (record["text"], record["text_sha256"], record["uri"]) == ("harbour", document.text_sha256, document.uri)


# --- list_documents


def test_all_documents_are_listed_page_by_page(library: Library) -> None:
    listed: list[dict[str, Any]] = []
    start: int | None = 0
    while start is not None:
        given = told(library, "list_documents", start=start, limit=2)
        assert given.record["total"] == 3
        listed += given.record["documents"]
        start = given.record["next"]
    assert [one["id"] for one in listed] == [one.id for one in library.documents()]
    for one in listed:
        assert len(read_resource(library, one["resource"])) == one["characters"]
    (text,) = told(library, "list_documents", limit=2).texts
    assert re.match("3 documents in the library, 2 listed here.\n[0-9a-f]{16}  ", text)


# --- what is refused


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("ask", {}, "'question' is a required property"),
        ("ask", {"question": ""}, "`question`"),
        ("ask", {"question": 5}, "`question`: 5 is not of type 'string'"),
        ("ask", {"question": "x" * 5_000}, "xxx' is too long"),
        ("ask", {"question": ASKED, "quotes": 0}, "`quotes`: 0 is less than the minimum of 1"),
        ("ask", {"question": ASKED, "quotes": 51}, "`quotes`"),
        ("ask", {"question": ASKED, "quotes": "3"}, "`quotes`"),
        ("ask", {"question": ASKED, "quotes": True}, "`quotes`"),
        ("ask", {"question": ASKED, "documents": []}, "`documents`"),
        ("ask", {"question": ASKED, "documents": "harbour"}, "`documents`"),
        ("ask", {"question": ASKED, "documents": ["nothing"]}, "No document is called 'nothing'"),
        ("ask", {"question": ASKED, "history": ["x"] * 21}, "`history`"),
        ("ask", {"question": ASKED, "tone": "kind"}, "'tone'"),
        ("search", {"question": ASKED, "limit": 51}, "`limit`"),
        ("read_source", {}, "'document' is a required property"),
        ("read_source", {"document": "nothing"}, "No document is called 'nothing'"),
        ("read_source", {"document": "harbour", "start": -1}, "`start`"),
        ("read_source", {"document": "harbour", "start": 10**6}, "there are none from 1000000"),
        ("read_source", {"document": "harbour", "start": 9, "stop": 9}, "there are none from 9 to 9"),
        ("read_source", {"document": "harbour", "start": float("nan")}, "`start`"),
        ("read_source", {"document": "harbour", "start": float("inf")}, "`start`"),
        ("list_documents", {"limit": 501}, "`limit`"),
        ("list_documents", {"start": 0.5}, "`start`"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_in_a_sentence(
    library: Library, name: str, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadRequest) as caught:
        call(library, name, arguments)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 500
    assert str(caught.value).endswith((".", "there is"))


def test_half_a_character_is_refused(library: Library) -> None:
    with pytest.raises(BadQuestion, match="lone surrogate"):
        call(library, "ask", {"question": "Who \ud800?"})


@settings(deadline=None, max_examples=30)
@given(st.text(min_size=1, max_size=60).filter(str.strip), st.integers(1, 50))
def test_any_question_gets_a_record_or_a_sentence(library: Library, question: str, quotes: int) -> None:
    try:
        given = told(library, "ask", question=question, quotes=quotes)
    except (BadQuestion, BadRequest) as refused:
        assert str(refused)
    else:
        assert given.record["question"] == question
        for found in (*given.record["quotes"], *((given.record["abstention"] or {}).get("nearest", ()))):
            source = found["source"]
            whole = library.document(DocumentId(source["document"])).text
            assert whole[source["start"] : source["stop"]] == found["text"]
