"""What a request may take: how often, how many at once, how many bytes, how long; and the threads behind it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from api_clients import ANSWERED, EVERYTHING, REFUSED, TEXTS, served
from quoth.qa import Abstention, Answer, Library
from quoth.ui.buckets import Buckets, client_of
from quoth.ui.lanes import Lane
from quoth.ui.pacing import UPLOADS, Pace, Pacing
from small_library import SmallLibrary, small_library

ASK = {"question": ANSWERED}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("paced"), TEXTS)


# --- how often


@given(
    st.integers(1, 20),
    st.floats(0.1, 100),
    st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 2)), max_size=200),
)
def test_nobody_gets_more_than_the_bucket_and_what_ran_into_it(
    burst: int, rate: float, asked: list[tuple[str, float]]
) -> None:
    """In any time `t`, at most burst + rate * t; and who is told to wait and does is let in."""
    now = 0.0
    buckets = Buckets(rate, burst, lambda: now)
    taken: dict[str, int] = {}
    for client, pause in asked:
        now += pause
        wait = buckets.take(client)
        if wait == 0:
            taken[client] = taken.get(client, 0) + 1
        else:
            assert 0 < wait <= 1 / rate + 1e-6
        assert taken.get(client, 0) <= burst + rate * now + 1e-6
    for client in taken:
        now += buckets.take(client) + 1e-6
        now += buckets.take(client)


def test_who_waits_as_told_is_let_in() -> None:
    now = 0.0
    buckets = Buckets(2.0, 3, lambda: now)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    assert buckets.take("b") == 0, "another client"
    now = 0.5
    assert (buckets.take("a"), buckets.take("a")) == (0, 0.5)


def test_the_clients_heard_last_are_remembered() -> None:
    buckets = Buckets(0.001, 1, lambda: 0.0)
    for number in range(10_001):
        assert buckets.take(str(number)) == 0
    assert buckets.take("10000") > 0
    assert buckets.take("0") == 0, "forgotten, so that memory is bounded"


@given(st.ip_addresses(v=6))
def test_addresses_of_one_customer_are_one_client(address: Any) -> None:
    inside = address.exploded.rsplit(":", 1)[0] + ":1"
    if address.ipv4_mapped is None:
        assert client_of(str(address)) == client_of(inside)


def test_too_many_requests_are_told_when_to_come_back(library: Library) -> None:
    with served(library, pace=Pace(requests_per_minute=1, burst=2)) as it:
        statuses = [it.client.post("/api/v1/ask", json=ASK).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        refused = it.client.get("/api/v1/documents")
        assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert it.client.get("/healthz").status_code == 200, "a probe is not a client"


# --- how many bytes


def body(size: int) -> bytes:
    return json.dumps({"question": "x" * (size - len(json.dumps({"question": ""})))}).encode()


def in_chunks(data: bytes) -> Iterator[bytes]:
    """Without a length in the header."""
    yield from (data[at : at + 100] for at in range(0, len(data), 100))


@pytest.mark.parametrize("told", [True, False])
def test_a_body_has_its_size_whatever_is_said_of_it(library: Library, told: bool) -> None:
    pace = Pace(requests_per_minute=0, body_bytes=1_000, upload_bytes=2_000)
    headers = {"content-type": "application/json"}
    with served(library, pace=pace) as it:
        for size, status in ((1_000, 200), (1_001, 413), (100_000, 413)):
            sent: Any = body(size) if told else in_chunks(body(size))
            response = it.client.post("/api/v1/ask", content=sent, headers=headers)
            assert (response.status_code, size) == (status, size)
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == 413


def test_an_upload_may_be_larger_than_a_question(library: Library) -> None:
    pace = Pace(requests_per_minute=0, body_bytes=100, upload_bytes=5_000)
    with served(library, pace=pace) as it:
        post = it.client.post
        assert post("/api/v1/documents", files=[("files", ("a.zzz", b"x" * 3_000))]).status_code == 422
        assert post("/api/v1/documents", files=[("files", ("a.zzz", b"x" * 9_000))]).status_code == 413
        assert post("/api/v1/verify", content=b"x" * 3_000).status_code == 413
        assert it.client.get("/api/v1/documents", headers={"content-length": "999999999999"}).status_code == 413
        assert it.client.get("/healthz", headers={"content-length": "999999999999"}).status_code == 200


# --- how many at once, and how long

Application = Callable[[Scope, Receive, Send], Any]


def scope(path: str = "/api/v1/ask", method: str = "POST") -> Scope:
    return {"type": "http", "path": path, "method": method, "headers": [], "client": ("192.0.2.7", 5)}


async def receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def statuses(pacing: Pacing, *scopes: Scope) -> list[int]:
    """Of requests that are sent at the same time."""
    found: list[int] = []

    async def one(sent: Scope) -> None:
        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                found.append(message["status"])

        await pacing(sent, receive, send)

    async with anyio.create_task_group() as tasks:
        for each in scopes:
            tasks.start_soon(one, each)
    return sorted(found)


async def answer(send: Send, status: int = 200) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})


def held_until(number: int) -> Application:
    """Answers when so many requests have come; what is never let in does not count."""
    come = 0
    enough = anyio.Event()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        nonlocal come
        come += 1
        if come == number:
            enough.set()
        await enough.wait()
        await answer(send)

    return app


def test_so_many_are_answered_at_once_and_no_more() -> None:
    async def main() -> None:
        pace = Pace(requests_per_minute=0, at_once=3, uploads_at_once=1)
        assert await statuses(Pacing(held_until(3), pace), *[scope()] * 5) == [200] * 3 + [503] * 2
        mixed = [scope(), scope(), scope(UPLOADS), scope(UPLOADS), scope("/other"), scope("/other")]
        assert await statuses(Pacing(held_until(5), pace), *mixed) == [200] * 5 + [503], "each kind has its own places"

    anyio.run(main)


def test_a_place_is_free_again_after_a_failure() -> None:
    async def fail(_: Scope, __: Receive, ___: Send) -> None:
        raise ZeroDivisionError

    async def main() -> None:
        pacing = Pacing(fail, Pace(requests_per_minute=0, at_once=1))
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await pacing(scope(), receive, lambda _: asyncio.sleep(0))

    anyio.run(main)


def test_what_takes_too_long_is_told_so() -> None:
    async def never(_: Scope, __: Receive, ___: Send) -> None:
        await anyio.sleep_forever()

    async def main() -> None:
        pacing = Pacing(never, Pace(requests_per_minute=0, seconds=0.01, upload_seconds=0.02))
        assert await statuses(pacing, scope(), scope(UPLOADS)) == [504, 504]

    anyio.run(main)


def test_a_body_that_never_comes_takes_too_long(library: Library) -> None:
    async def nothing() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    async def main(app: Application) -> int:
        found: list[int] = []

        async def send(message: Message) -> None:
            found.append(message.get("status", 0))

        headers = [(b"host", b"testserver"), (b"content-type", b"application/json"), (b"content-length", b"100")]
        await app({**scope(), "headers": headers, "query_string": b"", "http_version": "1.1"}, nothing, send)
        return found[0]

    with served(library, pace=Pace(requests_per_minute=0, seconds=0.05)) as it:
        assert anyio.run(main, it.app) == 504


def test_an_answer_that_stops_coming_is_cut_and_not_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quoth.ui.pacing._MARGIN", 0.0)
    sent: list[Message] = []

    async def stalls(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await anyio.sleep_forever()

    async def keep(message: Message) -> None:
        sent.append(message)

    async def main() -> None:
        await Pacing(stalls, Pace(requests_per_minute=0, seconds=0.01))(scope(), receive, keep)

    anyio.run(main)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[-1]["more_body"] is True, "the client sees that something is missing"


@pytest.mark.parametrize("wrong", [{"at_once": 0}, {"seconds": 0}, {"body_bytes": 0}, {"requests_per_minute": -1}])
def test_a_pace_at_which_nothing_could_be_answered_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="request"):
        Pace(**wrong)


# --- the threads


class Held(SmallLibrary):
    """Answers when it is let go; counts who is waiting for that."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.gate, self.busy, self.asked = threading.Event(), threading.Semaphore(0), 0

    def ask(self, question: str, **options: Any) -> Answer | Abstention:
        self.asked += 1
        self.busy.release()
        assert self.gate.wait(60)
        return super().ask(question, **options)


