"""The log of the server: one line a request that says what became of it, cannot be forged, and tells no secrets."""

from __future__ import annotations

import http.client
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send

from api_clients import ANSWERED, FULL, REFUSED, TEXTS, TOKENS, bearing
from quoth.ui.cli_serving import serve
from quoth.ui.log_lines import FIELDS, JsonLines, TextLines, log_to
from quoth.ui.problems import REQUEST_ID
from quoth.ui.request_log import Recording, note_answer, page_question
from running_server import serving
from small_library import small_library

PROGRAM = ("-I", Path(__file__).parent / "small_server.py")
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (DEBUG|INFO|WARNING|ERROR|CRITICAL)(?: |$)")


@contextmanager
def logging_to(stream: io.StringIO, form: str) -> Iterator[None]:
    """As a server logs; afterwards the log of the tests is as it was."""
    root, ours = logging.getLogger(), logging.getLogger("quoth")
    before = root.handlers[:], root.level, ours.level
    log_to(stream, form)
    try:
        yield
    finally:
        root.handlers[:], root.level, ours.level = before


def record(message: str, fields: Any = None, error: BaseException | None = None) -> logging.LogRecord:
    exc = None if error is None else (type(error), error, error.__traceback__)
    made = logging.LogRecord("quoth.x", logging.ERROR, "x.py", 1, message, (), exc)
    setattr(made, FIELDS, fields)
    return made


# --- lines


@given(st.text(), st.dictionaries(st.sampled_from(["route", "client", "question"]), st.text()), st.text())
def test_no_text_from_outside_begins_a_line_of_its_own(message: str, fields: dict[str, str], raised: str) -> None:
    """Whatever comes in, each record is one line, or one with an indented traceback."""
    for given_record in (record(message.replace("%", ""), fields), record("x", fields, ValueError(raised))):
        first, *rest = TextLines().format(given_record).split("\n")
        assert LINE.match(first)
        assert all(line.startswith("    | ") for line in rest)
        assert all(one.isprintable() for line in (first, *rest) for one in line)
        (line,) = JsonLines().format(given_record).splitlines()
        said = json.loads(line)
        assert said["level"] == "error"
        assert {name: said[name] for name in fields} == fields


@given(st.text())
def test_a_value_with_spaces_cannot_pass_as_several(value: str) -> None:
    line = TextLines().format(record("request", {"client": value, "status": 200}))
    found = re.search(r'client=("(?:[^"\\]|\\.)*"|\S+) status=200$', line)
    assert found is not None
    said = found.group(1)
    assert (json.loads(said) if said.startswith('"') else said) == value


