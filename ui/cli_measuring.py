"""The commands that measure: `quoth calibrate`."""

from __future__ import annotations

from pathlib import Path

import click

from .shell import Settings, common_options, emit, json_option, passed_settings

__all__ = ["calibrate"]


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
