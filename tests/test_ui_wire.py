"""Damaged requests to every door of a real web server, each named by a number; benchmarks/input_suite.py takes more."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.routing import Route, compile_path
from starlette.testclient import TestClient

import wire_socket
from api_clients import ANSWERED
from quoth.ui.server import create_app
from quoth.ui.serving import Serving
from small_library import small_library
from wire_law import Judge, got, posted
from wire_requests import DOORS, Sent, multipart
from wire_socket import Answered, exchange
from wire_targets import RAW, Wire, wire

FEW = {RAW: 400, "HTTP API, asking": 300}
KIND = "multipart/form-data; boundary=edge"
REFUSED_AS_THEY_SHOULD = ("/0000000000000000", "/runs/unknown", "/page/1.png", "/feedback.jsonl", "/login")
"""Right requests for what is not there: a document, an evaluation, a page of what has none, a token."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wire")


@pytest.fixture(scope="module")
def running(home: Path) -> Iterator[Wire]:
    """At its end it has to answer a right question, and its log to hold no error."""
    with wire(home) as running:
        yield running


# --- what is sent


@pytest.mark.parametrize("door", DOORS)
def test_the_requests_that_damage_starts_from_are_right(running: Wire, door: str) -> None:
    for sent in running.seeds[door]:
        refused = any(part in sent.path for part in REFUSED_AS_THEY_SHOULD) and sent.path != "/login?next=/doc/1"
        assert running.take(sent) == ("refused" if refused else "read"), sent


@pytest.mark.parametrize("name", [*DOORS, RAW])
def test_damaged_requests_are_answered_or_refused_and_change_nothing(running: Wire, name: str) -> None:
    target = running.target(name)
    with ThreadPoolExecutor(target.at_once) as crew:
        said = list(crew.map(lambda number: target.judge(target.case(number)), range(FEW.get(name, 150))))
    assert set(said) == {"read", "refused"}, "damage that nothing survives, or that harms nothing, shows little"
    running.judge.answers()


def test_a_number_names_a_case_for_good(running: Wire) -> None:
    for target in running.targets:
        assert target.case(7) == target.case(7) != target.case(8)


def test_every_address_is_thrown_at(running: Wire, tmp_path: Path) -> None:
    """Of our own; of Gradio's, test_ui_page_door.py says which there are."""
    described = json.loads(got(running.judge.address, "api/v1/openapi.json"))["paths"]
    known = [(way.upper(), path) for path, ways in described.items() for way in ways]
    with small_library(tmp_path / "library", {"a.txt": "Bees."}) as library:
        app = create_app(library, Serving(web=False))
        with TestClient(app):  # which takes away what it made
            routes = [route for route in app.routes if isinstance(route, Route)]
    known += [(way, route.path) for route in routes for way in (route.methods or {"POST"}) - {"HEAD"}]
    assert len(known) > 25
    sent = [(one.method, one.path.partition("?")[0]) for seeds in running.seeds.values() for one in seeds]
    patterns = [(way, path, compile_path(path)[0]) for way, path in known]
    assert [(way, path) for way, path, form in patterns if not any(way == m and form.match(p) for m, p in sent)] == []


# --- what was found so


@pytest.mark.parametrize("named", ["filename*=utf-99''x.csv", "filename*=utf-8''%ff%zz", "filename*=x", 'filename=""'])
@pytest.mark.parametrize("path", ["/gradio_api/upload", "/api/v1/documents"])
def test_a_part_that_names_no_file_is_no_file(running: Wire, path: str, named: str) -> None:
    """The page's own took a field of a form for a file, and ended in a traceback."""
    body = multipart("files", ("a.csv", b"x")).replace(b'filename="a.csv"', named.encode())
    sent = Sent("POST", path, (("Content-Type", KIND),), body)
    assert running.statuses(sent) <= {400, 422}
    running.judge.goes_on()


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/api/v1/documents"])
@pytest.mark.parametrize("length", [1, 256, 257, 5_000])
def test_lines_between_parts_have_a_largest_length(running: Wire, path: str, length: int) -> None:
    """Beyond 256 bytes the parser gave up, in a traceback."""
    edge = b"e" * length
    body = multipart("files", ("a.csv", b"question")).replace(b"--edge", b"--" + edge)
    sent = Sent("POST", path, (("Content-Type", f"multipart/form-data; boundary={edge.decode()}"),), body)
    assert running.statuses(sent) <= ({400, 422} if length > 256 else {200, 422}), "no document is a table"
    running.judge.goes_on()


