"""Questions in, verbatim quotes out: the public API of Quoth."""

from __future__ import annotations

from .answer import (
    Abstention,
    Answer,
    Comparison,
    Confidence,
    ErrorRate,
    LibraryStamp,
    Mention,
    Occurrence,
    Quote,
    Receipt,
    Source,
)
from .batching import Asked, ask_many
from .calibrating import CalibrationReport
from .calibration import Calibration
from .changes import Change, Shown
from .comparing import Contrast, RunComparison, compare_runs, comparison_record
from .estimates import Estimate
from .evaluating import EVALUATION_FILES, evaluate, replay
from .evaluation import EvaluationReport, Timing, report_record
from .journal import whole
from .library import Library
from .manifest import EvaluationSettings
from .measures import ALL_MEASURES, Measure
from .naming import DocumentNames, file_of
from .places import LIBRARY_VARIABLE, default_library_path
from .questions import Gold, QuestionFile, QuestionRow, read_questions
from .refusing import Bin, RiskPoint
from .reports import AddReport, Check, DoctorReport, DocumentRecord, Progress, Refused, SearchHit
from .scoring import Outcome
from .verifying import Verdict, verify_records

__all__ = [
    "ALL_MEASURES",
    "EVALUATION_FILES",
    "LIBRARY_VARIABLE",
    "Abstention",
    "AddReport",
    "Answer",
    "Asked",
    "Bin",
    "Calibration",
    "CalibrationReport",
    "Change",
    "Check",
    "Comparison",
    "Confidence",
    "Contrast",
    "DoctorReport",
    "DocumentNames",
    "DocumentRecord",
    "ErrorRate",
    "Estimate",
    "EvaluationReport",
    "EvaluationSettings",
    "Gold",
    "Library",
    "LibraryStamp",
    "Measure",
    "Mention",
    "Occurrence",
    "Outcome",
    "Progress",
    "QuestionFile",
    "QuestionRow",
    "Quote",
    "Receipt",
    "Refused",
    "RiskPoint",
    "RunComparison",
    "SearchHit",
    "Shown",
    "Source",
    "Timing",
    "Verdict",
    "ask_many",
    "compare_runs",
    "comparison_record",
    "default_library_path",
    "evaluate",
    "file_of",
    "read_questions",
    "replay",
    "report_record",
    "verify_records",
    "whole",
]
