"""The data sets: questions with gold spans, and the documents they are asked of. Formats: ../shared/data/README.md.

Nothing here is part of Quoth: the sets are read where they lie, and only figures about them are written anywhere.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quoth.corpus import DocumentId, document_id

__all__ = [
    "ATTRIBUTIONS",
    "FIGURES",
    "HELD_OUT",
    "KEPT",
    "ROOT",
    "Attribution",
    "Gold",
    "Question",
    "TextSet",
    "data_folder",
    "read_articles",
    "read_set",
    "rows",
]

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "build" / "bench"
"""Everything the benchmarks keep but figures."""
FIGURES = ROOT / "docs" / "figures"
"""Those of the runs of record, in git, so that one suite can be run again without all the others."""
HELD_OUT = ("Immune_system", "Steam_engine", "Warsaw", "Scottish_Parliament")
"""Articles of squad2_dev_a that no reader is trained on."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A right answer: characters `start` to `stop` of the document `document` (the set's own name for it)."""

    document: str
    start: int
    stop: int
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `relevant` names the documents that matter, `kind` is the set's own label, `scope` the only
    document to search, or "" for all; `history` the earlier questions of its conversation, oldest first.
    """

    id: str
    text: str
    answerable: bool
    golds: tuple[Gold, ...]
    relevant: tuple[str, ...]
    kind: str
    scope: str
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextSet:
    """Documents as (file name, bytes) and the questions asked of them."""

    name: str
    files: tuple[tuple[str, bytes], ...]
    questions: tuple[Question, ...]

    def names(self) -> Mapping[DocumentId, tuple[str, ...]]:
        """The set's own names by document id; several where their bytes are the same."""
        found: dict[DocumentId, tuple[str, ...]] = {}
        for name, data in self.files:
            known = document_id(hashlib.sha256(data).hexdigest())
            found[known] = (*found.get(known, ()), name.removesuffix(".txt"))
        return found

    def only(self, documents: Sequence[str], *, files_too: bool) -> TextSet:
        """The questions about `documents` only, and only these files when `files_too`."""
        kept = tuple(question for question in self.questions if set(question.relevant) <= set(documents))
        files = tuple(file for file in self.files if file[0].removesuffix(".txt") in documents)
        return TextSet(self.name, files if files_too else self.files, kept)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where a set comes from and under what licence."""

    name: str
    what: str
    source: str
    licence: str


ATTRIBUTIONS = (
    Attribution(
        "squad2_dev_a",
        "SQuAD 2.0 development set, 16 articles (Rajpurkar, Jia & Liang 2018); texts from Wikipedia",
        "github.com/rajpurkar/SQuAD-explorer",
        "CC BY-SA 4.0",
    ),
    Attribution(
        "chunking_evaluation",
        "five corpora with marked excerpts (Smith & Troynikov 2024, Chroma); questions written by a language model",
        "github.com/brandonstarxel/chunking_evaluation",
        "MIT (repository); the corpora have licences of their own",
    ),
    Attribution(
        "scifact_beir_test",
        "SciFact claims and abstracts (Wadden et al. 2020) as in BEIR (Thakur et al. 2021)",
        "github.com/allenai/scifact",
        "CC BY 4.0 (claims), ODC-By (abstracts, S2ORC)",
    ),
    Attribution(
        "mtrag_human_subset",
        "multi-turn conversations of mtRAG (Katsis et al. 2025), the subset with reference passages",
        "github.com/IBM/mt-rag-benchmark",
        "Apache-2.0 (repository); passages: Wikipedia, StackExchange, US government, IBM documentation",
    ),
    Attribution(
        "squad1_dev_extra13",
        "SQuAD 1.1 development set, the 13 articles not in SQuAD 2.0's (Rajpurkar et al. 2016); only to choose "
        "settings",
        "github.com/rajpurkar/SQuAD-explorer",
        "CC BY-SA 4.0",
    ),
    Attribution(
        "articles",
        "118 questions over the two bundled articles",
        "tests/data/articles.README.md",
        "the project's own",
    ),
)


def data_folder(given: str | None = None) -> Path:
    """Where the sets lie: `given`, else $QUOTH_DATA, else ../shared/data beside the checkout."""
    chosen = given or os.environ.get("QUOTH_DATA")
    return Path(chosen) if chosen else ROOT.parent / "shared" / "data"


def read_set(folder: Path) -> TextSet | None:
    """The set in `folder`; None when it is not there."""
    questions = folder / "questions.jsonl"
    if not questions.exists():
        return None
    return TextSet(folder.name, tuple(_files(folder)), tuple(_question(row) for row in rows(questions)))


def read_articles(questions_file: str = "articles") -> TextSet:
    """The project's own questions over the two bundled articles, or its "followups"."""
    files = tuple((path.name, path.read_bytes()) for path in sorted((ROOT / "corpus" / "texts").glob("*.txt")))
    questions = rows(ROOT / "tests" / "data" / f"{questions_file}.jsonl")
    return TextSet(questions_file, files, tuple(_question(row) for row in questions))


def rows(path: Path) -> Iterator[Any]:
    """The JSON values of a .jsonl file."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted((folder / "docs").glob("*.txt")):
        yield path.name, path.read_bytes()
    if (folder / "corpus.jsonl").exists():
        for row in rows(folder / "corpus.jsonl"):
            yield f"{row['id']}.txt", "\n\n".join(part for part in (row["title"], row["text"]) if part).encode()


def _question(row: Mapping[str, Any]) -> Question:
    golds = tuple(_gold(answer.get("doc") or answer["document"], answer) for answer in row["answers"])
    relevant = tuple(row.get("relevant") or dict.fromkeys(gold.document for gold in golds))
    return Question(
        id=row["id"],
        text=row["question"],
        answerable=row["answerable"],
        golds=golds,
        relevant=relevant,
        kind=row.get("kind", ""),
        scope=row.get("scope_doc", ""),
        history=tuple(_earlier(row.get("history", ()))),
    )


def _earlier(turns: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What the person asked before; the answers to it are left out."""
    for turn in turns:
        if turn.get("speaker", "user") == "user":
            yield str(turn["question"] if "question" in turn else turn["text"])


def _gold(document: str, answer: Mapping[str, Any]) -> Gold:
    return Gold(document, answer["start"], answer["start"] + len(answer["text"]), answer["text"])
