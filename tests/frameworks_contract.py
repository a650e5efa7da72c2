"""What every adapter of a framework promises, as tests: inherit, say how the framework is asked, and each is checked.

Offsets, hashes and scores arrive as the library gave them; a refusal arrives as a refusal; nothing calls home.
"""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quoth.corpus import BadQuestion, BadRequest, DocumentId, sha256_of_text
from quoth.qa import Abstention, Answer, Library, Receipt, Source, verify_records
from quoth.qa.asking import Asker
from quoth.ui.plain import as_json
from quoth.ui.record import answer_record, quote_record
from small_encoder import HashingEncoder
from small_library import SmallLibrary, small_library
from strategies import visible_texts

SCHEMA = Draft202012Validator(json.loads((files("quoth.ui") / "answer.schema.json").read_text(encoding="utf-8")))
_TWICE = "The waterfall of Gullfoss freezes at Christmas in Iceland."
_FILLER = " ".join(f"Basalt columns number {number} stand beside a glacier." for number in range(40))
TEXTS = {
    "café.md": "# Naïve 😀\n\nThe naïve café 😀 opens at nine in Žďár.\n",
    "ferry.txt": "\ufeffMany boats call here.\r\nThe ferry to Skye leaves Mallaig at nine 👩\u200d👧.\r\nE\u0301!\r\n",
    "echo.txt": f"{_TWICE}\n\n{_FILLER}\n\n{_TWICE}\n",
    "東京.txt": "会議は東京で開かれた。議題はエネルギーだった。\n",
}
CAFE = "When does the naïve café open in Žďár?"
FERRY = "When does the ferry to Skye leave Mallaig?"
ECHO = "When does the waterfall of Gullfoss freeze in Iceland?"
UNKNOWN = "Which poet wrote Hamlet?"
FOLLOW_UP = "And when did he write it?"
ANSWERED = {CAFE: "café.md", FERRY: "ferry.txt", ECHO: "echo.txt"}
PLAIN = (str, int, float, bool, type(None))


class WillingLibrary(SmallLibrary):
    """Quotes something for every question that has words: to see quotes of any text."""

    def _asker(self) -> Asker:
        asker = super()._asker()
        return replace(asker, judge=replace(asker.judge, threshold=0.0))


@dataclass(frozen=True, slots=True)
class Given:
    """One thing as the framework handed it over: its text, the place it claims, and what is said of it."""

    id: str
    text: str
    start: int
    stop: int
    document: str
    score: float
    metadata: Mapping[str, Any]


def rebuilt(given: Given) -> dict[str, Any]:
    """The quote of the answer record, made of the text and the flat metadata again."""
    flat = given.metadata
    first, last = flat["highlight_start"], flat["highlight_stop"]
    return {
        "text": given.text,
        "highlight": None if first is None else {"start": first, "stop": last},
        "source": {field.name: flat[field.name] for field in fields(Source)},
        "score": flat["score"],
        "confidence": flat["confidence"],
        "verified": flat["verified"],
        "occurrence": {"index": flat["occurrence_index"], "of": flat["occurrence_of"]},
        "receipt": {field.name: flat[field.name] for field in fields(Receipt)},
    }


def id_of(library: Library, name: str) -> DocumentId:
    (found,) = (document.id for document in library.documents() if document.uri == f"upload:{name}")
    return found


def check_place(library: Library, given: Given) -> None:
    """The law: these characters stand there, and the hashes are those of the document and of the words."""
    document = library.document(DocumentId(given.document))
    assert document.text[given.start : given.stop] == given.text
    assert (given.metadata["start"], given.metadata["stop"]) == (given.start, given.stop)
    assert given.metadata["document"] == document.id
    assert given.metadata["document_sha256"] == document.file_sha256
    assert given.metadata["text_sha256"] == sha256_of_text(document.text)
    assert given.metadata["quote_sha256"] == sha256_of_text(given.text)
    assert given.metadata["extractor"] == document.extractor
    assert given.metadata["score"] == given.score
    assert given.id == f"{document.id}:{given.start}-{given.stop}"
    assert all(isinstance(value, PLAIN) for value in given.metadata.values())


