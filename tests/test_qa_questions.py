"""Question files in Quoth's own shapes: what is read, what is told of, and that nothing is lost in silence."""

from __future__ import annotations

import codecs
import csv
import io
import json
import math
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from quoth.corpus import BadRequest
from quoth.qa.question_fields import row_of
from quoth.qa.questions import Gold, QuestionFile, QuestionRow, read_questions

DATA = Path(__file__).parent / "data"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
HEADER = ["question", "answer", "document", "answerable"]


def row(question: object = "Why?", **more: object) -> dict[str, object]:
    return {"question": question, **more}


def read(tmp_path: Path, name: str, content: str | bytes) -> QuestionFile:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_questions(path)


def jsonl(tmp_path: Path, *rows: object) -> QuestionFile:
    return read(tmp_path, "q.jsonl", "".join(json.dumps(item) + "\n" for item in rows))


def workbook(tmp_path: Path, *rows: Sequence[object]) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in rows:
        sheet.append(list(cells))
    book.save(tmp_path / "q.xlsx")
    return tmp_path / "q.xlsx"


def only(file: QuestionFile) -> QuestionRow:
    (found,) = file.rows
    return found


# What a row says


def test_a_row_of_everything(tmp_path: Path) -> None:
    full = row(
        "When?",
        id="q1",
        answers=[
            {"text": "May", "document": "a.txt", "start": 7},
            {"text": "June"},
            "July",
            {"doc": "b", "text": "Aug"},
        ],
        answerable=True,
        history=["Where?"],
        documents=["a.txt", "b"],
        kind="plain",
    )
    assert only(jsonl(tmp_path, full)) == QuestionRow(
        line=1,
        id="q1",
        question="When?",
        golds=(Gold("May", "a.txt", 7), Gold("June", None, None), Gold("July", None, None), Gold("Aug", "b", None)),
        answerable=True,
        history=("Where?",),
        documents=("a.txt", "b"),
    )


@pytest.mark.parametrize(
    ("fields", "answerable"),
    [
        ({}, None),
        ({"answers": []}, None),
        ({"answers": None, "answerable": None}, None),
        ({"answers": ["x"]}, True),
        ({"answer": "x"}, True),
        ({"answers": {"text": "x"}}, True),
        ({"relevant": ["a"]}, True),
        ({"relevant": ["a"], "answerable": False}, False),
        ({"answerable": True}, True),
        ({"answerable": False}, False),
    ],
)
def test_whether_it_is_answerable(fields: dict[str, object], answerable: bool | None, tmp_path: Path) -> None:
    assert only(jsonl(tmp_path, row(**fields))).answerable is answerable


def test_a_relevant_document_without_an_answer_of_its_own_is_a_gold_of_its_own(tmp_path: Path) -> None:
    found = only(jsonl(tmp_path, row(answers=[{"text": "x", "doc": "a"}], relevant=["a", "b"])))
    assert found.golds == (Gold("x", "a", None), Gold("", "b", None))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (None, ()),
        ("Where?", ("Where?",)),
        (["Where?", "When?"], ("Where?", "When?")),
        ([{"question": "Where?", "answer": "Here."}], ("Where?",)),
        ([{"speaker": "user", "text": "Where?"}, {"speaker": "agent", "text": "Here."}], ("Where?",)),
        ([{"role": "User", "content": "Where?"}, {"role": "assistant", "content": "Here."}], ("Where?",)),
    ],
)
def test_the_history_is_the_earlier_questions(history: object, expected: tuple[str, ...], tmp_path: Path) -> None:
    assert only(jsonl(tmp_path, row(history=history))).history == expected


