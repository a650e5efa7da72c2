"""The door in OpenAI's shape: what its parts mean, and that a filter never loses a passage that passes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from api_clients import TEXTS, Served, served
from quoth.corpus import BadRequest
from quoth.qa import Library
from quoth.ui.attribute_filters import Comparison, Filter, check_keys, matches
from small_library import small_library

MORE = {f"note{number}.txt": f"Note {number} is about ships and salt. It is short." for number in range(12)}
NAMES = sorted({*TEXTS, *MORE})
PLACES = ("start", "page")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("store"), {**TEXTS, **MORE})


@pytest.fixture(scope="module")
def server(library: Library) -> Iterator[Served]:
    with served(library) as it:
        yield it


def search(server: Served, query: str | list[str], **more: Any) -> Any:
    response = server.client.post("/v1/vector_stores/library/search", json={"query": query, **more})
    assert response.status_code == 200, response.text
    return response.json()


def test_a_page_is_of_openais_shape_and_holds_the_librarys_passages(server: Served, library: Library) -> None:
    page = search(server, "ships and salt", max_num_results=3)
    assert list(page) == ["object", "search_query", "data", "has_more", "next_page"]
    assert page["object"] == "vector_store.search_results.page"
    assert page["search_query"] == ["ships and salt"]
    assert (page["has_more"], page["next_page"], len(page["data"])) == (True, None, 3)
    for result, hit in zip(page["data"], library.search("ships and salt", 3), strict=True):
        assert result["content"] == [{"type": "text", "text": hit.text}]
        assert result["file_id"] == hit.source.document
        assert result["score"] == pytest.approx(hit.score / 2)
        attributes = result["attributes"]
        assert library.document(hit.source.document).text[attributes["start"] : attributes["stop"]] == hit.text
        assert result["filename"] == attributes["filename"] == hit.source.uri.removeprefix("upload:")


def test_attributes_keep_within_openais_bounds(tmp_path_factory: pytest.TempPathFactory) -> None:
    long = {f"{'n' * 180}.md": f"# {'Title ' * 200}\n\nShips are here."}
    with served(small_library(tmp_path_factory.mktemp("long"), long)) as it:
        (result, *_) = search(it, "ships")["data"]
    assert len(result["attributes"]) <= 16
    assert all(len(key) <= 64 for key in result["attributes"])
    assert all(isinstance(value, str | int | float | bool) for value in result["attributes"].values())
    assert max(len(value) for value in result["attributes"].values() if isinstance(value, str)) == 512


def test_all_that_was_found_has_no_more(server: Served) -> None:
    page = search(server, "ships", filters={"type": "eq", "key": "filename", "value": "harbour.txt"})
    assert [result["filename"] for result in page["data"]] == ["harbour.txt"]
    assert page["has_more"] is False


def test_several_queries_are_put_together_best_first(server: Served) -> None:
    both = search(server, ["ships and salt", "the longest river of Africa"], max_num_results=50)
    assert both["search_query"] == ["ships and salt", "the longest river of Africa"]
    scores = [result["score"] for result in both["data"]]
    assert scores == sorted(scores, reverse=True)
    places = [(result["file_id"], result["attributes"]["start"]) for result in both["data"]]
    assert len(set(places)) == len(places), "each passage once"
    for query in both["search_query"]:
        best = search(server, query, max_num_results=1)["data"][0]
        assert best in both["data"]


def test_a_threshold_leaves_out_what_lies_below(server: Served) -> None:
    everything = search(server, "ships and salt", max_num_results=50)["data"]
    middle = everything[len(everything) // 2]["score"]
    above = search(server, "ships and salt", max_num_results=50, ranking_options={"score_threshold": middle})["data"]
    assert above == [result for result in everything if result["score"] >= middle]
    assert search(server, "ships", ranking_options={"ranker": "none", "score_threshold": 1})["data"] == []


def test_nothing_rewrites_a_query(server: Served) -> None:
    plain, asked = search(server, "and the ships?"), search(server, "and the ships?", rewrite_query=True)
    assert plain == asked
    assert asked["search_query"] == ["and the ships?"]


def test_what_openai_adds_later_is_passed_over(server: Served) -> None:
    assert search(server, "ships", something_new={"a": 1})["data"]


WRONG: list[dict[str, Any]] = [
    {},
    {"query": ""},
    {"query": []},
    {"query": ["ships", ""]},
    {"query": ["ships"] * 11},
    {"query": "x" * 2_001},
    {"query": "ships", "max_num_results": 0},
    {"query": "ships", "max_num_results": 51},
    {"query": "ships", "filters": {"type": "like", "key": "title", "value": "x"}},
    {"query": "ships", "filters": {"type": "eq", "key": "title"}},
    {"query": "ships", "filters": {"type": "and", "filters": []}},
    {"query": "ships", "filters": {"type": "eq", "key": "colour", "value": "red"}},
    {"query": "ships", "ranking_options": {"score_threshold": 2}},
    {"query": "ships", "ranking_options": {"ranker": "mine"}},
]


@pytest.mark.parametrize("sent", WRONG)
def test_what_makes_no_sense_is_told_in_openais_shape_too(server: Served, sent: dict[str, Any]) -> None:
    response = server.client.post("/v1/vector_stores/library/search", json=sent)
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["message"] == response.json()["detail"]
    assert error["code"]


def test_an_unknown_attribute_is_told_with_the_known_ones(server: Served) -> None:
    sent = {"query": "ships", "filters": {"type": "eq", "key": "colour", "value": "red"}}
    detail = server.client.post("/v1/vector_stores/library/search", json=sent).json()["detail"]
    assert "'colour'" in detail
    assert "filename" in detail


# --- filters

VALUES = st.sampled_from(NAMES) | st.integers(-1, 3) | st.floats(-1, 3) | st.booleans()
KEYS = st.sampled_from(["filename", "title", "start", "page"])
ATTRIBUTES = st.dictionaries(KEYS, VALUES)
COMPARISONS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]),
        "key": KEYS,
        "value": VALUES | st.lists(st.sampled_from(NAMES) | st.integers(-1, 3), min_size=1, max_size=3),
    }
)
FILTERS = st.recursive(
    COMPARISONS,
    lambda inner: st.fixed_dictionaries(
        {"type": st.sampled_from(["and", "or"]), "filters": st.lists(inner, min_size=1, max_size=3)}
    ),
    max_leaves=6,
)
READ: TypeAdapter[Any] = TypeAdapter(Filter)


def plainly(wanted: dict[str, Any], attributes: dict[str, Any]) -> bool:
    """The same by hand, for values of one kind."""
    if wanted["type"] in ("and", "or"):
        results = [plainly(part, attributes) for part in wanted["filters"]]
        return all(results) if wanted["type"] == "and" else any(results)
    value, among = attributes.get(wanted["key"]), wanted["value"]
    among = among if isinstance(among, list) else [among]
    kinds = [one for one in among if value is not None and (isinstance(one, str), isinstance(one, bool)) ==
             (isinstance(value, str), isinstance(value, bool))]  # fmt: skip
    match wanted["type"]:
        case "eq" | "in":
            return value in kinds
        case "ne" | "nin":
            return value not in kinds
    if not kinds or kinds[0] != among[0]:
        return False
    orders = {"gt": value > kinds[0], "gte": value >= kinds[0], "lt": value < kinds[0], "lte": value <= kinds[0]}
    return bool(orders[wanted["type"]])


@given(FILTERS, ATTRIBUTES)
def test_a_filter_means_what_it_says(wanted: dict[str, Any], attributes: dict[str, Any]) -> None:
    assert matches(READ.validate_python(wanted), attributes) is plainly(wanted, attributes)


@given(FILTERS, ATTRIBUTES)
def test_half_of_the_attributes_never_decide_wrongly(wanted: dict[str, Any], attributes: dict[str, Any]) -> None:
    """What is decided of a document before its passages are looked at holds for each of them."""
    read = READ.validate_python(wanted)
    of_document = {key: value for key, value in attributes.items() if key not in PLACES}
    early = matches(read, of_document, PLACES)
    assert early is None or early is matches(read, attributes)


@given(FILTERS)
def test_known_keys_are_those_that_are_looked_at(wanted: dict[str, Any]) -> None:
    read = READ.validate_python(wanted)
    check_keys(read, ("filename", "title", "start", "page"))
    with pytest.raises(BadRequest):
        check_keys(read, ("colour",))


KINDS = ("and", "or", "eq", "ne", "in", "nin", "gt", "gte", "lt", "lte")


@given(st.text(min_size=1).filter(lambda kind: kind not in KINDS))
def test_there_are_no_other_filters(kind: str) -> None:
    with pytest.raises(ValidationError):
        READ.validate_python({"type": kind, "key": "title", "value": "x", "filters": []})


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ({"type": "in", "key": "filename", "value": ["note3.txt", "rivers.md"]}, {"note3.txt", "rivers.md"}),
        ({"type": "nin", "key": "filename", "value": NAMES[1:]}, {NAMES[0]}),
        ({"type": "eq", "key": "heading", "value": "Rivers"}, {"rivers.md"}),
        ({"type": "gte", "key": "start", "value": 10_000}, set()),
        (
            {
                "type": "and",
                "filters": [
                    {"type": "lt", "key": "start", "value": 1},
                    {"type": "or", "filters": [{"type": "eq", "key": "title", "value": "Harbour"}]},
                ],
            },
            {"harbour.txt"},
        ),
    ],
)
def test_filters_keep_exactly_what_passes(server: Served, wanted: dict[str, Any], kept: set[str]) -> None:
    data = search(server, "a subject of no document", filters=wanted, max_num_results=50)["data"]
    assert {result["filename"] for result in data} == kept


def test_a_filter_finds_what_ranks_below_everything_else(server: Served) -> None:
    """Fewer results are wanted than passages rank above it; cutting before filtering would lose it."""
    wanted = {"type": "eq", "key": "filename", "value": "rivers.md"}
    assert search(server, "ships and salt", filters=wanted, max_num_results=1)["data"][0]["filename"] == "rivers.md"


def test_a_comparison_can_be_told_from_a_compound() -> None:
    assert isinstance(READ.validate_python({"type": "eq", "key": "title", "value": True}), Comparison)
