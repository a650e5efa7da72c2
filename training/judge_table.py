"""What each feature is worth to the judge: a table, by cross-validation on the texts the judge is fitted on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from judge_features import NAMES

if TYPE_CHECKING:
    from fit_judge import Asked

FOLDS = 5
_BEGIN, _END = "<!-- made by training/fit_judge.py -->", "<!-- end -->"


def write_table(path: Path, asked: Sequence[Asked], shipped: Sequence[str], facts: dict[str, Any]) -> None:
    """Replace what stands between the two marks of the file by the table and the judge's own figures."""
    others = [name for name in NAMES if name not in shipped]
    rows = [("shipped: " + ", ".join(shipped), shipped)]
    rows += [(f"without {name}", [one for one in shipped if one != name]) for name in shipped]
    rows += [(f"with {name}", [*shipped, name]) for name in others]
    rows += [("all of them", NAMES)]
    lines = ["| features | first quote right | AUROC | AUROC, adversarial questions too |", "|---|---:|---:|---:|"]
    for label, names in rows:
        lines.append(f"| {label} | " + " | ".join(f"{value:.4f}" for value in cross_validated(asked, names)) + " |")
    answerable = sum(one.kind == "answerable" for one in asked)
    hidden = sum(one.kind == "hidden" for one in asked)
    about = (
        f"{FOLDS}-fold cross-validation by text on the fitting half: {answerable} answerable questions, {hidden} with "
        f"their answer hidden, {len(asked) - answerable - hidden} adversarial ones."
    )
    _put(path, [about, "", *lines, "", *_figures(facts), "", *_bands(facts)])


def write_bands(path: Path, facts: dict[str, Any]) -> None:
    """Replace what stands between the two marks of the file by what the confidence words are worth."""
    _put(path, _bands(facts))


def _put(path: Path, lines: Sequence[str]) -> None:
    before, _, rest = path.read_text(encoding="utf-8").partition(_BEGIN)
    body = "\n".join([_BEGIN, "", *lines, "", _END])
    path.write_text(before + body + rest.partition(_END)[2], encoding="utf-8")


def cross_validated(asked: Sequence[Asked], names: Sequence[str]) -> tuple[float, float, float]:
    """First quote right, AUROC of answerable against hidden, and against hidden and adversarial questions."""
    from fit_judge import auroc, best_of, logistic, rescaled, with_columns

    chosen = with_columns(asked, names)
    folds = np.array([hashlib.sha256(b"fold" + one.home.encode()).digest()[0] % FOLDS for one in chosen])
    logits, right = np.zeros(len(chosen)), np.zeros(len(chosen), dtype=np.bool_)
    for fold in range(FOLDS):
        fitting = [one for one, part in zip(chosen, folds, strict=True) if part != fold]
        at = np.flatnonzero(folds == fold)
        weights, bias = rescaled(fitting, *logistic(fitting))
        logits[at], right[at] = best_of([chosen[n] for n in at], weights, bias)
    kinds = np.array([one.kind for one in chosen])
    yes, no = logits[kinds == "answerable"], logits[kinds == "hidden"]
    return (
        float(right[kinds == "answerable"].mean()),
        auroc(yes, no),
        auroc(yes, logits[kinds != "answerable"]),
    )


def _figures(facts: dict[str, Any]) -> list[str]:
    """The shipped judge on the other half of the texts."""
    lines = [
        f"On the other half, at the threshold of {facts['threshold']}:",
        "",
        "| questions | answerable | unanswerable | first quote right | AUROC | false refusals | false answers |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, row in facts["measured"].items():
        if isinstance(row, dict):
            shares = (row["first_quote_right"], row["auroc"], row["false_refusal_rate"], row["false_answer_rate"])
            lines.append(
                f"| {name} | {row['answerable']} | {row['unanswerable']} | "
                + " | ".join(f"{share:.3f}" for share in shares)
                + " |"
            )
    return lines


def _bands(facts: dict[str, Any]) -> list[str]:
    lines = ["| confidence | from a score of | right | 95 % interval | n |", "|---|---:|---:|---|---:|"]
    for band in facts["bands"]:
        interval = f"{band['low']:.3f} to {band['high']:.3f}"
        lines.append(f"| {band['word']} | {band['start']:.2f} | {band['right']:.3f} | {interval} | {band['n']} |")
    return lines
