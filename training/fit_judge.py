"""Fit the judge: one command from public questions to `qa/judge.json`.

    python training/fit_judge.py --data ../shared/data --out qa/judge.json --keep features.npz \\
        --table docs/judge.md --readme README.md

The questions are those of the reader's own validation groups, which it never trained on; sets whose questions mean
nothing without their text beside them are left out. Each is asked over one library of all their texts, and over a small
one of its own text and a few others of the same kind, because people have both. Every answerable question is asked
twice: as it is, and with every passage that holds a gold answer hidden, so that the same question is one the library
cannot answer. The adversarial questions of SQuAD 2 are asked as they are. Half of the texts fit the weights and choose
the features, the other half sets the threshold, the bands and the stated error rate, without the adversarial ones. None
of the questions that `docs/measurements.md` reports on is used.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from judge_features import NAMES, SHIPPED, Remembering, candidates_and_rows
from judge_table import write_bands, write_table
from mixture import read_all
from mixture import split as parted
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from quoth.corpus import Document, DocumentId, Splitting, read_bytes, split
from quoth.index import Encoder, Hit, Index, open_encoder
from quoth.qa.choosing import Candidate, Question
from quoth.qa.estimates import exact_rate
from quoth.qa.reader import shipped_reader

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
SMALL = 8
"""Texts in a small library; of SQuAD 2, whose texts are whole articles, one."""
SETS = ("squad2_dev_a", "squadshifts_newwiki", "nq_dev_litm", "qed_dev", "selqa", "squadshifts_reddit")
POOL, DEPTH = 20, 8
HIGH, MEDIUM = 0.9, 0.65
"""Share of first quotes that are right among those called "high", and among those called "medium"."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, the text it belongs to (an index into the texts), and its gold answers there."""

    source: str
    question: str
    home: int
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question asked once: the features of its candidates (n, features), and which of them hold a gold answer."""

    kind: str  # "answerable", "hidden" or "adversarial"
    source: str
    home: str
    library: str  # "large" or "small"
    features: Array
    right: Flags


@dataclass(frozen=True, slots=True)
class Setting:
    """A library under test and the texts behind it; `ids` gives the document of each text."""

    index: Index
    encoder: Encoder
    reader: Remembering
    documents: dict[DocumentId, Document]
    ids: Mapping[int, DocumentId]
    name: str


def main() -> None:
    """Ask, fit, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--keep", type=Path, help="keep the computed features here, and use them when they are there")
    parser.add_argument("--features", nargs="*", default=list(SHIPPED), help="fit with these")
    parser.add_argument("--table", type=Path, help="write what each feature is worth here")
    parser.add_argument("--readme", type=Path, help="write what the confidence words are worth here")
    arguments = parser.parse_args()
    asked = [one for one in load_or_ask(arguments.data, arguments.keep) if len(one.right)]
    facts = fit(asked, arguments.features)
    arguments.out.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts, indent=1))
    if arguments.table is not None:
        write_table(arguments.table, [one for one in asked if _half(one.home)], arguments.features, facts)
    if arguments.readme is not None:
        write_bands(arguments.readme, facts)


def load_or_ask(data: Path, keep: Path | None) -> list[Asked]:
    """The features of all questions, from `keep` when they are there."""
    if keep is not None and keep.exists():
        with np.load(keep, allow_pickle=False) as stored:
            meta = json.loads(str(stored["meta"]))
            return [Asked(*names, stored[f"f{n}"], stored[f"r{n}"]) for n, names in enumerate(meta)]
    texts, queries = gather(data)
    asked = []
    for name, part, asking in libraries(texts, queries):
        with tempfile.TemporaryDirectory() as scratch:
            setting = prepare(name, {home: texts[home] for home in part}, Path(scratch))
            for query in asking:
                asked += ask_both_ways(setting, query)
            setting.index.close()
        print(f"{len(asked)} asked", file=sys.stderr, flush=True)
    if keep is not None:
        arrays = {f"f{n}": one.features for n, one in enumerate(asked)}
        arrays |= {f"r{n}": one.right for n, one in enumerate(asked)}
        meta = json.dumps([(one.kind, one.source, one.home, one.library) for one in asked])
        np.savez(keep, allow_pickle=False, meta=np.array(meta), **arrays)
    return asked


def gather(data: Path) -> tuple[list[str], list[Query]]:
    """The texts of the library and the questions to ask it."""
    texts: list[str] = []
    homes: dict[str, int] = {}
    queries: list[Query] = []

    def home_of(name: str, text: str) -> int:
        if name not in homes:
            homes[name] = len(texts)
            texts.append(text)
        return homes[name]

    for n, example in enumerate(parted(read_all(data)).validation):
        if example.source not in SETS or (example.source == "squadshifts_reddit" and n % 4):  # many, and much alike
            continue
        squad = example.source == "squad2_dev_a"
        text = _read(data / example.source / "docs" / f"{example.group}.txt") if squad else example.context
        answers = tuple(dict.fromkeys(example.context[a:b] for a, b in example.answers))
        home = home_of(example.group if squad else example.context, text)
        queries.append(Query(example.source, example.question, home, answers))
    return texts, queries


