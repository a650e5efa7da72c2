"""Questions in tables: CSV as spreadsheets write it, and XLSX. Columns `question, answer, document, answerable`.

Also `id`, `start`, `history` and `documents` (one a line of the cell), and `answer 2`, `document 2`, `start 2` and so
on for further right answers. A column nobody here knows is ignored; one that looks misspelt is told.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from quoth.corpus import BadRequest, UnreadableDocument, decode

from .question_fields import row_of
from .question_gathering import Gathering
from .question_row import QuestionFile, QuestionRow

__all__ = ["csv_rows", "read_csv", "read_xlsx", "table_row"]

_COLUMNS = ("question", "answer", "document", "answerable", "id", "start", "history", "documents")
_NUMBERED = re.compile(r"(answer|document|start)[ _]?(\d{1,3})")
_YES, _NO = frozenset({"true", "yes", "1", "y"}), frozenset({"false", "no", "0", "n"})
_HEADER = 1
_BROKEN = (KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError, EOFError, OSError)
"""What openpyxl raises for a damaged file; SyntaxError is that of its XML parser."""


def read_csv(path: Path) -> QuestionFile:
    """A CSV file, separated by comma, semicolon or tab. Raises BadRequest when it has no column `question`."""
    gathering = Gathering(path.name)
    rows = csv_rows(path, gathering)
    _read_table(rows, gathering, path.name)
    return gathering.file()


def csv_rows(path: Path, gathering: Gathering) -> Iterator[tuple[int, list[object]]]:
    """The rows with the line each begins on; a row that is no CSV is told, and reading goes on at the next line."""
    try:
        text = decode(path.read_bytes(), path.name)
    except UnreadableDocument as error:
        raise BadRequest(f"{path} cannot be read as a table: {error.reason}.") from error
    lines = io.StringIO(text, newline="").readlines()
    separator = max(",;\t", key=lines[0].count) if lines else ","
    at = 0
    while at < len(lines):
        rest = map(lines.__getitem__, range(at, len(lines)))  # a slice would copy all that follows a broken row
        reader = csv.reader(rest, delimiter=separator, strict=True)
        before = 0
        try:
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield at + before + 1, list(row)
                before = reader.line_num
            return
        except csv.Error as error:
            gathering.refuse(at + before + 1, f"this is not a CSV row ({error})")
            at += before + 1  # not after the broken row: an unclosed quotation mark swallows all that follows


def read_xlsx(path: Path) -> QuestionFile:
    """The first sheet of an Excel workbook. Raises BadRequest when it is none, or has no column `question`."""
    gathering = Gathering(path.name, "row")
    try:
        _read_table(_xlsx_rows(path, gathering), gathering, path.name)
    except (*_BROKEN, zlib.error, BadZipFile) as error:
        raise BadRequest(f"{path} is not a whole Excel workbook ({error}); save it anew as .xlsx or .csv.") from error
    return gathering.file()


def _xlsx_rows(path: Path, gathering: Gathering) -> Iterator[tuple[int, list[object]]]:
    """Each row's stored values; a formula that no program has computed yet, and an error value, spoil their row."""
    from openpyxl import load_workbook

    values, written = (load_workbook(path, read_only=True, data_only=stored) for stored in (True, False))
    try:
        sheets = values.worksheets[0], written.worksheets[0]
        if len(values.worksheets) > 1:
            gathering.note(path.name, f"only the first sheet, {sheets[0].title!r}, is read")
        for sheet in sheets:
            sheet.reset_dimensions()  # programs write wrong ones, and rows beyond would be lost
        for number, (row, formulas) in enumerate(zip(*(sheet.iter_rows() for sheet in sheets), strict=True), 1):
            cells = [cell.value for cell in row]
            if number > _HEADER and any(map(_uncomputed, row, formulas)):
                gathering.refuse(number, "a cell holds a formula without a result, or an error; put its value there")
            elif any(cell is not None and str(cell).strip() for cell in cells):
                yield number, cells
    finally:
        values.close()
        written.close()


def _uncomputed(cell: Any, written: Any) -> bool:
    return bool(cell.data_type == "e" or (written.data_type == "f" and cell.value is None))


def _read_table(rows: Iterator[tuple[int, list[object]]], gathering: Gathering, name: str) -> None:
    line, cells = next(rows, (_HEADER, []))
    header = [_column(str(cell or "")) for cell in cells]
    if "question" not in header:
        shown = ", ".join(repr(cell) for cell in header[:8]) or "nothing"
        raise BadRequest(f"{name} has no column `question` (its first row holds {shown}); name the columns there.")
    for column in dict.fromkeys(header):
        if column and header.count(column) > 1:
            raise BadRequest(f"{name} has the column {column!r} twice; call the second one '{column} 2', or drop it.")
        if meant := _meant(column):
            gathering.refuse(line, f"the column {column!r} is ignored; should it be called {meant!r}?")
    for number, row in rows:
        gathering.take(number, table_row, header, row)


def _column(name: str) -> str:
    """One spelling of a column's name: `Answer_2` and `answer2` are `answer 2`."""
    folded = name.strip().casefold()
    match = _NUMBERED.fullmatch(folded)
    return f"{match[1]} {match[2]}" if match else folded


def _meant(column: str) -> str:
    """The column that this name was probably to be; nothing for one that is known, or like none."""
    if not column or column in (*_COLUMNS, "answers") or _NUMBERED.fullmatch(column):
        return ""
    return next(iter(get_close_matches(column, _COLUMNS, 1, 0.8)), "")


def table_row(line: int, header: Sequence[str], cells: Sequence[object]) -> QuestionRow:
    """The row of a table as `row_of` takes it. Raises ValueError."""
    if any(cell is not None and cell != "" for cell in cells[len(header) :]):
        raise ValueError(f"it has {len(cells)} cells, but there are {len(header)} columns")
    named = {name: _text(cell, name) for name, cell in zip(header, cells, strict=False)}
    fields: dict[str, object] = {key: named[key] for key in ("id", "question") if named.get(key)}
    fields["answerable"] = _answerable(named.get("answerable", ""))
    fields["answers"] = [gold for number in _numbers(header) if (gold := _gold(named, number))]
    for key in ("history", "documents"):
        fields[key] = [part.strip() for part in named.get(key, "").splitlines() if part.strip()]
    return row_of(line, fields)


def _numbers(header: Sequence[str]) -> list[str]:
    """The endings of the columns that belong together: "" and, say, " 2"."""
    found = (match for match in map(_NUMBERED.fullmatch, header) if match)
    return ["", *dict.fromkeys(match[0].removeprefix(match[1]) for match in found)]


def _gold(named: Mapping[str, str], number: str) -> dict[str, str]:
    """An answer's cells that hold something."""
    text = named.get(f"answer{number}", "") or (named.get("answers", "") if not number else "")
    found = {"text": text, "document": named.get(f"document{number}", ""), "start": named.get(f"start{number}", "")}
    return {key: value for key, value in found.items() if value.strip()}


def _text(cell: object, column: str) -> str:
    """What stands in a cell. A number is written as a person would; a date has no one way of writing it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, str | int | float):
        return str(cell)
    raise ValueError(f"{column} holds {cell!r:.40}; format the cell as text")


def _answerable(word: str) -> bool | None:
    said = word.strip().casefold()
    if said and said not in _YES | _NO:
        raise ValueError(f"answerable is {word!r:.40}, not true or false")
    return None if not said else said in _YES
