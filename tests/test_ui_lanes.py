"""Many clients at once: each gets its own answer, and who has gone away costs nothing more."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from anyio import to_thread
from anyio.abc import TaskGroup
from fastapi import FastAPI
from starlette.requests import Request
from starlette.types import Message

from api_clients import ANSWERED, TEXTS, Served, served
from quoth.qa import Library, read_questions
from quoth.qa.wanted import check_wanted
from quoth.ui.lanes import Lane
from quoth.ui.pacing import Pace
from quoth.ui.plain import as_json
from quoth.ui.record import answer_record
from small_encoder import HashingEncoder
from small_library import SmallLibrary, small_library

ROOT = Path(__file__).resolve().parent.parent
ARTICLES = {path.name: path.read_bytes().decode() for path in sorted((ROOT / "corpus" / "texts").glob("*.txt"))}
DATA = ROOT / "tests" / "data"
PATIENCE = 60
Asked = dict[str, Any]


def questions() -> list[Asked]:
    """All of the project's own, with the histories of those that follow up."""
    rows = [row for name in ("articles", "followups") for row in read_questions(DATA / f"{name}.jsonl").rows]
    return [{"question": row.question, "history": list(row.history)} for row in rows]


def expected(library: Library, asked: Asked) -> str:
    """The bytes of the record that the library gives, without the time it took."""
    return as_json(answer_record(replace(library.ask(**asked), elapsed_ms=0.0)))


def timeless(body: str) -> str:
    return as_json({**json.loads(body), "elapsed_ms": 0.0})


def ask_together(it: Served, asked: Sequence[Asked], clients: int) -> list[Any]:
    """The responses, in the order of the questions, to clients that begin at the same time."""
    meeting = threading.Barrier(clients, timeout=PATIENCE)

    def client(first: int) -> list[Any]:
        meeting.wait()
        return [it.client.post("/api/v1/ask", json=one) for one in asked[first::clients]]

    with ThreadPoolExecutor(clients) as pool:
        answers = [iter(each) for each in pool.map(client, range(clients))]
    return [next(answers[at % clients]) for at in range(len(asked))]


# --- every client its own answer


@pytest.mark.parametrize("clients", [8, 32])
def test_every_answer_is_that_of_ask_byte_for_byte_however_many_ask(clients: int, tmp_path: Path) -> None:
    with small_library(tmp_path / "library", ARTICLES) as library, served(library) as it:
        asked = questions()
        for one, response in zip(asked, ask_together(it, asked, clients), strict=True):
            assert response.status_code == 200
            assert timeless(response.text) == expected(library, one)


def test_the_shipped_models_give_the_same_bytes_to_many_clients(bundled_library: Path) -> None:
    asked = questions()[::14]
    assert len(asked) > 8
    with Library.open(bundled_library) as library, served(library) as it:
        for one, response in zip(asked, ask_together(it, asked, 8), strict=True):
            assert timeless(response.text) == expected(library, one)


def test_filter_and_failure_belong_to_one_question(tmp_path: Path) -> None:
    """Those that cannot be asked, and those limited to a document, are in work together with the others."""
    with small_library(tmp_path / "library", TEXTS) as library, served(library) as it:
        documents = library.documents()
        kinds: list[tuple[int, Asked]] = [
            (200, {"question": ANSWERED}),
            (422, {"question": "  "}),
            (200, {"question": ANSWERED, "documents": [documents[1].id]}),
            (422, {"question": ANSWERED, "documents": ["nowhere.txt"]}),
            (200, {"question": "And the longest river?", "history": [ANSWERED]}),
            (422, {"question": "x" * 2_001}),
        ]
        wanted = kinds * 8
        for (status, one), response in zip(wanted, ask_together(it, [one for _, one in wanted], 16), strict=True):
            assert response.status_code == status
            if status == 200:
                assert timeless(response.text) == expected(library, one)
            else:
                assert response.headers["content-type"] == "application/problem+json"


# --- who has gone away


