"""`quoth serve` as a process, while the command line, a process of its own, changes the library under it."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from running_server import serving

Quoth = Callable[..., "CompletedProcess[str]"]
BRIDGE = "The bridge over the Vuoksi was built in {year}. It is painted green.\n"
TOWER = "The tower of Kotlas is 48 metres high. A clock hangs in it.\n"
BUILT = "When was the bridge over the Vuoksi built?"
HIGH = "How high is the tower of Kotlas?"


class Served:
    """A running server, and the library it serves."""

    def __init__(self, address: str, library: Path, docs: Path, quoth: Quoth) -> None:
        self._address, self.library, self.docs, self._quoth = address, library, docs, quoth

    def fetched(self, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
        """The status and the text of a response."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  # our own address
            f"{self._address}{path}", data, {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def asked(self, question: str) -> tuple[int, Any]:
        """The status, and the answer record or the problem."""
        status, found = self.fetched("api/v1/ask", {"question": question})
        return status, json.loads(found)

    def quotes(self, question: str) -> list[str]:
        """The quotes of the answer; nothing for a refusal. Every one is a slice of a document that is there."""
        status, record = self.asked(question)
        assert status == 200, record
        for quote in record["quotes"]:
            source = quote["source"]
            status, text = self.fetched(f"api/v1/documents/{source['document']}/text")
            assert status == 200, text
            assert text[source["start"] : source["stop"]] == quote["text"]
        return [quote["text"] for quote in record["quotes"]]

    def command(self, *words: str | Path, code: int = 0) -> str:
        """What `quoth` says that is run beside the server."""
        done = self._quoth(*words, "--library", self.library)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def titles(self) -> set[str]:
        """The file names of the documents that the server lists."""
        listed = json.loads(self.fetched("api/v1/documents")[1])
        return {Path(one["uri"]).name for one in listed["documents"]}

    @contextmanager
    def asked_meanwhile(self) -> Iterator[None]:
        """Two people ask as long as the block lasts, as often as the pace allows; none of them meets an error."""
        over, statuses = threading.Event(), list[int]()

        def asking(question: str) -> None:
            while not over.wait(0.2):
                statuses.append(self.asked(question)[0])

        people = [threading.Thread(target=asking, args=(question,)) for question in (BUILT, HIGH)]
        for person in people:
            person.start()
        try:
            yield
        finally:
            over.set()
            for person in people:
                person.join(60)
        assert statuses
        assert set(statuses) == {200}


@pytest.fixture
def here(tmp_path: Path, library: Path, quoth: Quoth) -> Iterator[Served]:
    docs = tmp_path / "docs"
    docs.mkdir()
    with serving(library, tmp_path) as address:
        yield Served(address, library, docs, quoth)


def test_a_server_sees_what_commands_do_to_its_library(here: Served) -> None:
    """Added, replaced, removed: each counts from the moment the command is done, and nobody meets an error."""
    bridge, tower = here.docs / "bridge.txt", here.docs / "tower.txt"
    bundled = here.titles()
    assert here.quotes(BUILT) == here.quotes(HIGH) == []
    with here.asked_meanwhile():
        bridge.write_text(BRIDGE.format(year=1931))
        tower.write_text(TOWER)
        here.command("add", here.docs)
        assert here.titles() == bundled | {"bridge.txt", "tower.txt"}
        assert "1931" in here.quotes(BUILT)[0]
        assert "48 metres" in here.quotes(HIGH)[0]

        bridge.write_text(BRIDGE.format(year=1958))
        assert "replaced" in here.command("add", here.docs)
        assert "1958" in here.quotes(BUILT)[0]
        assert not any("1931" in quote for quote in here.quotes(BUILT))
        assert here.titles() == bundled | {"bridge.txt", "tower.txt"}

        tower.unlink()
        assert "removed" in here.command("remove", "tower.txt")
        assert here.quotes(HIGH) == []
        assert here.titles() == bundled | {"bridge.txt"}

        bridge.unlink()
        assert "removed" in here.command("add", here.docs)
        assert here.quotes(BUILT) == []
        assert here.titles() == bundled


def test_a_server_goes_on_with_an_index_that_a_command_rebuilt(here: Served) -> None:
    """Of damaged vectors its questions notice nothing; a destroyed index is a plain error until it is made anew."""
    (here.docs / "bridge.txt").write_text(BRIDGE.format(year=1931))
    here.command("add", here.docs)
    assert "1931" in here.quotes(BUILT)[0]
    before = here.titles()
    with here.asked_meanwhile():
        for path in here.library.glob("vectors-*"):
            path.write_bytes(path.read_bytes()[:-100])
        here.command("doctor", code=1)
        here.command("doctor", "--repair")
        assert "1931" in here.quotes(BUILT)[0]
    (here.library / "index.sqlite").unlink()  # what is open would go on for a while from what was read of it
    (here.library / "index.sqlite").write_bytes(b"no database" * 1000)
    status, problem = here.asked(BUILT)
    assert status == 500
    assert "quoth doctor" in problem["detail"]
    here.command("doctor", "--repair")
    here.command("doctor")
    with here.asked_meanwhile():
        assert here.titles() == before
        assert "1931" in here.quotes(BUILT)[0]
        (here.docs / "bridge.txt").unlink()
        (here.docs / "tower.txt").write_text(TOWER)
        here.command("add", here.docs)
        assert here.quotes(BUILT) == []
        assert "48 metres" in here.quotes(HIGH)[0]
