"""The table at the head of docs/reliability.md: every fault, how often it was tried, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quoth.qa.estimates import exact_rate

from .tables import Row, Section, Table

__all__ = ["summary"]

_COUNTED = ("cases", "lost", "wrong")


def summary(sections: Sequence[Section], command: str) -> Table:
    """A line for each line of the first table in every section that counts cases, lost and wrong.

    Where nothing went wrong in n cases, that is no proof: the last column but one is the upper end of the 95 % interval
    of Clopper and Pearson. A line without a case is left out.
    """
    columns = (*_COUNTED, "lost or wrong, at most (95 %)", "again")
    rows = tuple(row for section in sections for row in _rows(section, command))
    note = "What counts as lost and as wrong stands with each fault below."
    return Table("All faults", columns, rows, (note,))


def _rows(section: Section, command: str) -> Iterator[Row]:
    counted = next((table for table in section.tables if set(_COUNTED) <= set(table.columns)), None)
    if counted is None:
        return
    places = [counted.columns.index(name) for name in _COUNTED]
    again = f"`python benchmarks/{command} --only {section.name}`{' (a sample)' if section.made['quick'] else ''}"
    for row in counted.rows:
        cases, lost, wrong = (int(str(row.cells[place]).replace(",", "")) for place in places)
        bound = exact_rate(min(lost + wrong, cases), cases)
        if bound is not None:
            numbers = (f"{cases:,}", f"{lost:,}", f"{wrong:,}", f"{100 * bound.high:.2g} %", again)
            yield Row(row.label, "", numbers)
