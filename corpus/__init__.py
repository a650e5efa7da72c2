"""The corpus room: documents in, passages out. It knows no vectors and no questions.

    read_file / read_bytes      a file, or the bytes of an upload, becomes a `Document`
    decode                      bytes become text, whatever encoding they are in
    find_files                  folders become a list of files worth reading
    sentences, split            a text becomes sentences; a document becomes passages that join to its text
    Shelf, SqliteShelf, FileLog documents are kept, and unchanged files are recognised without reading them
    write_whole                 a file is whole on disk under its name, or not there
    original_of, PagePictures   the file behind a document, and its pages as pictures where it is a PDF

Importing this loads no parser: each reader's library is loaded when the first file of its kind is read.
"""

from __future__ import annotations

from .bundled import bundled_folder
from .cutting import best_cut
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
    UnknownDocument,
    UnreadableDocument,
)
from .filelog import LOG_SCHEMA, SAID_NOTHING, FileLog, FileStamp, settled
from .folders import SOURCES, Found, FoundFile, find_files
from .originals import Originals, original_of
from .page_pictures import Box, PagePicture, PagePictures, boxes_of, has_pages
from .passage import Passage, Span
from .reading import LARGEST_FILE, SUFFIXES, read_bytes, read_file
from .salvaging import salvage_log, salvage_shelf
from .scarcity import is_passing, refuse_passing, told
from .sentences import LONGEST_SENTENCE, sentences
from .shelf import Arrival, LightDocument, Shelf, SqliteShelf
from .shelf_rows import SHELF_SCHEMA
from .sound import beside, faults, put_in_place
from .splitting import Splitting, split
from .sqlite import connect, in_our_words, lies_there, opened
from .whole import make_folder, sync, sync_tree, whole_file, whole_text, write_whole

__all__ = [
    "LARGEST_FILE",
    "LOG_SCHEMA",
    "LONGEST_SENTENCE",
    "SAID_NOTHING",
    "SHELF_SCHEMA",
    "SOURCES",
    "SUFFIXES",
    "Arrival",
    "BadQuestion",
    "BadRequest",
    "Box",
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
    "Originals",
    "PagePicture",
    "PagePictures",
    "Passage",
    "QuothError",
    "Shelf",
    "Span",
    "Splitting",
    "SqliteShelf",
    "UnknownDocument",
    "UnreadableDocument",
    "beside",
    "best_cut",
    "boxes_of",
    "bundled_folder",
    "connect",
    "decode",
    "document_id",
    "faults",
    "find_files",
    "has_pages",
    "in_our_words",
    "is_passing",
    "lies_there",
    "make_folder",
    "opened",
    "original_of",
    "put_in_place",
    "read_bytes",
    "read_file",
    "refuse_passing",
    "salvage_log",
    "salvage_shelf",
    "sentences",
    "settled",
    "sha256_of_text",
    "split",
    "sync",
    "sync_tree",
    "told",
    "whole_file",
    "whole_text",
    "write_whole",
]
