"""A whole evaluation: every question answered as `ask` does, every number one that outsiders reach, nothing lost."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import ir_measures
import pytest
from jsonschema import Draft202012Validator

from quoth.corpus import BadRequest, LibraryBusy, LibraryMismatch
from quoth.qa import Answer, Library, Progress, verify_records
from quoth.qa.evaluating import EVALUATION_FILES, evaluate, replay
from quoth.qa.evaluation import EvaluationReport
from quoth.qa.exporting import RUN_FILES
from quoth.qa.manifest import EvaluationSettings, questions_sha256
from quoth.qa.measures import ALL_MEASURES
from quoth.qa.questions import QuestionRow, read_questions
from quoth.ui.record import answer_record
from small_library import small_library

ROOT = Path(__file__).resolve().parent.parent
ARTICLES = ROOT / "tests" / "data" / "articles.jsonl"
JAPAN = "japan-engages-with-central-asia"
SAME = (*RUN_FILES, "report.json", "manifest.json")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The two articles; answers by the small encoder and reader."""
    texts = {path.name: path.read_bytes().decode() for path in sorted((ROOT / "corpus" / "texts").glob("*.txt"))}
    return small_library(tmp_path_factory.mktemp("small") / "library", texts)


@pytest.fixture(scope="session")
def run(small: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an evaluation on the questions of the two articles; not to be changed."""
    out = tmp_path_factory.mktemp("run") / "out"
    evaluate(small, ARTICLES, out, answer_record)
    return out


@pytest.fixture(scope="session")
def report(run: Path) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = json.loads((run / "report.json").read_text(encoding="utf-8"))
    return loaded


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def digests(folder: Path, names: Sequence[str] = SAME) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def questions(tmp_path: Path, *rows: Mapping[str, object]) -> Path:
    path = tmp_path / "q.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


# The answers


def test_every_record_is_the_one_that_ask_gives_in_the_order_of_the_file(small: Library, run: Path) -> None:
    records = lines(run / "answers.jsonl")
    rows = read_questions(ARTICLES).rows
    assert [record["id"] for record in records] == [row.id for row in rows]
    for row, record in zip(rows, records, strict=True):
        alone = answer_record(replace(small.ask(row.question, quotes=5), elapsed_ms=0.0))
        assert {key: value for key, value in record.items() if key != "id"} == json.loads(json.dumps(alone))


def test_the_records_are_of_the_published_schema_and_verify(small: Library, run: Path) -> None:
    schema = json.loads((ROOT / "ui" / "answer.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    for record in lines(run / "answers.jsonl"):
        validator.validate(record)
    verdicts = list(verify_records((run / "answers.jsonl").read_text(encoding="utf-8").split("\n"), small.document))
    assert verdicts
    assert all(verdict.ok for verdict in verdicts)


def test_there_is_every_file_and_nothing_else(run: Path) -> None:
    assert sorted(path.name for path in run.iterdir()) == sorted(
        {*EVALUATION_FILES, "questions"} - {"report.html", "comparison.html"}
    )
    assert (run / "questions" / "articles.jsonl").read_bytes() == ARTICLES.read_bytes()


def test_a_conversation_is_asked_with_its_history(small: Library, tmp_path: Path) -> None:
    path = ROOT / "tests" / "data" / "followups.jsonl"
    evaluate(small, path, tmp_path / "out", answer_record, settings=EvaluationSettings(quotes=2, depth=3))
    for row, record in zip(read_questions(path).rows, lines(tmp_path / "out" / "answers.jsonl"), strict=True):
        alone = small.ask(row.question, quotes=2, history=row.history)
        assert record["query_used"] == alone.query_used
        assert len(record["quotes"]) == (len(alone.quotes) if isinstance(alone, Answer) else 0)


# The report


def test_the_report_is_of_its_published_schema(report: Mapping[str, Any]) -> None:
    schema = json.loads((ROOT / "qa" / "report.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(report)
    assert list(report["metrics"]) == [measure.name for measure in ALL_MEASURES]


def test_the_outcomes_are_all_questions(report: Mapping[str, Any], run: Path) -> None:
    assert sum(report["outcomes"].values()) == report["questions"] == 118
    found = [line["outcome"] for line in lines(run / "scores.jsonl")]
    assert {name: found.count(name) for name in report["outcomes"]} == report["outcomes"]


def holds(quote_: Mapping[str, Any], row: QuestionRow) -> bool:
    """By the file names of the two articles and the offsets alone."""
    source = quote_["source"]
    for gold in row.golds:
        assert gold.start is not None
        assert gold.document is not None
        inside = source["start"] <= gold.start and gold.start + len(gold.text) <= source["stop"]
        if inside and unquote(source["uri"]).endswith(f"{gold.document}.txt"):
            return True
    return False


def test_the_headline_numbers_again_from_the_answers_alone(report: Mapping[str, Any], run: Path) -> None:
    rows = read_questions(ARTICLES).rows
    pairs = list(zip(rows, lines(run / "answers.jsonl"), strict=True))
    can = [(row, record) for row, record in pairs if row.answerable]
    held = [[holds(one, row) for one in record["quotes"]] for row, record in can]
    expected = {
        "right_first": fmean(any(one[:1]) for one in held),
        "right_3": fmean(any(one[:3]) for one in held),
        "right_5": fmean(any(one[:5]) for one in held),
        "mrr": fmean(1 / (one.index(True) + 1) if any(one) else 0 for one in held),
        "false_refusal": fmean(not record["answered"] for _, record in can),
        "false_answer": fmean(record["answered"] for row, record in pairs if not row.answerable),
        "answered": fmean(record["answered"] for _, record in pairs),
        "nearest_right": fmean(
            holds((record["quotes"] or record["abstention"]["nearest"])[0], row) for row, record in can
        ),
    }
    for name, value in expected.items():
        assert report["metrics"][name]["value"] == pytest.approx(value), name
    assert 0 < report["metrics"]["right_first"]["value"] < 1
    assert report["metrics"]["broken_quotes"]["value"] == 0


@pytest.mark.parametrize("unit", ["documents", "passages"])
def test_an_outside_tool_gets_the_same_from_the_trec_files(unit: str, report: Mapping[str, Any], run: Path) -> None:
    middle = "" if unit == "documents" else ".passages"
    outside: Any = ir_measures  # it has no types
    qrels = list(outside.read_trec_qrels(str(run / f"qrels{middle}.trec")))
    found = list(outside.read_trec_run(str(run / f"run{middle}.trec")))
    names = {ir_measures.nDCG @ 10: "ndcg_10", ir_measures.RR: "mrr"}
    names |= {ir_measures.R @ most: f"recall_{most}" for most in (1, 5, 10, 100)}
    theirs = outside.calc_aggregate(list(names), qrels, found)
    for measure, name in names.items():
        assert report["metrics"][f"{unit}_{name}"]["value"] == pytest.approx(theirs[measure], abs=5e-5), name


def test_the_trec_files_are_as_trec_eval_wants_them(run: Path) -> None:
    last: tuple[str, int, float] = ("", 0, 0.0)
    for line in (run / "run.passages.trec").read_text().splitlines():
        name, literal, _, rank, sim, tag = line.split(" ")
        assert (literal, tag) == ("Q0", "quoth")
        if name == last[0]:
            assert int(rank) == last[1] + 1
            assert float(sim) < last[2]
        last = name, int(rank), float(sim)
    assert all(len(line.split(" ")) == 4 for line in (run / "qrels.trec").read_text().splitlines())


def test_junit_has_a_case_a_question_and_fails_where_it_is_wrong(run: Path, report: Mapping[str, Any]) -> None:
    suite = ElementTree.parse(run / "junit.xml").getroot()  # noqa: S314
    cases = suite.findall("testcase")
    assert len(cases) == 118
    failed = [case for case in cases if case.find("failure") is not None]
    wrong = ("wrong quote", "false refusal", "false answer")
    assert len(failed) == sum(report["outcomes"][name] for name in wrong)
    assert cases[0].get("name", "").startswith("a001: ")


# What cannot be scored


def test_rows_without_gold_and_golds_that_do_not_hold_are_answered_and_told(small: Library, tmp_path: Path) -> None:
    path = questions(
        tmp_path,
        {"question": "Which route bypasses Russia?", "id": "odd id #1 \u2028 <&>"},
        {"question": "What is the summit?", "answers": [{"text": "no such words", "document": JAPAN}]},
        {"question": "", "id": "broken"},
        {"question": "Which route?", "documents": ["nowhere"]},
        {"question": "Where?", "relevant": [JAPAN]},
    )  # fmt: skip
    found = evaluate(small, path, tmp_path / "out", answer_record)
    assert found.questions == 4
    assert found.outcomes["not scored"] + found.outcomes["false refusal"] == 4
    assert [problem.name for problem in found.problems] == ["q.jsonl, line 3", "question #2", "question #4"]
    records = lines(tmp_path / "out" / "answers.jsonl")
    assert [record["question"] for record in records] == [
        "Which route bypasses Russia?",
        "What is the summit?",
        "Which route?",
        "Where?",
    ]
    assert "id" not in records[1]
    assert not records[2]["answered"]
    run_file = (tmp_path / "out" / "run.trec").read_text(encoding="utf-8")
    assert run_file.startswith(quote("odd id #1 \u2028 <&>", safe="") + " Q0 ")
    cases = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot().findall("testcase")  # noqa: S314
    assert len(cases) == 4
    assert "no such words" in (cases[1].find("skipped").attrib["message"])  # type: ignore[union-attr]
    estimate = found.estimates["documents_recall_1"]
    assert estimate is not None
    assert estimate.n == 1
    assert found.estimates["right_first"] is None


def test_characters_that_no_xml_can_hold(small: Library, tmp_path: Path) -> None:
    path = questions(tmp_path, {"question": "What \x00\x1b\ufffe is <b>?", "id": "\x01"})
    evaluate(small, path, tmp_path / "out", answer_record)
    (case,) = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot()  # noqa: S314
    assert case.attrib["name"] == "\ufffd: What \ufffd\ufffd\ufffd is <b>?"


def test_a_library_without_documents_refuses_everything(tmp_path: Path) -> None:
    library = small_library(tmp_path / "library", {})
    found = evaluate(library, questions(tmp_path, {"question": "Why?"}), tmp_path / "out", answer_record)
    assert found.outcomes["not scored"] == 1
    assert (tmp_path / "out" / "run.trec").read_text() == ""


# The same again


def test_the_same_run_gives_the_same_bytes(small: Library, run: Path, tmp_path: Path) -> None:
    evaluate(small, ARTICLES, tmp_path / "again", answer_record, workers=1)
    assert digests(tmp_path / "again") == digests(run)


def test_a_replay_gives_the_same_bytes_and_says_so(small: Library, run: Path, tmp_path: Path) -> None:
    _, different = replay(small, run / "manifest.json", tmp_path / "again", answer_record)
    assert different == ()
    assert digests(tmp_path / "again") == digests(run)


def changed_manifest(run: Path, folder: Path, part: str, name: str, value: str) -> Path:
    """A copy of the run's manifest and questions with another value in the manifest."""
    shutil.copytree(run / "questions", folder / "questions")
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    manifest[part][name] = value
    (folder / "m.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder / "m.json"


def test_a_replay_names_the_files_that_are_not_the_same(small: Library, run: Path, tmp_path: Path) -> None:
    manifest = changed_manifest(run, tmp_path, "files", "run.trec", "0" * 64)
    _, different = replay(small, manifest, tmp_path / "again", answer_record)
    assert different == ("run.trec",)


@pytest.mark.parametrize(
    ("part", "name", "error", "said"),
    [
        ("questions", "sha256", BadRequest, "The question file is not what it was"),
        ("questions", "path", BadRequest, "put another back as .*questions/another"),
        ("library", "id", LibraryMismatch, r"The library \(id\) is not"),
        ("models", "reader", LibraryMismatch, r"The models \(reader\) is not"),
    ],
)
def test_a_replay_of_something_else_is_refused(
    part: str, name: str, error: type[Exception], said: str, small: Library, run: Path, tmp_path: Path
) -> None:
    manifest = changed_manifest(run, tmp_path, part, name, "another")
    with pytest.raises(error, match=said):
        replay(small, manifest, tmp_path / "again", answer_record)


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"schema": "quoth.manifest/9"}', '{"schema": "quoth.manifest/1"}']
)
def test_what_is_no_manifest(content: str, small: Library, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(content, encoding="utf-8")
    with pytest.raises(BadRequest, match="manifest"):
        replay(small, tmp_path / "m.json", tmp_path / "again", answer_record)
    with pytest.raises(BadRequest, match="cannot be read"):
        replay(small, tmp_path / "none.json", tmp_path / "again", answer_record)


def test_a_folder_of_questions_has_a_hash_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "queries.jsonl").write_text("a")
    (tmp_path / "qrels" / "test.tsv").write_text("b")
    first = questions_sha256(tmp_path)
    (tmp_path / "note.txt").write_text("c")
    assert questions_sha256(tmp_path) == first
    (tmp_path / "qrels" / "test.tsv").write_text("d")
    assert questions_sha256(tmp_path) != first


