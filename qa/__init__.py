"""Questions in, verbatim quotes out: the public API of Quoth."""

from __future__ import annotations

from .answer import Abstention, Answer, Confidence, ErrorRate, LibraryStamp, Occurrence, Quote, Receipt, Source
from .library import LIBRARY_VARIABLE, Library, default_library_path
from .reports import AddReport, Check, DoctorReport, DocumentRecord, Progress, Refused, SearchHit
from .verifying import Verdict, verify_records

__all__ = [
    "LIBRARY_VARIABLE",
    "Abstention",
    "AddReport",
    "Answer",
    "Check",
    "Confidence",
    "DoctorReport",
    "DocumentRecord",
    "ErrorRate",
    "Library",
    "LibraryStamp",
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
