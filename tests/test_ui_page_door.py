"""What of Gradio can be reached at all, and what comes of what it never expects: against a real server."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from api_clients import ANSWERED, TEXTS
from running_server import serving
from small_library import small_library

PROGRAM = ("-I", Path(__file__).parent / "small_server.py")
PREDICT, JOIN, ACT = "/gradio_api/run/predict", "/gradio_api/queue/join", "/gradio_api/component_server/"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("door")


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """A server whose log may hold no traceback at the end: `serving` looks."""
    small_library(home / "library", TEXTS).close()
    with serving(home / "library", home, PROGRAM, QUOTH_UPLOAD_FILE_MB="0.1", QUOTH_UPLOAD_TOTAL_MB="0.3") as address:
        yield address


@pytest.fixture(scope="module")
def config(address: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}config", timeout=60) as response:  # noqa: S310  # our own address
        found: dict[str, Any] = json.load(response)
    return found


def send(
    address: str, path: str, body: bytes | str = "", method: str = "POST", kind: str = "application/json"
) -> tuple[int, Any]:
    """The status and what is said, as JSON where it is that."""
    asking = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    try:
        asking.request(method, path, body, {"content-type": kind})
        response = asking.getresponse()
        text = response.read().decode()
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"]
        return response.status, json.loads(text) if "json" in response.headers["content-type"] else text
    finally:
        asking.close()


def handler(config: dict[str, Any], *, queued: bool, inputs: int) -> dict[str, Any]:
    """The first handler of the page of this kind."""
    for one in config["dependencies"]:
        if one["backend_fn"] and bool(one["queue"]) is queued and len(one["inputs"]) == inputs:
            return dict(one)
    raise AssertionError("there is no such handler")


def functions(config: dict[str, Any]) -> dict[str, int]:
    """The functions of the page's parts, and of which part each is."""
    return {name: part["id"] for part in config["components"] for name in part.get("props", {}).get("server_fns", ())}


# --- what can be reached


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/run/talk"),
        ("POST", "/gradio_api/run/welcome"),
        ("POST", "/gradio_api/api/predict"),
        ("POST", "/gradio_api/api/predict/"),
        ("POST", "/gradio_api/call/shelf"),
        ("POST", "/gradio_api/call/v2/shelf"),
        ("GET", "/gradio_api/call/shelf/1"),
        ("POST", "/gradio_api/cancel"),
        ("POST", "/gradio_api/reset"),
        ("POST", "/gradio_api/stream/1"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/vibe-edit"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/user"),
        ("GET", "/gradio_api/token"),
        ("GET", "/gradio_api/app_id"),
        ("GET", "/gradio_api/dev/reload"),
        ("GET", "/gradio_api/queue/status"),
        ("GET", "/gradio_api/deep_link?session_hash=a"),
        ("GET", "/gradio_api/proxy=http://127.0.0.1/"),
        ("GET", "/gradio_api/file=/etc/hosts"),
        ("GET", "/gradio_api/file=http://127.0.0.1/"),
        ("GET", "/gradio_api/file/etc/hosts"),
        ("GET", "/gradio_api/custom_component/1/client/component/x.js"),
        ("GET", "/gradio_api/mcp/"),
        ("GET", "/monitoring"),
        ("GET", "/monitoring/summary"),
        ("PUT", "/gradio_api/upload"),
        ("GET", "/gradio_api/upload"),
    ],
)
def test_what_the_page_does_not_use_is_not_there(address: str, method: str, path: str) -> None:
    status, said = send(address, path, '{"data": [], "fn_index": 0}', method)
    assert (status, said["type"], said["status"]) == (404, "about:blank", 404)


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css", "/gradio_api/heartbeat/abc"])
def test_what_the_page_uses_is_there(address: str, path: str) -> None:
    with urllib.request.urlopen(address.rstrip("/") + path, timeout=60) as response:  # noqa: S310  # our own address
        assert response.status == 200


@pytest.mark.parametrize(
    "path", ["/assets/../../../server.py", "/assets/%2e%2e/%2e%2e/package.json", "/static/..%2f..%2froutes.py"]
)
def test_no_file_of_gradio_lies_outside_its_folders(address: str, path: str) -> None:
    status, said = send(address, path, method="GET")
    assert status in (400, 403, 404)
    assert "import" not in str(said)


# --- what is sent to it


def event(number: object, data: object = (), **more: object) -> str:
    body = {"data": list(data) if isinstance(data, tuple) else data, "fn_index": number, "session_hash": "a1"}
    return json.dumps({**body, **more})


def test_a_handler_of_the_page_answers(address: str, config: dict[str, Any]) -> None:
    welcome = handler(config, queued=False, inputs=0)
    status, said = send(address, PREDICT, event(welcome["id"]))
    assert status == 200
    assert said["data"]


@pytest.mark.parametrize("number", [0, -1, 10**6, 10**30, None, True, "0", 1.5, [], {}])
@pytest.mark.parametrize("path", [PREDICT, JOIN])
def test_a_number_that_is_none_of_the_pages_handlers(address: str, path: str, number: object) -> None:
    status, said = send(address, path, event(number))
    assert (status, said["status"]) == (404, 404)


def test_each_handler_has_its_own_way(address: str, config: dict[str, Any]) -> None:
    direct, queued = handler(config, queued=False, inputs=0), handler(config, queued=True, inputs=0)
    assert send(address, JOIN, event(direct["id"]))[0] == 404
    assert send(address, PREDICT, event(queued["id"], event_data={"question": ANSWERED}))[0] == 404