# Interruptions


class Stopping:
    """Interrupts, as Ctrl-C does, when so many are done of this stage."""

    def __init__(self, after: int, stage: str = "answering") -> None:
        self._at = stage, after

    def __call__(self, progress: Progress) -> None:
        if (progress.stage, progress.done) == self._at:
            raise KeyboardInterrupt


@pytest.fixture
def stopped(small: Library, tmp_path: Path) -> Path:
    """A run that was interrupted after 40 questions."""
    with pytest.raises(KeyboardInterrupt):
        evaluate(small, ARTICLES, tmp_path / "out", answer_record, progress=Stopping(40))
    return tmp_path / "out"


def test_an_interrupted_run_keeps_what_is_done_and_goes_on(small: Library, run: Path, stopped: Path) -> None:
    assert sorted(path.name for path in stopped.iterdir()) == ["questions", "unfinished.jsonl"]
    seen: list[Progress] = []
    found = evaluate(small, ARTICLES, stopped, answer_record, resume=True, progress=seen.append)
    assert [one for one in seen if one.stage == "answering"] == [Progress("answering", n, 118) for n in range(40, 119)]
    assert found.questions == 118
    assert found.timing is not None
    assert found.timing.together_n == 78
    assert digests(stopped) == digests(run)


def test_the_stages_are_told_one_after_the_other(small: Library, tmp_path: Path) -> None:
    seen: list[Progress] = []
    evaluate(small, ARTICLES, tmp_path / "out", answer_record, progress=seen.append)
    stages = {stage: [one for one in seen if one.stage == stage] for stage in ("timing", "answering", "scoring")}
    assert seen == [one for told in stages.values() for one in told]
    assert [one.done for one in stages["timing"]] == [0, *range(11)]  # the first question also loads the models
    assert {one.total for one in stages["timing"]} == {10}
    assert [one.done for one in stages["answering"]] == list(range(119))
    assert [one.done for one in stages["scoring"]] == [0, 118]


