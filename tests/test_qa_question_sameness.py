"""The same questions in every format are the same rows; public data in other people's formats finds the same golds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from quoth.corpus import Document
from quoth.qa import DocumentRecord
from quoth.qa.golds import Golds, Place, Task
from quoth.qa.naming import DocumentNames
from quoth.qa.questions import Gold, QuestionFile, QuestionRow, read_questions
from strategies import document_of

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
Writer = Callable[[Path, Sequence[QuestionRow]], Path]

# Words that a cell of a table can hold as they are: no control characters, and no formula.
words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text and not text.startswith(("=", "'")) and "\ufeff" not in text
)
lines = words.filter(lambda text: len(text.splitlines()) == 1)


@st.composite
def golds(draw: st.DrawFn) -> Gold:
    """A text, a text in a document, exact offsets, or only a document."""
    document = draw(st.none() | words)
    if document is not None and draw(st.booleans()):
        return Gold("", document, None)
    start = draw(st.none() | st.integers(0, 10**6)) if document is not None else None
    return Gold(draw(words), document, start)


@st.composite
def rows(draw: st.DrawFn) -> list[QuestionRow]:
    """Rows with ids of their own, answerable or not, with golds, histories and filters."""
    ids = draw(st.lists(words.filter(lambda text: not text.startswith("#")), unique=True, min_size=1, max_size=5))
    found = []
    for line, id in enumerate(ids, 1):
        answerable = draw(st.sampled_from([True, False, None]))
        several = draw(st.lists(golds(), max_size=3, unique=True)) if answerable is not False else []
        said = True if several else answerable
        history, documents = (tuple(draw(st.lists(lines, max_size=2))) for _ in range(2))
        found.append(QuestionRow(line, id, draw(words), tuple(several), said, history, documents))
    return found


# Every format


def as_object(row: QuestionRow) -> dict[str, object]:
    parts = [{"text": gold.text, "document": gold.document, "start": gold.start} for gold in row.golds]
    answers = [{key: value for key, value in part.items() if value not in ("", None)} for part in parts]
    conversation = [{"question": turn, "answer": "…"} for turn in row.history]
    said = {"answerable": row.answerable, "history": conversation, "documents": list(row.documents)}
    return {"id": row.id, "question": row.question, "answers": answers, **said}


def as_jsonl(folder: Path, found: Sequence[QuestionRow]) -> Path:
    path = folder / "q.jsonl"
    path.write_text("".join(json.dumps(as_object(row)) + "\n" for row in found), encoding="utf-8")
    return path


def as_list(folder: Path, found: Sequence[QuestionRow]) -> Path:
    path = folder / "q.json"
    path.write_text(json.dumps([as_object(row) for row in found], indent=1), encoding="utf-8")
    return path


def cells(found: Sequence[QuestionRow]) -> list[list[str]]:
    header = ["id", "question", "answerable", "history", "documents"]
    for number in ("", " 2", " 3"):
        header += [f"answer{number}", f"document{number}", f"start{number}"]
    table = [header]
    for row in found:
        said = "" if row.answerable is None else str(row.answerable).lower()
        line = [str(row.id), row.question, said, "\n".join(row.history), "\n".join(row.documents)]
        for gold in row.golds:
            line += [gold.text, gold.document or "", "" if gold.start is None else str(gold.start)]
        table.append(line)
    return table


def as_csv(folder: Path, found: Sequence[QuestionRow]) -> Path:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(cells(found))
    (folder / "q.csv").write_bytes(out.getvalue().encode("utf-8-sig"))
    return folder / "q.csv"


def as_xlsx(folder: Path, found: Sequence[QuestionRow]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for number, line in enumerate(cells(found), 1):
        for column, text in enumerate(line, 1):
            if text:
                cell = sheet.cell(number, column, text)
                cell.data_type = "s"  # text, whatever it looks like
    book.save(folder / "q.xlsx")
    return folder / "q.xlsx"


@pytest.mark.parametrize("write", [as_jsonl, as_list, as_csv, as_xlsx])
@given(found=rows())
@settings(max_examples=40, deadline=None)
def test_the_same_rows_come_back_from_every_format(write: Writer, found: list[QuestionRow]) -> None:
    with TemporaryDirectory() as folder:
        file = read_questions(write(Path(folder), found))
        back = list(file.rows)
    assert not file.problems
    assert [replace(row, line=0) for row in back] == [replace(row, line=0) for row in found]


# Public data, rewritten


@cache
def public(name: str) -> QuestionFile:
    """The rows of a public set; the test is skipped where it is absent."""
    path = SHARED / name / "questions.jsonl"
    if not path.exists():
        pytest.skip("the public data is not here")
    return read_questions(path)


@cache
def library(name: str) -> Golds:
    """Golds found in the documents of a public set."""
    found: list[tuple[Document, str]] = []
    for path in sorted((SHARED / name / "docs").glob("*.txt")):
        document = document_of(path.read_bytes().decode(), title=path.stem, seed=path.stem)
        found.append((document, path.as_uri()))
    texts = {document.id: document for document, _ in found}
    return Golds(DocumentNames(record(*pair) for pair in found), list(texts), lambda id: texts[id])


def record(document: Document, uri: str) -> DocumentRecord:
    hashes = document.file_sha256, document.text_sha256
    return DocumentRecord(document.id, document.title, uri, len(document.text), 1, *hashes, document.extractor)


def text_of(name: str, stem: str) -> str:
    return (SHARED / name / "docs" / f"{stem}.txt").read_bytes().decode()


def places(tasks: Iterable[Task]) -> list[list[tuple[Place, ...]]]:
    return [sorted(gold.places for gold in task.golds) for task in tasks]


def sampled(name: str, step: int) -> list[QuestionRow]:
    return list(public(name).rows)[::step]


def raw(name: str) -> dict[str, Mapping[str, Any]]:
    with (SHARED / name / "questions.jsonl").open(encoding="utf-8") as file:
        return {str(one["id"]): one for one in map(json.loads, file)}


def written(tmp_path: Path, value: object) -> QuestionFile:
    path = tmp_path / "q.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return read_questions(path)


@pytest.mark.parametrize("titled", [True, False])
def test_squad_as_it_is_published_finds_the_same_places(titled: bool, tmp_path: Path) -> None:
    """Back from articles to paragraphs with offsets of their own, and with titles that no document has."""
    name = "squad2_dev_a"
    own, facts = sampled(name, 40), raw(name) if public(name) else {}
    data = []
    for row in own:
        one = facts[str(row.id)]
        article = text_of(name, one["relevant"][0])
        context = article[one["para_start"] : one["para_end"]]
        answers = [
            {"text": gold.text, "answer_start": (gold.start or 0) - one["para_start"]}
            for gold in row.golds
            if gold.text
        ]
        question = {"id": row.id, "question": row.question, "is_impossible": not row.answerable, "answers": answers}
        title = one["relevant"][0] if titled else f"{one['relevant'][0]} (2016)"
        data.append({"title": title, "paragraphs": [{"context": context, "qas": [question]}]})
    file = written(tmp_path, {"version": "v2.0", "data": data})
    assert not file.problems
    theirs = [library(name).task(row) for row in file.rows]
    ours = [library(name).task(replace(row, golds=tuple(gold for gold in row.golds if gold.text))) for row in own]
    assert [task.problems for task in theirs] == [()] * len(own)
    assert places(theirs) == places(ours)
    assert [task.answerable for task in theirs] == [task.answerable for task in ours]


def test_legalbench_spans_find_the_same_places(tmp_path: Path) -> None:
    name = "policyqa_dev"
    own = sampled(name, 60)
    tests = []
    for row in own:
        snippets = [
            {"file_path": f"corpus/{gold.document}.txt", "span": [gold.start, (gold.start or 0) + len(gold.text)]}
            for gold in row.golds
        ]
        tests.append({"query": row.question, "snippets": snippets, "tags": []})
    file = written(tmp_path, {"tests": tests})
    assert not file.problems
    theirs, ours = ([library(name).task(row) for row in some] for some in (file.rows, own))
    assert [task.problems for task in theirs] == [()] * len(own)
    assert places(theirs) == places(ours)


def test_chromas_table_finds_the_same_places(tmp_path: Path) -> None:
    name = "chunking_evaluation"
    own = [row for row in sampled(name, 12) if len({gold.document for gold in row.golds}) == 1]
    path = tmp_path / "questions_df.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["question", "references", "corpus_id"])
        for row in own:
            references = [
                {"content": gold.text, "start_index": gold.start, "end_index": (gold.start or 0) + len(gold.text)}
                for gold in row.golds
            ]
            table.writerow([row.question, json.dumps(references), row.golds[0].document])
    theirs = [library(name).task(row) for row in read_questions(path).rows]
    assert [task.problems for task in theirs] == [()] * len(own)
    assert places(theirs) == places(library(name).task(row) for row in own)


def test_a_beir_folder_names_the_same_documents(tmp_path: Path) -> None:
    name = "scifact_beir_test"
    own = list(public(name).rows)
    (tmp_path / "qrels").mkdir()
    queries = [{"_id": str(row.id), "text": row.question, "metadata": {}} for row in own]
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(one) + "\n" for one in queries), encoding="utf-8")
    judgements = [f"{id}\t{document}\t1" for id, one in raw(name).items() for document in one["relevant"]]
    (tmp_path / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *judgements]) + "\n")
    theirs = read_questions(tmp_path)
    assert not theirs.problems
    assert [row.question for row in theirs.rows] == [row.question for row in own]
    for row, mine in zip(theirs.rows, own, strict=True):
        assert {gold.document for gold in row.golds} == {gold.document for gold in mine.golds}
        assert row.answerable is None
