"""What became of each question from one run to the other: flips between right and wrong, new answers, other quotes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from quoth.corpus import BadRequest

__all__ = ["Change", "Seen", "Shown", "changed", "seen", "text_in"]

Kind = Literal["new answer", "new refusal", "other quote", "same quote", "refused again"]
_GOOD = frozenset({"right", "right refusal"})
_BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
"""What a run's files raise that somebody edited: JSON of any shape, depth and size."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The first quote of an answer and where it stands."""

    text: str
    title: str
    document: str
    start: int


@dataclass(frozen=True, slots=True)
class Seen:
    """One question in one run. `values` are its numbers by name of the measure."""

    key: str
    question: str
    outcome: str
    first: Shown | None
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose answer or whose outcome is another one; `flip` is None where right and wrong stayed."""

    key: str
    question: str
    kind: Kind
    flip: Literal["gained", "lost"] | None
    outcome_before: str
    outcome_after: str
    before: Shown | None
    after: Shown | None


def seen(folder: Path) -> Iterator[Seen]:
    """Every question of a run, in order. Raises BadRequest when the folder is no whole run."""
    try:
        with (
            (folder / "scores.jsonl").open(encoding="utf-8") as scores,
            (folder / "answers.jsonl").open(encoding="utf-8") as answers,
        ):
            for score, answer in zip_longest(scores, answers):
                yield _seen(json.loads(score), json.loads(answer))
    except _BROKEN as error:
        raise BadRequest(f"{folder} is not the whole folder of an evaluation ({error}); evaluate again.") from error


def _seen(score: Mapping[str, Any], answer: Mapping[str, Any]) -> Seen:
    if score["question"] != answer["question"]:
        raise ValueError(f"its answers and scores are of different questions at {score['key']!r}")
    first = None
    for quote in answer["quotes"][:1]:
        source = quote["source"]
        words = (text_in(quote["text"]), text_in(source["title"]), text_in(source["document"]))
        first = Shown(*words, int(source["start"]))
    values = {name: _value(value) for name, value in score["values"].items()}
    return Seen(text_in(score["key"]), text_in(score["question"]), text_in(score["outcome"]), first, values)


def text_in(value: object) -> str:
    """This value of a run's file, which is text. Raises ValueError: one that somebody edited may hold anything."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.40} where words should be")
    return value


def _value(value: object) -> float:
    """What a measure gives for one question: all of them lie between 0 and 1."""
    if not isinstance(value, float | int) or not 0 <= value <= 1:
        raise ValueError(f"{value!r:.40} where a measure's number from 0 to 1 should be")
    return value


def changed(before: Seen, after: Seen) -> Change | None:
    """What is another for this question; None when it is quoted as before and as right as before."""
    was, is_now = before.outcome in _GOOD, after.outcome in _GOOD
    scored = "not scored" not in (before.outcome, after.outcome)
    kind = _kind(before.first, after.first)
    if kind in ("same quote", "refused again") and (was == is_now or not scored):
        return None
    flip: Literal["gained", "lost"] | None = None
    if scored and was != is_now:
        flip = "gained" if is_now else "lost"
    outcomes = before.outcome, after.outcome
    return Change(after.key, after.question, kind, flip, *outcomes, before.first, after.first)


def _kind(before: Shown | None, after: Shown | None) -> Kind:
    if before is None or after is None:
        return "refused again" if before == after else "new answer" if before is None else "new refusal"
    same = (before.text, before.document) == (after.text, after.document)
    return "same quote" if same else "other quote"
