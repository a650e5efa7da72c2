"""The numbers of all questions together: what a report says follows from what each question scored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from quoth.corpus import DocumentId
from quoth.qa import LibraryStamp, Refused
from quoth.qa.evaluation import Counts, EvaluationReport, report_record
from quoth.qa.exporting import export
from quoth.qa.journal import Entry
from quoth.qa.measures import ALL_MEASURES, MEASURES
from quoth.qa.ranking import Judged
from quoth.qa.scoring import Outcome, Scored

STAMP = LibraryStamp("0123456789abcdef", 2, 30)
SCHEMA = Draft202012Validator(
    json.loads((Path(__file__).resolve().parents[1] / "qa" / "report.schema.json").read_text(encoding="utf-8"))
)
Counted = tuple[bool | None, Scored]


def one(outcome: Outcome, score: float, *, right: bool | None = None, **values: float) -> Scored:
    answered = outcome in ("right", "wrong quote", "false answer")
    return Scored(outcome, answered, score, right, {"answered": float(answered), **values})


def reported(counted: Sequence[Counted], *, threshold: float = 0.5, broken: int = 0) -> EvaluationReport:
    counts = Counts()
    for answerable, scored in counted:
        counts.add(answerable, scored)
    return counts.report("q.jsonl", STAMP, threshold, (10, broken), [Refused("line 3", "empty")])


RUN: list[Counted] = [
    (True, one("right", 0.9, right=True, right_first=1, false_refusal=0)),
    (True, one("wrong quote", 0.7, right=False, right_first=0, false_refusal=0)),
    (True, one("false refusal", 0.3, right=True, right_first=0, false_refusal=1)),
    (False, one("false answer", 0.6, right=False, false_answer=1)),
    (False, one("right refusal", 0.2, right=False, false_answer=0)),
    (None, one("not scored", 0.1)),
]


def test_a_report_by_hand() -> None:
    found = reported(RUN, broken=1)
    assert found.questions == 6
    assert found.outcomes == dict.fromkeys(get_args(Outcome), 1)
    values = {name: (known.value, known.n) for name, known in found.estimates.items() if known is not None}
    assert values["answered"] == (3 / 6, 6)
    assert values["right_first"] == (1 / 3, 3)
    assert values["false_refusal"] == (1 / 3, 3)
    assert values["false_answer"] == (1 / 2, 2)
    assert values["broken_quotes"] == (1 / 10, 10)
    # Answerable 0.9, 0.7, 0.3 against 0.6, 0.2: five of six pairs in order.
    assert values["auroc"] == pytest.approx((5 / 6, 5))
    # By score: right, wrong, wrong, right, wrong.
    assert values["aurc"] == pytest.approx(((0 + 1 / 2 + 2 / 3 + 2 / 4 + 3 / 5) / 5, 5))
    assert found.estimates["mrr"] is None
    assert found.problems == (Refused("line 3", "empty"),)


def test_where_the_judge_stands_today() -> None:
    """Of five questions that can be judged three were answered, two of these wrongly."""
    operating = reported(RUN, threshold=0.55).operating
    assert operating is not None
    assert [operating.threshold, operating.coverage, operating.risk] == pytest.approx([0.55, 3 / 5, 2 / 3])


def test_nothing_that_can_be_judged() -> None:
    found = reported([(None, one("not scored", 0.4))])
    assert (found.risk_coverage, found.reliability, found.operating, found.calibration_error) == ((), (), None, None)
    assert found.estimates["auroc"] is None
    SCHEMA.validate(report_record(found))


def test_everything_refused() -> None:
    found = reported([(True, one("false refusal", 0.2, right=False)), (False, one("right refusal", 0.1, right=False))])
    assert found.operating is not None
    assert (found.operating.coverage, found.operating.risk) == (0.0, 0.0)


scoreds = st.builds(
    Scored,
    outcome=st.sampled_from(get_args(Outcome)),
    answered=st.booleans(),
    score=st.floats(0, 1),
    right=st.none() | st.booleans(),
    values=st.fixed_dictionaries({}, optional={measure.name: st.sampled_from([0.0, 1.0]) for measure in MEASURES[:6]}),
)


@given(st.lists(st.tuples(st.none() | st.booleans(), scoreds), min_size=1, max_size=12))
@settings(max_examples=15, deadline=None)
def test_any_run_gives_a_report_of_the_schema(counted: list[Counted]) -> None:
    found = reported(counted)
    record = json.loads(json.dumps(report_record(found), allow_nan=False))
    SCHEMA.validate(record)
    assert list(record["metrics"]) == [measure.name for measure in ALL_MEASURES]
    assert sum(record["outcomes"].values()) == len(counted)
    for name, metric in record["metrics"].items():
        values = [scored.values[name] for _, scored in counted if name in scored.values]
        if values:
            assert (metric["value"], metric["n"]) == (pytest.approx(fmean(values)), len(values))
            assert metric["low"] <= metric["value"] <= metric["high"]


def test_every_measure_has_a_name_of_its_own_and_says_what_it_is() -> None:
    names = [measure.name for measure in ALL_MEASURES]
    assert len(set(names)) == len(names)
    labels = [(measure.group, measure.label) for measure in ALL_MEASURES]
    assert len(set(labels)) == len(labels)
    assert all(measure.label.isascii() and measure.group.isascii() for measure in ALL_MEASURES)


# From entries to files


def entry(
    key: str, *, ranking: Sequence[str] = (), relevant: Sequence[str] = (), problems: Sequence[str] = ()
) -> Entry:
    scored = one("not scored", 0.0)
    judged = Judged(tuple((name, 1.0) for name in ranking), dict.fromkeys(relevant, 1))
    record = {"question": f"{key}?", "quotes": [], "abstention": {"nearest": []}}
    return Entry(key, 1, None, (), tuple(problems), record, scored, judged, judged)


def nothing(id: DocumentId) -> None:
    raise AssertionError(f"{id} was looked up")


def exported(tmp_path: Path, *entries: Entry) -> EvaluationReport:
    found = export(entries, tmp_path, "q.jsonl", nothing)  # type: ignore[arg-type]  # no quote, no look-up
    return found.counts.report("q.jsonl", STAMP, 0.5, (found.checked, found.broken), found.problems)


def test_more_questions_than_are_scored_at_once(tmp_path: Path) -> None:
    """1,203 questions: the first thing found is relevant for every third of them."""
    entries = [entry(str(at), ranking=["a", "b"], relevant=["b" if at % 3 else "a"]) for at in range(1_203)]
    found = exported(tmp_path, *entries).estimates["documents_recall_1"]
    assert found is not None
    assert [found.value, found.n] == pytest.approx([1 / 3, 1_203])
    assert (tmp_path / "run.trec").read_text().count("\n") == 2 * 1_203
    assert len((tmp_path / "scores.jsonl").read_text().splitlines()) == 1_203


def test_a_question_that_finds_nothing_counts_against_the_search(tmp_path: Path) -> None:
    found = exported(tmp_path, entry("1", relevant=["a"]), entry("2", ranking=["a"], relevant=["a"]), entry("3"))
    mrr = found.estimates["passages_mrr"]
    assert mrr is not None
    assert (mrr.value, mrr.n) == (0.5, 2)
    assert (tmp_path / "qrels.trec").read_text() == "1 0 a 1\n2 0 a 1\n"


def test_countless_problems_are_counted(tmp_path: Path) -> None:
    found = export((entry(str(at), problems=["no"]) for at in range(1_100)), tmp_path, "q", nothing)  # type: ignore[arg-type]
    assert (len(found.problems), found.untold) == (1_000, 100)


def test_two_equal_scores_are_written_apart(tmp_path: Path) -> None:
    exported(tmp_path, entry("a b", ranking=["x", "y"]))
    first, second = (line.split(" ") for line in (tmp_path / "run.trec").read_text().splitlines())
    assert first[:4] == ["a%20b", "Q0", "x", "1"]
    assert float(first[4]) > float(second[4])


def test_an_error_half_way_leaves_no_file(tmp_path: Path) -> None:
    def entries() -> object:
        yield entry("1")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(entries(), tmp_path, "q", nothing)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