@pytest.mark.parametrize(("given_id", "kept"), [(7, 7), ("7", "7"), (7.0, 7), ("", None), (None, None)])
def test_ids_are_kept_as_they_are(given_id: object, kept: object, tmp_path: Path) -> None:
    found = only(jsonl(tmp_path, row(id=given_id)))
    assert found.id == kept
    assert found.key == ("#1" if kept is None else "7")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ([], "no row"),
        ("Why?", "no row"),
        ({}, "question is missing"),
        (row(""), "empty"),
        (row("  \n"), "empty"),
        (row("x" * 2_001), "2,001 characters"),
        (row("\ud800"), "half a character"),
        ({"question": 5}, "question is 5, not text"),
        ({"question": math.nan}, "question is nan, not text"),
        (row(id=math.nan), "id is nan, not a whole number"),
        (row(id=True), "id is True"),
        (row(id=[1]), "id is [1]"),
        (row(id="\udfff"), "half a character"),
        (row(answers=[3]), "an answer is no text"),
        (row(answers=[None]), "an answer is no text"),
        (row(answers=[""]), "no text"),
        (row(answers=[{"text": " "}]), "no text"),
        (row(answers=[{"text": "\ud9ab"}]), "half a character"),
        (row(answers=[{"document": ""}]), "no name"),
        (row(answers=[{"document": 4}]), "document is 4, not text"),
        (row(answers=[{"text": "x", "start": 4}]), "in no document"),
        (row(answers=[{"text": "x", "document": "a", "start": -1}]), "from -1 to 0"),
        (row(answers=[{"text": "x", "document": "a", "start": 1.5}]), "start is 1.5"),
        (row(answers=[{"text": "x", "document": "a", "start": True}]), "start is True"),
        (row(answers=[{"text": "x", "document": "a", "start": math.inf}]), "start is inf"),
        (row(answers=[{"text": "xy", "document": "a", "start": 1, "stop": 2}]), "cannot have 2 characters"),
        (row(answers=[{"text": "x", "document": "a", "stop": 2}]), "no start"),
        (row(answers=[{"document": "a", "start": 2}]), "from 2 to 2"),
        (row(answerable="maybe"), "answerable is 'maybe'"),
        (row(answerable=1), "answerable is 1"),
        (row(answerable=False, answers=["x"]), "take out one of the two"),
        (row(history=[""]), "history is empty"),
        (row(history=[3]), "history is 3"),
        (row(history=[{"text": "Where?"}]), "neither a question nor a speaker"),
        (row(history=[{"speaker": "user"}]), "history is missing"),
        (row(documents=[1]), "documents is 1"),
        (row(relevant=[1]), "relevant is 1"),
    ],
)
def test_a_broken_row_is_told_with_its_line_and_the_rest_is_read(broken: object, reason: str, tmp_path: Path) -> None:
    file = jsonl(tmp_path, row("One?"), broken, row("Three?"))
    assert [(found.line, found.question) for found in file.rows] == [(1, "One?"), (3, "Three?")]
    (problem,) = file.problems
    assert problem.name == "q.jsonl, line 2"
    assert reason in problem.reason


def test_the_same_id_twice_is_told_whatever_its_type(tmp_path: Path) -> None:
    file = jsonl(tmp_path, row("One?", id="7"), row("Two?", id=7), row("Three?"), row("Four?"))
    assert [found.question for found in file.rows] == ["One?", "Three?", "Four?"]
    assert "that of line 1 already" in file.problems[0].reason


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(["id", "question", "answers", "answer", "answerable", "history", "documents", "relevant", "doc"])


@given(st.dictionaries(keys, json_values, max_size=6))
def test_any_json_gives_a_row_or_a_reason(value: dict[str, object]) -> None:
    try:
        found = row_of(3, value)
    except ValueError as error:
        assert str(error)
    else:
        assert found.line == 3
        assert found.question == value["question"]


# JSONL


def test_lines_that_are_no_json(tmp_path: Path) -> None:
    deep = b"[" * 100_000
    file = read(
        tmp_path, "q.jsonl", b'{"question": "One?"}\n{"question": \n\xff\xfe\n' + deep + b'\n{"question": "Five?"}'
    )
    assert [found.line for found in file.rows] == [1, 5]
    assert [problem.name for problem in file.problems] == [f"q.jsonl, line {line}" for line in (2, 3, 4)]
    assert "UTF-8" in file.problems[1].reason


def test_marks_line_ends_and_blank_lines_do_not_matter(tmp_path: Path) -> None:
    text = '{"question": "Ä\u2028?"}\r\n\r\n{"question": "B?"}'
    for data in (text.encode(), codecs.BOM_UTF8 + text.encode(), text.encode("utf-16")):
        file = read(tmp_path, "q.jsonl", data)
        assert [(found.line, found.question) for found in file.rows] == [(1, "Ä\u2028?"), (3, "B?")]
        assert not file.problems


@pytest.mark.parametrize("name", ["q.json", "q.ndjson", "Q.JSONL"])
def test_rows_by_the_line_whatever_the_ending(name: str, tmp_path: Path) -> None:
    assert len(read(tmp_path, name, '{"question": "One?"}\n{"question": "Two?"}\n').rows) == 2


def test_a_list_of_rows(tmp_path: Path) -> None:
    file = read(tmp_path, "q.json", json.dumps([row("One?"), 5, row("Three?")], indent=1))
    assert [found.line for found in file.rows] == [1, 3]
    assert file.problems[0].name == "q.json, question 2"