class Held(SmallLibrary):
    """Tells when it is asked, and answers when it is let go."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.gate, self.begun, self.asked, self.ended = threading.Event(), threading.Semaphore(0), list[str](), 0

    def ask(self, question: str, **options: Any) -> Any:
        self.asked.append(question)
        self.begun.release()
        assert self.gate.wait(PATIENCE)
        try:
            return super().ask(question, **options)
        finally:
            self.ended += 1


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    small_library(tmp_path / "held", TEXTS).close()
    library = Held(tmp_path / "held", HashingEncoder())
    yield library
    library.gate.set()
    library.close()


class Client:
    """One question, sent to the app itself, by somebody who may go away."""

    def __init__(self, question: str) -> None:
        self.waits, self.leaves = anyio.Event(), anyio.Event()
        self.status, self.headers = 0, dict[str, str]()
        self._unread = [json.dumps({"question": question}).encode()]

    async def ask(self, app: FastAPI) -> None:
        """Returns when the server has done with the request."""
        headers = [(b"host", b"testserver"), (b"content-type", b"application/json")]
        sent = {"type": "http", "path": "/api/v1/ask", "method": "POST", "headers": headers, "query_string": b""}
        await app({**sent, "http_version": "1.1", "client": ("192.0.2.7", 5)}, self._receive, self._send)

    async def _receive(self) -> Message:
        if self._unread:
            return {"type": "http.request", "body": self._unread.pop(), "more_body": False}
        self.waits.set()
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.waits.set()  # no longer; whoever waits for it sees the status
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}


def clients(number: int) -> list[Client]:
    """So many, each with a question of its own."""
    return [Client(f"{ANSWERED} {at}") for at in range(number)]


async def all_waiting(app: FastAPI, held: Held, tasks: TaskGroup, asking: Sequence[Client]) -> None:
    """Returns when all have asked and the first of them is being answered, in the only thread there is."""
    for client in asking:
        tasks.start_soon(client.ask, app)
        await client.waits.wait()
    assert await to_thread.run_sync(lambda: held.begun.acquire(timeout=PATIENCE))
    assert len(held.asked) == 1


async def until_answered(client: Client) -> None:
    """Returns when a response has begun."""
    while not client.status:
        await anyio.sleep(0)


def numbers(it: Served) -> dict[str, float]:
    lines = it.client.get("/metrics").text.splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def test_who_goes_away_while_waiting_is_never_asked_for(held: Held) -> None:
    async def main(app: FastAPI) -> None:
        first, second, third = clients(3)
        async with anyio.create_task_group() as tasks:
            await all_waiting(app, held, tasks, (first, second, third))
            second.leaves.set()
            await until_answered(second)
            held.gate.set()
        assert (first.status, second.status, third.status) == (200, 499, 200)

    with served(held, threads=1) as it:
        anyio.run(main, it.app)
    assert held.asked == [f"{ANSWERED} 0", f"{ANSWERED} 2"]


def test_who_goes_away_while_being_answered_is_let_go_and_the_thread_too(held: Held) -> None:
    async def main(app: FastAPI) -> None:
        (first,) = clients(1)
        async with anyio.create_task_group() as tasks:
            await all_waiting(app, held, tasks, (first,))
            first.leaves.set()
        assert first.status == 499, "at once, though its thread is still held"

    with served(held, threads=1) as it:
        anyio.run(main, it.app)
        held.gate.set()
        assert it.client.post("/api/v1/ask", json={"question": ANSWERED}).json()["answered"] is True
        answered = numbers(it)['quoth_questions_total{outcome="answered"}']
    assert (held.ended, answered) == (2, 1), "the first one ended without an answer"


def test_time_is_up_for_those_that_wait_and_for_one_in_work(held: Held) -> None:
    """When it is up, `pacing` cancels a request."""

    async def main(app: FastAPI) -> None:
        async with anyio.create_task_group() as tasks:
            await all_waiting(app, held, tasks, clients(3))
            tasks.cancel_scope.cancel()

    with served(held, threads=1) as it:
        anyio.run(main, it.app)
        held.gate.set()
        assert it.client.post("/api/v1/ask", json={"question": ANSWERED}).status_code == 200
        assert numbers(it)['quoth_questions_total{outcome="answered"}'] == 1
    assert held.asked == [f"{ANSWERED} 0", ANSWERED]


def test_no_more_may_wait_than_was_said(held: Held) -> None:
    async def main(app: FastAPI) -> None:
        waiting = clients(3)
        async with anyio.create_task_group() as tasks:
            await all_waiting(app, held, tasks, waiting)
            refused = Client(ANSWERED)
            await refused.ask(app)
            assert (refused.status, refused.headers["retry-after"]) == (503, "1")
            held.gate.set()
        assert [client.status for client in waiting] == [200] * 3

    with served(held, threads=1, pace=Pace(requests_per_minute=0, at_once=3)) as it:
        anyio.run(main, it.app)
    assert held.asked == [f"{ANSWERED} {number}" for number in range(3)], "in the order they came"


def test_at_the_end_the_one_in_work_is_finished_and_who_waits_is_told(held: Held) -> None:
    async def main(it: Served) -> None:
        first, second = clients(2)
        async with anyio.create_task_group() as tasks:
            await all_waiting(it.app, held, tasks, (first, second))
            it.service.lane.close()
            await until_answered(second)
            assert (second.status, second.headers["retry-after"]) == (503, "5")
            held.gate.set()
        assert first.status == 200

    with served(held, threads=1) as it:
        anyio.run(main, it)


# --- a lane by itself


def test_work_is_begun_in_the_order_it_came() -> None:
    begun: list[int] = []

    async def main() -> None:
        lane = Lane(1)
        async with anyio.create_task_group() as tasks:
            for number in range(50):
                tasks.start_soon(lane.run, partial(begun.append, number))
        lane.close()

    anyio.run(main)
    assert begun == list(range(50))


def test_work_sees_that_it_is_no_longer_wanted() -> None:
    """A real client of the library's own check: it works until that stops it."""
    begun, ended = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        try:
            while True:
                check_wanted()
        finally:
            ended.set()

    async def main() -> None:
        lane = Lane(1)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lane.run, work)
            assert await to_thread.run_sync(begun.wait, PATIENCE)
            tasks.cancel_scope.cancel()
        assert await to_thread.run_sync(ended.wait, PATIENCE)
        assert await lane.run(lambda: 7) == 7, "the thread is free again"
        lane.close()

    anyio.run(main)


def test_a_result_counts_though_its_client_leaves_afterwards() -> None:
    left = anyio.Event()

    async def receive() -> Message:
        await left.wait()
        return {"type": "http.disconnect"}

    async def main() -> None:
        lane = Lane(1)
        request = Request({"type": "http", "headers": []}, receive)
        assert await lane.run(lambda: 7, request) == 7
        with pytest.raises(ZeroDivisionError):
            await lane.run(lambda: 1 // 0, request)
        left.set()
        lane.close()

    anyio.run(main)
