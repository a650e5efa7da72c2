"""The OpenAPI document: whole, of version 3.1, and its examples are what a server says today."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from api_clients import TEXTS, Served, served, validator_of
from make_api_examples import FILE, article_library, examples
from small_library import small_library

EXAMPLES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["examples"]
NAMES = [f"{one['method']} {one['path']} {one['name']}" for one in EXAMPLES]
VOLATILE = {"elapsed_ms", "instance", "request_id", "added", "score", "dense", "lexical"}
"""What another moment, or another processor, gives otherwise."""
ROUTES = {
    ("/api/v1/ask", "post"),
    ("/api/v1/ask/batch", "post"),
    ("/api/v1/search", "post"),
    ("/api/v1/verify", "post"),
    ("/api/v1/documents", "get"),
    ("/api/v1/documents", "post"),
    ("/api/v1/documents/{id}", "get"),
    ("/api/v1/documents/{id}", "delete"),
    ("/api/v1/documents/{id}/text", "get"),
    ("/api/v1/healthz", "get"),
    ("/api/v1/metrics", "get"),
    ("/api/v1/schema", "get"),
    ("/v1/vector_stores/{id}/search", "post"),
}


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with served(small_library(tmp_path_factory.mktemp("described"), TEXTS)) as server:
        yield server.client.get("/api/v1/openapi.json").json()


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over the two articles, with the real encoder, reader and judge."""
    with article_library(tmp_path_factory.mktemp("articles")) as library, served(library) as server:
        yield server


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (str(inner) for key, inner in value.items() if key == "$ref")
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_it_names_every_address_once(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    assert {(path, method) for path, method, _ in operations(described)} == ROUTES
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(set(ids)) == len(ids)


def test_every_reference_leads_somewhere_and_every_component_is_used(described: dict[str, Any]) -> None:
    prefix = "#/components/schemas/"
    led = {reference.removeprefix(prefix) for reference in references(described)}
    assert all(reference.startswith(prefix) for reference in references(described))
    assert led == set(described["components"]["schemas"])


def test_every_component_is_a_schema(described: dict[str, Any]) -> None:
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_says_what_it_does_and_how_it_fails(described: dict[str, Any]) -> None:
    for path, _, operation in operations(described):
        assert operation["description"], path
        assert operation["tags"], path
        for status in ("401", "404", "413", "422", "429", "500", "503", "504"):
            content = operation["responses"][status].get("content", {})
            assert set(content) & {"application/problem+json", "application/json"}, (path, status)


def test_the_answer_is_described_by_its_published_schema(described: dict[str, Any]) -> None:
    ask = described["paths"]["/api/v1/ask"]["post"]["responses"]["200"]["content"]
    assert ask == {**ask, "application/json": {**ask["application/json"], "schema": {"$ref": REF + "AnswerRecord"}}}
    properties = described["components"]["schemas"]["AnswerRecord"]["properties"]
    assert properties["schema"] == {"const": "quoth.answer/1"}


REF = "#/components/schemas/"


@pytest.mark.parametrize("example", EXAMPLES, ids=NAMES)
def test_an_example_stands_in_the_document_and_fits_its_schema(
    described: dict[str, Any], example: dict[str, Any]
) -> None:
    operation = described["paths"][example["path"]][example["method"]]
    response = operation["responses"][str(example["status"])]["content"][example["type"]]
    assert response["examples"][example["name"]]["value"] == example["response"]
    validator(described, response["schema"]).validate(example["response"])
    if "request" in example:
        request = operation["requestBody"]["content"]["application/json"]
        assert request["examples"][example["name"]]["value"] == example["request"]
        if example["status"] == 200:
            validator(described, request["schema"]).validate(example["request"])


def validator(described: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": described["components"]})


def test_a_record_that_lacks_something_is_no_answer(described: dict[str, Any]) -> None:
    record = dict(next(one["response"] for one in EXAMPLES if one["name"] == "answered"))
    validator_of(described, "AnswerRecord").validate(record)
    del record["quotes"]
    assert not validator_of(described, "AnswerRecord").is_valid(record)


def steady(value: Any) -> Any:
    """Without what changes from machine to machine."""
    if isinstance(value, dict):
        return {key: steady(inner) for key, inner in value.items() if key not in VOLATILE}
    return [steady(inner) for inner in value] if isinstance(value, list) else value


def test_the_examples_are_what_a_server_says_today(articles: Served) -> None:
    """To write them anew: `.venv/bin/python tests/make_api_examples.py`."""
    now = examples(articles.client)
    for made, kept in zip(now, EXAMPLES, strict=True):
        if made["type"] == "application/x-ndjson":
            for one in (made, kept):
                one["response"] = [json.loads(line) for line in one["response"].splitlines()]
        assert steady(made) == steady(kept)


def test_no_example_names_a_place_on_a_machine() -> None:
    assert "file:" not in FILE.read_text(encoding="utf-8")


def test_the_batch_of_the_examples_can_be_saved_and_verified(articles: Served) -> None:
    client: TestClient = articles.client
    (batch,) = [one for one in EXAMPLES if one["path"] == "/api/v1/ask/batch"]
    rows = client.post("/api/v1/ask/batch", json=batch["request"]).content
    verdicts = client.post("/api/v1/verify", content=rows, headers={"content-type": "application/x-ndjson"}).json()
    assert verdicts["checked"] >= 2
    assert verdicts["failed"] == 0
