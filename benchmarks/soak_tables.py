"""What a soak found, and the tables of it."""

from __future__ import annotations

import statistics
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .soak_load import EXPECTED
from .soak_watch import Sample, growth
from .tables import Plot, Row, Series, Table

__all__ = [
    "Soaked",
    "Tally",
    "counted_table",
    "descriptors_table",
    "end_table",
    "errors_in",
    "grown",
    "memory_table",
    "plot",
    "quotes_table",
    "requests_table",
]

_GROWTH = 1.05
"""Of the last sixth of the time over the second."""


@dataclass(slots=True)
class Tally:
    """What came back: how often, by kind and status (-1: the connection failed), and what was not expected."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, status: int, trouble: str = "") -> None:
        """Count one request."""
        with self.lock:
            self.statuses[kind, status] += 1
            if status not in EXPECTED[kind][1]:
                self.troubles.append(f"{kind}: {status} {trouble}".strip())


@dataclass(frozen=True, slots=True)
class Soaked:
    """All that a soak found. It took `stopping` seconds to end, `said` is what it wrote, `healthy` is the doctor's word
    on the library after.
    """

    tally: Tally
    quotes: Counter[str]
    samples: tuple[Sample, ...]
    code: int
    stopping: float
    said: str
    healthy: bool


def counted_table(found: Soaked) -> Table:
    """Everything that was checked as cases, and what of it was wrong; nothing may grow by more than 5 %."""
    requests, passages = found.tally.statuses.total(), found.quotes.total()
    more = grown(found.samples)
    ended = [found.code != 0, not found.healthy, errors_in(found) > 0]
    seconds = found.samples[-1].seconds
    rows = (
        Row("requests of a mixed load", "", (f"{requests:,}", "0", f"{len(found.tally.troubles):,}")),
        Row("passages in their answers", "", (f"{passages:,}", "0", f"{found.quotes['wrong']:,}")),
        Row("memory, threads, descriptors: within 5 %", "", ("3", "0", str(len(more)))),
        Row("the end: exit code, doctor, errors in the log", "", ("3", "0", str(sum(ended)))),
    )
    rate = f"{requests / seconds:.1f} requests a second were sent and answered." if seconds else ""
    return Table("All that was checked", ("cases", "lost", "wrong"), rows, (rate, *(f"Grown: {one}." for one in more)))


def grown(samples: Sequence[Sample], spare_mb: float = 0.0, spare: int = 0) -> list[str]:
    """What became more by over 5 %, and where; memory only if it is also more by `spare_mb`, threads and descriptors
    only if also by `spare`. ValueError for under six samples.
    """
    more = []
    first, last, ratio = growth([one.memory_mb for one in samples])
    if ratio > _GROWTH and last - first > spare_mb:
        own, children = growth([one.own_mb for one in samples]), growth([one.children_mb for one in samples])
        parts = f"the server {own[0]:.1f} to {own[1]:.1f}, its children {children[0]:.1f} to {children[1]:.1f}"
        more.append(f"memory from {first:.1f} to {last:.1f} MiB ({parts})")
    for name in ("threads", "descriptors"):
        first, last, ratio = growth([float(getattr(one, name)) for one in samples], min)
        if ratio > _GROWTH and last - first > spare:
            more.append(f"{name} from {first:.0f} to {last:.0f}")
            rows = descriptors_table(samples).rows if name == "descriptors" else ()
            changed = [f"{row.label} {row.cells[0]} to {row.cells[1]}" for row in rows if row.cells[0] != row.cells[1]]
            more[-1] += f" ({', '.join(changed)})" if changed else ""
    return more


def errors_in(found: Soaked) -> int:
    """Lines of what the server said that tell of an error."""
    return sum("Traceback" in line or "ERROR" in line for line in found.said.splitlines())


def requests_table(tally: Tally) -> Table:
    """A line for each kind of request: how many, by status, and how many of them were not expected."""
    rows = []
    for kind, (_, expected) in EXPECTED.items():
        found = sorted((status, count) for (one, status), count in tally.statuses.items() if one == kind)
        shown = ", ".join(f"{status or 'none'}: {count:,}" for status, count in found)
        wrong = sum(count for status, count in found if status not in expected)
        rows.append(Row(kind, "", (f"{sum(count for _, count in found):,}", shown, f"{wrong:,}")))
    return Table("Requests", ("sent", "statuses", "unexpected"), tuple(rows))


def quotes_table(found: Soaked) -> Table:
    """How the passages of the answers stood with their documents."""
    kinds = ("verified", "verified after removal", "gone", "wrong")
    return Table("Quotes", ("passages",), tuple(Row(kind, "", (f"{found.quotes[kind]:,}",)) for kind in kinds))


def memory_table(samples: Sequence[Sample]) -> Table:
    """First, last, growth and most of everything that is held. ValueError for under six samples."""
    names = {
        "memory, MiB": "memory_mb", "of the server alone, MiB": "own_mb", "of its children alone, MiB": "children_mb",
        "processes": "processes", "threads, lowest": "threads", "descriptors, lowest": "descriptors",
        "temporary files": "temporary_files", "temporary files, MiB": "temporary_mb", "library, MiB": "library_mb",
    }  # fmt: skip
    rows = []
    for label, name in names.items():
        values = [float(getattr(one, name)) for one in samples]
        first, last, ratio = growth(values, min if "lowest" in label else statistics.median)
        rows.append(Row(label, "", (f"{first:,.1f}", f"{last:,.1f}", f"{ratio:.3f}", f"{max(values):,.1f}")))
    return Table("Held", ("second sixth", "last sixth", "ratio", "most ever"), tuple(rows))


def descriptors_table(samples: Sequence[Sample]) -> Table:
    """The lowest number of each kind of descriptor. ValueError for under six samples."""
    rows = []
    for kind in sorted({kind for one in samples for kind in one.kinds}):
        values = [one.kinds.get(kind, 0) for one in samples]
        first, last, _ = growth(values, min)
        rows.append(Row(kind, "", (f"{first:.0f}", f"{last:.0f}", str(max(values)))))
    return Table("Descriptors, lowest number", ("second sixth", "last sixth", "most ever"), tuple(rows))


def end_table(found: Soaked) -> Table:
    """What the server left behind."""
    facts = {
        "exit code after SIGTERM": str(found.code),
        "seconds it took to end": f"{found.stopping:.1f}",
        "errors in the server's output": str(errors_in(found)),
        "library sound, by the doctor": "yes" if found.healthy else "NO",
    }
    return Table("End", ("",), tuple(Row(label, "", (value,)) for label, value in facts.items()))


def plot(samples: Sequence[Sample]) -> Plot:
    """Memory against time."""
    some = samples[:: max(1, len(samples) // 120)]
    lines = {"with child processes": "memory_mb", "the server alone": "own_mb"}
    series = [
        Series(label, tuple((one.seconds / 60, getattr(one, name)) for one in some)) for label, name in lines.items()
    ]
    return Plot("soak-memory", "Memory under mixed load", "minutes", "MiB", tuple(series))
