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
from .calibrating import CalibrationReport
from .calibration import Calibration
from .library import Library
from .places import LIBRARY_VARIABLE, default_library_path
from .reports import AddReport, Check, DoctorReport, DocumentRecord, Progress, Refused, SearchHit
from .verifying import Verdict, verify_records

__all__ = [
    "LIBRARY_VARIABLE",
    "Abstention",
    "AddReport",
    "Answer",
    "Calibration",
    "CalibrationReport",
    "Check",
    "Comparison",
    "Confidence",
    "DoctorReport",
    "DocumentRecord",
    "ErrorRate",
    "Library",
    "LibraryStamp",
    "Mention",
    "Occurrence",
    "Progress",
    "Quote",
    "Receipt",
    "Refused",
    "SearchHit",
    "Source",
    "Verdict",
    "default_library_path",
    "verify_records",
]