def test_one_row_spread_over_lines(tmp_path: Path) -> None:
    assert only(read(tmp_path, "q.json", json.dumps(row("One?"), indent=1))).question == "One?"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("q.jsonl", "", "it is empty"),
        ("q.jsonl", "\n\n", "it is empty"),
        ("q.jsonl", "Why?\n", "line 1: this is not JSON"),
        ("q.json", "{", "is no JSON"),
        ("q.json", "[" * 100_000, "is no JSON"),
        ("q.json", "{}", "neither `data`"),
        ("q.json", "3", "neither `data`"),
        ("q.jsonl", b"\xff\xfe\x00", "cannot be read"),
        ("q.txt", "Why?", "no question file that Quoth knows"),
        ("q.csv", "", "no column `question`"),
        ("q.csv", "a,b\n1,2\n", "no column `question` (its first row holds 'a', 'b')"),
        ("q.csv", "question\n", "it is empty"),
        ("q.csv", "question,answer,answer\nWhy?,a,b\n", "twice"),
        ("q.csv", b"question\nWhy\x00\x01?\n", "cannot be read as a table"),
        ("q.xlsx", "no workbook", "not a whole Excel workbook"),
    ],
)
def test_a_file_of_no_use_is_refused_with_the_reason(
    name: str, content: str | bytes, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BadRequest) as caught:
        read(tmp_path, name, content)
    assert said in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="There is no file"):
        read_questions(tmp_path / "q.jsonl")


def test_countless_problems_are_counted(tmp_path: Path) -> None:
    file = read(tmp_path, "q.jsonl", '{"question": "Why?"}\n' + "x\n" * 1_500)
    assert len(file.problems) == 1_001
    assert file.problems[-1].reason == "500 more rows cannot be used"


# CSV


def test_the_columns_of_a_table(tmp_path: Path) -> None:
    text = (
        "Question,answer,document,answerable,id,start,answer 2,document_2,history,documents,owner\n"
        '"Why, then?",May,a.txt,TRUE,q1,7,June,b.txt,"Where?\nWhen?","a.txt\nb.txt",me\n'
        "Who?,,,no,,,,,,,\n"
        "What?,,a.txt,,,,,,,,\n"
    )
    first, second, third = read(tmp_path, "q.csv", text).rows
    assert first == QuestionRow(
        2, "q1", "Why, then?", (Gold("May", "a.txt", 7), Gold("June", "b.txt", None)), True, ("Where?", "When?"),
        ("a.txt", "b.txt"),
    )  # fmt: skip
    assert (second.line, second.golds, second.answerable) == (5, (), False)
    assert (third.golds, third.answerable) == ((Gold("", "a.txt", None),), True)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_as_spreadsheets_write_it(separator: str, encoding: str, tmp_path: Path) -> None:
    text = f"question{separator}answer\r\nÀ quelle date l'été a-t-il commencé à Besançon?{separator}le 21 juin\r\n"
    found = only(read(tmp_path, "q.csv", text.encode(encoding)))
    assert found.question == "À quelle date l'été a-t-il commencé à Besançon?"
    assert found.golds == (Gold("le 21 juin", None, None),)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ('"Two"?,x', "not a CSV row"),
        ('"Two?,x', "not a CSV row"),
        ("Two?,x,,,,z", "6 cells"),
        ("Two?,,,perhaps", "answerable is 'perhaps'"),
        (",x", "question is missing"),
        ("Two?," + "y" * 140_000, "field larger"),
    ],
)
def test_a_broken_row_of_a_table(broken: str, reason: str, tmp_path: Path) -> None:
    file = read(tmp_path, "q.csv", f"{','.join(HEADER)}\nOne?,x\n{broken}\nThree?,x\nFour?,x\n")
    assert [found.question for found in file.rows] == ["One?", "Three?", "Four?"]
    assert [found.line for found in file.rows] == [2, 4, 5]
    (problem,) = file.problems
    assert problem.name == "q.csv, line 3"
    assert (reason if len(broken) < 140_000 else "not a CSV row") in problem.reason


def test_a_row_with_more_empty_cells_is_fine(tmp_path: Path) -> None:
    assert only(read(tmp_path, "q.csv", "question\nWhy?,,,\n")).question == "Why?"


