"""Other people's question files: SQuAD 2, LegalBench-RAG and Chroma's span files.

Formats as their own readers have them: evaluate-v2.0.py (Rajpurkar et al. 2018), legalbenchrag's benchmark_types.py,
Chroma's chunking_evaluation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from quoth.corpus import BadRequest

from .question_fields import id_of, list_at, row_of, text_at, value_at, whole_number
from .question_gathering import Gathering
from .question_row import Gold, QuestionFile, QuestionRow
from .question_tables import csv_rows

__all__ = ["read_chroma", "read_nested"]

_CHROMA = frozenset({"question", "references", "corpus_id"})


def read_nested(value: object, name: str) -> QuestionFile:
    """SQuAD 2 ({"data": ...}), LegalBench-RAG ({"tests": ...}) or a list of Quoth's rows. Raises BadRequest."""
    gathering = Gathering(name, "question")
    if isinstance(value, Mapping) and "data" in value:
        for number, (title, context, question) in enumerate(_squad(value, gathering), 1):
            gathering.take(number, _squad_row, title, context, question)
    elif isinstance(value, Mapping) and isinstance(value.get("tests"), list):
        for number, test in enumerate(value["tests"], 1):
            gathering.take(number, _legal_row, test)
    elif isinstance(value, list):
        for number, row in enumerate(value, 1):
            gathering.take(number, row_of, row)
    elif isinstance(value, Mapping) and "question" in value:  # a file of one row
        gathering.take(1, row_of, value)
    else:
        raise BadRequest(f"{name} holds neither `data` (SQuAD), `tests` (LegalBench-RAG) nor a list of rows.")
    return gathering.file()


def _squad(value: object, gathering: Gathering) -> Iterator[tuple[str, str, object]]:
    """Every question with its article's title and its paragraph; articles and paragraphs that are none are told."""
    for article_number, article in _told(value, "data", gathering, "the file"):
        where = f"article {article_number}"
        for number, paragraph in _told(article, "paragraphs", gathering, where):
            place = f"{where}, paragraph {number}"
            for _, question in _told(paragraph, "qas", gathering, place):
                yield _title(article), _context(paragraph), question


def _told(value: object, key: str, gathering: Gathering, where: str) -> Iterator[tuple[int, object]]:
    try:
        yield from enumerate(list_at(value, key), 1)
    except ValueError as error:
        gathering.note(where, str(error))


def _title(article: object) -> str:
    title = article.get("title") if isinstance(article, Mapping) else None
    return title if isinstance(title, str) else ""


def _context(paragraph: object) -> str:
    context = paragraph.get("context") if isinstance(paragraph, Mapping) else None
    return context if isinstance(context, str) else ""


def _squad_row(number: int, title: str, context: str, question: object) -> QuestionRow:
    """`answer_start` counts from the beginning of the paragraph, wherever that stands in a document."""
    impossible = value_at(question, "is_impossible", False)
    if not isinstance(impossible, bool):
        raise ValueError(f"is_impossible is {impossible!r:.40}, not true or false")
    golds = []
    for answer in list_at(question, "answers"):
        start = whole_number(value_at(answer, "answer_start"), "answer_start")
        golds.append(Gold(text_at(answer, "text"), title or None, start, within=context))
    id = id_of(value_at(question, "id"))
    return QuestionRow(number, id, text_at(question, "question"), tuple(dict.fromkeys(golds)), not impossible, (), ())


def _legal_row(number: int, test: object) -> QuestionRow:
    golds = []
    for snippet in list_at(test, "snippets"):
        span = list_at(snippet, "span")
        if len(span) != 2:
            raise ValueError(f"a snippet's span is {span!r:.40}, not [start, stop]")
        start, stop = (whole_number(offset, "span") for offset in span)
        text = value_at(snippet, "answer", "")
        golds.append(Gold(text if isinstance(text, str) else "", text_at(snippet, "file_path"), start, stop))
    return QuestionRow(number, None, text_at(test, "query"), tuple(golds), True if golds else None, (), ())


def read_chroma(path: Path) -> QuestionFile | None:
    """A `questions_df.csv` of Chroma's chunking evaluation; None when the columns are others."""
    gathering = Gathering(path.name)
    rows = csv_rows(path, gathering)
    header = [str(cell).strip() for cell in next(rows, (1, []))[1]]
    if not set(header) >= _CHROMA:
        return None
    for number, cells in rows:
        gathering.take(number, _chroma_row, dict(zip(header, cells, strict=False)))
    return gathering.file()


def _chroma_row(number: int, named: Mapping[str, object]) -> QuestionRow:
    try:
        references: object = json.loads(text_at(named, "references"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its references are not JSON ({error})") from error
    golds = []
    for reference in list_at({"references": references}, "references"):
        start, stop = (whole_number(value_at(reference, key), key) for key in ("start_index", "end_index"))
        golds.append(Gold(text_at(reference, "content"), text_at(named, "corpus_id"), start, stop))
    return QuestionRow(number, None, text_at(named, "question"), tuple(golds), True if golds else None, (), ())
