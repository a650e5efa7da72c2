"""The commands that measure: `quoth calibrate`, `quoth evaluate`, `quoth compare`."""

from __future__ import annotations

from pathlib import Path

import click

from quoth.corpus import BadRequest

from .shell import NO, Settings, common_options, emit, json_option, passed_settings

__all__ = ["calibrate", "compare", "evaluate"]

_path = click.Path(path_type=Path)


@click.command()
@click.argument("questions", metavar="QUESTIONS", type=click.Path(path_type=Path))
@click.option(
    "--false-answer-rate",
    "target",
    type=float,
    required=True,
    metavar="RATE",
    help="At most this share of the questions without an answer may get one, like 0.05.",
)
@json_option
@common_options
@passed_settings
def calibrate(settings: Settings, questions: Path, target: float, as_record: bool) -> None:
    """Set when to refuse, by questions these documents do not answer.

    QUESTIONS is a question file with rows marked as not answerable: at least 19 for a rate of 0.05, 99 for 0.01. The
    rate is kept with the library and stated with every refusal, until documents, models or settings change.
    """
    from .measuring import calibrate_library, calibration_record

    report = calibrate_library(settings, questions, target, quiet=as_record)
    if as_record:
        emit(calibration_record(report))


@click.command()
@click.argument("questions", metavar="[QUESTIONS]", required=False, type=_path)
@click.option("--out", metavar="DIR", type=_path, help="The folder of the run [the questions' name, .evaluation].")
@click.option("--quotes", type=click.IntRange(1, 50), default=5, show_default=True, help="At most so many an answer.")
@click.option("--resume", is_flag=True, help="Go on with a run that was interrupted.")
@click.option("--replay", metavar="MANIFEST", type=_path, help="Run again what this manifest.json is of.")
@json_option
@common_options
@passed_settings
def evaluate(
    settings: Settings,
    questions: Path | None,
    out: Path | None,
    quotes: int,
    resume: bool,
    replay: Path | None,
    as_record: bool,
) -> int:
    """Ask every question of a file and measure.

    QUESTIONS is JSONL, CSV or XLSX with a column `question` (and answer, document, answerable), SQuAD 2 or
    LegalBench-RAG JSON, Chroma CSV or a BEIR folder. DIR gets the answers, every number with its interval, and files
    for trec_eval and JUnit. Exit code 1 when a quote is broken, or when a replay gives other bytes.
    """
    from .evaluating import evaluate_file, evaluation_record, evaluation_summary, exit_code, replay_run

    different: tuple[str, ...] = ()
    if replay is not None:
        run = replay.parent if replay.parent.name else replay.resolve().parent
        folder = out or run.with_name(f"{run.name}.replay")
        report, different = replay_run(settings, replay, folder)
    elif questions is not None:
        folder = out or Path(f"{questions.stem}.evaluation")
        report = evaluate_file(settings, questions, folder, quotes, resume=resume)
    else:
        raise BadRequest("Name a question file, or a manifest with --replay.")
    if as_record:
        emit({**evaluation_record(report, folder), "different": list(different)})
    else:
        evaluation_summary(report, folder).write()
    return exit_code(report, different)


@click.command()
@click.argument("run_a", type=_path)
@click.argument("run_b", type=_path)
@click.option("--tolerance", type=float, default=0.0, show_default=True, help="A loss of so much is put up with.")
@click.option("--html", metavar="FILE", type=_path, help="Where to draw it [comparison.html in RUN_B].")
@json_option
@common_options
def compare(run_a: Path, run_b: Path, tolerance: float, html: Path | None, as_record: bool) -> int:
    """Compare RUN_B with RUN_A, two folders of `quoth evaluate`.

    Question by question, with paired tests. Exit code 1 when RUN_B lost something significantly and beyond the
    tolerance, or has a broken quote: a gate for a pipeline.
    """
    from quoth.qa import comparison_record

    from .evaluating import compare_folders, comparison_summary

    html = html or run_b / "comparison.html"
    comparison = compare_folders(run_a, run_b, tolerance, html)
    if as_record:
        emit(comparison_record(comparison))
    else:
        comparison_summary(comparison, html).write()
    return 0 if comparison.passed else NO
