"""Many readers while a writer changes, removes and rebuilds; and the judge of what the readers saw. No fixtures.

Every round replaces all documents in one commit, so that whatever is seen together must be of one round.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from quoth.qa import Answer, Library
from small_encoder import HashingEncoder
from small_library import SmallLibrary

__all__ = ["KEPT", "Crowd", "Seen", "crowded", "files_of", "problems_of", "read_until", "round_of_writing"]

DOCUMENTS = 9
KEPT = 7
"""The first ones are never removed."""

_MOST_ROUNDS = 400
CHILD = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parent)!r})
from crowding import child
child(*sys.argv[1:])
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A quote or a hit as a reader got it."""

    document: str
    start: int
    stop: int
    text: str


@dataclass(frozen=True, slots=True)
class Crowd:
    """What came of it: how often readers looked, and what was wrong, best nothing."""

    looks: int
    problems: tuple[str, ...]


def text_of(number: int, round: int) -> str:
    """Document `number` as it is in this round."""
    return f"The corridor number {number} crosses the sea. It was measured in round {round}.\n"


def files_of(round: int) -> list[tuple[str, bytes]]:
    """All documents of a round, by file name."""
    return [(f"{number}.txt", text_of(number, round).encode()) for number in range(DOCUMENTS)]


def _id(number: int, round: int) -> str:
    return hashlib.sha256(text_of(number, round).encode()).hexdigest()[:16]


KNOWN = {_id(number, round): (number, round) for number in range(DOCUMENTS) for round in range(_MOST_ROUNDS)}


def problems_of(seen: Sequence[Seen], *, whole: bool) -> Iterator[str]:
    """What is wrong with passages that were given together; `whole` when they must hold every document."""
    for one in seen:
        if one.document not in KNOWN:
            yield f"a document that never was: {one.document}"
            return
        if text_of(*KNOWN[one.document])[one.start : one.stop] != one.text:
            yield f"a quote that is no slice: {one.text!r}"
    rounds = sorted({KNOWN[one.document][1] for one in seen})
    if len(rounds) > 1:
        yield f"mixed generations: rounds {rounds} in one answer"
    numbers = {KNOWN[one.document][0] for one in seen}
    if whole and (lost := sorted(set(range(KEPT)) - numbers)):
        yield f"lost documents: {lost}"


def read_until(library: Library, over: Callable[[], bool]) -> Crowd:
    """Ask and search until it is `over`, three times at the least."""
    looks = 0
    problems: list[str] = []
    while (not over() or looks < 3) and not problems:
        hits = library.search("Which corridor crosses the sea?", 50)
        found = [Seen(hit.source.document, hit.source.start, hit.source.stop, hit.text) for hit in hits]
        problems += problems_of(found, whole=True)
        answer = library.ask("Which sea does the corridor cross?")
        quotes = answer.quotes if isinstance(answer, Answer) else answer.nearest
        found = [Seen(one.source.document, one.source.start, one.source.stop, one.text) for one in quotes]
        problems += problems_of(found, whole=False)
        looks += 1
    return Crowd(looks, tuple(problems))


def round_of_writing(library: Library, round: int) -> None:
    """Replace every document; take two out in every second round, rebuild in every fourth."""
    report = library.add_files(files_of(round))
    if round % 2:
        there = {record.id: KNOWN[record.id][0] for record in (*report.added, *report.replaced)}
        library.remove([id for id, number in there.items() if number >= KEPT])
    if round % 4 == 3:
        library.doctor(repair=True)


def crowded(folder: Path, rounds: range, threads: int, processes: int) -> Crowd:
    """Rounds written by a process of its own, while threads and other processes read; afterwards all must be there."""
    SmallLibrary.create(folder, encoder=HashingEncoder()).add_files(files_of(rounds.start))
    over = Event()
    writer = _started("write", folder, rounds.start + 1, rounds.stop)
    readers = [_started("read", folder) for _ in range(processes)]
    with SmallLibrary.open(folder, encoder=HashingEncoder()) as library, ThreadPoolExecutor(threads) as pool:
        looking = [pool.submit(read_until, library, over.is_set) for _ in range(threads)]
        try:
            written = writer.communicate(timeout=300)
        finally:
            over.set()
        told = [reader.communicate(input="over\n", timeout=60) for reader in readers]
        crowds = [one.result(timeout=60) for one in looking]
        problems = [*_failed(writer, written[1])]
        for reader, (said, errors) in zip(readers, told, strict=True):
            problems += _failed(reader, errors)
            if not reader.returncode:
                looks, wrong = json.loads(said)
                crowds.append(Crowd(looks, tuple(wrong)))
        crowds.append(read_until(library, lambda: True))
        if not (report := library.doctor()).healthy:
            problems.append(f"the doctor: {report}")
    return Crowd(sum(one.looks for one in crowds), (*problems, *(bad for one in crowds for bad in one.problems)))


def _started(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-c", CHILD, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _failed(process: subprocess.Popen[str], errors: str) -> Iterable[str]:
    return [f"a process ended with {process.returncode}: {errors[-900:]}"] if process.returncode else []


def child(work: str, folder: str, first: str = "0", stop: str = "0") -> None:
    """What a process of `crowded` does."""
    with SmallLibrary.open(folder, encoder=HashingEncoder()) as library:
        if work == "write":
            for round in range(int(first), int(stop)):
                round_of_writing(library, round)
            return
        over = Event()
        with ThreadPoolExecutor(1) as pool:
            looking = pool.submit(read_until, library, over.is_set)
            sys.stdin.readline()
            over.set()
            crowd = looking.result(timeout=60)
    sys.stdout.write(json.dumps([crowd.looks, crowd.problems]))