@pytest.mark.parametrize(("stage", "after", "kept"), [("timing", 0, 0), ("timing", 4, 0), ("scoring", 118, 118)])
def test_every_stage_can_be_interrupted(
    small: Library, run: Path, tmp_path: Path, stage: str, after: int, kept: int
) -> None:
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        evaluate(small, ARTICLES, out, answer_record, progress=Stopping(after, stage))
    assert (out / "unfinished.jsonl").read_bytes().count(b"\n") == 1 + kept
    assert sorted(path.name for path in out.iterdir()) == ["questions", "unfinished.jsonl"]
    evaluate(small, ARTICLES, out, answer_record, resume=True)
    assert digests(out) == digests(run)


@pytest.mark.parametrize(("rows", "timed"), [(3, 3), (40, 10), (400, 20), (2_000, 60)])
def test_questions_from_all_over_the_file_are_timed_and_not_too_many(rows: int, timed: int, tmp_path: Path) -> None:
    library = small_library(tmp_path / "library", {"a.txt": "The bridge opened in 1901."})
    path = questions(tmp_path, *({"question": f"When did bridge {at} open?"} for at in range(rows)))
    seen: list[int] = []

    def told(progress: Progress) -> None:
        seen.append(progress.total)
        if progress.done == progress.total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate(library, path, tmp_path / "out", answer_record, progress=told)
    assert seen == [timed] * (timed + 2)


