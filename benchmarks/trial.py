"""Choosing the sizes of passages and the weight of the lexical score, on training data only.

    python benchmarks/trial.py --sizes 400/800 600/1000 800/1200 [--set policyqa_dev] [--questions 1500] [--json FILE]

For each size one index is built (and kept under build/bench/trial), every question is searched once by vectors and once
by words, and the pool of the 50 best of each is fused again for each weight. The sets reported in docs/measurements.md
cannot be chosen here.

Columns: the share of questions whose gold answer lies in the first 1, 5, 10 passages; in the first 2,000 and 4,000
characters of the ranked passages laid end to end, which is fair to every size; and in the best window of at most 400
characters of the first passage, windows scored like passages. Weight `inf` is the lexical score alone, `rrf` is
reciprocal rank fusion with k = 60 (Cormack et al. 2009).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.baselines import Bm25, Dense, passage_windows, window_text
from benchmarks.data import KEPT, Question, TextSet, data_folder, read_set
from benchmarks.disk_encoder import default_encoder
from benchmarks.metrics import wilson
from quoth.corpus import DocumentId, Passage, Splitting, read_bytes, split
from quoth.index import Encoder, Fusion, Hit, Index

Floats = NDArray[np.float64]
Order = NDArray[np.int64]
Place = tuple[DocumentId, int, int]

TRAINING_SETS = ("squad1_dev_extra13", "policyqa_dev")
WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0)
POOL = 50
COLUMNS = ("top 1", "top 5", "top 10", "2000 ch", "4000 ch", "quote 400")
_ONLY_LEXICAL = 1e6
_RRF = 60


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of one question: their scores, their passages, and per passage how far into it the nearest gold
    answer ends (infinite where none lies inside).
    """

    question: str
    passages: tuple[Passage, ...]
    dense: Floats
    lexical: Floats
    gold_ends: Floats
    golds: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: shares in the order of `COLUMNS`."""

    target: int
    longest: int
    weight: str
    questions: int
    shares: tuple[float, ...]


def main(arguments: Sequence[str] | None = None) -> None:
    """Build, search, fuse, print."""
    options = _options(arguments)
    chosen = read_set(data_folder(options.data) / options.set)
    if chosen is None:
        raise SystemExit(f"{data_folder(options.data) / options.set} is not there; give --data")
    asked = [question for question in chosen.questions if question.golds]
    random.Random(7).shuffle(asked)
    asked = asked[: options.questions or None]
    encoder = default_encoder()
    print(f"{chosen.name}: {len(asked)} questions; half-width of a 95 % interval at 0.8: {_half_width(len(asked)):.3f}")
    print(f"{'size':>9} {'weight':>6} " + " ".join(f"{name:>9}" for name in COLUMNS), flush=True)
    table: list[Row] = []
    for size in options.sizes:
        target, longest = map(int, size.split("/"))
        table += _print_rows(_trial(chosen, asked, encoder, Splitting(target, longest)))
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(row) for row in table], indent=1) + "\n", encoding="utf-8")


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--sizes", nargs="+", default=["600/1000"], metavar="TARGET/LONGEST")
    parser.add_argument("--set", choices=TRAINING_SETS, default=TRAINING_SETS[0])
    parser.add_argument("--questions", type=int, default=0, help="how many, drawn with a fixed seed (default: all)")
    parser.add_argument("--data")
    parser.add_argument("--json")
    return parser.parse_args(arguments)


def _half_width(n: int) -> float:
    low, high = wilson(round(0.8 * n), n)
    return (high - low) / 2


def _print_rows(rows: Iterable[Row]) -> Iterator[Row]:
    for row in rows:
        shares = " ".join(f"{100 * share:9.1f}" for share in row.shares)
        print(f"{row.target:>4}/{row.longest:<4} {row.weight:>6} {shares}", flush=True)
        yield row


def _trial(chosen: TextSet, asked: Sequence[Question], encoder: Encoder, splitting: Splitting) -> Iterator[Row]:
    documents = [read_bytes(data, name) for name, data in chosen.files]
    passages = {document.id: split(document, splitting) for document in documents}
    folder = KEPT / "trial" / f"{chosen.name}-{splitting.target}-{splitting.longest}"
    _build(folder, encoder, passages)
    words = Bm25([passage.text for parts in passages.values() for passage in parts])
    dense = Dense(encoder, encoder.encode_questions([]))
    dense.prepare([question.text for question in asked])
    pools = _pools(chosen, asked, folder, encoder, dense)
    for weight in (*WEIGHTS, _ONLY_LEXICAL):
        orders = [np.argsort(-(pool.dense + weight * pool.lexical), kind="stable") for pool in pools]
        name = "inf" if weight == _ONLY_LEXICAL else f"{weight:g}"
        quoted = [_quoted(pool, order, weight, words, dense) for pool, order in zip(pools, orders, strict=True)]
        yield _row(splitting, name, pools, orders, quoted)
    orders = [_reciprocal(pool) for pool in pools]
    weight = Fusion().lexical_weight
    quoted = [_quoted(pool, order, weight, words, dense) for pool, order in zip(pools, orders, strict=True)]
    yield _row(splitting, "rrf", pools, orders, quoted)


def _build(folder: Path, encoder: Encoder, passages: Mapping[DocumentId, Sequence[Passage]]) -> None:
    """Make the index in `folder` unless it holds just these passages already."""
    starts = [part.start for parts in passages.values() for part in parts]
    shape = hashlib.sha256(repr(starts).encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    index = Index(folder, encoder)
    state = index.state()
    if state.settings.get("shape") != shape:
        index.commit(list(passages.items()), list(state.documents), {"shape": shape})
    index.close()


def _pools(chosen: TextSet, asked: Sequence[Question], folder: Path, encoder: Encoder, dense: Dense) -> list[Pool]:
    """What the index finds by vectors alone and by words alone, both scores of each, for every question."""
    ids = {name: known for known, names in chosen.names().items() for name in names}
    by_vector, by_words = Index(folder, encoder, Fusion(0.0, POOL)), Index(folder, encoder, Fusion(_ONLY_LEXICAL, POOL))
    pools = []
    for question in asked:
        scope = [ids[question.scope]] if question.scope else None
        found: dict[tuple[DocumentId, int], Hit] = {}
        for index in (by_vector, by_words):
            for hit in index.search(question.text, POOL, scope, dense.vector(question.text)):
                found.setdefault((hit.passage.document, hit.passage.ordinal), hit)
        golds = tuple((ids[gold.document], gold.start, gold.stop) for gold in question.golds)
        pools.append(_pool(question.text, list(found.values()), golds))
    return pools


def _pool(question: str, hits: Sequence[Hit], golds: Sequence[Place]) -> Pool:
    ends = [
        min((gold[2] - hit.passage.start for gold in golds if _holds(hit.passage, gold)), default=np.inf)
        for hit in hits
    ]
    return Pool(
        question,
        tuple(hit.passage for hit in hits),
        np.array([hit.dense for hit in hits]),
        np.array([hit.lexical for hit in hits]),
        np.array(ends, dtype=np.float64),
        tuple(golds),
    )


def _holds(within: Passage, gold: Place) -> bool:
    document, start, stop = gold
    return within.document == document and within.start <= start and stop <= within.stop


def _reciprocal(pool: Pool) -> Order:
    ranks = [np.argsort(np.argsort(-scores, kind="stable")) for scores in (pool.dense, pool.lexical)]
    return np.argsort(-sum(1 / (_RRF + 1 + rank) for rank in ranks), kind="stable")


def _quoted(pool: Pool, order: Order, weight: float, words: Bm25, dense: Dense) -> bool:
    """Whether the best window of the first passage holds a gold answer."""
    passage = pool.passages[order[0]]
    options = passage_windows(passage)
    texts = [window_text(passage, option) for option in options]
    ceiling = words.ceiling(pool.question) or 1.0
    scores = dense.texts(pool.question, texts) + weight * words.texts(pool.question, texts) / ceiling
    chosen = options[int(np.argmax(scores))]
    return any(_holds(passage, gold) and chosen.start <= gold[1] and gold[2] <= chosen.stop for gold in pool.golds)


def _row(
    splitting: Splitting, weight: str, pools: Sequence[Pool], orders: Sequence[Order], quoted: Sequence[bool]
) -> Row:
    ends = [pool.gold_ends[order] for pool, order in zip(pools, orders, strict=True)]
    reached = []
    for pool, order, end in zip(pools, orders, ends, strict=True):
        lengths = np.array([len(pool.passages[at].text) for at in order], dtype=np.float64)
        reached.append(float(np.min(np.cumsum(lengths) - lengths + end, initial=np.inf)))
    tops = [float(np.mean([np.isfinite(end[:depth]).any() for end in ends])) for depth in (1, 5, 10)]
    within = [float(np.mean([reach <= budget for reach in reached])) for budget in (2_000, 4_000)]
    return Row(splitting.target, splitting.longest, weight, len(pools), (*tops, *within, float(np.mean(quoted))))


if __name__ == "__main__":
    main()
