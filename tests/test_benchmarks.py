"""The benchmarks' formulas against values worked out by hand, and their bookkeeping."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.baselines import Bm25, Dense, best_window, passage_windows, windows
from benchmarks.bulk import bulk_tables
from benchmarks.data import ROOT, Gold, Question, TextSet, data_folder, read_articles, read_set
from benchmarks.disk_encoder import DiskEncoder
from benchmarks.list_measures import PAGE, main, measures_table
from benchmarks.metrics import (
    Estimate,
    auroc,
    auroc_estimate,
    contains_text,
    mean_estimate,
    ndcg,
    normalised,
    overlap_scores,
    quantile,
    rate_estimate,
    threshold_refusing,
    total,
    union,
    wilson,
)
from benchmarks.quoting import Judged, contains, quoting_table
from benchmarks.report import MEASUREMENTS, facts_of_this_run, write_report
from benchmarks.speed import run
from benchmarks.stages import STAGES, Clock, stages_table
from benchmarks.systems import QUOTH, SYSTEMS, Place, Plan, Response, read_responses, response_line
from benchmarks.tables import Row, Section, Table, load, markdown, save
from quoth.corpus import DocumentId, Passage, Span
from quoth.index import Vectors
from quoth.qa import Library
from small_encoder import HashingEncoder

HERE = DocumentId("0123456789abcdef")
THERE = DocumentId("fedcba9876543210")


class CountingEncoder:
    """Letters counted, as a vector of length 1: small, real, and it notes what it was asked."""

    fingerprint = "letters/1"
    dimension = 26

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text.lower():
                if "a" <= letter <= "z":
                    row[ord(letter) - ord("a")] += 1
            row /= max(1.0, float(np.linalg.norm(row)))
        return rows

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)


def question(name: str, *, answerable: bool = True) -> Question:
    golds = (Gold("a", 3, 6, "old"),) if answerable else ()
    return Question(name, f"{name}?", answerable, golds, ("a",), "wh", "")


def judged(name: str, *, answerable: bool, answered: bool, score: float, right: bool = False) -> Judged:
    return Judged(question(name, answerable=answerable), answered, score, (right,), (right,), False, int(right))


def test_wilson_against_the_published_example() -> None:
    # 81 of 263, Newcombe 1998 (Statistics in Medicine 17:857), table I, method 3
    low, high = wilson(81, 263)
    assert (round(low, 4), round(high, 4)) == (0.2553, 0.3662)


def test_wilson_stays_between_zero_and_one() -> None:
    low, high = wilson(0, 20)
    assert low == 0.0
    assert round(high, 4) == 0.1611  # z² / (n + z²)
    assert wilson(20, 20) == pytest.approx((1 - high, 1.0))


@pytest.mark.parametrize(("hits", "n"), [(1, 0), (-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_proportion(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{hits} of {n}"):
        wilson(hits, n)


def test_a_rate_carries_its_interval_and_its_n() -> None:
    found = rate_estimate([True, True, False, True])
    assert (found.value, found.n) == (0.75, 4)
    assert found.low < 0.75 < found.high
    assert rate_estimate([]).n == 0


def test_a_mean_is_bootstrapped_the_same_way_every_time() -> None:
    values = [0.0, 1.0] * 50
    found = mean_estimate(values)
    assert found == mean_estimate(values)
    assert found.value == 0.5
    assert found.low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.02)  # sd of the mean: 0.5 / sqrt(100)
    assert found.high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.02)
    assert mean_estimate([0.25, 0.25]) == Estimate(0.25, 0.25, 0.25, 2)


def test_auroc_counts_pairs() -> None:
    assert auroc([3, 2], [1, 0]) == 1.0
    assert auroc([0, 1], [2, 3]) == 0.0
    assert auroc([1, 1], [1, 1]) == 0.5
    assert auroc([0.8, 0.4, 0.35], [0.1, 0.4]) == pytest.approx((2 + 1.5 + 1) / 6)
    assert math.isnan(auroc([], [1.0]))


def test_auroc_with_an_interval() -> None:
    found = auroc_estimate([0.9, 0.8, 0.3, 0.7, 0.2, 0.1], [True, True, True, False, False, False])
    assert found.value == pytest.approx(8 / 9)
    assert found.n == 6
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
    assert auroc_estimate([0.5], [True]).n == 0


@pytest.mark.parametrize(("share", "threshold"), [(0.0, 0.1), (0.25, 0.2), (0.5, 0.3), (0.3, 0.2), (1.0, 0.4)])
def test_a_threshold_refuses_no_more_than_it_may(share: float, threshold: float) -> None:
    scores = [0.4, 0.3, 0.9, 0.2, 0.1]
    assert threshold_refusing(share, scores, [True, True, False, True, True]) == threshold


def test_a_threshold_needs_an_answerable_question() -> None:
    assert math.isnan(threshold_refusing(0.1, [0.5], [False]))


def test_ndcg_by_hand() -> None:
    assert ndcg(["a", "b"], {"a"}) == 1.0
    assert ndcg(["x", "y", "a"], {"a"}) == pytest.approx(1 / math.log2(4))
    ideal = 1 + 1 / math.log2(3)
    assert ndcg(["a", "x", "b"], {"a", "b"}) == pytest.approx((1 + 1 / math.log2(4)) / ideal)
    assert ndcg([], {"a"}) == 0.0
    assert ndcg(["x"] * 10 + ["a"], {"a"}) == 0.0  # rank 11 is out of the first ten
    assert math.isnan(ndcg(["a"], set()))


def test_the_ideal_of_ndcg_is_cut_at_its_depth() -> None:
    relevant = [str(number) for number in range(20)]
    assert ndcg(relevant, relevant) == pytest.approx(1.0)


def test_union_joins_what_overlaps_or_touches() -> None:
    assert union([(5, 7), (1, 3), (3, 4), (6, 9)]) == [(1, 4), (5, 9)]
    assert union([]) == []
    assert total([(1, 4), (5, 9)]) == 7


def test_overlap_counts_every_character_once() -> None:
    # E = 0..10 and 20..30, R = 5..25 twice: E and R share 5 + 5, R holds 20, E 20, their union 30
    assert overlap_scores([(0, 10), (20, 30)], [(5, 25), (5, 25)]) == pytest.approx((0.5, 0.5, 10 / 30))


def test_overlap_with_other_documents_costs_precision() -> None:
    assert overlap_scores([(0, 10)], [(0, 10)], elsewhere=30) == (1.0, 0.25, 0.25)
    assert overlap_scores([(0, 10)], [], elsewhere=30) == (0.0, 0.0, 0.0)
    assert overlap_scores([(0, 10)], []) == (0.0, 0.0, 0.0)


def test_text_is_compared_without_case_articles_and_punctuation() -> None:
    assert normalised("  The U.S. — an “Example”!") == "u s example"
    assert contains_text("It began in mid-December, 2025.", ["December"])
    assert contains_text("the Middle Corridor", ["a middle corridor"])
    assert not contains_text("It cost 1500.", ["150"])
    assert not contains_text("anything", ["the"])
    assert not contains_text("anything", [])


def test_quantile_is_linear_between_neighbours() -> None:
    assert quantile([1, 2, 3, 4], 0.5) == 2.5
    assert quantile([10, 20], 0.95) == pytest.approx(19.5)


def test_windows_are_as_long_as_they_may_be() -> None:
    spans = [Span(0, 100), Span(101, 200), Span(201, 450), Span(451, 900), Span(901, 950)]
    assert windows(spans) == [Span(0, 200), Span(101, 450), Span(451, 900), Span(901, 950)]
    assert windows([]) == []


def test_windows_are_in_offsets_of_the_document() -> None:
    passage = Passage(HERE, 0, 100, 117, "One two. Three.  ")
    assert passage_windows(passage) == [Span(100, 115)]
    assert passage_windows(Passage(HERE, 0, 7, 9, "  ")) == [Span(7, 9)]


def test_bm25_by_hand() -> None:
    ranker = Bm25(["red fox", "red red wolf wolf"])
    # N = 2; "fox" in 1: ln(1 + 1.5/1.5); "red" in 2: ln(1 + 0.5/2.5); mean length 3
    fox, red = math.log(2), math.log(1.2)
    assert ranker.idf("fox") == pytest.approx(fox)
    assert ranker.idf("red") == pytest.approx(red)
    norm = 1.2 * (0.25 + 0.75 * 2 / 3)
    expected = (fox + red) * 2.2 / (1 + norm)
    assert ranker.passages("a fox, a red one")[0] == pytest.approx(expected)
    assert ranker.passages("red")[1] == pytest.approx(red * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 4 / 3)))
    assert ranker.passages("bear").tolist() == [0.0, 0.0]
    assert ranker.ceiling("red fox fox") == pytest.approx((fox + red) * 2.2)


def test_bm25_scores_a_text_as_it_scores_the_same_passage() -> None:
    texts = ["red fox", "red red wolf wolf", "nothing of the kind"]
    ranker = Bm25(texts)
    assert ranker.texts("red wolf", texts) == pytest.approx(ranker.passages("red wolf"))


def test_dense_scores_by_cosine_and_embeds_once() -> None:
    encoder = CountingEncoder()
    ranker = Dense(encoder, encoder.encode_passages(["aa", "ab", "b"]))
    assert ranker.passages("a") == pytest.approx([1.0, math.sqrt(0.5), 0.0])
    encoder.asked.clear()
    assert ranker.texts("a", ["ab", "ab"]) == pytest.approx([math.sqrt(0.5)] * 2)
    ranker.texts("a", ["ab"])
    assert encoder.asked == ["ab"]


def test_the_best_window_is_found_inside_the_passage() -> None:
    text = "Foxes are red. " * 20 + "Bears like honey. " + "Wolves are grey. " * 20
    passage = Passage(HERE, 0, 50, 50 + len(text), text)
    window = best_window(Bm25([text, "another"]), "Who likes honey?", passage)
    assert "honey" in text[window.start - 50 : window.stop - 50]
    assert len(window) <= 400


def test_the_disk_encoder_asks_only_once(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    first = DiskEncoder(encoder, tmp_path / "vectors.sqlite")
    rows = first.encode_passages(["abc", "xyz", "abc"])
    assert encoder.asked == ["abc", "xyz"]
    again = DiskEncoder(encoder, tmp_path / "vectors.sqlite")
    assert np.array_equal(again.encode_passages(["xyz", "abc"]), rows[[1, 0]])
    assert encoder.asked == ["abc", "xyz"]
    again.close()
    assert first.encode_passages([]).shape == (0, 26)
    first.encode_questions(["abc"])
    first.close()
    assert encoder.asked == ["abc", "xyz", "abc"]  # a question may be embedded otherwise than a passage


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    kept = [
        Response("q1", True, 0.75, (Place(HERE, 1, 4),), (Place(HERE, 0, 9), Place(THERE, 2, 3))),
        Response("q2", False, -math.inf, (), ()),
    ]
    file = tmp_path / "asked.jsonl"
    assert list(read_responses(file)) == []
    file.write_text("".join(map(response_line, kept)) + response_line(kept[0])[:20], encoding="utf-8")
    assert list(read_responses(file)) == kept
    with file.open("a", encoding="utf-8") as lines:
        lines.write(response_line(kept[0]))
    assert list(read_responses(file)) == [*kept, kept[0]]


def test_a_quote_contains_a_gold_span_only_in_its_document() -> None:
    quote = Place(HERE, 10, 20)
    assert contains(quote, [Place(HERE, 10, 20)])
    assert contains(quote, [Place(HERE, 5, 15), Place(HERE, 12, 13)])
    assert not contains(quote, [Place(HERE, 9, 12)])
    assert not contains(quote, [Place(THERE, 12, 13)])


def test_the_quoting_table_counts_each_share_over_its_own_questions() -> None:
    rows = [
        judged("a", answerable=True, answered=True, score=0.9, right=True),
        judged("b", answerable=True, answered=False, score=0.4, right=True),
        judged("c", answerable=False, answered=True, score=0.8),
        judged("d", answerable=False, answered=False, score=0.1),
    ]
    table = quoting_table("t", dict.fromkeys(SYSTEMS, rows))
    values = {row.label: row.cells[0] for row in table.rows}
    shown = {label: (cell.value, cell.n) for label, cell in values.items() if isinstance(cell, Estimate)}
    assert shown["first quote contains a gold answer"] == (1.0, 2)
    assert shown["answerable: answered, first quote right"] == (0.5, 2)
    assert shown["false refusals (answerable, refused)"] == (0.5, 2)
    assert shown["false answers (unanswerable, answered)"] == (0.5, 2)
    assert shown["AUROC of the answer score"] == (0.75, 4)


def test_measures_of_the_unanswerable_are_left_out_where_there_are_none() -> None:
    rows = [judged("a", answerable=True, answered=True, score=0.9, right=True)]
    labels = [row.label for row in quoting_table("t", dict.fromkeys(SYSTEMS, rows)).rows]
    assert not any("AUROC" in label or "unanswerable" in label for label in labels)


def test_a_set_is_read_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_bytes(b"An old\r\nbridge.")
    row = {"id": "q", "question": "How?", "answerable": True, "answers": [{"doc": "a", "text": "old", "start": 3}]}
    (tmp_path / "questions.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    found = read_set(tmp_path)
    assert found is not None
    assert found.files == (("a.txt", b"An old\r\nbridge."),)
    assert found.questions == (Question("q", "How?", True, (Gold("a", 3, 6, "old"),), ("a",), "", ""),)
    assert read_set(tmp_path / "docs") is None


def test_a_corpus_of_rows_becomes_files_of_title_and_text(tmp_path: Path) -> None:
    rows = [{"id": name, "title": "", "text": "y"} for name in "23"]
    rows = [{"id": "1", "title": "T", "text": "x"}, *rows]
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "questions.jsonl").write_text("", encoding="utf-8")
    found = read_set(tmp_path)
    assert found is not None
    assert found.files == (("1.txt", b"T\n\nx"), ("2.txt", b"y"), ("3.txt", b"y"))
    assert sorted(found.names().values()) == [("1",), ("2", "3")]  # equal bytes are one document


def test_a_set_can_be_narrowed_to_some_documents() -> None:
    other = replace(question("r"), relevant=("b",))
    chosen = TextSet("s", (("a.txt", b"1"), ("b.txt", b"2")), (question("q"), other))
    assert chosen.only(["a"], files_too=False) == replace(chosen, questions=(question("q"),))
    assert chosen.only(["a"], files_too=True).files == (("a.txt", b"1"),)


def test_the_articles_are_there_with_every_gold_in_place() -> None:
    found = read_articles()
    texts = {name: data.decode("utf-8") for name, data in found.files}
    golds = [gold for asked in found.questions for gold in asked.golds]
    assert len(golds) > 70
    for gold in golds:
        assert texts[f"{gold.document}.txt"][gold.start : gold.stop] == gold.text


def test_the_data_folder_is_given_or_set_or_beside_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUOTH_DATA", raising=False)
    assert data_folder() == ROOT.parent / "shared" / "data"
    monkeypatch.setenv("QUOTH_DATA", "/elsewhere")
    assert data_folder() == Path("/elsewhere")
    assert data_folder("/given") == Path("/given")


@pytest.fixture
def section() -> Section:
    rows = (
        Row("right", "%", (Estimate(0.5, 0.25, 0.75, 1234), Estimate(math.nan, math.nan, math.nan, 0), "")),
        Row("AUROC", "", (Estimate(0.5, 0.25, 0.75, 10), 0.125, math.nan)),
    )
    table = Table("T|le", ("Quoth", "B", "M"), rows, ("A note.",))
    made = facts_of_this_run(datetime(2026, 1, 2, tzinfo=timezone.utc), 61.0, "c0de", quick=False)
    return Section("articles", "Ours", ("About.",), (table,), made)


def test_a_table_in_markdown(section: Section) -> None:
    assert markdown(section.tables[0]).split("\n") == [
        "**T|le**",
        "",
        "|  | n | Quoth | B | M |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| right | 1,234 | 50.0 % (25.0 to 75.0) |  |  |",
        "| AUROC | 10 | 0.500 (0.250 to 0.750) | 0.125 |  |",
        "",
        "A note.",
    ]


def test_words_in_a_table_cannot_break_it() -> None:
    shown = markdown(Table("t", ("said",), (Row("q", "", ("a|b\nc",)),)))
    assert shown.split("\n")[-1] == "| q | a\\|b c |"


def test_figures_are_kept_and_read_back(section: Section, tmp_path: Path) -> None:
    path = save(section, tmp_path)
    assert "NaN" not in path.read_text(encoding="utf-8")
    again = load(path)
    assert [markdown(table) for table in again.tables] == [markdown(table) for table in section.tables]
    assert again.made == section.made
    assert (again.name, again.title, again.about) == (section.name, section.title, section.about)


def test_the_report_says_how_to_measure_again(section: Section, tmp_path: Path) -> None:
    out = tmp_path / "docs" / "measurements.md"
    write_report(MEASUREMENTS, [section], out)
    text = out.read_text(encoding="utf-8")
    assert "python benchmarks/run.py --only articles" in text
    assert "1.0 min" in text
    assert "CC BY-SA 4.0" in text
    assert text.count("A note.") == 1


def test_the_launcher_measures_one_process() -> None:
    usage = run([sys.executable, "-S", "-c", "block = bytearray(80 << 20)"])
    assert 0.0 < usage.seconds < 60.0
    assert 80.0 < usage.memory < 400.0  # and not the memory of the test run that started it


def test_the_launcher_does_not_hide_a_failure() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        run([sys.executable, "-S", "-c", "raise SystemExit(3)"])
    assert run([sys.executable, "-S", "-c", "raise SystemExit(3)"], expected=(3,)).seconds > 0.0


def test_quoth_comes_first_in_every_table() -> None:
    assert SYSTEMS[0] == QUOTH


def test_a_conversation_is_used_as_planned() -> None:
    asked = Question("q", "And when?", True, (), (), "", "", ("Who came?", "Why?"))
    assert (Plan(1, 1).asked(asked), Plan(1, 1).history(asked)) == ("And when?", ())
    completed, joined = Plan(1, 1, "completed"), Plan(1, 1, "joined")
    assert (completed.asked(asked), completed.history(asked)) == ("And when?", ("Who came?", "Why?"))
    assert (joined.asked(asked), joined.history(asked)) == ("Who came? Why? And when?", ())


def test_the_follow_ups_carry_the_questions_before_them() -> None:
    followups = read_articles("followups")
    assert len(followups.questions) == 30
    assert all(question.history for question in followups.questions)


def test_turns_of_an_agent_are_no_questions(tmp_path: Path) -> None:
    turns = [{"speaker": "user", "text": "Who?"}, {"speaker": "agent", "text": "Nobody."}]
    row = {"id": "1", "question": "Why?", "answerable": True, "answers": [], "relevant": ["a"], "history": turns}
    (tmp_path / "questions.jsonl").write_text(json.dumps(row) + "\n")
    found = read_set(tmp_path)
    assert found is not None
    assert found.questions[0].history == ("Who?",)


def test_every_stage_of_an_answer_is_timed(tmp_path: Path) -> None:
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add_files([("ferry.txt", b"The ferry to Skye leaves at nine. It was built in 1987.")])
        table = stages_table([("ferries", library, ["When does the ferry leave?"] * 7)])
    (row,) = table.rows
    assert row.label == "ask, ferries (1 passages)"
    assert row.cells[0] == "2"  # the first five are not counted
    shares = [int(str(cell).split(", ")[1].removesuffix(" %")) for cell in row.cells[2:]]
    assert len(shares) == len(STAGES)
    assert 98 <= sum(shares) <= 102
    assert shares[STAGES.index("reading")] > shares[STAGES.index("searching")] > 0


def test_a_clock_counts_a_stage_that_failed_too() -> None:
    clock = Clock()
    with pytest.raises(ZeroDivisionError):
        clock.timed(STAGES[0], lambda: 1 / 0)()
    assert clock.spent[STAGES[0]] > 0


def test_the_list_of_measures_is_that_of_the_code(tmp_path: Path) -> None:
    page = tmp_path / "evaluation.md"
    page.write_text(PAGE.read_text(encoding="utf-8").replace(measures_table(), "an old table\n"), encoding="utf-8")
    assert "an old table" in page.read_text(encoding="utf-8")
    main(page)
    assert page.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")


def test_a_bulk_evaluation_is_run_and_told(tmp_path: Path) -> None:
    articles = read_articles()
    numbers, speed = bulk_tables(replace(articles, questions=articles.questions[:12]), tmp_path)
    rows = {row.label: row.cells[0] for row in numbers.rows}
    broken = rows["quotes that do not stand in their document"]
    assert isinstance(broken, Estimate)
    assert (broken.value, broken.n >= 12) == (0.0, True)
    assert speed.rows[0].cells[0] == "12"
    assert {"report.json", "run.trec", "qrels.trec"} <= {path.name for path in (tmp_path / "run").iterdir()}
