"""Every failure over HTTP is a problem of one shape: no error of ours is left out, no traceback or folder gets out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

import quoth.corpus
from api_clients import ANSWERED, TEXTS, Served, served
from quoth.corpus import BadQuestion, LibraryBusy, QuothError, UnknownDocument, UnreadableDocument
from quoth.ui.problems import PROBLEM, REQUEST_ID, add_problem_handlers, problem_body, problem_of, problem_response
from small_library import small_library

MEMBERS = {"type", "title", "status", "detail", "instance", "request_id"}
JSON = {"content-type": "application/json"}
FOLDER = "/home/somebody/secret"


def tree() -> list[type[QuothError]]:
    found = [getattr(quoth.corpus, name) for name in quoth.corpus.__all__]
    return [kind for kind in found if isinstance(kind, type) and issubclass(kind, QuothError)]


def made(kind: type[QuothError]) -> QuothError:
    return UnreadableDocument("a.txt", "it is empty") if kind is UnreadableDocument else kind(FOLDER)


@pytest.mark.parametrize("kind", tree())
def test_every_error_of_the_tree_has_a_kind_of_its_own_or_its_parents(kind: type[QuothError]) -> None:
    problem = problem_of(made(kind), "r1")
    assert 400 <= problem.status < 600
    assert problem.type.startswith("urn:quoth:problem:")
    assert problem.title
    assert (problem.instance, problem.request_id) == ("urn:quoth:request:r1", "r1")
    assert FOLDER not in problem.detail or problem.status < 500, "what the server is to blame for names no folder"


def test_the_statuses_tell_whose_fault_it_is() -> None:
    statuses = {kind.__name__: problem_of(made(kind), "r").status for kind in tree()}
    assert statuses["BadQuestion"] == statuses["BadRequest"] == statuses["UnreadableDocument"] == 422
    assert statuses["UnknownDocument"] == 404
    assert statuses["LibraryBusy"] == 503
    assert {statuses[name] for name in ("LibraryDamaged", "LibraryMissing", "EncoderError", "QuothError")} == {500}


@given(st.sampled_from(range(400, 600)), st.text())
def test_a_status_without_a_name_is_a_problem_too(status: int, detail: str) -> None:
    problem = problem_of(HTTPException(status, detail), "r")
    assert (problem.type, problem.status) == ("about:blank", status)
    assert problem.title
    assert problem.detail


def scope(path: str) -> dict[str, Any]:
    return {"type": "http", "path": path, REQUEST_ID: "r7"}


def test_a_busy_library_says_when_to_come_back() -> None:
    response = problem_response(LibraryBusy(FOLDER), scope("/api/v1/ask"))
    assert response.headers["retry-after"] == "5"
    assert "retry-after" not in problem_response(BadQuestion("no"), scope("/api/v1/ask")).headers


@given(st.text(st.characters()))
def test_any_text_can_be_told(text: str) -> None:
    """Lone surrogates among them: they reach us in JSON, and no UTF-8 can hold them."""
    body = json.loads(bytes(problem_response(UnknownDocument(text), scope("/v1/x")).body))
    assert text in body["detail"]
    assert body["error"]["message"] == body["detail"]


@pytest.fixture
def failing() -> Iterator[TestClient]:
    """An application that fails as told."""
    app = FastAPI()
    add_problem_handlers(app)

    @app.get("/{name}")
    def fail(name: str) -> None:
        raise ZeroDivisionError(FOLDER) if name == "zero" else LibraryBusy(FOLDER)

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_what_nobody_foresaw_is_told_without_a_word_of_it(failing: TestClient) -> None:
    response = failing.get("/zero")
    assert (response.status_code, response.headers["content-type"]) == (500, PROBLEM)
    assert not {"Traceback", "ZeroDivision", FOLDER} & set(response.text.split())
    assert FOLDER not in response.text
    assert failing.get("/busy").json()["type"] == "urn:quoth:problem:library-busy"


# --- over the whole server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(small_library(tmp_path_factory.mktemp("wrong"), TEXTS)) as it:
        yield it


WRONG: list[tuple[int, str, str, dict[str, Any]]] = [
    (400, "POST", "/api/v1/ask", {"content": b"{", "headers": JSON}),
    (400, "POST", "/api/v1/ask", {"content": b"[" * 50_000, "headers": JSON}),
    (400, "POST", "/api/v1/ask", {"content": b'{"question": "\x00"}', "headers": JSON}),
    (400, "POST", "/api/v1/documents", {"content": b"x", "headers": {"content-type": "multipart/form-data"}}),
    (400, "POST", "/v1/vector_stores/library/search", {"content": b"no", "headers": JSON}),
    (404, "GET", "/api/v1/", {}),
    (404, "GET", "/api/v1/ask/", {}),
    (404, "GET", "/v1/models", {}),
    (404, "POST", "/v1/vector_stores/other/search", {"json": {"query": "Who?"}}),
    (404, "GET", "/api/v1/documents/%00", {}),
    (405, "GET", "/api/v1/ask", {}),
    (405, "PUT", "/api/v1/documents", {}),
    (405, "POST", "/api/v1/healthz", {}),
    (415, "POST", "/api/v1/ask", {"content": b'{"question": "Who?"}'}),
    (415, "POST", "/api/v1/search", {"data": {"question": "Who?"}}),
    (415, "POST", "/api/v1/verify", {"content": b"{}", "headers": {"content-type": "text/plain"}}),
    (415, "POST", "/v1/vector_stores/library/search", {"content": b"{}", "headers": {"content-type": "text/csv"}}),
    (422, "POST", "/api/v1/ask", {"json": {"question": "  "}}),
    (422, "POST", "/api/v1/ask", {"json": {"question": "x" * 2_001}}),
    (422, "POST", "/api/v1/ask", {"json": {"question": "Who?", "history": ["x" * 2_001]}}),
    (422, "POST", "/api/v1/ask", {"json": {"question": "Who?", "quotes": "3"}}),
    (422, "POST", "/api/v1/ask", {"json": {"question": "Who?", "quotes": 0}}),
    (422, "POST", "/api/v1/ask", {"json": {"question": "Who?", "documents": []}}),
    (422, "POST", "/api/v1/ask", {"json": {"question": "Who?", "utf-16": True}}),
    (422, "POST", "/api/v1/ask", {"content": b'{"question": "\\ud800", "\\udfff": 1}', "headers": JSON}),
    (422, "POST", "/api/v1/ask", {"headers": JSON}),
    (422, "GET", "/api/v1/documents?limit=0", {}),
    (422, "POST", "/api/v1/documents", {"files": []}),
]


@pytest.mark.parametrize(("status", "method", "path", "sent"), WRONG)
def test_every_failure_has_the_same_shape(
    server: Served, status: int, method: str, path: str, sent: dict[str, Any]
) -> None:
    response = server.client.request(method, path, **sent)
    problem = response.json()
    assert (response.status_code, response.headers["content-type"]) == (status, PROBLEM), problem
    assert problem["status"] == status
    assert MEMBERS <= set(problem) <= MEMBERS | {"errors", "error"}
    assert problem["request_id"] == response.headers["x-request-id"]
    assert problem["request_id"] in problem["instance"]
    assert ("error" in problem) == path.startswith("/v1/")
    assert "Traceback" not in response.text
    assert response.headers["cache-control"] == "no-store"


def test_405_names_every_method_of_the_address(server: Served) -> None:
    assert server.client.put("/api/v1/documents").headers["allow"] == "GET, POST"
    assert server.client.put("/api/v1/documents/0123456789abcdef").headers["allow"] == "DELETE, GET"
    assert server.client.get("/api/v1/ask").headers["allow"] == "POST"


def test_415_says_what_is_taken(server: Served) -> None:
    response = server.client.post("/api/v1/verify", content=b"{}", headers={"content-type": "text/plain"})
    assert response.headers["accept"] == "application/json, application/x-ndjson, application/jsonl"


def test_what_does_not_fit_is_named_place_by_place_and_not_repeated(server: Served) -> None:
    sent = {"questions": [{"question": "Who?"}, {"question": 5, "secret words": "secret words"}], "quotes": 99}
    problem = server.client.post("/api/v1/ask/batch", json=sent).json()
    places = [fault["place"] for fault in problem["errors"]]
    assert places == ["body/questions/1/question", "body/questions/1/secret words", "body/quotes"]
    assert problem["detail"].startswith("body/questions/1/question: ")
    assert problem["detail"].endswith("; and 1 more.")
    assert sum(fault["detail"].count("secret words") for fault in problem["errors"]) == 0


def test_the_places_of_a_hopeless_request_are_not_endless(server: Served) -> None:
    problem = server.client.post("/api/v1/ask/batch", json={"questions": [{"x" * 1_000: 1}] * 500}).json()
    assert len(problem["errors"]) == 20
    assert max(len(fault["place"]) for fault in problem["errors"]) <= 200


@pytest.mark.parametrize(("given", "kept"), [("job-7.a", True), ("x" * 65, False), ("a b", False), ("", False)])
def test_a_plain_request_id_is_kept_and_any_other_replaced(server: Served, given: str, kept: bool) -> None:
    response = server.client.post("/api/v1/ask", json={"question": ANSWERED}, headers={"x-request-id": given})
    assert (response.headers["x-request-id"] == given) == kept
    assert response.headers["x-request-id"]


def test_two_requests_have_two_ids(server: Served) -> None:
    first, second = (server.client.get("/api/v1/nowhere").json()["request_id"] for _ in range(2))
    assert first != second


def test_a_problem_in_a_batch_is_a_problem(server: Served) -> None:
    response = server.client.post("/api/v1/ask/batch", json={"questions": [{"question": " "}]})
    row = json.loads(response.text)
    assert set(row["problem"]) == MEMBERS
    assert row["problem"]["request_id"] == response.headers["x-request-id"]
    same = problem_of(BadQuestion(row["problem"]["detail"]), row["problem"]["request_id"])
    assert row["problem"] == problem_body(same)