class FrameworkContract(ABC):
    """How the framework is asked: `refusals` collects the answer record of every abstention that it hands over."""

    @abstractmethod
    def ask(
        self,
        library: Library,
        question: str,
        *,
        most: int = 3,
        documents: Sequence[str] | None = None,
        refusals: list[dict[str, Any]] | None = None,
    ) -> list[Any]:
        """What the framework gives, in its own types."""

    @abstractmethod
    async def ask_async(
        self,
        library: Library,
        question: str,
        *,
        documents: Sequence[str] | None = None,
        refusals: list[dict[str, Any]] | None = None,
    ) -> list[Any]:
        """The same, awaited."""

    @abstractmethod
    def read(self, thing: Any) -> Given:
        """One of the framework's own things, as `Given`."""

    @abstractmethod
    def copies(self, thing: Any) -> Iterator[Any]:
        """The thing after every way in which the framework stores or sends it."""

    @pytest.fixture(autouse=True)
    def offline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who tries to reach anybody fails."""

        def refuse(*_: object, **__: object) -> None:
            raise AssertionError("somebody called home")

        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket.socket, "connect_ex", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

    @pytest.fixture(scope="class")
    @classmethod
    def library(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
        with small_library(tmp_path_factory.mktemp("contract") / "library", TEXTS) as library:
            yield library

    @pytest.mark.parametrize("question", ANSWERED)
    def test_quotes_arrive_as_the_library_gave_them(self, library: Library, question: str) -> None:
        outcome = library.ask(question)
        assert isinstance(outcome, Answer)
        things = [self.read(thing) for thing in self.ask(library, question)]
        assert [rebuilt(one) for one in things] == [quote_record(quote) for quote in outcome.quotes]
        assert [one.score for one in things] == [quote.score for quote in outcome.quotes]
        assert all(one.metadata["kind"] == "quote" for one in things)
        for one in things:
            check_place(library, one)

    @pytest.mark.parametrize("question", ANSWERED)
    def test_what_arrived_can_be_verified_with_nothing_but_the_documents(self, library: Library, question: str) -> None:
        outcome = library.ask(question)
        quotes = [rebuilt(self.read(thing)) for thing in self.ask(library, question)]
        record = answer_record(outcome) | {"quotes": quotes, "comparisons": []}
        SCHEMA.validate(record)
        assert all(verdict.ok for verdict in verify_records([as_json(record)], library.document))

    @settings(
        deadline=None,
        max_examples=25,
        suppress_health_check=[HealthCheck.differing_executors, HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(visible_texts, min_size=1, max_size=2, unique=True))
    def test_offsets_survive_in_any_text(self, texts: list[str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            library = WillingLibrary.create(Path(folder) / "library", encoder=HashingEncoder())
            with library:
                library.add_files((f"{number}.txt", text.encode()) for number, text in enumerate(texts))
                assume(library.documents())
                asked = texts[0].strip()[:60] + " word"
                for thing in self.ask(library, asked, most=5):
                    check_place(library, self.read(thing))
                    for copy in self.copies(thing):
                        check_place(library, self.read(copy))

    def test_copies_are_equal(self, library: Library) -> None:
        for question in ANSWERED:
            for thing in self.ask(library, question):
                copies = list(self.copies(thing))
                assert len(copies) >= 2
                assert all(self.read(copy) == self.read(thing) for copy in copies)

    def test_the_same_question_gives_the_same(self, library: Library) -> None:
        first, second = ([self.read(thing) for thing in self.ask(library, ECHO)] for _ in range(2))
        assert first == second

    def test_words_that_stand_twice_say_which_place_is_meant(self, library: Library) -> None:
        (one,) = (self.read(thing) for thing in self.ask(library, ECHO, most=1))
        text = library.document(DocumentId(one.document)).text
        assert one.metadata["occurrence_of"] == text.count(one.text) == 2
        assert one.start == (text.find(one.text), text.rfind(one.text))[one.metadata["occurrence_index"] - 1]

    def test_a_refusal_is_nothing_and_its_record_is_told(self, library: Library) -> None:
        outcome = library.ask(UNKNOWN)
        assert isinstance(outcome, Abstention)
        assert outcome.nearest, "there is something weak that could be handed over by mistake"
        refusals: list[dict[str, Any]] = []
        assert self.ask(library, UNKNOWN, refusals=refusals) == []
        (record,) = refusals
        SCHEMA.validate(record)
        assert record | {"elapsed_ms": 0} == answer_record(outcome) | {"elapsed_ms": 0}

    def test_an_answer_tells_of_no_refusal(self, library: Library) -> None:
        refusals: list[dict[str, Any]] = []
        assert self.ask(library, CAFE, refusals=refusals)
        assert refusals == []

    def test_an_empty_library_refuses(self, tmp_path: Path) -> None:
        refusals: list[dict[str, Any]] = []
        with small_library(tmp_path / "empty", {}) as empty:
            assert self.ask(empty, CAFE, refusals=refusals) == []
        assert "no documents" in refusals[0]["abstention"]["reason"]

    @pytest.mark.parametrize("name_of", [lambda _, name: name, lambda _, name: Path(name).stem, id_of])
    def test_only_the_documents_named_are_searched(
        self, library: Library, name_of: Callable[[Library, str], str]
    ) -> None:
        for question, name in ANSWERED.items():
            inside = self.ask(library, question, documents=[name_of(library, name)])
            assert {self.read(thing).document for thing in inside} == {id_of(library, name)}
            others = [name_of(library, other) for other in TEXTS if other != name]
            refusals: list[dict[str, Any]] = []
            assert self.ask(library, question, documents=others, refusals=refusals) == []
            assert refusals[0]["abstention"]["outside_filter"]["source"]["document"] == id_of(library, name)

    def test_no_document_named_is_none_searched(self, library: Library) -> None:
        refusals: list[dict[str, Any]] = []
        assert self.ask(library, CAFE, documents=[], refusals=refusals) == []
        assert len(refusals) == 1

    def test_a_document_that_is_not_there_is_an_error_and_no_refusal(self, library: Library) -> None:
        with pytest.raises(BadRequest, match=r"café\.txt"):
            self.ask(library, CAFE, documents=["café.txt"])

    def test_the_library_says_what_it_cannot_take(self, library: Library) -> None:
        with pytest.raises(BadQuestion):
            self.ask(library, "  ")
        with pytest.raises(BadRequest):
            self.ask(library, CAFE, most=0)

    @pytest.mark.parametrize("most", [1, 2])
    def test_no_more_than_asked_for(self, library: Library, most: int) -> None:
        with WillingLibrary.open(library.folder, encoder=HashingEncoder()) as willing:
            assert len(self.ask(willing, CAFE, most=most)) == most

    def test_awaited_it_is_the_same(self, library: Library) -> None:
        async def all_at_once() -> list[list[Any]]:
            return list(await asyncio.gather(*(self.ask_async(library, question) for question in [*ANSWERED] * 3)))

        for question, things in zip([*ANSWERED] * 3, asyncio.run(all_at_once()), strict=True):
            assert [self.read(thing) for thing in things] == [self.read(one) for one in self.ask(library, question)]

    def test_awaited_refusals_and_filters_are_the_same(self, library: Library) -> None:
        refusals: list[dict[str, Any]] = []
        assert asyncio.run(self.ask_async(library, UNKNOWN, refusals=refusals)) == []
        assert asyncio.run(self.ask_async(library, CAFE, documents=["ferry.txt"], refusals=refusals)) == []
        assert [record["question"] for record in refusals] == [UNKNOWN, CAFE]
        assert all(SCHEMA.is_valid(record) for record in refusals)

    def test_the_event_loop_goes_on_meanwhile(self, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
        """While the library works, in another thread, the loop gets to do what lets it finish."""
        began, go_on = threading.Event(), threading.Event()
        ask = library.ask

        def waiting(*arguments: Any, **options: Any) -> Answer | Abstention:
            began.set()
            assert go_on.wait(timeout=30), "the event loop stood still"
            return ask(*arguments, **options)

        async def both() -> list[Any]:
            asked = asyncio.ensure_future(self.ask_async(library, CAFE))
            await asyncio.to_thread(began.wait)
            go_on.set()
            return await asked

        monkeypatch.setattr(library, "ask", waiting)
        assert asyncio.run(both())


class SearchContract(ABC):
    """What adapters promise that give ranked passages too."""

    @abstractmethod
    def search(
        self, library: Library, question: str, *, most: int = 3, documents: Collection[str] | None = None
    ) -> list[Any]:
        """What the framework gives in mode "search"."""

    @abstractmethod
    def read(self, thing: Any) -> Given:
        """One of the framework's own things, as `Given`."""

    @pytest.mark.parametrize("question", [*ANSWERED, UNKNOWN])
    def test_passages_arrive_as_ranked_and_are_called_passages(self, library: Library, question: str) -> None:
        hits = library.search(question, 3)
        things = [self.read(thing) for thing in self.search(library, question)]
        assert [(one.text, one.start, one.score) for one in things] == [
            (hit.text, hit.source.start, hit.score) for hit in hits
        ]
        for one, hit in zip(things, hits, strict=True):
            check_place(library, one)
            assert (one.metadata["kind"], one.metadata["dense"], one.metadata["lexical"]) == (
                "passage",
                hit.dense,
                hit.lexical,
            )
            assert {"confidence", "verified", "occurrence_of"}.isdisjoint(one.metadata), "nobody judged or checked it"

    @settings(
        deadline=None,
        max_examples=15,
        suppress_health_check=[HealthCheck.differing_executors, HealthCheck.function_scoped_fixture],
    )
    @given(st.lists(visible_texts, min_size=1, max_size=2, unique=True))
    def test_passages_keep_their_offsets_in_any_text(self, texts: list[str]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            uploads = {f"{number}.txt": text for number, text in enumerate(texts)}
            with small_library(Path(folder) / "library", uploads) as library:
                for thing in self.search(library, "word", most=20):
                    check_place(library, self.read(thing))

    def test_the_same_words_elsewhere_are_another_passage(self, tmp_path: Path) -> None:
        with small_library(tmp_path / "twins", {"one.txt": f"{_TWICE}\n", "two.txt": f"{_TWICE}\n\n"}) as twins:
            things = [self.read(thing) for thing in self.search(twins, ECHO)]
        assert [one.text for one in things] == [_TWICE] * 2
        assert len({one.id for one in things}) == 2

    def test_only_the_documents_named_are_ranked(self, library: Library) -> None:
        found = self.search(library, CAFE, most=20, documents=["ferry.txt"])
        assert {self.read(thing).document for thing in found} == {id_of(library, "ferry.txt")}
        assert self.search(library, CAFE, documents=[]) == []
