"""Documents in, passages out."""

from __future__ import annotations

from .document import Document, DocumentId, Extract, Mark, document_id, sha256_of_text
from .errors import (
    BadQuestion,
    BadRequest,
    EncoderError,
    InputError,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    LibraryMismatch,
    LibraryMissing,
    QuothError,
    UnreadableDocument,
)
from .passage import Passage, Span