@pytest.mark.parametrize(
    "path",
    ["/mcp", "/login", "/embed/ask", "/gradio_api/queue/join", "/gradio_api/upload", "/quoth/shelf/x/0"]
    + [f"/api/v1/{name}" for name in ("ask", "verify", "documents")],
)
def test_who_goes_away_within_a_body_is_no_fault_of_the_server(running: Wire, path: str) -> None:
    """It was a traceback, and counted as a status of 500."""
    kind = KIND if path.endswith(("upload", "documents")) else "application/json"
    head = (("Content-Type", kind), ("Accept", "application/json, text/event-stream"), ("Content-Length", "500"))
    sent = Sent("PUT" if "shelf" in path else "POST", path, head, b"--edge\r\n" if kind == KIND else b'{"question": ')
    assert running.statuses(sent, patience=0.1) <= {404}, "the shelf expects none, and says so at once"
    running.judge.goes_on()


@pytest.mark.parametrize("path", ["/api/v1/ask", "/mcp", "/healthz", "/gradio_api/upload", "/"])
def test_a_body_that_turns_out_to_be_none_ends_its_request_with_one_answer(running: Wire, path: str) -> None:
    """The request was under way by then, and its own answer, which came second, ended in a traceback."""
    head = (("Content-Type", KIND if path.endswith("upload") else "application/json"), ("Transfer-Encoding", "chunked"))
    raw = Sent("POST", path, head, b'5\r\n{"a":\r\nno chunk\r\n').raw("localhost")
    found = exchange(running.judge.address, raw, 5)
    assert [answer.status for answer in found] in ([400], [404], [405]), "whoever does not read the body answers first"
    running.judge.goes_on()


@pytest.mark.parametrize("base", ["https://a.exam]]>ple/", "http://[", "//[x", "https://[::1]]/", "a\u2100b://"])
def test_a_page_whose_address_is_none_gets_an_answer(running: Wire, base: str) -> None:
    """Its address goes into the citations; one with half a bracket in it was a status of 500."""
    said = posted(running.judge.address, "embed/ask", {"question": ANSWERED, "base": base})
    assert "1904" in json.dumps(said)
    running.judge.goes_on()


# --- the law itself


HEADERS = {"x-content-type-options": "nosniff", "content-security-policy": "x", "content-type": "application/json"}


def test_what_breaks_the_law_is_seen(running: Wire) -> None:
    judge = running.judge
    judge.lawful(Answered(200, HEADERS, b"{}"), "/api/v1/ask")
    record = posted(judge.address, "api/v1/ask", {"question": ANSWERED})
    judge.lawful(Answered(200, HEADERS, json.dumps(record).encode()), "/api/v1/ask")
    record["quotes"][0]["text"] += "."
    problem = {**HEADERS, "content-type": "application/problem+json"}
    for wrong in (
        Answered(500, problem, b"{}"),
        Answered(200, HEADERS, json.dumps([record]).encode()),
        Answered(200, HEADERS, b"Traceback (most recent call last)"),
        Answered(422, HEADERS, b'{"detail": "x"}'),
        Answered(422, problem, b'{"status": 400, "title": "x", "detail": "x"}'),
        Answered(200, {**HEADERS, "x-content-type-options": ""}, b""),
    ):
        with pytest.raises(AssertionError):
            judge.lawful(wrong, "/api/v1/ask")


def test_an_error_in_the_log_is_seen(tmp_path: Path, running: Wire) -> None:
    log = tmp_path / "log"
    log.write_text("one INFO line\n")
    judge = Judge(running.judge.address, log)
    judge.goes_on()
    with log.open("a") as file:
        file.write("then Traceback (most recent call last)\n")
    with pytest.raises(AssertionError, match="Traceback"):
        judge.goes_on()
    judge.goes_on()


def test_a_connection_that_does_not_end_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_socket, "_BOUND", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        with pytest.raises(AssertionError, match="did not end"):
            exchange(address, b"GET / HTTP/1.1\r\n", 0.01)
