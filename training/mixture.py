"""The training data: what is read, what is held out, which negatives are mined and in what shares all is mixed."""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bm25s  # type: ignore[import-untyped]  # ships no types
from windows import Example, sentences

HELD_OUT = ("Immune_system", "Steam_engine", "Warsaw", "Scottish_Parliament")
"""Articles of squad2_dev_a for the final figures only: neither trained on nor chosen by."""
VALIDATION = ("1973_oil_crisis", "Normans")
"""Articles of squad2_dev_a for choosing between settings."""

SHARES: Mapping[str, int] = {
    "squad2": 250,
    "squad1": 140,
    "newwiki": 150,
    "natural": 150,
    "varied": 124,
    "constructed": 90,
    "mined": 50,
    "retrieved": 70,
}
"""Windows of each kind in a round of 1,024."""

_KIND = {
    "squad2_dev_a": "squad2",
    "squad1_dev_extra13": "squad1",
    "squadshifts_newwiki": "newwiki",
    "nq_dev_litm": "natural",
    "qed_dev": "natural",
    "quotesum_dev": "natural",
    "selqa": "natural",
    "qamr_small": "varied",
    "tatqa_text": "varied",
    "timeqa_human": "varied",
    "squadshifts_amazon": "varied",
    "squadshifts_reddit": "varied",
    "constructed_unanswerable": "constructed",
}
_MINED_FROM = ("squad2", "squad1", "newwiki", "natural")
_SHINGLE = 10  # words; long enough that sharing one means sharing the text
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Pools:
    """Training examples by kind, and the validation examples, whose groups no training example shares."""

    train: dict[str, tuple[Example, ...]]
    validation: tuple[Example, ...]
    dropped: int


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="") as lines:
        for line in lines:
            yield json.loads(line)


def read_articles(folder: Path) -> list[Example]:
    """Read an evaluation set whose questions name a paragraph of a document; `group` is the document's id."""
    texts = {path.stem: path.read_bytes().decode("utf-8") for path in sorted((folder / "docs").glob("*.txt"))}
    examples = []
    for row in _rows(folder / "questions.jsonl"):
        doc, begin, end = row["relevant"][0], row["para_start"], row["para_end"]
        spans = [(a["start"] - begin, a["start"] - begin + len(a["text"])) for a in row["answers"]]
        inside = tuple(dict.fromkeys((a, b) for a, b in spans if a >= 0 and b <= end - begin))
        if bool(inside) == bool(row["answerable"]):
            examples.append(Example(row["id"], folder.name, doc, row["question"], texts[doc][begin:end], inside))
    return examples


def read_contexts(path: Path) -> list[Example]:
    """Read a file whose rows carry their own context."""
    examples = []
    for row in _rows(path):
        spans = tuple(dict.fromkeys((a["start"], a["start"] + len(a["text"])) for a in row["answers"]))
        examples.append(Example(row["id"], path.stem, row["group"], row["question"], row["context"], spans))
    return examples


def read_all(data: Path) -> list[Example]:
    """Read every set that may train the reader, held-out articles included."""
    examples: list[Example] = []
    for name in _KIND:
        folder, file = data / name, data / "reader_training" / f"{name}.jsonl"
        examples += read_articles(folder) if folder.is_dir() else read_contexts(file)
    return examples


def _shingles(text: str) -> set[str]:
    words = _WORD.findall(text.lower())
    return {" ".join(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1)}


def _for_validation(example: Example) -> bool:
    if example.source == "squad2_dev_a":
        return example.group in VALIDATION
    # A hash, not a draw, so that constructed examples fall on the side of the group they were made from.
    return hashlib.sha256(example.group.encode()).digest()[0] < 8


