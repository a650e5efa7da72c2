"""How a follow-up question is best completed, measured on follow-ups made by machine from public questions.

    python training/follow_ups.py --data ../shared/data [--table docs/follow-ups.md]

Two answerable questions of one validation article of SQuAD 2, the second cut short: the words that it shares with the
first become a pronoun. They are asked over the two articles alone, and over the library that the judge is fitted on.
Printed is how often the first quote holds a gold answer, by rule. Nothing that the project reports on is used.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fit_judge import Query, gather

from quoth.corpus import Document, DocumentId
from quoth.index import tokens
from quoth.qa import Library
from quoth.qa.asking import Asker
from quoth.qa.choosing import Candidate, Question, choose
from quoth.qa.wording import Wording, completed

_BEGIN, _END = "<!-- made by training/follow_ups.py -->", "<!-- end -->"
_HITS = 8
_PAIRS = 40
_NEAR = 8  # questions between the two at most


@dataclass(frozen=True, slots=True)
class FollowUp:
    """`bare` is `whole` with what it shares with `before` turned into a pronoun."""

    before: str
    bare: str
    whole: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """A candidate quote under one wording of the question: its text, and the judge's log odds by wording and bare."""

    text: str
    worded: float
    bare: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--table", type=Path, help="write the figures between the two marks of this file")
    arguments = parser.parse_args()
    texts, queries = gather(arguments.data)
    made = list(_made([query for query in queries if query.source == "squad2_dev_a" and query.answers]))
    chosen = random.Random(7).sample(made, min(_PAIRS, len(made)))
    homes = {query.home for query in queries if query.source == "squad2_dev_a"}
    libraries = {"two articles": [texts[home] for home in sorted(homes)], "all texts": texts}
    found = {name: _measured(chosen, library) for name, library in libraries.items()}
    table = "\n".join(_table(found))
    print(table)
    if arguments.table is not None:
        before, _, rest = arguments.table.read_text(encoding="utf-8").partition(_BEGIN)
        parts = (before, _BEGIN, "\n\n", table, "\n\n", _END, rest.partition(_END)[2])
        arguments.table.write_text("".join(parts), encoding="utf-8")


def _table(found: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """A line a rule, a column a library."""
    counts = next(iter(found.values()))["n"]
    yield f"First quote holds a gold answer, n = {counts:.0f}:"
    yield ""
    yield "| rule | " + " | ".join(found) + " |"
    yield "|---|" + "---:|" * len(found)
    for rule in next(iter(found.values())):
        if rule != "n":
            yield f"| {rule} | " + " | ".join(f"{rates[rule]:.3f}" for rates in found.values()) + " |"


def _made(queries: Sequence[Query]) -> Iterator[FollowUp]:
    for at, query in enumerate(queries):
        for before in queries[max(0, at - _NEAR) : at]:
            bare = _cut_short(before.question, query.question) if before.home == query.home else None
            if bare is not None:
                yield FollowUp(before.question, bare, query.question, query.answers)
                break


def _cut_short(before: str, question: str) -> str | None:
    """`question` with its longest run of words that `before` has too as a pronoun; None when they share no name."""
    words, known = question.rstrip("? ").split(), set(tokens(before))
    runs: list[tuple[int, int]] = []
    for start in range(1, len(words)):
        stop = start
        while stop < len(words) and set(tokens(words[stop])) <= known:
            stop += 1
        if any(word[:1].isupper() for word in words[start:stop]):
            runs.append((start, stop))
    if not runs:
        return None
    start, stop = max(runs, key=lambda run: run[1] - run[0])
    pronoun = "they" if words[stop - 1].endswith("s") else "it"
    return " ".join([*words[:start], pronoun, *words[stop:]]) + "?"


def _measured(asked: Sequence[FollowUp], texts: Sequence[str]) -> dict[str, float]:
    rights: dict[str, list[bool]] = {}
    with tempfile.TemporaryDirectory() as scratch, Library.create(scratch) as library:
        library.add_files((f"{n}.txt", text.encode()) for n, text in enumerate(texts))
        asker = library._asker()
        for one in asked:
            for rule, text in _first_quotes(asker, one):
                rights.setdefault(rule, []).append(any(answer in text for answer in one.answers))
    return {"n": len(asked)} | {rule: round(sum(found) / len(found), 4) for rule, found in rights.items()}


def _first_quotes(asker: Asker, one: FollowUp) -> Iterator[tuple[str, str]]:
    """The text of the first quote, by every rule that was tried."""
    words = completed(one.bare, (one.before,))
    title = f"{one.bare} {_title(asker, one.before)}"
    bare, by_words, by_title = (_reads(asker, (option,), one.bare) for option in (one.bare, words, title))
    yield "the last turn alone", _first(bare, _worded)
    yield "all turns joined", _first(_reads(asker, (f"{one.before} {one.bare}",), one.bare), _worded)
    yield "completed by the previous content words", _first(by_words, _worded)
    yield "completed by the title of the document before", _first(by_title, _worded)
    yield "best of these by the judge's score", _first(max(bare, by_words, by_title, key=_best(_worded)), _worded)
    yield "best of these by both scores", _first(max(bare, by_words, by_title, key=_best(_both)), _both)
    mixed = _reads(asker, (one.bare, words), one.bare)
    yield "searched half way, ranked as completed", _first(mixed, _worded)
    yield "searched half way, ranked by both (shipped)", _first(mixed, _both)
    yield "the whole question, which nobody has", _first(_reads(asker, (one.whole,), one.whole), _worded)


def _worded(read: Read) -> float:
    return read.worded


def _both(read: Read) -> float:
    return read.worded + read.bare


def _best(score: Callable[[Read], float]) -> Callable[[Sequence[Read]], float]:
    return lambda reads: max(map(score, reads))


def _first(reads: Sequence[Read], score: Callable[[Read], float]) -> str:
    return max(reads, key=score).text


def _title(asker: Asker, question: str) -> str:
    """Of the document that the search finds for a question."""
    hits = asker.search(Wording(question, question), 1, None)
    return asker.lookup(hits[0].passage.document).title


def _reads(asker: Asker, options: Sequence[str], bare: str) -> list[Read]:
    """Candidates found by the words of the last option and by the mean vector of all of them."""
    vector = asker.encoder.encode_questions(list(options)).mean(axis=0)
    found = asker.index.search(options[-1], _HITS, None, vector)
    texts = {hit.passage.document: asker.lookup(hit.passage.document) for hit in found}
    worded, plain = (
        choose(Question(wording, asker.index.word_weights(wording)), found, texts, asker.reader)
        for wording in (options[-1], bare)
    )
    return [Read(_text(texts, a), _logit(asker, a), _logit(asker, b)) for a, b in zip(worded, plain, strict=True)]


def _text(texts: dict[DocumentId, Document], candidate: Candidate) -> str:
    return texts[candidate.document].text[candidate.span.start : candidate.span.stop]


def _logit(asker: Asker, candidate: Candidate) -> float:
    probability = asker.judge.score(candidate.features)
    return math.log(probability / (1 - probability))


if __name__ == "__main__":
    main()
