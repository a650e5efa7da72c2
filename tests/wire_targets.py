"""What is thrown at a real web server: a target for each kind of door, and one for whole requests as bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from api_clients import ANSWERED, REFUSED, TEXTS
from running_server import serving
from small_library import small_library
from wire_damage import damaged_request
from wire_law import Judge, got, posted
from wire_raw import damaged_raw, raw_requests
from wire_requests import DOORS, TOKEN, Sent, page_requests, requests_to, with_token
from wire_socket import Answered, exchange

__all__ = ["RAW", "Said", "Thrown", "Wire", "wire"]

Said = Literal["read", "refused"]
RAW: Final = "HTTP, whole requests"
_PROGRAM: Final = ("-I", Path(__file__).with_name("small_server.py"))
_HOST: Final = "localhost"
_PATIENCE: Final = 1.0
_RAW_PATIENCE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Thrown:
    """A kind of damage by name: the case of a number, always the same, and who takes it, so many `at_once`."""

    name: str
    case: Callable[[int], Any]
    judge: Callable[[Any], Said]
    at_once: int = 1

    def judged(self, number: int) -> Said:
        """What came of the case of this number."""
        return self.judge(self.case(number))


@dataclass(frozen=True, slots=True)
class Wire:
    """A server that runs, the right requests of each of its doors, and the targets."""

    judge: Judge
    seeds: Mapping[str, Sequence[Sent]]
    config: Mapping[str, Any]

    @property
    def targets(self) -> tuple[Thrown, ...]:
        """Every target; "read" is what got an answer that is no refusal."""
        whole = raw_requests(_HOST, [one for door in self.seeds.values() for one in door if TOKEN not in one.path])

        def raw_case(number: int) -> bytes:
            rng = random.Random(f"{RAW} {number}")
            return damaged_raw(rng, rng.choice(whole))

        def take(data: bytes) -> Said:
            return self._judged(exchange(self.judge.address, data, _RAW_PATIENCE), "")

        return (*map(self._by_door, self.seeds), Thrown(RAW, raw_case, take, 16))

    def target(self, name: str) -> Thrown:
        """The one of that name."""
        return next(one for one in self.targets if one.name == name)

    def statuses(self, sent: Sent, patience: float = _PATIENCE) -> set[int]:
        """The statuses of the answers to it, which are lawful."""
        found = exchange(self.judge.address, sent.raw(_HOST), patience)
        self._judged(found, sent.path)
        return {answer.status for answer in found}

    def take(self, sent: Sent) -> Said:
        """Sends it, and holds the answers against the law."""
        if TOKEN not in sent.path:
            return self._judged(exchange(self.judge.address, sent.raw(_HOST), _PATIENCE), sent.path)
        token = self._announced()
        try:
            return self.take(with_token(sent, token))
        finally:
            self._acted({"do": "abandon", "delivery": token})

    def _by_door(self, name: str) -> Thrown:
        def case(number: int) -> Sent:
            rng = random.Random(f"{name} {number}")
            return damaged_request(rng, rng.choice(self.seeds[name]))

        return Thrown(name, case, self.take)

    def _judged(self, found: Sequence[Answered], path: str) -> Said:
        for answer in found:
            self.judge.lawful(answer, path)
        self.judge.goes_on()
        return "read" if any(answer.status < 400 for answer in found) else "refused"

    def _announced(self) -> str:
        """The token of an upload of one file, announced as the page does it."""
        said = self._acted({"do": "announce", "files": [{"name": "moss.txt", "size": 14}]})
        return str(next(one["delivery"]["token"] for one in said if one.get("delivery")))

    def _acted(self, data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """What each part of the page answers that acts."""
        parts = [one["id"] for one in self.config["components"] if "act" in one.get("props", {}).get("server_fns", ())]
        called = {"fn_name": "act", "session_hash": "wire", "data": data}
        path = "gradio_api/component_server/"
        return [posted(self.judge.address, path, {**called, "component_id": part}) for part in parts]


@contextmanager
def wire(home: Path, **settings: str) -> Iterator[Wire]:
    """A real server over a small library in `home`; at the end it has to answer, and its log to hold no traceback."""
    small_library(home / "library", TEXTS).close()
    more = {"SMALL_RATE": "0", "QUOTH_UPLOAD_FILE_MB": "1", **settings}
    with serving(home / "library", home, _PROGRAM, **more) as address:
        records = [posted(address, "api/v1/ask", {"question": question}) for question in (ANSWERED, REFUSED)]
        listed = json.loads(got(address, "api/v1/documents"))["documents"]
        known = next(record for record in listed if "harbour" in record["uri"])
        config = json.loads(got(address, "config"))
        seeds = dict(requests_to(known["id"], records))
        seeds[DOORS[-1]] = page_requests(config, known["id"], known["text_sha256"])
        judge = Judge(address, home / "log")
        yield Wire(judge, seeds, config)
        judge.goes_on()
        judge.answers()
