"""Quoth beside other libraries, in the same run: the same documents, the same MiniLM, the same questions.

Every one runs its own quick-start (benchmarks/peers/NAME_peer.py) as processes of its own, in an environment of its
own (benchmarks/peers/environments.py); their environments and models are made before anything is timed.
"""

from __future__ import annotations

import json
import random
import shutil
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from quoth.index.minilm import minilm_folder

from .data import HELD_OUT, KEPT, Question, TextSet, read_articles, read_set, rows
from .peers.command_line import facts_file
from .peers.environments import PEERS, QUOTH, Peer, Place, own_place, peer_place, room
from .peers_tables import Measured, Reply, quality_table, ratio_table, raw_table
from .speed import Usage, run
from .suites import SEED, Absent, Found, Run
from .tables import Table

__all__ = ["peers", "sampled"]

_ANSWERABLE, _UNANSWERABLE, _ROUNDS = 300, 100, 3
_QUICK = 40
_WARM_UP = 3
_ABOUT = (
    "Each as its documented quick-start has it, with its own defaults for splitting, storing and how much it returns "
    "(benchmarks/peers says which page); only the model is the same for all: all-MiniLM-L6-v2. No language model is "
    "called: what is compared is what comes back before one would see it. Quoth does more for a question than the "
    "others: besides searching it reads the passages, chooses the words to quote, judges whether they answer, and may "
    "refuse.",
)


@dataclass
class _Runner:
    """One of the compared, with what was measured of it so far."""

    peer: Peer
    place: Place
    folder: Path
    found: Measured = field(init=False)

    def __post_init__(self) -> None:
        self.found = Measured(self.peer.label, installed=self.place.megabytes)

    def ingest(self, texts: Path) -> tuple[Usage, int]:
        """A new store, and how many passages it has."""
        shutil.rmtree(self.store, ignore_errors=True)
        usage = self._run("ingest", texts, self.store, self.place.model)
        return usage, int(json.loads(facts_file(self.store).read_text(encoding="utf-8"))["passages"])

    def ask(self, questions: Sequence[Question]) -> tuple[Usage, list[Reply]]:
        """The replies of one new process."""
        asked, out = self.folder / "questions.jsonl", self.folder / "replies.jsonl"
        lines = (json.dumps({"id": one.id, "question": one.text}, ensure_ascii=False) for one in questions)
        asked.write_text("\n".join(lines) + "\n", encoding="utf-8")
        usage = self._run("ask", self.store, self.place.model, asked, out)
        return usage, [Reply(row["id"], row["answered"], tuple(row["texts"]), row["seconds"]) for row in rows(out)]

    @property
    def store(self) -> Path:
        """Where its store is."""
        return self.folder / "store"

    def _run(self, *arguments: str | Path) -> Usage:
        self.folder.mkdir(parents=True, exist_ok=True)
        module = f"benchmarks.peers.{self.peer.name}_peer"
        usage = run((str(self.place.python), "-m", module, *map(str, arguments)), cache=self.folder.parent / "cache")
        sys.stderr.write(f"  {self.peer.label}, {arguments[0]}: {usage.seconds:.1f} s, {usage.memory:.0f} MB\n")
        return usage


def peers(run: Run) -> Found:
    """The suite."""
    everything = read_set(run.data / "squad2_dev_a")
    if everything is None:
        raise Absent(f"{run.data / 'squad2_dev_a'} is not there")
    # What takes minutes to install serves quick runs and those of record.
    kept, folder = KEPT / "peers", run.kept / "peers"
    model = minilm_folder()
    places = {QUOTH: own_place(model, kept)} | {peer: peer_place(peer, model, kept) for peer in PEERS}
    missing = [peer.label for peer, place in places.items() if place is None]
    runners = [_Runner(peer, place, folder / peer.name) for peer, place in places.items() if place is not None]
    tables: list[Table] = []
    if not run.quick:
        tables.append(_articles(runners, folder))
    chosen = sampled(everything, quick=run.quick)
    first = _first_time(runners[0], _texts(chosen, folder), folder / "cache")
    _measure(runners, chosen, folder, 1 if run.quick else _ROUNDS)
    found = [runner.found for runner in runners]
    versions = [runner.place.versions for runner in runners]
    characters = sum(len(data.decode()) for _, data in chosen.files)
    about = (*_ABOUT, _said(chosen, characters))
    front = (
        ratio_table(found, chosen.questions, missing),
        raw_table(found, characters, first, versions),
        quality_table("Questions on the four articles kept aside", found, chosen.questions),
    )
    return Found("Beside other libraries", about, (*front, *tables))


def sampled(everything: TextSet, *, quick: bool) -> TextSet:
    """Questions about the articles kept aside, three answerable for one that is not, in one fixed order; all the
    documents, or only those four when quick.
    """
    aside = everything.only(HELD_OUT, files_too=quick)
    draws = random.Random(SEED)
    parts = []
    for answerable, most in ((True, _ANSWERABLE), (False, _UNANSWERABLE)):
        some = [question for question in aside.questions if question.answerable == answerable]
        wanted = most * _QUICK // (_ANSWERABLE + _UNANSWERABLE) if quick else most
        parts += draws.sample(some, min(wanted, len(some)))
    draws.shuffle(parts)
    return replace(aside, questions=tuple(parts))


def _texts(chosen: TextSet, folder: Path) -> Path:
    """A folder with just the set's documents."""
    place = folder / "texts" / chosen.name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name, data in chosen.files:
        (place / name).write_bytes(data)
    return place


def _articles(runners: list[_Runner], folder: Path) -> Table:
    """Answers on the bundled articles; not timed, so this also warms what the system keeps of files."""
    chosen = read_articles()
    texts = _texts(chosen, folder)
    found = []
    for runner in runners:
        runner.ingest(texts)
        replies = runner.ask(chosen.questions)[1]
        found.append(replace(runner.found, replies={reply.question: reply for reply in replies}))
    return quality_table("Questions on the two bundled articles", found, chosen.questions)


def _first_time(runner: _Runner, texts: Path, cache: Path) -> Usage:
    """Quoth's ingest when its encoder was never exported on this machine; what comes after finds it."""
    shutil.rmtree(cache, ignore_errors=True)
    return runner.ingest(texts)[0]


def _measure(runners: Sequence[_Runner], chosen: TextSet, folder: Path, rounds: int) -> None:
    """Ingest once each; then in rounds, each beginning with another one: a cold question, and a share of all."""
    texts = _texts(chosen, folder)
    for runner in runners:
        usage, passages = runner.ingest(texts)
        runner.found = replace(runner.found, ingest=usage, passages=passages, store=room(runner.store))
    for at in range(rounds):
        for runner in (*runners[at % len(runners) :], *runners[: at % len(runners)]):
            cold, _ = runner.ask(chosen.questions[at : at + 1])
            _, replies = runner.ask(chosen.questions[at::rounds])
            runner.found = replace(
                runner.found,
                cold=(*runner.found.cold, cold),
                warm=(*runner.found.warm, *(reply.seconds for reply in replies[_WARM_UP:])),
                replies={**runner.found.replies, **{reply.question: reply for reply in replies}},
            )


def _said(chosen: TextSet, characters: int) -> str:
    answerable = sum(question.answerable for question in chosen.questions)
    lengths = statistics.median(len(gold.text) for question in chosen.questions for gold in question.golds)
    return (
        f"{len(chosen.files)} articles, {characters:,} characters; {answerable} questions that the articles kept aside "
        f"answer (half of the gold answers have at most {lengths:.0f} characters) and "
        f"{len(chosen.questions) - answerable} that they do not."
    )
