"""Questions of a BEIR folder: `queries.jsonl` and the judgements of one split (beir's data_loader.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from quoth.corpus import BadRequest, UnreadableDocument, decode

from .question_fields import json_of, text_at, whole_number
from .question_gathering import Gathering
from .question_row import Gold, QuestionFile, QuestionRow

__all__ = ["read_beir"]

_SPLITS = ("test", "dev", "train")


def read_beir(folder: Path) -> QuestionFile:
    """The queries that `qrels/test.tsv` (else dev, else train) judges; the others are counted as a problem.

    Whether relevance means that there is an answer nobody says: refusals are not scored. Raises BadRequest.
    """
    queries = folder / "queries.jsonl"
    judged = next((path for name in _SPLITS if (path := folder / "qrels" / f"{name}.tsv").is_file()), None)
    if not queries.is_file() or judged is None:
        raise BadRequest(f"{folder} is no BEIR folder: it needs queries.jsonl and qrels/test.tsv.")
    gathering = Gathering(queries.name)
    relevant = _judgements(judged, gathering)
    unjudged = 0
    for number, line in enumerate(queries.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            unjudged += not gathering.take(number, _row, line, relevant)
    if unjudged:
        gathering.note(queries.name, f"{unjudged:,} queries are not used: {judged.name} says nothing of them")
    return gathering.file()


def _judgements(path: Path, gathering: Gathering) -> dict[str, list[Gold]]:
    """Of each query the documents with a score above 0. The first line is a header, whatever it holds."""
    try:
        text = decode(path.read_bytes(), path.name) if path.stat().st_size else ""
    except UnreadableDocument as error:
        raise BadRequest(f"{path} cannot be read as a table: {error.reason}.") from error
    relevant: dict[str, list[Gold]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if number == 1 or not line.strip():
            continue
        try:
            query, document, score = line.rstrip("\r").split("\t")
            golds = relevant.setdefault(query, [])
            if (grade := whole_number(score, "score")) > 0:
                golds.append(Gold("", document, None, grade=grade))
        except ValueError as error:
            gathering.note(f"{path.name}, line {number}", f"this is not query, document and score ({error})")
    return relevant


def _row(number: int, line: bytes, relevant: Mapping[str, Sequence[Gold]]) -> QuestionRow | None:
    value = json_of(line)
    id = text_at(value, "_id")
    return (
        QuestionRow(number, id, text_at(value, "text"), tuple(relevant[id]), None, (), ()) if id in relevant else None
    )
