"""The three systems that are measured, behind one method: Quoth itself, BM25 alone, MiniLM alone."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np

from quoth.corpus import BadQuestion, DocumentId, Passage, Splitting, read_bytes, split
from quoth.index.export import carry_encoder
from quoth.qa import Answer, Library
from quoth.qa.wording import LONGEST_QUESTION

from .baselines import Bm25, Dense, Ranker, best_window
from .data import ROOT, Question, TextSet, rows
from .disk_encoder import default_encoder
from .progress import Progress

__all__ = ["BM25", "MINILM", "QUOTH", "SYSTEMS", "Bench", "Place", "Plan", "Response"]

QUOTH, BM25, MINILM = "Quoth", "BM25 alone", "MiniLM alone"
SYSTEMS = (QUOTH, BM25, MINILM)


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `stop` of a document."""

    document: DocumentId
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Response:
    """What a system gave for one question. `quotes` are those of an answer, or the nearest ones of a refusal, best
    first; `score` is the best one's; `passages` the ranked ones.
    """

    question: str
    answered: bool
    score: float
    quotes: tuple[Place, ...]
    passages: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What every question is asked for: how many quotes (0: none at all) and how many ranked passages, and how the
    conversation before it is used: not at all, by Quoth ("completed"), or put before the question ("joined").
    """

    quotes: int
    passages: int
    conversation: Literal["", "completed", "joined"] = ""

    def asked(self, question: Question) -> str:
        """The words that are searched for."""
        return " ".join([*question.history, question.text]) if self.conversation == "joined" else question.text

    def history(self, question: Question) -> tuple[str, ...]:
        """What Quoth is told of the conversation."""
        return question.history if self.conversation == "completed" else ()


class System(Protocol):
    """Something that answers."""

    def respond(self, question: Question, plan: Plan) -> Response:
        """Ask one question."""
        ...


@dataclass(frozen=True, slots=True)
class QuothSystem:
    """The product, through its front door, at its default settings."""

    library: Library

    def respond(self, question: Question, plan: Plan) -> Response:
        """See `System.respond`. A question without a letter or digit ends in an error, which is a refusal too."""
        try:
            asked, history = plan.asked(question)[-LONGEST_QUESTION:], plan.history(question)
            hits = self.library.search(asked, k=plan.passages, history=history)
            reply = self.library.ask(asked, quotes=plan.quotes, history=history) if plan.quotes else None
        except BadQuestion:
            return Response(question.id, False, 0.0, (), ())
        passages = tuple(Place(hit.source.document, hit.source.start, hit.source.stop) for hit in hits)
        if reply is None:
            return Response(question.id, True, hits[0].score if hits else 0.0, (), passages)
        quotes = reply.quotes if isinstance(reply, Answer) else reply.nearest
        places = tuple(Place(quote.source.document, quote.source.start, quote.source.stop) for quote in quotes)
        best = max((quote.score for quote in quotes), default=0.0)
        return Response(question.id, isinstance(reply, Answer), best, places, passages)


@dataclass(frozen=True, slots=True)
class Baseline:
    """A ranker alone; it answers always."""

    ranker: Ranker
    passages: Sequence[Passage]

    def respond(self, question: Question, plan: Plan) -> Response:
        """See `System.respond`."""
        asked = plan.asked(question)
        scores = self.ranker.passages(asked)
        order = [int(at) for at in np.argsort(-scores, kind="stable")[: max(plan.passages, plan.quotes)]]
        ranked = [self.passages[at] for at in order]
        windows = [best_window(self.ranker, asked, passage) for passage in ranked[: plan.quotes]]
        quotes = (Place(p.document, w.start, w.stop) for p, w in zip(ranked, windows, strict=False))
        found = (_trimmed(passage) for passage in ranked[: plan.passages])
        best = float(scores[order[0]]) if order else -math.inf
        return Response(question.id, True, best, tuple(quotes), tuple(found))


_WAYS = (Plan(0, 1), Plan(0, 1, "joined"))


def _trimmed(passage: Passage) -> Place:
    """The passage without white space at its edges, as Quoth shows its own."""
    lead = len(passage.text) - len(passage.text.lstrip())
    return Place(passage.document, passage.start + lead, passage.start + lead + len(passage.text.strip()))


class Bench:
    """One data set with everything built from it, kept under `folder` for the next run of the same code."""

    def __init__(self, chosen: TextSet, folder: Path) -> None:
        self.set = chosen
        self._folder = folder / f"{chosen.name}-{len(chosen.files)}" / code_digest()
        _forget_older(self._folder)
        self.encoder = default_encoder()
        documents = [read_bytes(data, name) for name, data in chosen.files]
        self.texts: Mapping[DocumentId, str] = {document.id: document.text for document in documents}
        distinct = {document.id: document for document in documents}.values()
        self.passages = [passage for document in distinct for passage in split(document, Splitting())]
        self._names = chosen.names()
        self._ids = {name: known for known, names in self._names.items() for name in names}

    def names(self, document: DocumentId) -> tuple[str, ...]:
        """What the set calls a document."""
        return self._names[document]

    def golds(self, question: Question) -> list[Place]:
        """The gold spans of a question, those in documents left out of this set excepted."""
        known = [gold for gold in question.golds if gold.document in self._ids]
        return [Place(self._ids[gold.document], gold.start, gold.stop) for gold in known]

    def text(self, place: Place) -> str:
        """The words at a place."""
        return self.texts[place.document][place.start : place.stop]

    def responses(self, plan: Plan) -> dict[str, list[Response]]:
        """What every system gives for every question, by system, in the order of the questions."""
        return {name: list(self._responses(name, plan)) for name in SYSTEMS}

    def quoth(self, plan: Plan) -> list[Response]:
        """What Quoth alone gives."""
        return list(self._responses(QUOTH, plan))

    def library(self) -> Library:
        """The set's library, built where it is not there yet."""
        place = self._folder / "library"
        with Library.create(place, encoder=self.encoder) as library:
            if not library.documents():
                library.add_files(self.set.files)
            stamp = library.stamp
        if (stamp.documents, stamp.passages) != (len(self.texts), len(self.passages)):
            shutil.rmtree(place)
            raise SystemExit(f"{self.set.name}: the library holds {stamp}, not what was given; run again to rebuild it")
        return Library.open(place, encoder=self.encoder)

    def carrying_library(self) -> Path:
        """The set's library as anyone would have it, with an encoder of its own that remembers nothing."""
        self.library().close()
        carry_encoder(self._folder / "library" / "encoder")
        return self._folder / "library"

    def _system(self, name: str) -> System:
        if name == QUOTH:
            return QuothSystem(self.library())
        if name == BM25:
            return Baseline(Bm25([passage.text for passage in self.passages]), self.passages)
        dense = Dense(self.encoder, self.encoder.encode_passages([passage.text.strip() for passage in self.passages]))
        dense.prepare([way.asked(question) for question in self.set.questions for way in _WAYS])
        return Baseline(dense, self.passages)

    def _responses(self, name: str, plan: Plan) -> Iterator[Response]:
        """Those asked before in this very code are read back, the others asked now."""
        file = self._folder / f"{name.split()[0]}-{plan.quotes}-{plan.passages}{plan.conversation}.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        known = {response.question: response for response in read_responses(file)}
        missing = [question for question in self.set.questions if question.id not in known]
        if missing:
            system, progress = self._system(name), Progress(f"{self.set.name}, {name}", len(missing))
            with file.open("a", encoding="utf-8") as lines:
                for question in missing:
                    known[question.id] = system.respond(question, plan)
                    lines.write(response_line(known[question.id]))
                    progress.advance()
        return (known[question.id] for question in self.set.questions)


