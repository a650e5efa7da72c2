"""One answer held against its gold: every number of one question. A number that does not apply is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from quoth.corpus import Passage, Span

from .answer import Abstention, Answer, Quote
from .golds import FoundGold, Place, Task
from .overlaps import overlap
from .ranking import CUTOFFS
from .squad_scores import contains_words, exact_match, f1, squad_match

__all__ = ["Outcome", "Scored", "scored"]

Outcome = Literal["right", "wrong quote", "false refusal", "right refusal", "false answer", "not scored"]


@dataclass(frozen=True, slots=True)
class Scored:
    """What became of a question. `score` is that of its first quote or, where it was refused, of the nearest passage;
    `right` says whether that one holds a gold answer, None where nobody can say. `values` are by name of the measure.
    """

    outcome: Outcome
    answered: bool
    score: float
    right: bool | None
    values: Mapping[str, float]


def scored(task: Task, outcome: Answer | Abstention, passages: Sequence[Passage]) -> Scored:
    """Hold an answer, and the passages that the search ranked for it, against the gold of its question."""
    answered = isinstance(outcome, Answer)
    quotes = outcome.quotes if isinstance(outcome, Answer) else ()
    shown = outcome.quotes if isinstance(outcome, Answer) else outcome.nearest
    golds = [gold for gold in task.golds if gold.text]
    right = _right(task, golds, shown)
    values = {"answered": float(answered)}
    if task.answerable is not None:
        values["false_refusal" if task.answerable else "false_answer"] = float(answered != task.answerable)
    if task.answerable and golds:
        values |= _quoting(golds, quotes)
        values["nearest_right"] = float(bool(right))
        if answered:
            values["right_when_answered"] = values["right_first"]
    if task.answerable and (documents := {gold.document for gold in task.golds} - {None}):
        values["right_document"] = float(bool(quotes) and quotes[0].source.document in documents)
    score = shown[0].score if shown else 0.0
    if right is not None:
        words, texts = _highlighted(quotes), [gold.text for gold in golds]
        values |= {"squad2_em": squad_match(words, texts), "squad2_f1": f1(words, texts), "brier": (score - right) ** 2}
    values |= _characters(golds, passages)
    return Scored(_outcome(task, quotes, right), answered, score, right, values)


def _right(task: Task, golds: Sequence[FoundGold], shown: Sequence[Quote]) -> bool | None:
    """Whether the first quote, or the nearest passage of a refusal, is right. Without an answer none can be."""
    if task.answerable is None or (task.answerable and not golds):
        return None
    return bool(task.answerable and shown and _holds(shown[0], golds))


def _holds(quote: Quote, golds: Sequence[FoundGold]) -> bool:
    """A gold answer lies whole in the quote: at its place where that is known, else by its words."""
    place = _place(quote)
    return any(
        any(place.covers(one) for one in gold.places) if gold.places else contains_words(quote.text, [gold.text])
        for gold in golds
    )


def _place(quote: Quote) -> Place:
    return Place(quote.source.document, Span(quote.source.start, quote.source.stop))


def _quoting(golds: Sequence[FoundGold], quotes: Sequence[Quote]) -> dict[str, float]:
    """Of an answerable question; a refusal has 0 everywhere."""
    held = [_holds(quote, golds) for quote in quotes]
    texts = [gold.text for gold in golds]
    words = _highlighted(quotes)
    values = {f"right_{most}": float(any(held[:most])) for most in (3, 5)}
    values |= {
        "right_first": float(any(held[:1])),
        "mrr": 1 / (held.index(True) + 1) if any(held) else 0.0,
        "right_first_words": float(any(contains_words(quote.text, texts) for quote in quotes[:1])),
        "exact_match": exact_match(words, texts),
        "squad_em": squad_match(words, texts),
        "squad_f1": f1(words, texts),
    }
    if exact := _exact(golds):
        found = overlap(exact, map(_place, quotes))
        values |= {"quote_recall": found.recall, "quote_precision": found.precision, "quote_iou": found.iou}
    return values


def _highlighted(quotes: Sequence[Quote]) -> str:
    """The words that answer: the highlight of the first quote, all of it where nothing narrower is marked."""
    if not quotes:
        return ""
    first = quotes[0]
    if first.highlight is None:
        return first.text
    return first.text[first.highlight.start - first.source.start : first.highlight.stop - first.source.start]


def _exact(golds: Sequence[FoundGold]) -> list[Place]:
    """The place of every gold answer; none at all where one has several, or none."""
    places = [gold.places[0] for gold in golds if len(gold.places) == 1]
    return places if len(places) == len(golds) else []


def _characters(golds: Sequence[FoundGold], passages: Sequence[Passage]) -> dict[str, float]:
    """Recall, precision and IoU of the gold characters in the first k passages found."""
    exact = _exact(golds)
    if not exact:
        return {}
    values: dict[str, float] = {}
    for most in CUTOFFS:
        found = overlap(exact, (Place(one.document, Span(one.start, one.stop)) for one in passages[:most]))
        values |= {
            f"characters_recall_{most}": found.recall,
            f"characters_precision_{most}": found.precision,
            f"characters_iou_{most}": found.iou,
        }
    return values


def _outcome(task: Task, quotes: Sequence[Quote], right: bool | None) -> Outcome:
    if task.answerable is False:
        return "false answer" if quotes else "right refusal"
    if task.answerable and not quotes:
        return "false refusal"
    if right is None:
        return "not scored"
    return "right" if right else "wrong quote"