def test_a_misspelt_column_is_told(tmp_path: Path) -> None:
    file = read(tmp_path, "q.csv", "question,anwser,owner\nWhy?,x,me\n")
    (problem,) = file.problems
    assert "should it be called 'answer'?" in problem.reason


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(st.lists(st.tuples(cells.filter(str.strip), cells), min_size=1, max_size=8))
def test_any_words_come_back_from_a_table(pairs: list[tuple[str, str]]) -> None:
    """Cells that hold only blanks are empty; all else is as it was."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows([["question", "answer"], *pairs])
    with TemporaryDirectory() as folder:
        file = read(Path(folder), "q.csv", out.getvalue().encode("utf-8-sig"))
    assert not file.problems
    assert [found.question for found in file.rows] == [question for question, _ in pairs]
    assert [found.golds for found in file.rows] == [
        (Gold(answer, None, None),) if answer.strip() else () for _, answer in pairs
    ]


# XLSX


def test_a_workbook(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        [*HEADER, "start", "id"],
        ["When?", 1973, "a.txt", True, 12, 1],
        [],
        ["Which?", 0.5, None, None, None, 2.0],
        ["Who?", None, None, False],
    )
    file = read_questions(path)
    assert [found.line for found in file.rows] == [2, 4, 5]
    assert [found.golds for found in file.rows] == [(Gold("1973", "a.txt", 12),), (Gold("0.5", None, None),), ()]
    assert [found.answerable for found in file.rows] == [True, True, False]
    assert [found.id for found in file.rows] == ["1", "2", None]
    assert not file.problems


@pytest.mark.parametrize(
    ("cell", "reason"),
    [("=A1", "formula without a result"), ("#N/A", "or an error"), (date(2025, 12, 20), "format the cell as text")],
)
def test_cells_that_hold_no_words(cell: object, reason: str, tmp_path: Path) -> None:
    path = workbook(tmp_path, HEADER, ["One?", cell], ["Two?", "x"])
    file = read_questions(path)
    assert only(file).question == "Two?"
    (problem,) = file.problems
    assert problem.name == "q.xlsx, row 2"
    assert reason in problem.reason


def test_only_the_first_sheet_is_read_and_that_is_told(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["question"])
    sheet.append(["Why?"])
    book.create_sheet("more").append(["question"])
    book.save(tmp_path / "q.xlsx")
    file = read_questions(tmp_path / "q.xlsx")
    assert len(file.rows) == 1
    assert "only the first sheet, 'Sheet', is read" in file.problems[0].reason


@cache
def sound_workbook() -> bytes:
    """Made once: a workbook holds the time it was made."""
    with TemporaryDirectory() as folder:
        return workbook(Path(folder), HEADER, ["Why?", "x"], ["When?", "y"]).read_bytes()


@given(st.data())
def test_a_damaged_workbook_is_refused_or_read(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "q.xlsx"
        whole = bytearray(sound_workbook())
        for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
            whole[at] ^= data.draw(st.integers(1, 255))
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
        try:
            assert read_questions(path).rows
        except BadRequest as error:
            assert "q.xlsx" in str(error)


# What a gold is


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("x", None, None, None, "", 0), "grade"),
        (("", None, None), "no text"),
        (("x", "a", None, None, "paragraph"), "no start"),
        (("x", None, 3, None, "abc"), "does not stand at 3"),
        (("x", " ", None), "no name"),
    ],
)
def test_a_gold_that_makes_no_sense_cannot_be_built(arguments: tuple[str, None, None], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Gold(*arguments)


# The project's own files, and the public ones


def test_the_own_question_files() -> None:
    articles, followups = (read_questions(DATA / f"{name}.jsonl") for name in ("articles", "followups"))
    assert not articles.problems + followups.problems
    assert all(gold.start is not None for found in articles.rows for gold in found.golds)
    assert all(1 <= len(found.history) <= 3 for found in followups.rows)
    assert {found.answerable for found in articles.rows} == {True, False}


@pytest.mark.parametrize(
    ("name", "rows", "answerable"),
    [("squad2_dev_a", 6_078, 2_910), ("policyqa_dev", 2_420, 2_420), ("mtrag_human_subset", 159, 150)],
)
def test_the_public_question_files(name: str, rows: int, answerable: int) -> None:
    path = SHARED / name / "questions.jsonl"
    if not path.exists():
        pytest.skip("the public data is not here")
    file = read_questions(path)
    assert not file.problems
    assert len(file.rows) == rows
    assert sum(found.answerable is True for found in file.rows) == answerable
    if name == "policyqa_dev":
        assert all(len(found.documents) == 1 for found in file.rows)
    if name == "mtrag_human_subset":
        assert sum(bool(found.history) for found in file.rows) == 139
