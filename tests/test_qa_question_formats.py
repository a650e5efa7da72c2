"""Other people's question files: SQuAD 2, LegalBench-RAG, Chroma's spans, BEIR folders; made here, as theirs are."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import BadRequest
from quoth.qa.question_formats import read_nested
from quoth.qa.questions import Gold, QuestionFile, QuestionRow, read_questions

CONTEXT = "The bridge opened in May 1901. It fell in 1907."


def nested(tmp_path: Path, value: object, name: str = "q.json") -> QuestionFile:
    path = tmp_path / name
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return read_questions(path)


def squad(*questions: object, context: object = CONTEXT, title: object = "Bridges") -> dict[str, Any]:
    return {"version": "v2.0", "data": [{"title": title, "paragraphs": [{"context": context, "qas": list(questions)}]}]}


def asked(id: str = "a", **more: object) -> dict[str, object]:
    answers = [{"text": "May 1901", "answer_start": 21}, {"text": "1901", "answer_start": 25}]
    return {"id": id, "question": "When?", "answers": answers, "is_impossible": False, **more}


# SQuAD


def test_squad_offsets_count_from_the_paragraph(tmp_path: Path) -> None:
    (row,) = nested(tmp_path, squad(asked())).rows
    golds = Gold("May 1901", "Bridges", 21, within=CONTEXT), Gold("1901", "Bridges", 25, within=CONTEXT)
    assert row == QuestionRow(1, "a", "When?", golds, True, (), ())


def test_squad_questions_without_an_answer(tmp_path: Path) -> None:
    plausible = [{"text": "1907", "answer_start": 42}]
    impossible = asked("b", answers=[], plausible_answers=plausible, is_impossible=True)
    first, second = nested(tmp_path, squad(asked(), impossible)).rows
    assert (first.answerable, second.answerable) == (True, False)
    assert second.golds == ()


def test_squad_1_says_nothing_of_impossible_questions_and_repeats_answers(tmp_path: Path) -> None:
    question = asked()
    del question["is_impossible"]
    question["answers"] = [{"text": "1901", "answer_start": 25}] * 3
    (row,) = nested(tmp_path, squad(question)).rows
    assert row.answerable is True
    assert len(row.golds) == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (5, "where an object"),
        ({"question": "When?"}, "answers is missing"),
        (asked("b", question=None), "question is missing"),
        (asked("b", is_impossible="no"), "is_impossible is 'no'"),
        (asked("b", is_impossible=True), "take out one of the two"),
        (asked("b", answers=[{"text": "May", "answer_start": 0}]), "does not stand at 0"),
        (asked("b", answers=[{"text": "May"}]), "answer_start is None"),
        (asked("b", answers=[{"answer_start": 3}]), "text is missing"),
        (asked("a"), "that of question 1 already"),
    ],
)
def test_a_broken_question_of_squad(broken: object, reason: str, tmp_path: Path) -> None:
    file = nested(tmp_path, squad(asked(), broken, asked("c")))
    assert [row.line for row in file.rows] == [1, 3]
    assert file.problems[0].name == "q.json, question 2"
    assert reason in file.problems[0].reason


def test_broken_articles_and_paragraphs_are_told(tmp_path: Path) -> None:
    value = squad(asked())
    value["data"] += [7, {"title": "x"}, {"paragraphs": [3, {"context": "c"}, {"qas": [asked("z", answers=[])]}]}]
    file = nested(tmp_path, value)
    assert [row.id for row in file.rows] == ["a", "z"]
    assert [problem.name for problem in file.problems] == [
        "article 2",
        "article 3",
        "article 4, paragraph 1",
        "article 4, paragraph 2",
    ]


def test_data_that_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="data is 5, not a list"):
        nested(tmp_path, {"data": 5})


# LegalBench-RAG


def legal(**more: object) -> dict[str, object]:
    snippet = {"file_path": "cuad/lease.txt", "span": [10, 14], "answer": "rent"}
    return {"query": "What is owed?", "snippets": [snippet, {"file_path": "b.txt", "span": [3, 9]}], **more}


def test_legalbench_gives_spans_with_and_without_their_words(tmp_path: Path) -> None:
    (row,) = nested(tmp_path, {"tests": [legal(tags=["lease"])]}).rows
    assert row.golds == (Gold("rent", "cuad/lease.txt", 10, 14), Gold("", "b.txt", 3, 9))
    assert (row.question, row.answerable, row.id) == ("What is owed?", True, None)


def test_a_legalbench_question_without_snippets_is_not_scored(tmp_path: Path) -> None:
    (row,) = nested(tmp_path, {"tests": [legal(snippets=[])]}).rows
    assert row.answerable is None


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (None, "where an object"),
        ({"query": "Q?"}, "snippets is missing"),
        (legal(query=3), "query is 3"),
        (legal(snippets=[{"file_path": "a", "span": [3]}]), "not [start, stop]"),
        (legal(snippets=[{"file_path": "a", "span": [3, 3]}]), "from 3 to 3"),
        (legal(snippets=[{"file_path": "a", "span": [3, "x"]}]), "span is 'x'"),
        (legal(snippets=[{"span": [3, 4]}]), "file_path is missing"),
        (legal(snippets=[{"file_path": "a", "span": [3, 9], "answer": "rent"}]), "cannot have 4 characters"),
    ],
)
def test_a_broken_test_of_legalbench(broken: object, reason: str, tmp_path: Path) -> None:
    file = nested(tmp_path, {"tests": [legal(), broken]})
    assert [row.line for row in file.rows] == [1]
    assert reason in file.problems[0].reason


# Chroma


def chroma(tmp_path: Path, *rows: list[str]) -> QuestionFile:
    path = tmp_path / "questions_df.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["question", "references", "corpus_id"], *rows])
    return read_questions(path)


def test_chroma_references_are_exact_places(tmp_path: Path) -> None:
    references = [
        {"content": "May, 1901", "start_index": 21, "end_index": 30},
        {"content": "x", "start_index": 1, "end_index": 2},
    ]
    (row,) = chroma(tmp_path, ["When?", json.dumps(references), "wikitexts"]).rows
    assert row.golds == (Gold("May, 1901", "wikitexts", 21, 30), Gold("x", "wikitexts", 1, 2))
    assert (row.line, row.answerable) == (2, True)


@pytest.mark.parametrize(
    ("references", "reason"),
    [
        ("[", "not JSON"),
        ("[" * 10_000, "not JSON"),
        ("{}", "not a list"),
        ("[3]", "where an object"),
        ('[{"content": "ab", "start_index": 1, "end_index": 2}]', "cannot have 2 characters"),
        ('[{"content": "", "start_index": 1, "end_index": 1}]', "from 1 to 1"),
        ('[{"content": "a", "start_index": 1}]', "end_index is None"),
    ],
)
def test_a_broken_row_of_chroma(references: str, reason: str, tmp_path: Path) -> None:
    good = '[{"content": "x", "start_index": 1, "end_index": 2}]'
    file = chroma(tmp_path, ["One?", good, "a"], ["Two?", references, "a"], ["Three?", "[]", "a"])
    assert [row.question for row in file.rows] == ["One?", "Three?"]
    assert file.rows[1].answerable is None
    assert reason in file.problems[0].reason


# BEIR


def beir(folder: Path, queries: str, judgements: Mapping[str, str]) -> QuestionFile:
    (folder / "qrels").mkdir(parents=True)
    (folder / "queries.jsonl").write_text(queries, encoding="utf-8")
    for name, lines in judgements.items():
        (folder / "qrels" / name).write_text("query-id\tcorpus-id\tscore\n" + lines, encoding="utf-8")
    return read_questions(folder)


QUERIES = "".join(json.dumps({"_id": f"q{at}", "text": f"Number {at}?", "metadata": {}}) + "\n" for at in (1, 2, 3))


def test_a_beir_folder_gives_graded_documents(tmp_path: Path) -> None:
    file = beir(tmp_path, QUERIES, {"test.tsv": "q1\td1\t1\r\nq1\td2\t2\nq3\td1\t0\n", "train.tsv": "q2\td1\t1\n"})
    first, third = file.rows
    assert first == QuestionRow(
        1, "q1", "Number 1?", (Gold("", "d1", None), Gold("", "d2", None, grade=2)), None, (), ()
    )
    assert (third.id, third.golds) == ("q3", ())
    (problem,) = file.problems
    assert problem.reason == "1 queries are not used: test.tsv says nothing of them"


def test_the_split_for_testing_comes_first(tmp_path: Path) -> None:
    file = beir(tmp_path, QUERIES, {"train.tsv": "q1\td\t1\n", "dev.tsv": "q2\td\t1\n"})
    assert [row.id for row in file.rows] == ["q2"]


def test_broken_lines_of_a_beir_folder(tmp_path: Path) -> None:
    queries = QUERIES + 'x\n{"text": "No id?"}\n{"_id": "q9", "text": ""}\n'
    file = beir(tmp_path, queries, {"test.tsv": "q1\td1\t1\nq2 d1 1\nq3\td1\thigh\nq9\td\t1\n"})
    assert [row.id for row in file.rows] == ["q1", "q3"]
    assert [problem.name for problem in file.problems][:5] == [
        "test.tsv, line 3",
        "test.tsv, line 4",
        "queries.jsonl, line 4",
        "queries.jsonl, line 5",
        "queries.jsonl, line 6",
    ]


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"no BEIR folder: it needs queries\.jsonl"):
        read_questions(tmp_path)


# All of them


SQUAD_KEYS = ["data", "paragraphs", "qas", "context", "question", "answers", "text", "answer_start", "id"]
KEYS = [*SQUAD_KEYS, "tests", "query", "snippets", "file_path", "span"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 50) | st.floats() | st.sampled_from(["", "May", CONTEXT]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)  # fmt: skip


@given(json_values)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        file = read_nested(value, "q.json")
    except BadRequest as error:
        assert "q.json" in str(error)
    else:
        assert file.rows