def code_digest() -> str:
    """Changes with every file that can change an answer: the rooms' code and data, and the baselines'."""
    digest = hashlib.blake2b(digest_size=8)
    files = [path for room in ("corpus", "index", "qa") for path in (ROOT / room).rglob("*") if path.is_file()]
    for path in sorted([*files, *(ROOT / "benchmarks" / name for name in ("baselines.py", "systems.py", "data.py"))]):
        if path.suffix != ".pyc":
            digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _forget_older(folder: Path) -> None:
    """What other code built from the same set would only fill the disk."""
    for other in folder.parent.glob("*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def response_line(response: Response) -> str:
    """A response as a line of JSON."""
    parts = (response.quotes, response.passages)
    places = [[[place.document, place.start, place.stop] for place in part] for part in parts]
    return json.dumps([response.question, response.answered, response.score, *places]) + "\n"


def read_responses(file: Path) -> Iterable[Response]:
    """The responses kept in `file`; a last line that an interruption cut off is dropped, from the file too."""
    if not file.exists():
        return
    complete = file.read_text(encoding="utf-8").rpartition("\n")[0]
    file.write_text(complete + "\n" if complete else "", encoding="utf-8")
    for question, answered, score, quotes, passages in rows(file):
        yield Response(question, answered, score, _places(quotes), _places(passages))


def _places(values: Sequence[Sequence[Any]]) -> tuple[Place, ...]:
    return tuple(Place(DocumentId(document), start, stop) for document, start, stop in values)
