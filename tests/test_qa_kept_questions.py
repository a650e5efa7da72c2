"""A run's folder carries its questions: it can be run again wherever it is, and nobody's file is lost for that."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from quoth.corpus import BadRequest
from quoth.qa import Library, Progress, evaluate, replay
from quoth.qa.kept_questions import foreign, forget, keep, kept_questions, recorded
from quoth.qa.manifest import questions_sha256
from quoth.ui.record import answer_record
from small_library import small_library

ROWS = [{"id": "when", "question": "When did the bridge open?", "answers": ["1901"]}]


@pytest.fixture(scope="module")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("kept") / "library", {"bridge.txt": "The bridge opened in 1901."})


def written(path: Path, *rows: Mapping[str, object]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows or ROWS), encoding="utf-8")
    return path


def beir(folder: Path) -> Path:
    written(folder / "queries.jsonl", {"_id": "q1", "text": "When did the bridge open?"})
    (folder / "qrels").mkdir()
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\tbridge\t1\n")
    (folder / "corpus.jsonl").write_text("not needed to run it again")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but those with times in them, and what is drawn from them."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if name != "timing.json"}


def interrupted(progress: Progress) -> None:
    if progress.stage == "answering":
        raise KeyboardInterrupt


@pytest.mark.parametrize("make", [lambda at: written(at / "q.jsonl"), lambda at: beir(at / "set")])
def test_a_folder_that_was_moved_runs_again_to_the_same_bytes(
    make: Callable[[Path], Path], bridges: Library, tmp_path: Path
) -> None:
    questions = make(tmp_path / "mine")
    evaluate(bridges, questions, tmp_path / "run", answer_record)
    shutil.rmtree(tmp_path / "mine")
    moved = Path(shutil.move(tmp_path / "run", tmp_path / "elsewhere"))
    _, different = replay(bridges, moved / "manifest.json", tmp_path / "again", answer_record)
    assert different == ()
    assert contents(tmp_path / "again") == contents(moved)
    assert str(tmp_path) not in (moved / "manifest.json").read_text(encoding="utf-8")


def test_of_a_folder_only_what_is_read_is_kept(
    bridges: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(beir(tmp_path / "set"))
    evaluate(bridges, Path(), tmp_path / "run", answer_record)
    kept = tmp_path / "run" / "questions" / "set"
    assert sorted(path.name for path in kept.rglob("*.*")) == ["queries.jsonl", "test.tsv"]


def test_a_manifest_that_names_a_place_of_its_machine(bridges: Library, tmp_path: Path) -> None:
    """As Quoth once wrote them: the file where it was, and else beside the manifest."""
    questions = written(tmp_path / "mine" / "q.jsonl")
    evaluate(bridges, questions, tmp_path / "run", answer_record)
    path = tmp_path / "run" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["questions"]["path"] = str(questions)
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert kept_questions(path, questions) == questions
    questions.unlink()
    assert kept_questions(path, questions) == tmp_path / "run" / "questions" / "q.jsonl"
    assert replay(bridges, path, tmp_path / "again", answer_record)[1] == ()
    shutil.move(tmp_path / "run" / "questions" / "q.jsonl", tmp_path / "run" / "q.jsonl")
    assert kept_questions(path, questions) == tmp_path / "run" / "q.jsonl"
    (tmp_path / "run" / "q.jsonl").unlink()
    with pytest.raises(BadRequest, match=r"not there any more; put q\.jsonl back as .*run/questions/q\.jsonl"):
        kept_questions(path, questions)


def test_another_file_takes_the_place_of_the_one_before(bridges: Library, tmp_path: Path) -> None:
    out = tmp_path / "run"
    evaluate(bridges, written(tmp_path / "first.jsonl"), out, answer_record)
    evaluate(bridges, written(tmp_path / "second.jsonl", {"question": "Who?"}), out, answer_record)
    assert [path.name for path in (out / "questions").iterdir()] == ["second.jsonl"]
    written(tmp_path / "second.jsonl", {"question": "Why?"})
    evaluate(bridges, tmp_path / "second.jsonl", out, answer_record)
    assert (out / "questions" / "second.jsonl").read_bytes() == (tmp_path / "second.jsonl").read_bytes()


def test_the_kept_file_itself_can_be_evaluated_in_its_place(bridges: Library, tmp_path: Path) -> None:
    out = tmp_path / "run"
    evaluate(bridges, written(tmp_path / "q.jsonl"), out, answer_record)
    before = contents(out)
    evaluate(bridges, out / "questions" / "q.jsonl", out, answer_record)
    assert contents(out) == before


def test_somebodys_own_questions_in_a_folder_of_that_name_stay(bridges: Library, tmp_path: Path) -> None:
    precious = written(tmp_path / "project" / "questions" / "a.jsonl", {"question": "Mine?"})
    other = written(tmp_path / "a.jsonl")
    with pytest.raises(BadRequest, match=r"holds 'questions/a\.jsonl', which is no part of an evaluation"):
        evaluate(bridges, other, tmp_path / "project", answer_record)
    assert precious.read_text(encoding="utf-8") == '{"question": "Mine?"}\n'
    evaluate(bridges, precious, tmp_path / "project", answer_record)  # the same bytes may stay where they are
    assert precious.read_text(encoding="utf-8") == '{"question": "Mine?"}\n'


def test_a_journal_that_was_deleted_starts_anew_as_the_error_says(bridges: Library, tmp_path: Path) -> None:
    questions, out = written(tmp_path / "q.jsonl"), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        evaluate(bridges, questions, out, answer_record, progress=interrupted)
    (out / "unfinished.jsonl").unlink()
    evaluate(bridges, questions, out, answer_record)
    assert (out / "questions" / "q.jsonl").exists()


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    questions = written(tmp_path / "q.jsonl")
    with pytest.raises(BadRequest, match="was changed while it was read"):
        keep(questions, tmp_path / "out", "0" * 64)


def test_what_cannot_be_copied_is_told(tmp_path: Path) -> None:
    questions = written(tmp_path / "q.jsonl")
    (tmp_path / "out").write_text("a file")
    with pytest.raises(BadRequest, match="cannot be copied"):
        keep(questions, tmp_path / "out", questions_sha256(questions))


@pytest.mark.parametrize("named", ["/etc/passwd", "../q.jsonl", "questions/../q.jsonl", "questions/a/b", "q.jsonl", 7])
def test_only_what_stands_in_the_folder_counts_as_kept(named: object, tmp_path: Path) -> None:
    """A manifest may come from anywhere: no path of it may lead `forget` out of the run's folder."""
    record = tmp_path / "manifest.json"
    record.write_text(json.dumps({"questions": {"path": named}}))
    assert recorded(record) == ""
    written(tmp_path / "q.jsonl")
    forget(tmp_path, recorded(record))
    assert (tmp_path / "q.jsonl").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"questions": 3}', "\udcff"])
def test_a_record_that_cannot_be_read_names_nothing(content: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert recorded(tmp_path / "manifest.json") == ""
    assert recorded(tmp_path / "none.json") == ""


def test_a_folder_among_the_kept_ones_that_is_no_question_file_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "questions" / "photographs").mkdir(parents=True)
    assert list(foreign(tmp_path, "0" * 64)) == ["questions/photographs"]
