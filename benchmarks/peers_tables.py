"""What was measured of Quoth and its peers, judged and laid out: ratios to Quoth first, then the figures themselves."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .data import Question
from .metrics import contains_text, quantile, rate_estimate
from .speed import Usage
from .tables import Cell, Row, Table

__all__ = ["FIRST", "Measured", "Reply", "quality_table", "ratio_table", "raw_table", "returned"]

FIRST = 400
"""How many characters of what is returned are judged: what fits on a card, and what Quoth's other suites judge."""
_NOTHING = Usage(math.nan, math.nan)
_RATIO_NOTES = (
    "Each figure over Quoth's of the same run. Over 1: slower, larger; in the last column: more often right, where "
    "Quoth's refusals count as wrong. The figures themselves are below. Other machines differ in seconds, less so in "
    "ratios.",
)
_RAW_NOTES = (
    "Ingest: one process, from its start to its end: imports, reading, splitting, embedding, storing. Cold: a new "
    "process opens the store and answers one question, median of the rounds, in which all take turns. Warm: the "
    "questions that follow the first three of a process, one after the other. Peak: largest resident memory of the "
    "process, shared libraries and mapped files included. Disk: the store; and the packages with all they need, and "
    "the model. Quoth's packages include a web app, PDF and Word readers and the evaluation.",
    "The very first time on a machine Quoth exports its encoder; the models of the others were there before. Quoth's "
    "store carries the encoder, so that it needs no torch to answer; the others read the model in its folder.",
    "Chroma's default embedding function, which its quick-start uses, loads its model anew for every call; named as an "
    "object it keeps it, which is the second line. Both pad every text to 256 tokens. LlamaIndex's default passages "
    "are longer than the 256 tokens that MiniLM reads.",
)
_QUALITY_NOTES = (
    f"Returned: the texts that came back, best first, one after the other; the first column looks at the first {FIRST} "
    "characters of that, the second at all of it. Right: a gold answer's words are in it, in lower case and without "
    "punctuation and articles. In Quoth's first line a refusal returns nothing; in its second the passages that it "
    "shows with a refusal count as returned, as if it answered always, like the others, which cannot refuse.",
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one question got: `texts` best first, those shown with a refusal too."""

    question: str
    answered: bool
    texts: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """All that was measured of one: MiB of its packages and its store, processes, seconds of warm questions."""

    label: str
    installed: float = math.nan
    store: float = math.nan
    passages: int = 0
    ingest: Usage = _NOTHING
    cold: tuple[Usage, ...] = ()
    warm: tuple[float, ...] = ()
    replies: Mapping[str, Reply] = field(default_factory=dict)

    def cold_seconds(self) -> float:
        """Median of the rounds."""
        return statistics.median(usage.seconds for usage in self.cold)

    def cold_memory(self) -> float:
        """Median of the rounds, MiB."""
        return statistics.median(usage.memory for usage in self.cold)


def returned(reply: Reply, *, refusals: bool, most: int | None = FIRST) -> str:
    """The text that is judged: nothing for a refusal unless what it shows counts too (`refusals`)."""
    return "\n".join(reply.texts)[:most] if reply.answered or refusals else ""


def ratio_table(found: Sequence[Measured], questions: Sequence[Question], missing: Sequence[str]) -> Table:
    """Everything over the first one's, which is Quoth."""
    columns: dict[str, Callable[[Measured], float]] = {
        "ingest, time": lambda one: one.ingest.seconds,
        "ingest, peak memory": lambda one: one.ingest.memory,
        "cold start": Measured.cold_seconds,
        "cold, peak memory": Measured.cold_memory,
        "warm question": lambda one: quantile(one.warm, 0.5),
        "store": lambda one: one.store,
        "packages and model": lambda one: one.installed,
        f"gold in the first {FIRST} characters": lambda one: _share_right(one, questions),
    }
    lines = [
        Row(one.label, "x", tuple(_over(measure(one), measure(found[0])) for measure in columns.values()))
        for one in found
    ]
    lines += [Row(f"{label}: could not be installed here", "x", (math.nan,) * len(columns)) for label in missing]
    return Table("Ratios to Quoth", tuple(columns), tuple(lines), _RATIO_NOTES)


def raw_table(found: Sequence[Measured], characters: int, first: Usage, versions: Sequence[str]) -> Table:
    """The figures themselves; `first` is Quoth's ingest on a machine that never exported its encoder."""
    columns = (
        "passages", "ingest", "thousand characters a second", "peak", "cold start", "peak", "warm, median",
        "95th percentile", "store", "packages and model",
    )  # fmt: skip
    lines = [Row(one.label, "", _raw_cells(one, characters)) for one in found]
    cells = ("", f"{first.seconds:.1f} s", "", f"{first.memory:.0f} MB", *[""] * (len(columns) - 4))
    lines.insert(1, Row(f"{found[0].label}, the very first time on a machine", "", cells))
    note = "; ".join(versions) + "."
    return Table("Time, memory and disk", columns, tuple(lines), (*_RAW_NOTES, note))


def quality_table(title: str, found: Sequence[Measured], questions: Sequence[Question]) -> Table:
    """How often what is returned holds the answer, and how often there is an answer to what has none."""
    lines = [_quality_row(one.label, one, questions, refusals=False) for one in found]
    lines.insert(1, _quality_row(f"{found[0].label}, as if it never refused", found[0], questions, refusals=True))
    without = sum(not question.answerable for question in questions)
    columns = (
        f"gold in the first {FIRST} characters", "gold in all that is returned", "characters returned, median",
        f"answered although unanswerable, of {without}",
    )  # fmt: skip
    return Table(title, columns, tuple(lines), _QUALITY_NOTES)


def _raw_cells(one: Measured, characters: int) -> tuple[Cell, ...]:
    return (
        f"{one.passages:,}",
        f"{one.ingest.seconds:.1f} s",
        f"{characters / one.ingest.seconds / 1000:.1f}",
        f"{one.ingest.memory:.0f} MB",
        f"{one.cold_seconds():.2f} s",
        f"{one.cold_memory():.0f} MB",
        f"{1000 * quantile(one.warm, 0.5):.1f} ms",
        f"{1000 * quantile(one.warm, 0.95):.1f} ms",
        f"{one.store:.1f} MB",
        f"{one.installed:,.0f} MB",
    )


def _quality_row(label: str, one: Measured, questions: Sequence[Question], *, refusals: bool) -> Row:
    lengths = [len(returned(one.replies[asked.id], refusals=refusals, most=None)) for asked in questions]
    cells: tuple[Cell, ...] = (
        rate_estimate(_right(one, questions, refusals=refusals, most=FIRST)),
        rate_estimate(_right(one, questions, refusals=refusals, most=None)),
        f"{statistics.median(lengths):,.0f}",
        rate_estimate([refusals or one.replies[asked.id].answered for asked in questions if not asked.answerable]),
    )
    return Row(label, "%", cells)


def _right(one: Measured, questions: Sequence[Question], *, refusals: bool, most: int | None) -> list[bool]:
    """Of each answerable question, whether a gold answer is in what it got."""
    return [
        contains_text(
            returned(one.replies[asked.id], refusals=refusals, most=most), [gold.text for gold in asked.golds]
        )
        for asked in questions
        if asked.answerable
    ]


def _share_right(one: Measured, questions: Sequence[Question]) -> float:
    return rate_estimate(_right(one, questions, refusals=False, most=FIRST)).value


def _over(value: float, ours: float) -> float:
    return value / ours if ours else math.nan