def test_importing_configures_nothing() -> None:
    code = (
        "import logging, quoth.ui.log_lines, quoth.ui.request_log; "
        "print(logging.getLogger().handlers, logging.getLogger('quoth').level)"
    )
    done = subprocess.run([sys.executable, "-Ic", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] 0"


# --- one request


async def recorded(app: Any, scope: dict[str, Any], *, questions: bool = False) -> list[dict[str, Any]]:
    stream = io.StringIO()

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        pass

    with logging_to(stream, "json"), suppress(ZeroDivisionError):
        await Recording(app, questions=questions)(scope, receive, send)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def scope(**more: Any) -> dict[str, Any]:
    plain = {"type": "http", "method": "GET", "path": "/runs/SECRET/report.html", "query_string": b"token=SECRET"}
    return {**plain, "headers": [], "client": ("192.0.2.7", 4711), REQUEST_ID: "abc", **more}


@pytest.mark.anyio
async def test_a_line_says_what_became_of_a_request() -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
        await send({"type": "http.response.body", "body": b"de"})

    (line,) = await recorded(app, scope())
    assert (line["request_id"], line["method"], line["status"], line["bytes"]) == ("abc", "GET", 200, 5)
    assert (line["client"], line["level"], line["message"]) == ("192.0.2.7", "info", "request")
    assert 0 <= line["seconds"] < 60
    assert "SECRET" not in json.dumps(line)


@pytest.mark.anyio
async def test_a_request_that_fails_says_by_what_kind_of_error() -> None:
    async def app(_: Scope, __: Receive, ___: Send) -> None:
        raise ZeroDivisionError("SECRET")

    (line,) = await recorded(app, scope(method="BREW\n"))
    assert (line["status"], line["error"], line["level"]) == (500, "ZeroDivisionError", "error")
    assert "SECRET" not in json.dumps(line)


# --- the process itself


def ask(address: str, question: str, **headers: str) -> tuple[int, str]:
    asking = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
    try:
        asking.request(
            "POST", "/api/v1/ask", json.dumps({"question": question}), {"content-type": "application/json", **headers}
        )
        response = asking.getresponse()
        response.read()
        return response.status, response.headers["x-request-id"]
    finally:
        asking.close()


def served(home: Path, *, form: str) -> tuple[list[str], list[str]]:
    """The log of a server that was asked a few things, and the ids of four requests."""
    small_library(home / "library", TEXTS).close()
    home.joinpath("run").mkdir()
    with serving(home / "library", home / "run", PROGRAM, QUOTH_TOKENS=TOKENS, QUOTH_LOG_FORMAT=form) as address:
        _, answered = ask(address, ANSWERED, **bearing(FULL), **{"x-request-id": "mine-1"})
        _, refused = ask(address, REFUSED, **bearing(FULL))
        _, empty = ask(address, " ", **bearing(FULL))
        _, stranger = ask(address, "forged\n2026-01-01T00:00:00.000Z INFO request", authorization="Bearer " + "z" * 30)
    log = (home / "run" / "log").read_text()
    assert ANSWERED not in log
    assert REFUSED not in log
    assert "1904" not in log
    assert FULL not in log
    assert "z" * 30 not in log
    return log.splitlines(), [answered, refused, empty, stranger]


def test_a_server_writes_a_line_of_json_for_each_request(tmp_path: Path) -> None:
    lines, (answered, refused, empty, stranger) = served(tmp_path, form="json")
    assert lines[0].startswith("Quoth listens on ")
    said = [json.loads(line) for line in lines[1:]]
    requests = [line for line in said if line["message"] == "request"]
    by_id = {line["request_id"]: line for line in requests}
    assert len(by_id) == len(requests), "no line twice"
    assert answered == "mine-1"
    assert {by_id[one]["route"] for one in (answered, refused, empty)} == {"/api/v1/ask"}
    assert (by_id[answered]["status"], by_id[answered]["outcome"]) == (200, "answered")
    assert by_id[answered]["quotes"] >= 1
    assert by_id[answered]["answer_ms"] > 0
    assert (by_id[refused]["outcome"], by_id[refused]["quotes"]) == ("abstained", 0)
    assert (by_id[empty]["status"], by_id[empty]["error"]) == (422, "BadQuestion")
    assert by_id[stranger]["status"] == 401
    assert {line["client"] for line in requests} == {"127.0.0.1"}


def test_a_server_writes_lines_of_text(tmp_path: Path) -> None:
    lines, ids = served(tmp_path, form="text")
    assert all(LINE.match(line) for line in lines[1:])
    for one in ids:
        assert sum(f"request_id={one} " in line for line in lines) == 1


@pytest.mark.anyio
async def test_questions_are_written_only_where_that_was_asked() -> None:
    async def app(scope: Scope, _: Receive, send: Send) -> None:
        note_answer(scope, {"answered": True, "quotes": [1], "elapsed_ms": 2.0, "question": "Who?"})
        await send({"type": "http.response.start", "status": 200, "headers": []})

    (silent,) = await recorded(app, scope())
    (telling,) = await recorded(app, scope(), questions=True)
    assert "question" not in silent
    assert telling["question"] == "Who?"


def test_the_command_takes_a_format_and_no_other() -> None:
    done = CliRunner().invoke(serve, ["--log-format", "xml"])
    assert (done.exit_code, "'text', 'json'" in done.output) == (2, True)


# --- what is asked in the page


def asked_in_page(address: str, handler: int, question: str) -> str:
    """Asks as the page does, and waits for the answer; gives the id of the request."""
    session = f"s{len(question)}"
    event = {"data": [], "fn_index": handler, "session_hash": session, "event_data": {"question": question}}
    asking = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
    try:
        asking.request("POST", "/gradio_api/queue/join", json.dumps(event), {"content-type": "application/json"})
        response = asking.getresponse()
        response.read()
        assert response.status == 200
        asking.request("GET", f"/gradio_api/queue/data?session_hash={session}")
        assert b"process_completed" in asking.getresponse().read()
        return str(response.headers["x-request-id"])
    finally:
        asking.close()


def test_a_question_of_the_page_has_its_outcome_under_the_id_of_its_request(tmp_path: Path) -> None:
    small_library(tmp_path / "library", TEXTS).close()
    with serving(tmp_path / "library", tmp_path, PROGRAM, QUOTH_LOG_FORMAT="json") as address:
        asking = http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)
        asking.request("GET", "/config")
        handlers = json.load(asking.getresponse())["dependencies"]
        asking.close()
        ask = next(one["id"] for one in handlers if one["backend_fn"] and one["queue"] and not one["inputs"])
        ids = [asked_in_page(address, ask, question) for question in (ANSWERED, REFUSED, " ")]
    log = (tmp_path / "log").read_text()
    assert ANSWERED not in log
    assert REFUSED not in log
    lines = [json.loads(line) for line in log.splitlines()[1:]]
    said = {line["request_id"]: line for line in lines if line["message"] == "question"}
    assert [said[one]["outcome"] for one in ids] == ["answered", "abstained", "error"]
    assert [said[one].get("error") for one in ids] == [None, None, "BadQuestion"]
    assert said[ids[0]]["quotes"] >= 1
    assert all(0 < line["answer_ms"] < 60_000 and line["client"] == "127.0.0.1" for line in said.values())
    assert len(said) == len(ids)
    assert set(ids) <= {line["request_id"] for line in lines if line["message"] == "request"}


@pytest.mark.anyio
@pytest.mark.parametrize("questions", [False, True])
async def test_questions_of_the_page_are_written_only_where_that_was_asked(questions: bool) -> None:
    async def app(scope: Scope, _: Receive, __: Send) -> None:
        with page_question(scope, "Who?") as noted:
            noted["outcome"] = "answered"

    (said, _) = await recorded(app, scope(), questions=questions)
    assert (said["message"], said["request_id"], said["client"]) == ("question", "abc", "192.0.2.7")
    assert said.get("question") == ("Who?" if questions else None)
