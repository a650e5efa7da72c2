"""Quoting and refusing: is the first quote right, and are questions without an answer refused?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from .baselines import LONGEST_QUOTE
from .data import Question
from .metrics import Estimate, auroc_estimate, contains_text, rate_estimate, threshold_refusing
from .systems import QUOTH, SYSTEMS, Bench, Place, Plan, Response
from .tables import Row, Table, Unit

__all__ = ["Judged", "errors_table", "judged", "kinds_table", "quoting_table"]

PLAN = Plan(quotes=3, passages=10)
COLUMNS = SYSTEMS
Measure = Callable[[Sequence["Judged"]], Estimate]
NOTES = (
    "The first quote is that of the answer or, where the question was refused, the first of the nearest passages shown "
    "with the refusal: so ranking and refusing are measured apart. A quote counts when it is at most 400 characters "
    "long and contains a gold answer whole. By offsets: the gold span itself, in its document; by text: its words "
    "anywhere, in lower case and without punctuation and articles.",
    "The baselines rank the same passages; their quote is the window of whole sentences, at most 400 characters and as "
    "long as that allows, that scores best by the same score. They have no threshold: theirs is set, on these very "
    "questions, so that they refuse as many answerable questions as Quoth does, which flatters them.",
    "Intervals: Wilson for shares; for AUROC bootstrap within the answerable and within the unanswerable.",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A response held against the gold answers.

    `offsets` and `words`: for each quote, whether it contains a gold answer; `long`: the first quote is over 400
    characters; `depth`: rank (1-based) of the first passage that contains a gold answer, 0 when none does.
    """

    question: Question
    answered: bool
    score: float
    offsets: tuple[bool, ...]
    words: tuple[bool, ...]
    long: bool
    depth: int


def judged(bench: Bench, responses: Mapping[str, Sequence[Response]]) -> dict[str, list[Judged]]:
    """Every system's responses, judged; the baselines answer or refuse by the threshold that `NOTES` tells of."""
    found = {
        name: [_judged(bench, *pair) for pair in zip(bench.set.questions, given, strict=True)]
        for name, given in responses.items()
    }
    refused = [not one.answered for one in found[QUOTH] if one.question.answerable]
    share = sum(refused) / len(refused) if refused else 0.0
    return {name: rows if name == QUOTH else _with_threshold(rows, share) for name, rows in found.items()}


def _judged(bench: Bench, question: Question, response: Response) -> Judged:
    golds = bench.golds(question)
    texts = [gold.text for gold in question.golds]
    short = [place.stop - place.start <= LONGEST_QUOTE for place in response.quotes]
    inside = [fits and contains(place, golds) for place, fits in zip(response.quotes, short, strict=True)]
    said = [contains_text(bench.text(place), texts) for place in response.quotes]
    return Judged(
        question=question,
        answered=response.answered,
        score=response.score,
        offsets=tuple(inside),
        words=tuple(fits and right for fits, right in zip(short, said, strict=True)),
        long=short[:1] == [False],
        depth=next((rank for rank, place in enumerate(response.passages, 1) if contains(place, golds)), 0),
    )


def contains(place: Place, golds: Sequence[Place]) -> bool:
    """Whether a gold span lies whole inside `place`."""
    return any(
        gold.document == place.document and place.start <= gold.start and gold.stop <= place.stop for gold in golds
    )


def _with_threshold(rows: Sequence[Judged], share: float) -> list[Judged]:
    threshold = threshold_refusing(share, [one.score for one in rows], [one.question.answerable for one in rows])
    return [replace(one, answered=one.score >= threshold) for one in rows]


def quoting_table(title: str, found: Mapping[str, Sequence[Judged]]) -> Table:
    """All measures of quoting and refusing, one a line; those of the unanswerable only where there are any."""
    lines = [Row(label, unit, tuple(measure(found[name]) for name in COLUMNS)) for label, unit, measure in _measures()]
    kept = tuple(row for row in lines if isinstance(row.cells[0], Estimate) and row.cells[0].n)
    return Table(title, COLUMNS, kept, NOTES)


def _measures() -> list[tuple[str, Unit, Measure]]:
    return [
        ("first quote contains a gold answer", "%", _share(lambda one: any(one.offsets[:1]))),
        ("one of the first three does", "%", _share(lambda one: any(one.offsets[:3]))),
        ("first quote, by text", "%", _share(lambda one: any(one.words[:1]))),
        ("one of the first three, by text", "%", _share(lambda one: any(one.words[:3]))),
        ("AUROC of the answer score", "", _auroc),
        ("false answers (unanswerable, answered)", "%", _false_answers),
        ("false refusals (answerable, refused)", "%", _share(lambda one: not one.answered)),
        ("answerable: answered, first quote right", "%", _share(lambda one: one.answered and any(one.offsets[:1]))),
        ("first quote longer than 400 characters", "%", _share(lambda one: one.long)),
        ("gold in the first passage", "%", _share(lambda one: one.depth == 1)),
        ("gold in the first 5 passages", "%", _share(lambda one: 1 <= one.depth <= 5)),
        ("gold in the first 10 passages", "%", _share(lambda one: 1 <= one.depth <= 10)),
    ]


def _share(holds: Callable[[Judged], bool]) -> Measure:
    """The share of the answerable questions of which this holds."""
    return lambda rows: rate_estimate([holds(one) for one in rows if one.question.answerable])


def _false_answers(rows: Sequence[Judged]) -> Estimate:
    return rate_estimate([one.answered for one in rows if not one.question.answerable])


def _auroc(rows: Sequence[Judged]) -> Estimate:
    return auroc_estimate([one.score for one in rows], [one.question.answerable for one in rows])


def kinds_table(title: str, found: Mapping[str, Sequence[Judged]]) -> Table:
    """By the kind of question: how often the first quote is right, or, without an answer, how often one was given."""
    kinds = sorted({(not one.question.answerable, one.question.kind) for one in found[QUOTH]})
    lines = []
    for unanswerable, kind in kinds:
        label = f"{kind}: {'answered (false)' if unanswerable else 'first quote right'}"
        cells = []
        for name in COLUMNS:
            rows = [one for one in found[name] if one.question.kind == kind]
            cells.append(rate_estimate([one.answered if unanswerable else any(one.offsets[:1]) for one in rows]))
        lines.append(Row(label, "%", tuple(cells)))
    return Table(title, COLUMNS, tuple(lines))


def errors_table(title: str, bench: Bench, rows: Sequence[Judged], responses: Sequence[Response]) -> Table:
    """Every question that went wrong, with what was quoted. Only for texts that are ours to print."""
    lines = []
    for one, response in zip(rows, responses, strict=True):
        if wrong := _error(one):
            quote = bench.text(response.quotes[0]) if response.quotes else ""
            shown = quote if len(quote) <= 160 else f"{quote[:159]}…"
            golds = " / ".join(dict.fromkeys(gold.text for gold in one.question.golds))
            cells = (one.question.kind, one.question.text, wrong, f"{one.score:.2f}", shown, golds)
            lines.append(Row(one.question.id, "", cells))
    columns = ("kind", "question", "what went wrong", "score", "first quote or nearest passage", "gold")
    return Table(title, columns, tuple(lines))


def _error(one: Judged) -> str:
    """What is wrong with a response, in a few words; nothing for a right one."""
    if not one.question.answerable:
        return "answered, has no answer" if one.answered else ""
    right = any(one.offsets[:1])
    if one.answered:
        return "" if right else "wrong quote"
    return "refused; its nearest passage was right" if right else "refused; its nearest passage was wrong too"