def split(examples: Sequence[Example]) -> Pools:
    """Part training from validation by group, and drop what repeats ten words of a held-out or validation article."""
    guarded = {e.context for e in examples if e.source == "squad2_dev_a" and e.group in HELD_OUT + VALIDATION}
    forbidden = set().union(*(_shingles(context) for context in guarded)) if guarded else set()
    leaks = {context for context in {e.context for e in examples} - guarded if forbidden & _shingles(context)}
    kept = [e for e in examples if e.context not in leaks and not (e.source == "squad2_dev_a" and e.group in HELD_OUT)]
    validation = tuple(e for e in kept if _for_validation(e))
    train: dict[str, list[Example]] = {kind: [] for kind in SHARES}
    for example in kept:
        if not _for_validation(example):
            train[_KIND[example.source]].append(example)
    dropped = sum(e.context in leaks for e in examples)
    pools = Pools({kind: tuple(found) for kind, found in train.items()}, validation, dropped)
    pools.train["mined"] = tuple(mine(mineable(pools)))
    return pools


def mineable(pools: Pools) -> list[Example]:
    """The examples whose questions are paired with other passages of their own source."""
    return [example for kind in _MINED_FROM for example in pools.train[kind]]


def mine(examples: Sequence[Example], depth: int = 12, keep: int = 2) -> list[Example]:
    """Pair answerable questions with the passages BM25 ranks highest that do not contain any of their answers.

    Passages compete within one source, as they would in a library; `keep` of the first `depth` are taken.
    """
    found: list[Example] = []
    for source in sorted({e.source for e in examples}):
        pool = list(dict.fromkeys(e.context for e in examples if e.source == source))
        asked = [e for e in examples if e.source == source and e.answers]
        engine = bm25s.BM25()
        engine.index(bm25s.tokenize(pool, stopwords="en", show_progress=False), show_progress=False)
        queries = bm25s.tokenize([e.question for e in asked], stopwords="en", show_progress=False)
        ranked, _ = engine.retrieve(queries, k=min(depth, len(pool)), show_progress=False)
        for example, row in zip(asked, ranked, strict=True):
            golds = {example.context[a:b].lower() for a, b in example.answers}
            clean = [pool[int(i)] for i in row if pool[int(i)] != example.context]
            clean = [text for text in clean if not any(gold in text.lower() for gold in golds)][:keep]
            for rank, text in enumerate(clean):
                found.append(Example(f"{example.id}~mined{rank}", source, example.group, example.question, text, ()))
    return found


def round_of(pools: Pools, seed: int, number: int) -> list[Example]:
    """The examples of one round, a function of (seed, number) alone: a kind is dealt without repeats until used up."""
    drawn: list[Example] = []
    for kind, share in SHARES.items():
        pool, first = pools.train[kind], number * share
        if not pool:
            continue
        for index in range(first, first + share):
            lap, place = divmod(index, len(pool))
            drawn.append(pool[_permutation(len(pool), f"{seed}:{kind}:{lap}")[place]])
    return drawn


_permutations: dict[tuple[int, str], list[int]] = {}


def _permutation(size: int, seed: str) -> list[int]:
    if (size, seed) not in _permutations:
        _permutations[size, seed] = random.Random(seed).sample(range(size), size)
    return _permutations[size, seed]


def passages(text: str, size: int = 600) -> list[tuple[int, int]]:
    """Cut a document at sentence ends into (start, stop) slices of about `size` characters, covering it whole."""
    cut: list[tuple[int, int]] = []
    for start, stop in sentences(text):
        if cut and stop - cut[-1][0] <= size:
            cut[-1] = (cut[-1][0], stop)
        else:
            cut.append((start, stop))
    return cut


def describe(pools: Pools) -> dict[str, dict[str, int]]:
    """Count questions and unanswerable ones by kind, for the log and the model card."""
    sizes = {
        kind: Counter("unanswerable" if not e.answers else "answerable" for e in pool)
        for kind, pool in pools.train.items()
    }
    sizes["validation"] = Counter("unanswerable" if not e.answers else "answerable" for e in pools.validation)
    return {kind: dict(count) for kind, count in sizes.items()}