def test_a_line_cut_off_by_a_power_cut_is_answered_again(small: Library, run: Path, stopped: Path) -> None:
    journal = stopped / "unfinished.jsonl"
    os.truncate(journal, journal.stat().st_size - 7)
    evaluate(small, ARTICLES, stopped, answer_record, resume=True)
    assert digests(stopped) == digests(run)


def test_an_interruption_while_the_files_are_written(
    small: Library, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> EvaluationReport:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("quoth.qa.evaluation.Counts.report", stop)
        with pytest.raises(KeyboardInterrupt):
            evaluate(small, ARTICLES, tmp_path / "out", answer_record)
    assert not (tmp_path / "out" / "manifest.json").exists()
    evaluate(small, ARTICLES, tmp_path / "out", answer_record, resume=True)
    assert digests(tmp_path / "out") == digests(run)


def test_an_unfinished_run_is_not_thrown_away(small: Library, stopped: Path) -> None:
    before = (stopped / "unfinished.jsonl").read_bytes()
    with pytest.raises(BadRequest, match="unfinished run; go on with --resume"):
        evaluate(small, ARTICLES, stopped, answer_record)
    assert (stopped / "unfinished.jsonl").read_bytes() == before


def test_only_the_same_run_goes_on(small: Library, stopped: Path, tmp_path: Path) -> None:
    other = questions(tmp_path, {"question": "Why?"})
    with pytest.raises(BadRequest, match="question file is not what it was"):
        evaluate(small, other, stopped, answer_record, resume=True)
    with pytest.raises(BadRequest, match="settings are not those"):
        evaluate(small, ARTICLES, stopped, answer_record, resume=True, settings=EvaluationSettings(quotes=1))


def test_going_on_where_nothing_was_begun_begins(small: Library, run: Path, tmp_path: Path) -> None:
    evaluate(small, ARTICLES, tmp_path / "out", answer_record, resume=True)
    assert digests(tmp_path / "out") == digests(run)


# Folders and settings


def test_other_peoples_files_are_left_alone(small: Library, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.docx").write_text("precious")
    with pytest.raises(BadRequest, match=r"holds 'thesis\.docx', which is no part of an evaluation"):
        evaluate(small, ARTICLES, out, answer_record)
    assert [path.name for path in out.iterdir()] == ["thesis.docx"]


def test_a_file_where_the_folder_should_be(small: Library, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(BadRequest, match="cannot be a run's folder"):
        evaluate(small, ARTICLES, tmp_path / "out", answer_record)


def test_an_earlier_run_is_replaced_whole(small: Library, run: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(run, out)
    (out / "report.html").write_text("old")
    path = questions(tmp_path, {"question": "Which route bypasses Russia?"})
    evaluate(small, path, out, answer_record)
    assert len(lines(out / "answers.jsonl")) == 1
    assert not (out / "report.html").exists()


@pytest.mark.parametrize(("quotes", "depth"), [(0, 10), (51, 10), (5, 0), (5, 1_001)])
def test_settings_that_make_no_sense(quotes: int, depth: int) -> None:
    with pytest.raises(BadRequest, match="quotes an answer"):
        EvaluationSettings(quotes, depth)


def test_documents_that_come_meanwhile_make_it_void(tmp_path: Path) -> None:
    library = small_library(tmp_path / "library", {"a.txt": "The bridge opened in 1901."})
    path = questions(tmp_path, *({"question": f"When did bridge {at} open?"} for at in range(20)))

    def adding(progress: Progress) -> None:
        if progress.done == 3:
            library.add_files([("b.txt", b"The tower opened in 1902.")])

    with pytest.raises(LibraryBusy, match="evaluate again"):
        evaluate(library, path, tmp_path / "out", answer_record, progress=adding)
    evaluate(library, path, tmp_path / "out", answer_record)


def test_the_time_is_told_apart(run: Path) -> None:
    timing = json.loads((run / "timing.json").read_text(encoding="utf-8"))
    assert timing["together_n"] == 118
    assert timing["alone_n"] == 10
    assert 0 < timing["alone_p50_ms"] <= timing["alone_p95_ms"]
    assert timing["speedup"] == pytest.approx(timing["together_per_second"] / timing["alone_per_second"], rel=0.01)


# The shipped reader and encoder


@pytest.fixture
def shipped(library: Path) -> Iterator[Library]:
    with Library.open(library) as opened:
        yield opened


def test_the_real_thing(shipped: Library, tmp_path: Path) -> None:
    path = tmp_path / "few.jsonl"
    path.write_bytes(b"".join(ARTICLES.read_bytes().splitlines(keepends=True)[::10]))
    found = evaluate(shipped, path, tmp_path / "out", answer_record)
    _, different = replay(shipped, tmp_path / "out" / "manifest.json", tmp_path / "again", answer_record)
    assert different == ()
    broken, right = found.estimates["broken_quotes"], found.estimates["nearest_right"]
    assert broken is not None
    assert right is not None
    assert broken.value == 0
    assert right.value > 0.4
