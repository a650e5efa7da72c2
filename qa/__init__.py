"""Questions in, verbatim quotes out: the public API of Quoth."""

from __future__ import annotations

from quoth.corpus import (
    BadQuestion,
    BadRequest,
    Document,
    DocumentId,
    EncoderError,
    InputError,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    LibraryMismatch,
    LibraryMissing,
    QuothError,
    Span,
    Splitting,
    UnknownDocument,
    UnreadableDocument,
)

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
from .batching import Asked
from .calibrating import CalibrationReport, smallest_sample
from .calibration import Calibration
from .changes import Change, Shown, text_in
from .comparing import Contrast, RunComparison, compare_runs, comparison_record
from .estimates import Estimate
from .evaluating import EVALUATION_FILES, evaluate, replay
from .evaluation import EvaluationReport, Timing, report_record
from .evidence import verify_files, verify_library
from .feedback import Feedback, FeedbackKind
from .feedback_file import FeedbackFile
from .journal import whole
from .judge import Band, shipped_judge
from .library import Library
from .manifest import EvaluationSettings
from .measures import ALL_MEASURES, Measure
from .naming import DocumentNames, file_of
from .places import LIBRARY_VARIABLE, default_library_path
from .questions import Gold, QuestionFile, QuestionRow, read_questions
from .refusing import Bin, RiskPoint
from .reports import AddReport, Check, DoctorReport, DocumentRecord, OnProgress, Progress, Refused, SearchHit
from .scoring import Outcome
from .verifying import Fault, Verdict, verify_records
from .wanted import while_wanted

__all__ = [
    "ALL_MEASURES",
    "EVALUATION_FILES",
    "LIBRARY_VARIABLE",
    "Abstention",
    "AddReport",
    "Answer",
    "Asked",
    "BadQuestion",
    "BadRequest",
    "Band",
    "Bin",
    "Calibration",
    "CalibrationReport",
    "Change",
    "Check",
    "Comparison",
    "Confidence",
    "Contrast",
    "DoctorReport",
    "Document",
    "DocumentId",
    "DocumentNames",
    "DocumentRecord",
    "EncoderError",
    "ErrorRate",
    "Estimate",
    "EvaluationReport",
    "EvaluationSettings",
    "Fault",
    "Feedback",
    "FeedbackFile",
    "FeedbackKind",
    "Gold",
    "InputError",
    "Library",
    "LibraryBusy",
    "LibraryDamaged",
    "LibraryError",
    "LibraryMismatch",
    "LibraryMissing",
    "LibraryStamp",
    "Measure",
    "Mention",
    "Occurrence",
    "OnProgress",
    "Outcome",
    "Progress",
    "QuestionFile",
    "QuestionRow",
    "Quote",
    "QuothError",
    "Receipt",
    "Refused",
    "RiskPoint",
    "RunComparison",
    "SearchHit",
    "Shown",
    "Source",
    "Span",
    "Splitting",
    "Timing",
    "UnknownDocument",
    "UnreadableDocument",
    "Verdict",
    "compare_runs",
    "comparison_record",
    "default_library_path",
    "evaluate",
    "file_of",
    "read_questions",
    "replay",
    "report_record",
    "shipped_judge",
    "smallest_sample",
    "text_in",
    "verify_files",
    "verify_library",
    "verify_records",
    "while_wanted",
    "whole",
]
