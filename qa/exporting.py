"""The files of a finished run, written from its journal in one pass: memory does not grow with the questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import IO
from xml.sax.saxutils import quoteattr

from .evaluation import Counts
from .journal import Entry, dump, whole
from .ranking import Judged, decreasing, trec_id, trec_scores
from .reports import Refused
from .scoring import Outcome, Scored
from .verifying import Lookup, verify_records

__all__ = ["RUN_FILES", "Exported", "export"]

RUN_FILES = (
    "answers.jsonl", "scores.jsonl", "run.trec", "qrels.trec", "run.passages.trec", "qrels.passages.trec", "junit.xml",
)  # fmt: skip
_AT_ONCE = 500
_MOST_PROBLEMS = 1_000
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WRONG: Mapping[Outcome, str] = {
    "wrong quote": "the first quote holds no gold answer",
    "false refusal": "refused, though there is an answer",
    "false answer": "answered, though there is no answer",
}


class Exported:
    """What the pass counted: the numbers of every question, the quotes checked again, and the problems met."""

    __slots__ = ("broken", "checked", "counts", "problems", "untold")

    def __init__(self) -> None:
        self.counts = Counts()
        self.checked = self.broken = 0
        self.problems: list[Refused] = []
        self.untold = 0

    def tell(self, key: str, reasons: Iterable[str]) -> None:
        """Keep what is wrong with a question; of very many the number."""
        for reason in reasons:
            if len(self.problems) < _MOST_PROBLEMS:
                self.problems.append(Refused(f"question {key}", reason))
            else:
                self.untold += 1


def export(entries: Iterable[Entry], folder: Path, name: str, lookup: Lookup) -> Exported:
    """Write every file of `RUN_FILES`; each appears whole, when all are. `name` is that of the question file."""
    found = Exported()
    with ExitStack() as stack:
        files = {file: stack.enter_context(whole(folder / file)) for file in RUN_FILES}
        suite = _attribute(name)
        files["junit.xml"].write(f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name={suite}>\n')
        iterator = iter(entries)
        while batch := list(islice(iterator, _AT_ONCE)):
            documents, passages = (
                trec_scores({entry.key: judged(entry) for entry in batch if judged(entry).relevant})
                for judged in (_documents, _passages)
            )
            for entry in batch:
                values = {f"documents_{name}": value for name, value in documents.get(entry.key, {}).items()}
                values |= {f"passages_{name}": value for name, value in passages.get(entry.key, {}).items()}
                files["junit.xml"].writelines(_junit(entry, suite, _one(entry, values, files, found, lookup)))
        files["junit.xml"].write("</testsuite>\n")
    return found


def _documents(entry: Entry) -> Judged:
    return entry.documents


def _passages(entry: Entry) -> Judged:
    return entry.passages


def _one(
    entry: Entry, ranked: Mapping[str, float], files: Mapping[str, IO[str]], found: Exported, lookup: Lookup
) -> list[str]:
    """Write one question and count it; gives what is wrong with its quotes."""
    line = dump(entry.record)
    files["answers.jsonl"].write(line + "\n")
    verdicts = list(verify_records([line], lookup))
    broken = [verdict.reason for verdict in verdicts if not verdict.ok]
    found.checked += len(verdicts)
    found.broken += len(broken)
    found.tell(entry.key, (*entry.problems, *broken))
    scored = entry.scored
    full = Scored(scored.outcome, scored.answered, scored.score, scored.right, {**scored.values, **ranked})
    found.counts.add(entry.answerable, full)
    files["scores.jsonl"].write(dump(_score_record(entry, full)) + "\n")
    _trec(entry.key, entry.documents, files["run.trec"], files["qrels.trec"])
    _trec(entry.key, entry.passages, files["run.passages.trec"], files["qrels.passages.trec"])
    return broken


def _score_record(entry: Entry, scored: Scored) -> dict[str, object]:
    """A line of scores.jsonl: what `quoth compare` holds against that of another run."""
    return {
        "key": entry.key,
        "line": entry.line,
        "question": entry.record["question"],
        "answerable": entry.answerable,
        "outcome": scored.outcome,
        "answered": scored.answered,
        "score": scored.score,
        "right": scored.right,
        "golds": list(entry.golds),
        "values": dict(sorted(scored.values.items())),
        "problems": list(entry.problems),
    }


def _trec(key: str, judged: Judged, run: IO[str], qrels: IO[str]) -> None:
    """`qid Q0 docno rank sim tag` and `qid 0 docno grade`. trec_eval looks at sim and not at rank."""
    name = trec_id(key)
    for rank, (found, score) in enumerate(decreasing(judged.ranking), 1):
        run.write(f"{name} Q0 {found} {rank} {score!r} quoth\n")
    for relevant, grade in judged.relevant.items():
        qrels.write(f"{name} 0 {relevant} {grade}\n")


def _junit(entry: Entry, suite: str, broken: list[str]) -> Iterator[str]:
    """A test case a question: failed where the outcome is wrong, skipped where nothing is scored."""
    name = _attribute(f"{entry.key}: {entry.record['question']}")
    yield f"  <testcase classname={suite} name={name}>"
    if broken:
        yield f'<error type="broken quote" message={_attribute("; ".join(broken))}/>'
    elif entry.scored.outcome in _WRONG:
        yield f"<failure type={_attribute(entry.scored.outcome)} message={_attribute(_WRONG[entry.scored.outcome])}/>"
    elif entry.scored.outcome == "not scored":
        yield f"<skipped message={_attribute('; '.join(entry.problems) or 'the file holds no gold answer')}/>"
    yield "</testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(_NO_XML.sub("\ufffd", text))