def libraries(texts: Sequence[str], queries: Sequence[Query]) -> Iterator[tuple[str, list[int], list[Query]]]:
    """Each library's name, its texts and its questions: the large one, then small ones that part them all."""
    yield "large", list(range(len(texts))), list(queries)
    for source in SETS:
        here = [query for query in queries if query.source == source]
        homes = sorted({query.home for query in here}, key=lambda home: hashlib.sha256(texts[home].encode()).digest())
        size = 1 if source == "squad2_dev_a" else SMALL
        for start in range(0, len(homes), size):
            part = homes[start : start + size]
            yield "small", part, [query for query in here if query.home in part]


def prepare(name: str, texts: Mapping[int, str], scratch: Path) -> Setting:
    """Index every text."""
    encoder = open_encoder(scratch / "encoder", None, carry=True)
    index = Index(scratch, encoder)
    read = {n: read_bytes(text.encode(), f"{n}.txt") for n, text in texts.items()}
    documents = {document.id: document for document in read.values()}
    index.commit([(id, split(document, Splitting())) for id, document in documents.items()], (), {})
    ids = {n: document.id for n, document in read.items()}
    return Setting(index, encoder, Remembering(shipped_reader()), documents, ids, name)


def ask_both_ways(setting: Setting, query: Query) -> Iterator[Asked]:
    """The question as it is and, where it has an answer, once more with the answer hidden."""
    vector = setting.encoder.encode_questions([query.question])[0]
    question = Question(query.question, setting.index.word_weights(query.question))
    parts = setting.reader, setting.encoder, vector, setting.index.state().passages
    hits = setting.index.search(query.question, POOL, vector=vector)
    home = setting.ids[query.home]
    candidates, rows = candidates_and_rows(question, hits[:DEPTH], setting.documents, parts)
    right = [_holds(setting, candidate, query.answers, home) for candidate in candidates]
    yield _asked("answerable" if query.answers else "adversarial", query, setting, rows, right)
    if query.answers:
        rest = [hit for hit in hits if not _shows(hit, query.answers)][:DEPTH]
        hidden, rows = candidates_and_rows(question, rest, setting.documents, parts)
        yield _asked("hidden", query, setting, rows, [False] * len(hidden))


def _shows(hit: Hit, texts: Iterable[str]) -> bool:
    return any(text.casefold() in hit.passage.text.casefold() for text in texts)


def _holds(setting: Setting, candidate: Candidate, answers: Sequence[str], home: DocumentId) -> bool:
    """Whether the candidate's quote holds a gold answer and comes from the text the question belongs to."""
    text = setting.documents[candidate.document].text[candidate.span.start : candidate.span.stop]
    return candidate.document == home and any(answer in text for answer in answers)


def _asked(kind: str, query: Query, setting: Setting, rows: Array, right: Sequence[bool]) -> Asked:
    home = setting.ids[query.home]
    return Asked(kind, query.source, home, setting.name, rows, np.array(right, dtype=np.bool_))


def fit(asked: Sequence[Asked], names: Sequence[str]) -> dict[str, Any]:
    """Weights from one half of the texts; threshold, bands and error rate from the other."""
    chosen = with_columns(asked, names)
    fitting = [one for one in chosen if _half(one.home)]
    testing = [one for one in chosen if not _half(one.home)]
    weights, bias = rescaled(fitting, *logistic(fitting))
    return _facts(testing, names, weights, bias)


def with_columns(asked: Sequence[Asked], names: Sequence[str]) -> list[Asked]:
    """The same with these features only."""
    columns = [NAMES.index(name) for name in names]
    return [replace(one, features=one.features[:, columns]) for one in asked]


def _half(name: str) -> bool:
    """A fixed half of all texts."""
    return hashlib.sha256(name.encode()).digest()[1] < 128


def logistic(asked: Sequence[Asked]) -> tuple[Array, float]:
    """Weights and bias of all candidates."""
    features = np.concatenate([a.features for a in asked])
    right = np.concatenate([a.right for a in asked])
    scale = features.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=2000).fit(features / scale, right)
    return np.asarray(model.coef_[0] / scale), float(model.intercept_[0])


def best_of(asked: Sequence[Asked], weights: Array, bias: float) -> tuple[Array, Flags]:
    """Logit and rightness of the first quote of each question."""
    logits = [a.features @ weights + bias for a in asked]
    first = [int(np.argmax(values)) for values in logits]
    return (
        np.array([values[at] for values, at in zip(logits, first, strict=True)]),
        np.array([a.right[at] for a, at in zip(asked, first, strict=True)]),
    )


