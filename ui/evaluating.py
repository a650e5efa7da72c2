"""The commands `quoth evaluate` and `quoth compare`: running them, and saying in a few lines what came out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quoth.qa import (
    ALL_MEASURES,
    EvaluationReport,
    EvaluationSettings,
    OnProgress,
    Progress,
    RunComparison,
    Timing,
    compare_runs,
    evaluate,
    replay,
    report_record,
)

from .comparison_page import Compared, write_comparison
from .evaluation_page import HEADLINE, write_report
from .progress_bar import progress_bar
from .record import answer_record
from .report_page import percent_or_number
from .shell import NO, Settings, note
from .terminal import Page, count

__all__ = [
    "compare_folders",
    "comparison_summary",
    "evaluate_file",
    "evaluation_record",
    "evaluation_summary",
    "exit_code",
    "replay_run",
]

_SHOWN = 5
_ENOUGH = 100  # questions: beginning and ending, when cores are idle, must not be most of what is measured


def evaluate_file(settings: Settings, questions: Path, out: Path, quotes: int, *, resume: bool) -> EvaluationReport:
    """Evaluates the library on the file and writes the folder, report.html included."""
    with ExitStack() as stack:
        progress = stack.enter_context(_progress(out))
        library = stack.enter_context(settings.open_or_bundled())
        report = evaluate(
            library,
            questions,
            out,
            answer_record,
            settings=EvaluationSettings(quotes=quotes),
            resume=resume,
            progress=progress,
        )
    write_report(report, out)
    return report


def replay_run(settings: Settings, manifest: Path, out: Path) -> tuple[EvaluationReport, tuple[str, ...]]:
    """Runs an evaluation again and gives the files that came out differently."""
    with ExitStack() as stack:
        progress = stack.enter_context(_progress(out))
        library = stack.enter_context(settings.open())
        report, different = replay(library, manifest, out, answer_record, progress)
    write_report(report, out)
    for name in different:
        note(f"{name} is not what it was in that run.")
    return report, different


def compare_folders(before: Path, after: Path, tolerance: float, html: Path) -> RunComparison:
    """Compares two runs and draws the comparison."""
    comparison = compare_runs(before, after, tolerance)
    write_comparison(comparison, html)
    return comparison


def evaluation_record(report: EvaluationReport, out: Path) -> dict[str, Any]:
    """The report as JSON-ready values, with the times and the folder."""
    timing = None if report.timing is None else asdict(report.timing)
    return {**report_record(report), "timing": timing, "out": str(out)}


def exit_code(report: EvaluationReport, different: tuple[str, ...] = ()) -> int:
    """1 when a quote does not stand in its document, or a replay gave other bytes."""
    broken = report.estimates["broken_quotes"]
    return NO if different or (broken is not None and broken.value > 0) else 0


def evaluation_summary(report: EvaluationReport, out: Path) -> Page:
    """The headline numbers, what became of the questions, and where the rest stands."""
    page = Page()
    page.line(f"{count(report.questions, 'question')} of {report.name}.", "bold")
    measures = {measure.name: measure for measure in ALL_MEASURES}
    for name in (*HEADLINE, "broken_quotes"):
        if (found := report.estimates[name]) is not None:
            shown = [percent_or_number(value, measures[name].kind) for value in (found.value, found.low, found.high)]
            page.line(f"{measures[name].label}: {shown[0]} ({shown[1]} to {shown[2]}, n = {found.n:,})", indent=2)
    page.line(", ".join(f"{number:,} {outcome}" for outcome, number in report.outcomes.items() if number) + ".")
    if report.timing is not None:
        page.line(_speed(report.timing), "dim")
    for problem in report.problems[:_SHOWN]:
        note(f"Not used: {problem.name}: {problem.reason}")
    if len(report.problems) > _SHOWN:
        note(f"Not used: {len(report.problems) - _SHOWN:,} more; report.json names them.")
    page.line(f"Everything is in {out}; open {out / 'report.html'} to look at it.")
    return page


def _speed(timing: Timing) -> str:
    """How fast it went; how much faster than one by one only where there were enough of them to say so."""
    speed = f"{timing.together_per_second:,.1f} a second on {count(timing.workers, 'core')}"
    if timing.together_n < _ENOUGH:
        return f"{speed}; one by one a question takes {timing.alone_p50_ms:,.0f} ms (median, n = {timing.alone_n})."
    return f"{speed}, {timing.speedup:.2f} times as fast as one by one (n = {timing.alone_n})."


def comparison_summary(comparison: RunComparison, html: Path) -> Page:
    """Each measure before and after, how many questions flipped, and the verdict."""
    page = Page()
    page.line(f"{count(comparison.questions, 'question')} in both runs.", "bold")
    for one in comparison.contrasts:
        numbers = f"{one.before:.3f} -> {one.after:.3f} ({one.difference.value:+.3f}, p = {one.p:.4f})"
        page.line(f"{one.label}: {numbers}, {one.verdict}", indent=2)
    found = Compared.of(comparison)
    page.line(f"Now right: {found.gained:,}. Now wrong: {found.lost:,}. In all {found.kinds}.")
    lost = [change for change in comparison.changes if change.flip == "lost"]
    for change in lost[:_SHOWN]:
        page.line(f"lost {change.key}: {change.question}", indent=2)
    if len(lost) > _SHOWN:
        page.line(f"and {len(lost) - _SHOWN:,} more", indent=2)
    if comparison.broken:
        page.line(f"{count(comparison.broken, 'quote')} of the second run do not stand in their documents.", "bold")
    page.line("Passed: no significant loss." if comparison.passed else "Failed: something was lost.", "bold")
    page.line(f"Every question that is answered differently is in {html}.")
    return page


@contextmanager
def _progress(out: Path) -> Iterator[OnProgress]:
    """A bar on standard error with rate and remaining time, where somebody sees it; Ctrl-C says what is kept."""
    last: list[Progress] = []
    try:
        with ExitStack() as stack:
            show = progress_bar(stack, "loading")

            def told(progress: Progress) -> None:
                last[:] = [progress]
                if show:
                    show(progress)

            yield told
    except KeyboardInterrupt:
        if last:
            note(_stopped(last[0], out))
        raise


def _stopped(last: Progress, out: Path) -> str:
    """What is kept when Ctrl-C came then."""
    if last.stage == "timing":
        return f"Stopped while single questions were timed; the run in {out} goes on with --resume."
    answered = last.done if last.stage == "answering" else last.total
    return f"Stopped: {answered:,} of {last.total:,} answers are kept in {out}; go on with --resume."
