"""Every number of a report: its name, what it says, over which questions, and whether more is better."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from .estimates import Estimate, exact_rate, mean, rate
from .ranking import CUTOFFS

__all__ = ["ALL_MEASURES", "MEASURES", "Measure", "estimated"]

Kind = Literal["rate", "exact rate", "mean", "bootstrap"]
Better = Literal["higher", "lower", ""]


@dataclass(frozen=True, slots=True)
class Measure:
    """`kind` names the interval: Wilson's for a rate, Clopper and Pearson's for an exact rate, else the bootstrap's."""

    name: str
    label: str
    group: str
    kind: Kind
    better: Better


def estimated(kind: Kind, values: Sequence[float]) -> Estimate | None:
    """The numbers of all questions a measure applies to, as one."""
    if kind == "mean":
        return mean(values)
    return (rate if kind == "rate" else exact_rate)(round(sum(values)), len(values))


_QUOTING = "Quoting: questions that have an answer; a refusal counts as wrong"
_REFUSING = "Refusing"
_DOCUMENTS = "Searching: documents; questions that name relevant ones"
_PASSAGES = "Searching: passages that hold gold; questions with exact places"
_CHARACTERS = "Searching: gold characters in the first passages; questions with exact places"

_PLAIN: Mapping[str, tuple[str, str, Kind, Better]] = {
    "right_first": (_QUOTING, "first quote right", "rate", "higher"),
    "right_3": (_QUOTING, "one of the first 3 quotes right", "rate", "higher"),
    "right_5": (_QUOTING, "one of the first 5 quotes right", "rate", "higher"),
    "mrr": (_QUOTING, "MRR of the first right quote", "mean", "higher"),
    "right_when_answered": (_QUOTING, "first quote right, of those answered", "rate", "higher"),
    "nearest_right": (_QUOTING, "first quote, or nearest passage of a refusal, right", "rate", "higher"),
    "right_first_words": (_QUOTING, "first quote has the words of a gold answer", "rate", "higher"),
    "right_document": (_QUOTING, "first quote from a right document", "rate", "higher"),
    "quote_recall": (_QUOTING, "gold characters that the quotes hold", "mean", "higher"),
    "quote_precision": (_QUOTING, "characters of the quotes that are gold", "mean", "higher"),
    "quote_iou": (_QUOTING, "intersection over union of both", "mean", "higher"),
    "exact_match": (_QUOTING, "highlight is a gold answer, character for character", "rate", "higher"),
    "squad_em": (_QUOTING, "highlight matches as SQuAD compares", "rate", "higher"),
    "squad_f1": (_QUOTING, "SQuAD F1 of the highlight", "mean", "higher"),
    "answered": (_REFUSING, "answered, of all questions", "rate", ""),
    "false_answer": (_REFUSING, "answered, though there is no answer", "exact rate", "lower"),
    "false_refusal": (_REFUSING, "refused, though there is an answer", "exact rate", "lower"),
    "squad2_em": (_REFUSING, "SQuAD 2 exact match, refusals counted", "rate", "higher"),
    "squad2_f1": (_REFUSING, "SQuAD 2 F1, refusals counted", "mean", "higher"),
    "brier": (_REFUSING, "Brier score: mean of (score - right) squared", "mean", "lower"),
}


def _measures() -> Iterator[Measure]:
    for name, (group, label, kind, better) in _PLAIN.items():
        yield Measure(name, label, group, kind, better)
    for unit, group in (("documents", _DOCUMENTS), ("passages", _PASSAGES)):
        yield Measure(f"{unit}_ndcg_10", f"nDCG@10 of {unit}", group, "mean", "higher")
        yield Measure(f"{unit}_mrr", f"MRR of {unit}", group, "mean", "higher")
        for most in CUTOFFS:
            yield Measure(f"{unit}_recall_{most}", f"recall@{most} of {unit}", group, "mean", "higher")
    for most in CUTOFFS:
        for part in ("recall", "precision", "iou"):
            shown = part if part != "iou" else "IoU"
            yield Measure(f"characters_{part}_{most}", f"{shown}@{most} of characters", _CHARACTERS, "mean", "higher")


MEASURES = tuple(_measures())
"""Those that each question has a number of. The Brier score is that of Brier 1950 (Mon. Weather Rev. 78:1)."""

ALL_MEASURES = (
    *MEASURES,
    Measure("auroc", "AUROC of the score: answerable above unanswerable", _REFUSING, "bootstrap", "higher"),
    Measure("aurc", "area under the risk-coverage curve", _REFUSING, "bootstrap", "lower"),
    Measure("broken_quotes", "quotes that do not stand in their document", "Exactness", "exact rate", "lower"),
)
"""With those that only all questions together have, or all quotes."""