@pytest.mark.parametrize("data", [None, 1, "x", {}, [1], [None, None], [[]]])
def test_data_of_another_shape(address: str, config: dict[str, Any], data: object) -> None:
    ask = handler(config, queued=True, inputs=0)
    assert send(address, JOIN, event(ask["id"], data))[0] == 422


@pytest.mark.parametrize(
    "value",
    [
        1,
        "x",
        {},
        {"path": None},
        {"path": "/etc/hosts"},
        {"path": "a\u0000b"},
        {"path": "http://127.0.0.1/", "url": "http://127.0.0.1/"},
        {"url": "http://127.0.0.1/"},
    ],
)
def test_a_file_that_was_not_uploaded_is_not_taken(address: str, config: dict[str, Any], value: object) -> None:
    take = handler(config, queued=True, inputs=1)
    assert send(address, JOIN, event(take["id"], [value]))[0] == 422


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 100_000, b"NaN", b'{"data": NaN}', b'"\\ud800"', b"\xff", b'{"data": "\\ud800"}']
)
@pytest.mark.parametrize("path", [PREDICT, JOIN, ACT])
def test_a_body_that_is_no_json(address: str, path: str, body: bytes) -> None:
    assert send(address, path, body)[0] == 400


@pytest.mark.parametrize("path", [PREDICT, JOIN, ACT])
def test_a_body_of_another_kind_or_too_much_of_it(address: str, path: str) -> None:
    assert send(address, path, "[]")[0] == 422
    assert send(address, path, "{}")[0] == 422
    assert send(address, path, "{}", kind="multipart/form-data; boundary=x")[0] == 415
    assert send(address, path, json.dumps({"data": "x" * 2**20}))[0] == 413


@pytest.mark.parametrize("session", [None, "", "a b", "../x", "x" * 65, 7, ["a"]])
def test_a_session_has_a_plain_name(address: str, config: dict[str, Any], session: object) -> None:
    ask = handler(config, queued=True, inputs=0)
    assert send(address, JOIN, event(ask["id"], session_hash=session))[0] == 422


@pytest.mark.parametrize("trigger", [-1, 10**9, "1", 1.5, True, {}])
def test_a_trigger_is_a_part_of_the_page(address: str, config: dict[str, Any], trigger: object) -> None:
    ask = handler(config, queued=True, inputs=0)
    assert send(address, JOIN, event(ask["id"], trigger_id=trigger))[0] == 422


@pytest.mark.parametrize("name", ["__init__", "get_config", "__class__", "", None, 3, [], "act\n"])
def test_only_the_functions_of_a_part_can_be_called(address: str, config: dict[str, Any], name: object) -> None:
    part = functions(config)["act"]
    body = {"data": {}, "component_id": part, "fn_name": name, "session_hash": "a1"}
    assert send(address, ACT, json.dumps(body))[0] == 404
    assert send(address, ACT, json.dumps({**body, "fn_name": "act", "component_id": 10**9}))[0] == 404


@pytest.mark.parametrize(
    "data", [None, [], "x", 7, {}, {"do": None}, {"do": []}, {"do": "row", "run": {}}, {"do": "x"}]
)
def test_a_function_is_called_with_whatever_is_sent(address: str, config: dict[str, Any], data: object) -> None:
    for name, part in functions(config).items():
        body = {"data": data, "component_id": part, "fn_name": name, "session_hash": "a1"}
        status, said = send(address, ACT, json.dumps(body))
        assert (status, type(said)) == (200, dict), (name, said)


@pytest.mark.parametrize("sent", [None, [], "x", {}, {"question": 7}, {"question": "x", "history": 3, "filter": "y"}])
def test_a_question_may_have_any_shape(address: str, config: dict[str, Any], sent: object) -> None:
    """The page gets a sentence, the log nothing."""
    ask = handler(config, queued=True, inputs=0)
    name = f"odd{abs(hash(repr(sent)))}"
    assert send(address, JOIN, event(ask["id"], event_data=sent, session_hash=name))[0] == 200
    path = f"{address}gradio_api/queue/data?session_hash={name}"
    with urllib.request.urlopen(path, timeout=120) as stream:  # noqa: S310  # our own address
        messages = [json.loads(line[6:]) for line in stream if line.startswith(b"data: ")]
    (done,) = [message for message in messages if message["msg"] == "process_completed"]
    assert done["success"] is True


@pytest.mark.parametrize("query", ["", "?session_hash=", "?session_hash=a%20b", "?session_hash=a&session_hash=b"])
def test_a_stream_needs_one_plain_name(address: str, query: str) -> None:
    assert send(address, f"/gradio_api/queue/data{query}", method="GET")[0] == 422


def test_a_stream_of_a_session_nobody_began(address: str) -> None:
    assert send(address, "/gradio_api/queue/data?session_hash=stranger", method="GET")[0] == 404


def test_the_streams_of_one_client_have_a_bound(address: str) -> None:
    """Each is open as long as its page, so they are counted, and free again when it is closed."""
    parts, open_ones, heads = urlsplit(address), [], []
    try:
        for number in range(70):
            stream = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=60)
            open_ones.append(stream)
            head = f"GET /gradio_api/heartbeat/h{number} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
            stream.sendall(head.encode())
            heads.append(int(stream.recv(12)[9:12]))
    finally:
        for stream in open_ones:
            stream.close()
    assert 60 <= heads.count(200) <= 64, "a test before this one may have one open"
    assert set(heads) == {200, 503}