@pytest.fixture
def held(library: Library) -> Iterator[Held]:
    it = Held(library.folder, library._encoder)
    yield it
    it.gate.set()


def our_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("quoth-api")]


def test_given_up_questions_take_no_more_threads_than_there_are(held: Held) -> None:
    """Each goes on in its thread, which nobody else gets; what still waited for one is dropped."""
    before = len(our_threads())
    with served(held, pace=Pace(requests_per_minute=0, seconds=0.2), threads=2) as it:
        for _ in range(6):
            response = it.client.post("/api/v1/ask", json=ASK)
            assert response.status_code == 504
            assert "0.2 seconds" in response.json()["detail"]
        assert len(our_threads()) - before == 2
        assert held.asked == 2
        held.gate.set()
        assert it.client.post("/api/v1/ask", json=ASK).status_code == 200, "both threads are free again"


class HeldAtOne(Held):
    """Only at one question."""

    def ask(self, question: str, **options: Any) -> Answer | Abstention:
        ask = super().ask if question == REFUSED else super(Held, self).ask
        return ask(question, **options)


def test_one_question_of_a_batch_may_take_too_long_and_the_others_are_answered(library: Library) -> None:
    slow = HeldAtOne(library.folder, library._encoder)
    questions = [{"question": question} for question in (ANSWERED, REFUSED, ANSWERED)]
    with served(slow, seconds=0.5) as it:
        response = it.client.post("/api/v1/ask/batch", json={"questions": questions})
        rows = [json.loads(line) for line in response.text.split("\n")[:-1]]
        assert [row.get("answered", row.get("problem", {}).get("status")) for row in rows] == [True, 504, True]
        slow.gate.set()


