"""The corpus room: documents in, passages out. It knows no vectors and no questions.

    read_file / read_bytes      a file, or the bytes of an upload, becomes a `Document`
    decode                      bytes become text, whatever encoding they are in
    find_files                  folders become a list of files worth reading
    sentences, split            a text becomes sentences; a document becomes passages that join to its text
    Shelf, SqliteShelf, FileLog documents are kept, and unchanged files are recognised without reading them

Importing this loads no parser: each reader's library is loaded when the first file of its kind is read.
"""

from __future__ import annotations

from .bundled import bundled_folder
from .decoding import decode
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
from .filelog import FileLog, FileStamp
from .folders import SOURCES, Found, FoundFile, find_files
from .passage import Passage, Span
from .reading import LARGEST_FILE, SUFFIXES, read_bytes, read_file
from .sentences import LONGEST_SENTENCE, sentences
from .shelf import LightDocument, Shelf, SqliteShelf
from .splitting import Splitting, split
from .sqlite import connect, in_our_words

__all__ = [
    "LARGEST_FILE",
    "LONGEST_SENTENCE",
    "SOURCES",
    "SUFFIXES",
    "BadQuestion",
    "BadRequest",
    "Document",
    "DocumentId",
    "EncoderError",
    "Extract",
    "FileLog",
    "FileStamp",
    "Found",
    "FoundFile",
    "InputError",
    "LibraryBusy",
    "LibraryDamaged",
    "LibraryError",
    "LibraryMismatch",
    "LibraryMissing",
    "LightDocument",
    "Mark",
    "Passage",
    "QuothError",
    "Shelf",
    "Span",
    "Splitting",
    "SqliteShelf",
    "UnreadableDocument",
    "bundled_folder",
    "connect",
    "decode",
    "document_id",
    "find_files",
    "in_our_words",
    "read_bytes",
    "read_file",
    "sentences",
    "sha256_of_text",
    "split",
]
