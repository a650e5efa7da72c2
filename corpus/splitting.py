"""Documents into passages: a partition of the text at sentence starts, as even and as natural as may be.

Among all ways to cut, the one with the least cost is taken (dynamic programming over a bounded window, so the time
grows in step with the text). The cost of a passage is how far its length is from the target, squared and relative,
plus what the place of its first cut costs: nothing at a heading, most in the middle of a paragraph.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .cutting import cut_long
from .document import Document
from .passage import Passage
from .sentences import sentences

__all__ = ["Splitting", "split"]

_PARAGRAPH = re.compile(r"(?:\r\n|[\n\r\f\x85\u2028\u2029])")
_SEVERED_LEAD = 1.5
"""Cost of a cut right after a heading or a line that ends with a colon: it belongs to what follows."""
_CROSSED_HEADING = 0.15
"""Cost of a heading inside a passage; little, so that sections of a line or two still share one."""
_CUT_COST: Final = {"heading": 0.0, "page": 0.02, "paragraph": 0.05, "sentence": 0.25}
_GRAIN = 12
"""What is shorter than a twelfth of the target is not cut off on its own: it joins what it stands with."""
_LEAD_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Splitting:
    """How long passages should be and may be, in characters; white space at the edges is not counted."""

    target: int = 600
    longest: int = 1000

    def __post_init__(self) -> None:
        if not 1 <= self.target <= self.longest:
            raise ValueError(f"a splitting needs 1 <= target <= longest, not {self.target} and {self.longest}")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A stretch that is never cut. `start` to `stop` without white space at the edges; costs as explained above."""

    start: int
    stop: int
    cut_cost: float
    heading: bool
    lead: bool


def split(document: Document, splitting: Splitting | None = None) -> list[Passage]:
    """The passages of `document`, in order; joined they are exactly its text.

    Passages begin at sentence starts, except inside a sentence longer than `splitting.longest`. None is longer than
    that. The same document and splitting give the same passages, always.
    """
    units = _units(document, splitting or Splitting())
    cuts = [0, *(units[first].start for first in _best_firsts(units, splitting or Splitting())[1:]), len(document.text)]
    return [
        Passage(document.id, ordinal, start, stop, document.text[start:stop])
        for ordinal, (start, stop) in enumerate(pairwise(cuts))
    ]


def _units(document: Document, splitting: Splitting) -> list[_Unit]:
    text = document.text
    spans = [
        piece
        for span in sentences(text)
        for piece in (cut_long(text, span, splitting.longest) if len(span) > splitting.longest else (span,))
    ]
    starts = [span.start for span in spans]
    kinds: dict[int, str] = {}
    for mark in document.marks:
        at = bisect_left(starts, mark.start)
        if kinds.get(at) != "heading":
            kinds[at] = mark.kind
    units: list[_Unit] = []
    for at, span in enumerate(spans):
        kind = kinds.get(at) or _kind_of_gap(text, spans[at - 1].stop if at else 0, span.start)
        lead = kind == "heading" or _is_lead(text, span.start, span.stop)
        unit = _Unit(span.start, span.stop, _CUT_COST[kind], kind == "heading", lead)
        if units and _may_join(units[-1], unit, kind, splitting):
            units[-1] = _joined(units[-1], unit)
        else:
            units.append(unit)
    return units


def _kind_of_gap(text: str, start: int, stop: int) -> str:
    return "paragraph" if _PARAGRAPH.search(text, start, stop) else "sentence"


def _is_lead(text: str, start: int, stop: int) -> bool:
    """Whether this looks like a heading or introduces what follows: a short line that no end mark closes."""
    if stop - start > _LEAD_LENGTH or not _PARAGRAPH.match(text, stop):
        return text[stop - 1] in ":：" and _PARAGRAPH.match(text, stop) is not None
    return text[stop - 1].isalnum() or text[stop - 1] in ":："


def _may_join(last: _Unit, unit: _Unit, kind: str, splitting: Splitting) -> bool:
    """Whether `unit` need not be told from `last`: units that are too short to matter would only cost time."""
    if (last.stop - last.start) * _GRAIN >= splitting.target or unit.stop - last.start > splitting.longest:
        return False
    # Two short paragraphs may share a unit; the last words of a long one may not take the next one's first with them.
    return last.lead or kind == "sentence" or (kind == "paragraph" and last.cut_cost < _CUT_COST["sentence"])


def _joined(first: _Unit, second: _Unit) -> _Unit:
    return _Unit(first.start, second.stop, first.cut_cost, first.heading, second.lead)


def _best_firsts(units: list[_Unit], splitting: Splitting) -> list[int]:
    """The first unit of every passage in the cheapest partition."""
    best = [0.0]
    came_from = [0]
    for after in range(1, len(units) + 1):
        cost, origin = _cheapest_last(units, after, best, splitting)
        best.append(cost)
        came_from.append(origin)
    firsts: list[int] = []
    at = len(units)
    while at > 0:
        at = came_from[at]
        firsts.append(at)
    return firsts[::-1]


def _cheapest_last(units: list[_Unit], after: int, best: list[float], splitting: Splitting) -> tuple[float, int]:
    """Cost and first unit of the best passage that ends before unit `after`, with the best partition before it."""
    stop = units[after - 1].stop
    severed = _SEVERED_LEAD if units[after - 1].lead and after < len(units) else 0.0
    crossed = 0.0
    cheapest, origin = float("inf"), after - 1
    for first in range(after - 1, -1, -1):
        unit = units[first]
        length = stop - unit.start
        if length > splitting.longest and first < after - 1:
            break
        miss = (length - splitting.target) / splitting.target
        cost = best[first] + miss * miss + unit.cut_cost + severed + crossed
        if cost < cheapest:
            cheapest, origin = cost, first
        crossed += _CROSSED_HEADING if unit.heading else 0.0
    return cheapest, origin
