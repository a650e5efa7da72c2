"""Files that people give and may have edited: whatever they hold, they are read or refused in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from quoth.corpus import BadRequest, DocumentId, QuothError
from quoth.qa import verify_library
from quoth.qa.changes import seen
from quoth.qa.comparing import compare_runs
from quoth.qa.evaluating import evaluate, replay
from quoth.qa.feedback import Feedback
from quoth.qa.feedback_file import FeedbackFile
from quoth.qa.journal import Journal
from quoth.qa.kept_questions import recorded
from quoth.qa.questions import read_questions
from quoth.ui.record import answer_record
from quoth.ui.shell import ERROR
from small_library import small_library

DEEP = "[" * 100_000
TEXTS = {"harbour.txt": "The harbour of Lund opened in 1904. Ships bring timber and salt."}


def run_folder(folder: Path, **files: Any) -> Path:
    """A run of one question; `files` are the contents to put in the place of right ones."""
    folder.mkdir()
    score = {"key": "1", "question": "When?", "outcome": "right", "values": {"right_first": 1.0}}
    answer = {"question": "When?", "quotes": []}
    report = {"metrics": {"broken_quotes": {"value": 0.0, "n": 1}}}
    right = {
        "scores.jsonl": {**score, **files.get("score", {})},
        "answers.jsonl": {**answer, **files.get("answer", {})},
    }
    for name, value in {**right, "report.json": report}.items():
        (folder / name).write_text(files.get(name.partition(".")[0], json.dumps(value)), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "files",
    [
        {"scores": DEEP}, {"answers": DEEP}, {"report": DEEP},
        {"report": '{"metrics": {"broken_quotes": {"value": 1e999, "n": 1}}}'},
        {"score": {"key": []}}, {"score": {"key": {}}}, {"score": {"outcome": {}}}, {"score": {"values": [1]}},
        {"score": {"values": {"right_first": 7}}}, {"score": {"values": {"mrr": "x"}}},
        {"score": {"values": {"mrr": float("nan")}}}, {"score": {"values": {"mrr": float("inf")}}},
        {"answer": {"quotes": {"a": 1}}}, {"answer": {"quotes": [3]}}, {"answer": {"quotes": [{"text": 1}]}},
        {"answer": {"quotes": [{"text": "x", "source": {"title": "", "document": "", "start": float("inf")}}]}},
    ],
)  # fmt: skip
def test_a_run_that_somebody_edited_is_refused_in_a_sentence(tmp_path: Path, files: dict[str, Any]) -> None:
    before, after = run_folder(tmp_path / "before"), run_folder(tmp_path / "after", **files)
    with pytest.raises(BadRequest, match="evaluate again"):
        compare_runs(before, after)


def test_a_run_that_nobody_edited_is_read(tmp_path: Path) -> None:
    (one,) = seen(run_folder(tmp_path / "run"))
    assert (one.key, one.outcome, one.values) == ("1", "right", {"right_first": 1.0})


@pytest.mark.parametrize("line", [DEEP, "{", "null", "[1]", '{"a": ' + DEEP])
def test_a_row_of_feedback_that_is_none_stays_and_disturbs_nothing(tmp_path: Path, line: str) -> None:
    file = FeedbackFile(tmp_path)
    file.path.write_text(line + "\n", encoding="utf-8")
    id = file.keep(Feedback("right", answered=False, question="Who?"))
    assert len(file) == 2
    assert file.withdraw(id)
    assert file.content() == line.encode() + b"\n"


def test_feedback_without_an_end_of_line_and_without_a_value_is_no_row(tmp_path: Path) -> None:
    file = FeedbackFile(tmp_path)
    file.path.write_text(DEEP, encoding="utf-8")
    file.keep(Feedback("right", answered=False, question="Who?"))
    assert len(file) == 1


@pytest.mark.parametrize("qrels", [b"q\td\ts\nq1\t\xa2\xff\t1\n", b"\xff\xfeq\x00", b"q\td\ts\n\x00\x01\x02" * 90])
def test_judgements_in_no_known_encoding_are_told_or_refused(tmp_path: Path, qrels: bytes) -> None:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "When?"}\n')
    (tmp_path / "qrels" / "test.tsv").write_bytes(qrels)
    try:
        found = read_questions(tmp_path)
    except BadRequest as error:
        assert "test.tsv" in str(error) or "queries.jsonl" in str(error)
    else:
        assert found.rows or found.problems


def test_judgements_as_a_spreadsheet_saves_them_are_read(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "queries.jsonl").write_text('{"_id": "q1", "text": "When?"}\n')
    (tmp_path / "qrels" / "test.tsv").write_bytes("query\tdocument\tscore\r\nq1\tŽďár\t1\r\n".encode("utf-16"))
    (row,) = read_questions(tmp_path).rows
    assert [gold.document for gold in row.golds] == ["Žďár"]


def test_reading_on_after_a_broken_row_of_a_table_copies_nothing(tmp_path: Path) -> None:
    """It once took time that grew with the square of the broken rows: minutes for a file of half a megabyte."""
    path = tmp_path / "q.csv"
    path.write_text("question\n" + '"a"b\n' * 100_000 + "Who?\n")
    found = read_questions(path)
    assert [row.question for row in found.rows] == ["Who?"]
    assert "and 99,001 more" in found.problems[-1].reason or len(found.problems) >= 1_000


def test_a_filter_by_what_is_no_id_finds_nothing(tmp_path: Path) -> None:
    library = small_library(tmp_path / "library", TEXTS)
    for id in ("\ud800", "\x00", "", "日本", "x" * 100_000):
        assert library.search("When did the harbour open?", documents=[DocumentId(id)]) == ()


@pytest.mark.parametrize("id", ["\ud800", "\x00", "", "../..", "x" * 100_000])
def test_a_saved_answer_may_name_anything_as_its_document(tmp_path: Path, id: str) -> None:
    library = small_library(tmp_path / "library", TEXTS)
    record = json.loads(json.dumps(answer_record(library.ask("When did the harbour of Lund open?"))))
    quotes = record["quotes"] or record["abstention"]["nearest"]
    quotes[0]["source"] |= {"document": id, "uri": id}
    (verdict, *_) = verify_library([json.dumps(record)], library.folder)
    assert (verdict.ok, verdict.fault) == (False, "missing")


@pytest.mark.parametrize("content", [DEEP, "{}", "[]", "{", '{"questions": {"path": 3}}', "\x00"])
def test_a_manifest_or_journal_that_names_no_questions_names_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    assert recorded(tmp_path / "manifest.json") == ""


_DAMAGES: list[dict[str, Any]] = [
    {"files": 3}, {"settings": []}, {"settings": {"quotes": 1.5}}, {"settings": {"quotes": "5"}}, {"models": 3},
    {"library": []}, {"questions": {"path": "q.jsonl"}}, {"questions": 3}, {"schema": []},
]  # fmt: skip


def test_a_manifest_that_somebody_edited_is_refused_in_a_sentence(tmp_path: Path) -> None:
    library = small_library(tmp_path / "library", TEXTS)
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"question": "When did the harbour open?", "answerable": true}\n')
    evaluate(library, questions, tmp_path / "run", answer_record)
    manifest = tmp_path / "run" / "manifest.json"
    right = json.loads(manifest.read_text())
    for number, damage in enumerate(_DAMAGES):
        manifest.write_text(json.dumps(right | damage))
        with pytest.raises(QuothError):  # which one depends on the part
            replay(library, manifest, tmp_path / f"out-{number}", answer_record)
    for content in (DEEP, "[]", "3", "null", '"x"', "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")):
        manifest.write_text(content)
        with pytest.raises(BadRequest, match="manifest"):
            replay(library, manifest, tmp_path / "out", answer_record)


@pytest.mark.parametrize("line", [DEEP, "{}", "[1]", "null", "{", '{"documents": 3}'])
def test_an_unfinished_run_that_is_damaged_is_refused_with_what_to_do(tmp_path: Path, line: str) -> None:
    inputs = {"questions": {"sha256": "0"}, "library": {"id": "1"}, "models": {}, "settings": {}}
    (tmp_path / Journal.NAME).write_text(line + "\n")
    with pytest.raises(BadRequest):
        Journal(tmp_path).begin(inputs)
    (tmp_path / Journal.NAME).write_text("{}\n" + line + "\n")
    with pytest.raises(BadRequest, match="delete it to start anew"):
        list(Journal(tmp_path).entries())


def test_a_file_of_answers_of_any_depth_is_checked_line_for_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from quoth.ui.cli import quoth
    from quoth.ui.shell import run

    library = small_library(tmp_path / "library", TEXTS)
    (tmp_path / "answers.jsonl").write_text(DEEP + "\n")
    code = run(quoth, ["verify", str(tmp_path / "answers.jsonl"), "--library", str(library.folder)])
    said = capsys.readouterr()
    assert code in (1, ERROR)
    assert "went wrong" not in said.err + said.out
