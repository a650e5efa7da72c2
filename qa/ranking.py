"""How good the search is by itself: trec_eval's measures of documents and passages, through ir-measures.

Relevance of documents is as graded by the file; a passage is relevant when it holds a part of a gold answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["CUTOFFS", "Judged", "decreasing", "trec_id", "trec_scores"]

CUTOFFS = (1, 5, 10, 100)


@dataclass(frozen=True, slots=True)
class Judged:
    """A ranking, best first, with its scores, and the grades of what is relevant."""

    ranking: tuple[tuple[str, float], ...]
    relevant: Mapping[str, int]


def trec_scores(questions: Mapping[str, Judged]) -> dict[str, dict[str, float]]:
    """Of each question nDCG@10, RR and recall at 1, 5, 10 and 100, as trec_eval computes them.

    nDCG@10: sum over ranks r <= 10 of grade / log2(r + 1), over that of the best order (Järvelin & Kekäläinen 2002, ACM
    TOIS 20:422). RR: 1 / rank of the first relevant one, its mean is MRR (Voorhees 1999, TREC-8). recall@k: share of
    the relevant ones among the first k. A question for which nothing was found has 0 everywhere, which trec_eval says
    only with -c.
    """
    from ir_measures import RR, R, nDCG, pytrec_eval

    measures = {nDCG @ 10: "ndcg_10", RR: "mrr", **{R @ cutoff: f"recall_{cutoff}" for cutoff in CUTOFFS}}
    scores = {name: dict.fromkeys(measures.values(), 0.0) for name in questions}
    qrels = {name: dict(judged.relevant) for name, judged in questions.items()}
    run = {name: dict(decreasing(judged.ranking)) for name, judged in questions.items() if judged.ranking}
    if run:
        for metric in pytrec_eval.iter_calc(list(measures), qrels, run):
            scores[metric.query_id][measures[metric.measure]] = float(metric.value)
    return scores


def decreasing(ranking: Sequence[tuple[str, float]]) -> Iterable[tuple[str, float]]:
    """The same ranking with scores that fall from each rank to the next, by as little as a 32-bit number can.

    trec_eval orders by score alone and breaks ties by name; some of its builds read the score as 32 bits.
    """
    last = np.float32(np.inf)
    for name, score in ranking:
        last = min(np.float32(score), np.nextafter(last, np.float32(-np.inf)))
        yield name, float(last)


def trec_id(name: str) -> str:
    """A name as TREC files can hold it: percent-encoded, so that no blank is inside and no `#` in front."""
    from urllib.parse import quote

    return quote(name, safe="")
