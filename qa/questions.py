"""Question files: Quoth's own as JSONL, CSV or XLSX, and other people's, all read to one type."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path

from quoth.corpus import BadRequest, UnreadableDocument, decode

from .question_beir import read_beir
from .question_fields import json_of, row_of
from .question_formats import read_chroma, read_nested
from .question_gathering import Gathering
from .question_row import Gold, QuestionFile, QuestionRow
from .question_tables import read_csv, read_xlsx

__all__ = ["Gold", "QuestionFile", "QuestionRow", "read_questions"]

_KNOWN = "JSONL, CSV or XLSX with a column `question`, SQuAD 2 or LegalBench-RAG JSON, Chroma CSV, or a BEIR folder"


def read_questions(path: Path) -> QuestionFile:
    """All questions of a file or a BEIR folder. A broken row becomes a problem and the rest is read.

    Raises BadRequest when the file is missing, of no known format, or has no usable row.
    """
    if not path.exists():
        raise BadRequest(f"There is no file {path}; check the name.")
    try:
        if path.is_dir():
            return read_beir(path)
        suffix = path.suffix.lower()
        if suffix in (".csv", ".tsv"):
            return read_chroma(path) or read_csv(path)
        if suffix in (".xlsx", ".xlsm"):
            return read_xlsx(path)
        if suffix in (".json", ".jsonl", ".ndjson"):
            return _read_json(path)
    except OSError as error:
        raise BadRequest(f"{path} cannot be read: {error.strerror or error}; check its name and rights.") from error
    raise BadRequest(f"{path} is no question file that Quoth knows: {_KNOWN}.")


def _read_json(path: Path) -> QuestionFile:
    """One JSON value of another format, or one of Quoth's rows a line."""
    if path.suffix.lower() == ".json" and not _is_row(next(_lines(path), b"")):
        try:
            value: object = json.loads(b"".join(_lines(path)))
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"{path} is no JSON ({error}); check where it was cut off.") from error
        return read_nested(value, path.name)
    gathering = Gathering(path.name)
    for number, line in enumerate(_lines(path), 1):
        if line.strip():
            gathering.take(number, _json_row, line)
    return gathering.file()


def _lines(path: Path) -> Iterator[bytes]:
    """The file's lines with their ends, in UTF-8 as JSON is to be, though an editor may have made UTF-16 of it."""
    with path.open("rb") as file:
        start = file.read(3)
        if not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            file.seek(3 if start == codecs.BOM_UTF8 else 0)
            yield from file
            return
        data = start + file.read()
    try:
        yield from decode(data, path.name).encode().splitlines(keepends=True)  # of bytes: at \n and \r only
    except UnreadableDocument as error:
        raise BadRequest(f"{path} cannot be read: {error.reason}.") from error


def _is_row(line: bytes) -> bool:
    """Whether the first line is a row by itself: JSONL by the name of .json."""
    try:
        value: object = json_of(line)
    except ValueError:
        return False
    return isinstance(value, dict) and "question" in value


def _json_row(number: int, line: bytes) -> QuestionRow:
    return row_of(number, json_of(line))
