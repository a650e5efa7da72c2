"""The suite of many clients: its tables from rounds made up by hand, and a tiny run against a real server."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.clients import ONE_AFTER_ANOTHER, QUOTH, Asked, Round, Server, ask_all, served, timeless
from benchmarks.data import read_articles
from benchmarks.one_after_another import Alone, one_after_another
from benchmarks.serving import serving
from benchmarks.serving_tables import Rounds, batches_table, compared_table, load_table, same_table, waits_plot
from benchmarks.suites import Absent, Run
from benchmarks.tables import Table, markdown
from quoth.qa import Library
from quoth.qa.reader import shipped_reader
from quoth.ui.plain import as_json
from quoth.ui.record import answer_record

QUESTIONS = [question.text for question in read_articles().questions[:60:20]]
HARBOUR = "The harbour of Lund opened in 1904."


def asked(seconds: float, status: int = 200) -> Asked:
    return Asked("Who?", status, b"{}", seconds)


def rounds(*seconds: float, took: float, cpu: float, status: int = 200) -> Round:
    return Round(tuple(asked(one, status) for one in seconds), took, cpu, (0.01, 0.03), 400.0)


FOUND: Rounds = {
    ("ours", 1): [rounds(0.5, 0.5, took=1.0, cpu=0.5), rounds(0.25, 0.25, took=0.5, cpu=0.5)],
    ("ours", 8): [rounds(1.0, 3.0, took=0.5, cpu=1.0), rounds(1.0, 3.0, took=0.5, cpu=1.0, status=503)],
    ("other", 1): [rounds(1.0, 1.0, took=2.0, cpu=1.0), rounds(0.5, 0.5, took=1.0, cpu=1.0)],
    ("other", 8): [rounds(2.0, 6.0, took=1.0, cpu=1.0), rounds(2.0, 6.0, took=0.25, cpu=1.0)],
}


def cells(table: Table) -> dict[str, dict[str, object]]:
    return {row.label: dict(zip(table.columns, row.cells, strict=True)) for row in table.rows}


def test_load_is_told_of_all_rounds_together() -> None:
    found = cells(load_table(FOUND, "ours"))
    assert list(found) == ["1 client", "8 clients"]
    assert found["1 client"] == {
        "questions": "4",
        "throughput": "3.00 /s",  # the middle of 2 and 4
        "ratio": "1.00",
        "median": "375 ms",
        "95th percentile": "500 ms",
        "errors": "0",
        "CPU": "250 ms",
        "cores busy": "0.67",
        "/healthz, 95th percentile": "30 ms",
        "peak memory": "400 MB",
    }
    assert (found["8 clients"]["ratio"], found["8 clients"]["errors"]) == ("1.33", "2")


def test_a_server_that_nobody_looked_at_has_no_time_of_health() -> None:
    unseen: Rounds = {("ours", 1): [Round((asked(1.0),), 1.0, 1.0, (), 400.0)]}
    assert cells(load_table(unseen, "ours"))["1 client"]["/healthz, 95th percentile"] == ""


def test_ways_are_compared_round_by_round() -> None:
    found = cells(compared_table(FOUND, "ours", "other"))
    assert found["1 client"] == {
        "rounds": "2", "throughput": "2.00", "median": "0.50", "95th percentile": "0.50", "CPU": "0.50",
    }  # fmt: skip
    assert found["8 clients"]["throughput"] == "1.25", "between twice and half as many"


def test_the_plot_has_a_line_for_each_way_and_share() -> None:
    plot = waits_plot(FOUND)
    assert [line.label for line in plot.series] == [
        "ours, median", "ours, 95th percentile", "other, median", "other, 95th percentile",
    ]  # fmt: skip
    assert plot.series[0].points == ((1.0, 0.375), (8.0, 2.0))


def test_only_the_time_is_taken_out_of_a_record() -> None:
    for number in ("12.5", "0.0", "3", "1e-05"):
        body = f'{{"elapsed_ms": {number}, "question": "how many elapsed_ms: 7?"}}'.encode()
        assert timeless(body) == b'{"elapsed_ms": 0.0, "question": "how many elapsed_ms: 7?"}'


def test_a_machine_without_proc_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: False)
    with pytest.raises(Absent, match="/proc"):
        serving(Run(tmp_path, tmp_path, quick=True))


# --- real servers


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the suite reads /proc")
@pytest.mark.parametrize("program", [QUOTH, ONE_AFTER_ANOTHER], ids=["quoth", "one after another"])
def test_both_servers_give_many_clients_what_the_library_answers(
    program: tuple[str, ...], bundled_library: Path
) -> None:
    with served(program, bundled_library) as server:
        found = ask_all(server, QUESTIONS, 3)
    assert sorted(one.question for one in found.asked) == sorted(QUESTIONS)
    assert {one.status for one in found.asked} == {200}
    assert found.cpu_seconds > 0
    assert found.peak_mb > 50
    assert cells(same_table(bundled_library, found.asked))["all clients"] == {
        "questions": "3", "answers compared": "3", "different": "0",
    }  # fmt: skip


def test_an_answer_that_differs_is_counted(bundled_library: Path) -> None:
    question = QUESTIONS[0]
    with Library.open(bundled_library) as library:
        right = as_json(answer_record(library.ask(question))).encode()
    wrong = as_json({**json.loads(right), "answered": None}).encode()
    given = [Asked(question, 200, body, 1.0) for body in (right, wrong, right)]
    found = cells(same_table(bundled_library, [*given, Asked("Who?", 200, b"", 1.0)], most=1))["all clients"]
    assert found == {"questions": "1", "answers compared": "3", "different": "1"}


def test_batches_are_held_against_single_passages(bundled_library: Path) -> None:
    table = batches_table(bundled_library, QUESTIONS[:1])
    found = cells(table)
    assert list(found) == ["one by one", "4 together", "8 together", "32 together"]
    assert found["one by one"]["ratio"] == "1.00"
    assert "| 8 |" in markdown(table)


def test_the_reader_without_a_crew_reads_the_same() -> None:
    other = one_after_another()
    assert isinstance(other._crew, Alone)
    texts = [HARBOUR, "Ships bring timber and salt.", HARBOUR * 3]
    assert other.read("When did it open?", texts) == shipped_reader().read("When did it open?", texts)


def test_a_server_that_ends_at_once_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="did not get ready"), served((sys.executable, "-c", "pass"), tmp_path):
        pass


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the suite reads /proc")
def test_a_process_tells_what_it_used() -> None:
    this = Server("http://127.0.0.1:1", os.getpid())
    assert this.cpu_seconds() > 0
    assert this.peak_mb() > 10


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the suite reads /proc")
def test_a_server_that_is_gone_is_an_error_of_each_question() -> None:
    with pytest.raises(FileNotFoundError):
        ask_all(Server("http://127.0.0.1:1", 2**22 + 1), ["Who?"], 1)
    found = ask_all(Server("http://127.0.0.1:1", os.getpid()), ["Who?", "When?"], 2)
    assert [one.status for one in found.asked] == [0, 0]
    assert all(one.body for one in found.asked)
