"""report.html of an evaluation: the headline, the curves, every number with its interval, every question."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from quoth.qa import ALL_MEASURES, Estimate, EvaluationReport, Measure, whole

from .charts import interval_bar
from .pictures import pictures
from .question_table import question_table
from .report_page import card, page_end, page_start, percent_or_number, safe, table_head

__all__ = ["HEADLINE", "write_report"]

HEADLINE = ("right_first", "right_when_answered", "false_answer", "false_refusal", "right_document", "auroc")


def write_report(report: EvaluationReport, folder: Path) -> Path:
    """Draw the run in `folder` as one file, report.html, and give its path. Raises BadRequest when it cannot be."""
    path = folder / "report.html"
    with whole(path) as file:
        file.write(page_start(f"Quoth evaluation of {report.name}"))
        file.writelines(_head(report))
        file.writelines(_pictures(report))
        file.writelines(_measures(report))
        file.writelines(_problems(report))
        file.writelines(question_table(report, folder))
        file.write(page_end())
    return path


def _head(report: EvaluationReport) -> Iterator[str]:
    library = report.library
    yield f"<header><h1>Evaluation of {safe(report.name)}</h1><p class='soft'>{report.questions:,} questions, asked of "
    yield f"{library.documents:,} documents in {library.passages:,} passages (library {safe(library.id)}). Intervals "
    yield "are 95 %; n is the number of questions, or quotes, that a number is about.</p></header>\n"
    yield "<div class='cards'>\n"
    measures = {measure.name: measure for measure in ALL_MEASURES}
    for name in HEADLINE:
        if (estimate := report.estimates[name]) is not None:
            measure = measures[name]
            yield card(percent_or_number(estimate.value, measure.kind), measure.label, _range(estimate, measure))
    if (timing := report.timing) is not None:
        slow = f"95 of 100 within {timing.alone_p95_ms:,.0f} ms, n = {timing.alone_n}"
        detail = f"{slow}; together {timing.together_per_second:,.1f} a second"
        yield card(f"{timing.alone_p50_ms:,.0f} ms", "median time of one question", detail)
    yield "</div>\n"


def _range(estimate: Estimate, measure: Measure) -> str:
    low, high = (percent_or_number(value, measure.kind) for value in (estimate.low, estimate.high))
    return f"{low} to {high}, n = {estimate.n:,}"


def _pictures(report: EvaluationReport) -> Iterator[str]:
    yield "<div class='pair'>\n"
    for one in pictures(report):
        caption = f"<figcaption>{safe(one.words)}</figcaption>"
        yield f"<section><h2>{one.title}</h2><figure>{one.drawing}{caption}</figure></section>\n"
    yield "</div>\n"


def _measures(report: EvaluationReport) -> Iterator[str]:
    """Every number that a question tells of, by group."""
    told = [measure for measure in ALL_MEASURES if report.estimates[measure.name] is not None]
    yield "<section><h2>Every number</h2>" + table_head("measure", "value#", "95 % interval and n#", "from 0 to 1")
    for group, measures in groupby(sorted(told, key=lambda one: _GROUPS.index(one.group)), lambda one: one.group):
        yield f"<tbody><tr><th colspan='4'>{safe(group)}</th></tr>\n"
        for measure in measures:
            estimate = report.estimates[measure.name]
            if estimate is not None:
                value = percent_or_number(estimate.value, measure.kind)
                yield f"<tr><td>{safe(measure.label)}</td><td class='figure'>{value}</td><td class='figure'>"
                yield f"{_range(estimate, measure)}</td><td>{interval_bar(estimate)}</td></tr>\n"
        yield "</tbody>"
    yield "</table></div></section>\n"


_GROUPS = list(dict.fromkeys(measure.group for measure in ALL_MEASURES))


def _problems(report: EvaluationReport) -> Iterator[str]:
    if report.problems:
        yield f"<section><h2>Not used, and why ({len(report.problems):,})</h2><ul>\n"
        for problem in report.problems:
            yield f"<li>{safe(problem.name)}: {safe(problem.reason)}</li>\n"
        yield "</ul></section>\n"