def rescaled(asked: Sequence[Asked], weights: Array, bias: float) -> tuple[Array, float]:
    """Platt scaling on first quotes only: the score is to be right for what is shown (Platt 1999)."""
    logits, right = best_of(asked, weights, bias)
    model = LogisticRegression(C=1e6).fit(logits[:, None], right)
    factor, shift = float(model.coef_[0, 0]), float(model.intercept_[0])
    return weights * factor, bias * factor + shift


def _facts(testing: Sequence[Asked], names: Sequence[str], weights: Array, bias: float) -> dict[str, Any]:
    logits, right = best_of(testing, weights, bias)
    scores = 1 / (1 + np.exp(-logits))
    kinds = np.array([a.kind for a in testing])
    natural = kinds != "adversarial"  # few people write questions to deceive; those who do are reported apart
    threshold = _threshold(scores[natural], kinds[natural])
    unanswerable = scores[kinds == "hidden"]
    wrong, n = int((unanswerable >= threshold).sum()), len(unanswerable)
    low, high = interval(wrong, n)
    return {
        "weights": {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
        "bias": round(bias, 4),
        "threshold": round(threshold, 4),
        "bands": _bands(scores[natural], right[natural], threshold),
        "false_answer_rate": {
            "rate": round(wrong / n, 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "n": n,
            "measured_on": "public test questions with their answers hidden, trick questions left out",
            "calibrated": False,
        },
        "measured": _report(testing, scores, right, kinds, threshold),
    }


def _threshold(scores: Array, kinds: NDArray[np.str_]) -> float:
    """Where false-answer rate and false-refusal rate are equal: neither error is the cheaper one."""
    answerable, unanswerable = np.sort(scores[kinds == "answerable"]), np.sort(scores[kinds != "answerable"])
    grid = np.unique(scores)
    refused = np.searchsorted(answerable, grid) / len(answerable)
    answered = 1 - np.searchsorted(unanswerable, grid) / len(unanswerable)
    return float(grid[np.argmin(np.abs(refused - answered))])


def _bands(scores: Array, right: Flags, threshold: float) -> list[dict[str, Any]]:
    """Words for scores, best first, each with how often a first quote of such a score was right."""
    high = _start(scores, right, threshold, HIGH)
    medium = _start(scores[scores < high], right[scores < high], threshold, MEDIUM)
    bands, above = [], math.inf
    for word, start in (("high", high), ("medium", medium), ("low", threshold)):
        inside = (scores >= start) & (scores < above)
        hits, n = int(right[inside].sum()), int(inside.sum())
        if n:
            low, top = interval(hits, n)
            facts = {"right": round(hits / n, 4), "low": round(low, 4), "high": round(top, 4), "n": n}
            bands.append({"word": word, "start": round(start, 4), **facts})
            above = start
    return bands


def _start(scores: Array, right: Flags, threshold: float, precision: float) -> float:
    """The lowest score from which first quotes are right at least this often; the threshold's when all of them are."""
    for limit in np.arange(math.ceil(threshold * 100) / 100, 1.0, 0.01):
        above = scores >= limit
        if above.sum() >= 30 and right[above].mean() >= precision:
            return round(float(limit), 2)
    return 1.0


def interval(hits: int, n: int) -> tuple[float, float]:
    """The exact 95 % interval of a rate of `n` > 0 questions."""
    found = exact_rate(hits, n)
    assert found is not None
    return found.low, found.high


def auroc(positive: Array, negative: Array) -> float:
    """Chance that a positive scores above a negative, ties half (Mann and Whitney 1947)."""
    ordered = np.sort(negative)
    below, upto = np.searchsorted(ordered, positive, "left"), np.searchsorted(ordered, positive, "right")
    return float((below + upto).mean() / 2 / len(negative))


def _report(
    testing: Sequence[Asked], scores: Array, right: Flags, kinds: NDArray[np.str_], threshold: float
) -> dict[str, Any]:
    sources = np.array([a.source for a in testing])
    places = np.array([a.library for a in testing])
    report: dict[str, Any] = {
        "false_answer_rate_adversarial": round(float((scores[kinds == "adversarial"] >= threshold).mean()), 4)
    }
    for source in ("all", "large", "small", *sorted(set(sources))):
        here = np.array([source in ("all", *both) for both in zip(sources, places, strict=True)])
        yes, no = here & (kinds == "answerable"), here & (kinds != "answerable")
        if not yes.any() or not no.any():
            continue
        report[source] = {
            "answerable": int(yes.sum()),
            "unanswerable": int(no.sum()),
            "first_quote_right": round(float(right[yes].mean()), 4),
            "auroc": round(auroc(scores[yes], scores[no]), 4),
            "false_refusal_rate": round(float((scores[yes] < threshold).mean()), 4),
            "false_answer_rate": round(float((scores[no] >= threshold).mean()), 4),
        }
    return report


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


if __name__ == "__main__":
    main()
