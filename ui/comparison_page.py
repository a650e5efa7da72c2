"""comparison.html of two runs: every measure before and after, and every question that is answered differently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from quoth.qa import Change, RunComparison, Shown, whole

from .report_page import badge, card, page_end, page_start, safe, table_head
from .saying import count

__all__ = ["Compared", "write_comparison"]

_MOST_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison in a few numbers: of so many `questions` that both runs have, `different` are answered differently.

    `verdict` names what was lost. A question may be new right or wrong (`gained`, `lost`) with any kind of change.
    """

    questions: int
    different: int
    gained: int
    lost: int
    new_answers: int
    new_refusals: int
    other_quotes: int
    verdict: str
    passed: bool

    @classmethod
    def of(cls, comparison: RunComparison) -> Compared:
        """Counts the changes."""
        flips = Counter(change.flip for change in comparison.changes)
        kinds = Counter(change.kind for change in comparison.changes)
        return cls(
            questions=comparison.questions,
            different=len(comparison.changes),
            gained=flips["gained"],
            lost=flips["lost"],
            new_answers=kinds["new answer"],
            new_refusals=kinds["new refusal"],
            other_quotes=kinds["other quote"],
            verdict=_verdict(comparison),
            passed=comparison.passed,
        )

    @property
    def kinds(self) -> str:
        """`2 new answers, 1 new refusal, 0 other quotes`."""
        named = (self.new_answers, "new answer"), (self.new_refusals, "new refusal"), (self.other_quotes, "other quote")
        return ", ".join(count(*one) for one in named)


def write_comparison(comparison: RunComparison, path: Path) -> None:
    """Draw it as one file. Raises BadRequest when it cannot be written."""
    with whole(path) as file:
        file.write(page_start(f"{comparison.after} against {comparison.before}"))
        file.writelines(_head(comparison))
        file.writelines(_contrasts(comparison))
        file.writelines(_changes(comparison))
        file.write(page_end())


def _head(comparison: RunComparison) -> Iterator[str]:
    found = Compared.of(comparison)
    yield f"<header><h1>{safe(comparison.after)} against {safe(comparison.before)}</h1><p class='soft'>"
    yield f"{comparison.questions:,} questions in both runs"
    for keys, where in ((comparison.only_before, "before"), (comparison.only_after, "after")):
        if keys:
            yield f"; {len(keys):,} only {where}, not compared"
    yield f". A loss of up to {comparison.tolerance:g} is put up with.</p></header>\n<div class='cards'>\n"
    yield card("passed" if found.passed else "failed", "verdict", found.verdict)
    yield card(f"{found.gained:,}", "questions now right", "wrong before")
    yield card(f"{found.lost:,}", "questions now wrong", "right before")
    yield card(f"{found.different:,}", "questions answered differently", found.kinds)
    yield "</div>\n"


def _verdict(comparison: RunComparison) -> str:
    reasons = [f"{one.label}: worse by {one.loss:.3f}" for one in comparison.contrasts if one.name in comparison.lost]
    if comparison.broken:
        reasons.append(f"{comparison.broken:,} broken quotes")
    return "; ".join(reasons) or "no significant loss"


def _contrasts(comparison: RunComparison) -> Iterator[str]:
    yield "<section><h2>Measures, question by question</h2>"
    yield table_head("measure", "before#", "after#", "difference, 95 %#", "p (Holm)#", "n#", "verdict") + "<tbody>\n"
    for one in comparison.contrasts:
        found = one.difference
        difference = f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
        figures = (f"{one.before:.3f}", f"{one.after:.3f}", difference, f"{one.p:.4f}", f"{found.n:,}")
        cells = "".join(f"<td class='figure'>{figure}</td>" for figure in figures)
        yield f"<tr><td>{safe(one.label)}</td>{cells}<td>{badge(one.verdict)}</td></tr>\n"
    yield "</tbody></table></div></section>\n"


def _changes(comparison: RunComparison) -> Iterator[str]:
    """Lost ones first: they are what a person looks for."""
    order = {"lost": 0, "gained": 1, None: 2}
    changes = sorted(comparison.changes, key=lambda change: order[change.flip])
    kinds = Counter(word for change in changes for word in (change.flip or "", change.kind) if word)
    yield "<section><h2>Questions answered differently</h2>\n<div class='filter' role='group' aria-label='Show'>"
    yield "<button data-show='' aria-pressed='true'>all</button>"
    for kind, number in kinds.items():
        yield f"<button data-show='{kind}' aria-pressed='false'>{kind} ({number:,})</button>"
    yield "</div>\n"
    if len(changes) > _MOST_ROWS:
        yield f"<p class='soft'>The first {_MOST_ROWS:,} of {len(changes):,}.</p>\n"
    yield table_head("question", "what", "before", "after") + "<tbody>\n"
    yield from map(_change, changes[:_MOST_ROWS])
    yield "</tbody></table></div></section>\n"


def _change(change: Change) -> str:
    flip = f"{badge(change.flip)}<br>" if change.flip else ""
    kinds = "|".join(filter(None, (change.flip, change.kind)))
    question = f"{safe(change.question)}<br><small class='soft'>{safe(change.key)}</small>"
    sides = _side(change.outcome_before, change.before), _side(change.outcome_after, change.after)
    cells = "".join(f"<td>{cell}</td>" for cell in (question, f"{flip}{change.kind}", *sides))
    return f"<tr data-kind='{kinds}'>{cells}</tr>\n"


def _side(outcome: str, shown: Shown | None) -> str:
    if shown is None:
        return f"{badge(outcome)}<br><span class='soft'>no answer</span>"
    return f"{badge(outcome)}<blockquote>{safe(shown.text)}</blockquote><small class='soft'>{safe(shown.title)}</small>"
