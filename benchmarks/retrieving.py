"""Retrieval: do the right documents come first (nDCG@10), and how much of what comes back is gold?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quoth.corpus import DocumentId

from .data import Question
from .metrics import mean_estimate, ndcg, overlap_scores, rate_estimate
from .systems import QUOTH, SYSTEMS, Bench, Place, Plan, Response
from .tables import Row, Table

__all__ = ["CHUNKS_PLAN", "RANKING_PLAN", "chunks_tables", "conversation_table", "document_ranking", "ranking_table"]

RANKING_PLAN = Plan(quotes=0, passages=100)
CHUNKS_PLAN = Plan(quotes=3, passages=5)
_DEPTH = 10


def ranking_table(
    title: str, bench: Bench, responses: Mapping[str, Sequence[Response]], notes: tuple[str, ...]
) -> Table:
    """nDCG@10 over documents, for questions that have relevant ones."""
    cells = tuple(mean_estimate(_gains(bench, responses[name])) for name in SYSTEMS)
    return Table(title, SYSTEMS, (Row("nDCG@10", "", cells),), notes)


def conversation_table(bench: Bench, ways: Mapping[str, Mapping[str, Sequence[Response]]]) -> Table:
    """nDCG@10 by what was searched for, over all questions and over those that have a conversation before them."""
    lines = []
    for way, responses in ways.items():
        for label, later in (("", False), (", later turns only", True)):
            cells = tuple(
                mean_estimate(_gains(bench, responses[name], later=later)) if name in responses else ""
                for name in SYSTEMS
            )
            lines.append(Row(f"nDCG@10, {way}{label}", "", cells))
    return Table("What is searched for", SYSTEMS, tuple(lines))


def _gains(bench: Bench, responses: Sequence[Response], *, later: bool = False) -> list[float]:
    pairs = zip(bench.set.questions, responses, strict=True)
    told = [(asked, given) for asked, given in pairs if asked.relevant and (asked.history or not later)]
    return [ndcg(document_ranking(bench, given), asked.relevant, _DEPTH) for asked, given in told]


def document_ranking(bench: Bench, response: Response) -> list[str]:
    """Documents in the order of their best passage, by the set's names; those with equal bytes stand side by side."""
    documents: dict[DocumentId, None] = dict.fromkeys(place.document for place in response.passages)
    return [name for document in documents for name in bench.names(document)]


def chunks_tables(bench: Bench, responses: Mapping[str, Sequence[Response]]) -> tuple[Table, ...]:
    """Recall, precision and IoU on characters, each question's averaged: for five passages, and for the quotes."""
    passages = _overlap_rows(bench, {name: [one.passages for one in given] for name, given in responses.items()})
    quotes = _overlap_rows(bench, {name: [one.quotes for one in given] for name, given in responses.items()})
    shown = [one.quotes if one.answered else () for one in responses[QUOTH]]
    default = [
        Row(f"{row.label}, refusals as 0", "%", (*row.cells, "", "")) for row in _overlap_rows(bench, {QUOTH: shown})
    ]
    answered = Row("answered", "%", (rate_estimate([one.answered for one in responses[QUOTH]]), "", ""))
    quote_note = (
        "At most three quotes a question; for refused questions those of the nearest passages, in the last rows none. "
        "The baselines quote the best window, at most 400 characters, of each of their first three passages."
    )
    return (
        Table("Passages: the first five", SYSTEMS, tuple(passages)),
        Table("Quotes: at most three", SYSTEMS, (*quotes, *default, answered), (quote_note,)),
    )


def _overlap_rows(bench: Bench, places: Mapping[str, Sequence[Sequence[Place]]]) -> list[Row]:
    scores = {
        name: [_overlap(bench, *pair) for pair in zip(bench.set.questions, given, strict=True)]
        for name, given in places.items()
    }
    return [
        Row(label, "%", tuple(mean_estimate([one[at] for one in scores[name]]) for name in SYSTEMS if name in scores))
        for at, label in enumerate(("recall", "precision", "IoU"))
    ]


def _overlap(bench: Bench, question: Question, places: Sequence[Place]) -> tuple[float, float, float]:
    """One question: its gold lies in one document; what is retrieved from others counts as retrieved and not gold."""
    golds = bench.golds(question)
    home = golds[0].document
    found = [(place.start, place.stop) for place in places if place.document == home]
    elsewhere = sum(place.stop - place.start for place in places if place.document != home)
    return overlap_scores([(gold.start, gold.stop) for gold in golds], found, elsewhere)