def test_who_stops_reading_a_batch_leaves_few_questions_behind(held: Held) -> None:
    """The client reads nothing, so that no more is asked than a few questions ahead."""
    questions = {"questions": [{"question": f"{ANSWERED} {number}"} for number in range(100)]}

    async def main(app: Application) -> None:
        gone = anyio.Event()
        request = [{"type": "http.request", "body": json.dumps(questions).encode(), "more_body": False}]

        async def take() -> Message:
            if request:
                return request.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.body":
                gone.set()
                await anyio.sleep_forever()

        sent = {**scope("/api/v1/ask/batch"), "http_version": "1.1", "query_string": b""}
        sent["asgi"] = {"spec_version": "2.3"}
        sent["headers"] = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        await app(sent, take, send)

    with served(held, threads=2) as it:
        held.gate.set()
        anyio.run(main, it.app)
        assert held.asked < 10


def test_a_lane_hands_on_what_is_raised_and_takes_nothing_after_its_end() -> None:
    lane = Lane(1)

    async def main() -> None:
        assert await lane.run(lambda: 7) == 7
        with pytest.raises(ZeroDivisionError):
            await lane.run(lambda: 1 // 0)
        lane.close()
        with pytest.raises(RuntimeError):
            await lane.run(lambda: 7)

    anyio.run(main)


def test_an_upload_that_nobody_waits_for_any_more_changes_nothing(tmp_path: Path) -> None:
    gate = threading.Event()
    library = small_library(tmp_path, TEXTS)
    with served(library, pace=Pace(requests_per_minute=0, upload_seconds=0.2)) as it:
        before = it.service.clerk.ask("checking", lambda _: gate.wait(60))
        given_up = it.client.post("/api/v1/documents", files=[("files", ("moon.txt", b"The moon is far."))])
        assert given_up.status_code == 504
        gate.set()
        before.result()
        it.service.clerk.ask("checking", lambda _: None).result()  # so that its turn has come, and passed
        assert it.client.get("/api/v1/documents").json()["total"] == 2


def test_a_server_that_is_stopping_takes_nothing_in(tmp_path: Path) -> None:
    with served(small_library(tmp_path, TEXTS)) as it:
        it.service.clerk.close()
        response = it.client.post("/api/v1/documents", files=[("files", ("moon.txt", b"The moon is far."))])
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")


# --- readers and a writer


def test_many_read_while_one_writes(tmp_path: Path) -> None:
    """Every answer is whole, whichever state of the library it saw, and every write is there afterwards."""
    library = small_library(tmp_path, TEXTS)
    with served(library, pace=EVERYTHING) as it:
        failures: list[str] = []

        def read() -> None:
            for _ in range(15):
                response = it.client.post("/api/v1/ask", json={**ASK, "utf16": True})
                if response.status_code != 200 or not response.json()["answered"]:
                    failures.append(response.text)
                quotes = response.json().get("quotes", [])
                if any(quote["source"]["title"] != "Harbour" for quote in quotes[:1]):
                    failures.append(response.text)

        readers = [threading.Thread(target=read) for _ in range(4)]
        for reader in readers:
            reader.start()
        for number in range(8):
            file = (f"n{number}.txt", f"Number {number}.".encode())
            added = it.client.post("/api/v1/documents", files=[("files", file)])
            assert added.status_code == 201
            if number % 2:
                gone = added.json()["added"][0]["id"]
                assert it.client.delete(f"/api/v1/documents/{gone}").status_code == 200
        for reader in readers:
            reader.join()
        assert failures == []
        assert it.client.get("/api/v1/documents").json()["total"] == 2 + 4

