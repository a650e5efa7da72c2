"""The document on performance: plots, a suite in a real browser, and the page that is written."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import performance
from benchmarks.plots import draw
from benchmarks.report import PERFORMANCE, read_sections, write_report
from benchmarks.suites import Absent, Found, Run, run_suites
from benchmarks.tables import Plot, Row, Series, Table, load, save
from benchmarks.web import web_tables

PLOT = Plot(
    "growth",
    "Cost & size",
    "passages",
    "milliseconds",
    (Series("ask", ((1_000.0, 80.0), (10_000.0, 95.0))), Series("search <all>", ((1_000.0, 3.0), (10_000.0, 9.0)))),
    log_across=True,
    log_up=True,
)


def test_a_plot_is_the_same_file_for_the_same_figures_and_names_its_lines(tmp_path: Path) -> None:
    draw(PLOT, tmp_path / "one.svg")
    draw(PLOT, tmp_path / "deep" / "two.svg")
    drawn = (tmp_path / "one.svg").read_bytes()
    assert drawn == (tmp_path / "deep" / "two.svg").read_bytes()
    words = "".join(ElementTree.fromstring(drawn).itertext())  # noqa: S314  # written two lines above
    for label in ("Cost & size", "passages", "milliseconds", "ask", "search <all>"):
        assert label in words


def of_one(run: Run) -> Found:
    table = Table("Times", ("time",), (Row("ask", "ms", (12.5,)),), (f"quick: {run.quick}",))
    return Found("One", ("About it.",), (table,), (PLOT,))


def without_data(run: Run) -> Found:
    raise Absent(f"{run.data / 'nothing'} is not there")


def test_suites_are_run_kept_and_written_with_their_plots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.suites.KEPT", tmp_path / "bench")
    out = tmp_path / "docs" / "performance.md"
    suites = {"one": of_one, "absent": without_data}
    run_suites(suites, PERFORMANCE, "Help.", ["--quick", "--data", str(tmp_path), "--out", str(out)])
    said = capsys.readouterr().out
    assert "absent: skipped" in said and "quick: True" in said
    (section,) = read_sections(tmp_path / "bench" / "quick" / "performance", list(suites))
    assert section.plots == (PLOT,)
    text = out.read_text()
    assert text.startswith("# Performance") and "| ask | 12.5 ms |" in text
    assert "python benchmarks/performance.py --only one" in text and "**A quick run over a sample.**" in text
    picture = re.search(r"!\[Cost & size: milliseconds against passages\]\((.*?)\)", text)
    assert picture is not None and (out.parent / picture.group(1)).is_file()
    write_report(PERFORMANCE, [load(save(section, tmp_path))], tmp_path / "again.md")
    assert (tmp_path / "again.md").read_text() == text


def test_a_suite_run_again_leaves_the_figures_of_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.suites.FIGURES", tmp_path / "figures")
    monkeypatch.setattr("benchmarks.suites.KEPT", tmp_path / "bench")
    out, suites = tmp_path / "performance.md", {"one": of_one, "two": lambda run: replace(of_one(run), title="Two")}
    for only in (["one"], ["two"]):
        run_suites(suites, PERFORMANCE, "Help.", ["--data", str(tmp_path), "--out", str(out), "--only", *only])
    assert [section.title for section in read_sections(tmp_path / "figures" / "performance", list(suites))] == [
        "One",
        "Two",
    ]
    assert re.findall(r"^## (One|Two)$", out.read_text(), re.MULTILINE) == ["One", "Two"]


def test_the_front_knows_its_suites() -> None:
    said = (performance.__doc__ or "").partition("NAME is one of: ")[2].partition(".")[0].split()
    assert list(performance.SUITES) == said


@pytest.mark.browser
def test_starting_and_asking_are_timed_in_a_real_browser() -> None:
    pytest.importorskip("playwright")
    if not Path("/usr/bin/chromium").exists():
        pytest.skip("Chromium is not installed")
    questions = ["When was the “Central Asia plus Japan” format initiated?", "Who is the Prime Minister of Japan?"]
    starting, asking = web_tables(questions, 1)
    seconds = [float(str(row.cells[0]).split()[0]) for row in starting.rows]
    usable, answered, first, second = seconds
    assert 0 < usable < answered and first > 0 and second > 0
    loaded = [float(str(row.cells[2]).split()[0]) for row in starting.rows[2:]]
    assert 100 < loaded[1] + 100 <= loaded[0] + 100  # kilobytes: the second visit has them in its cache
    painted, itself, beyond = (row.cells for row in asking.rows)
    assert int(str(painted[0])) >= 1 and itself[0] == beyond[0] == painted[0]
