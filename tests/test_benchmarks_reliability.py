"""The document on reliability: what is counted as lost and as wrong, and that the suites run and are written."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import power_suite, reliability
from benchmarks.report import RELIABILITY
from benchmarks.suites import Absent, Run, run_suites
from benchmarks.summary import summary
from benchmarks.tables import Row, Section, Table
from crashing import JOBS
from damaging import KINDS, Case, Outcome
from power_judge import Outcome as Cut
from traced import can_trace

MENDED = Outcome("same", noticed=True, mended=True, said="")


def test_the_front_knows_its_suites() -> None:
    said = (reliability.__doc__ or "").partition("NAME is one of: ")[2].partition(".")[0].split()
    assert list(reliability.SUITES) == said


def test_kills_are_counted_by_what_they_did() -> None:
    kills = [[], ["a.txt holds None, which it never did"], ["half of it is done", "index: torn"], ["left over: ['x']"]]
    table = reliability.crash_table({"add": kills, "remove": [[], []]})
    assert [row.cells for row in table.rows] == [("4", "2", "1"), ("2", "0", "0")]
    assert [row.label for row in table.rows] == ["killed in the middle of: add", "killed in the middle of: remove"]


def test_power_cuts_are_counted_by_what_came_of_them() -> None:
    forgotten = ("a.txt was told to be done and is None",)
    cuts = [Cut((), ()), Cut(("torn",), ()), Cut(("torn",), ("left over",)), Cut((), forgotten), Cut((), ())]
    table = power_suite.power_table({"add": cuts})
    (row,) = table.rows
    assert (row.label, row.cells) == ("power cut in the middle of: add", ("5", "2", "1", "1", "1"))


def test_without_strace_the_suite_of_power_cuts_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("benchmarks.power_suite.can_trace", lambda: False)
    with pytest.raises(Absent, match="strace"):
        power_suite.power(Run(tmp_path, tmp_path, quick=True))


def test_damages_are_counted_by_kind_and_by_file() -> None:
    cases = [
        (Case("shelf.sqlite", "cut", 0), replace(MENDED, asked="error")),
        (Case("shelf.sqlite", "flip", 1), replace(MENDED, asked="WRONG QUOTE", mended=False)),
        (Case("originals/1", "gone", 0), replace(MENDED, noticed=False)),
        (Case("originals/2", "flip", 0), replace(MENDED, said="TRACEBACK KeyError()")),
    ]
    kinds, files = reliability.damage_tables(cases)
    assert len(kinds.rows) == len(KINDS)
    assert kinds.columns == files.columns
    by_kind = {row.label: row.cells for row in kinds.rows}
    assert by_kind["one bit flipped"] == ("2", "1", "0", "0", "2", "1", "1", "2")
    assert by_kind["cut off"] == ("1", "0", "1", "0", "1", "1", "0", "0")
    assert by_kind["512 bytes zeroed"] == ("0",) * 8
    assert {row.label: row.cells[0] for row in files.rows} == {"originals/*": "2", "shelf.sqlite": "2"}


def section(name: str, *tables: Table, quick: bool = False) -> Section:
    """A section of these tables."""
    return Section(name, name.title(), (), tables, {"quick": quick})


def test_the_head_counts_every_fault_once() -> None:
    """Only tables that count are taken, of each section the first: the second counts the same cases in another way."""
    columns = ("cases", "answers as before", "lost", "wrong")
    kinds = Table("By kind", columns, (Row("cut", "", ("1,000", "990", "1", "2")), Row("none", "", ("0",) * 4)))
    files = Table("By file", columns, (Row("shelf", "", ("1,000", "990", "1", "2")),))
    kills = Table("Kills", ("cases", "lost", "wrong"), (Row("add", "", ("100", "0", "0")),))
    times = Table("Times", ("seconds",), (Row("ask", "s", (0.1,)),))
    table = summary([section("damage", times, kinds, files), section("crash", kills, quick=True)], "x.py")
    assert [(row.label, row.cells) for row in table.rows] == [
        ("cut", ("1,000", "1", "2", "0.87 %", "`python benchmarks/x.py --only damage`")),
        ("add", ("100", "0", "0", "3.6 %", "`python benchmarks/x.py --only crash` (a sample)")),
    ]
    assert len(table.columns) == len(table.rows[0].cells)
    assert summary([section("speed", times)], "x.py").rows == ()


def test_the_suites_run_quickly_and_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.suites.KEPT", tmp_path / "bench")
    monkeypatch.setattr("benchmarks.reliability.JOBS", JOBS[-1:])
    monkeypatch.setattr("benchmarks.power_suite.POWER_JOBS", JOBS[2:3])
    out = tmp_path / "docs" / "reliability.md"
    suites = {name: reliability.SUITES[name] for name in ("crash", "damage", "power")}  # others have their own tests
    run_suites(suites, RELIABILITY, "Help.", ["--quick", "--data", str(tmp_path), "--out", str(out)])
    assert "calibrate 3 of 3: nothing wrong" in capsys.readouterr().out
    text = out.read_text()
    assert text.startswith("# Reliability")
    assert text.index("**All faults**") < text.index("## Killed while writing")
    assert "| killed in the middle of: calibrate | 3 | 0 | 0 | 71 % |" in text
    assert "killed in the middle of: calibrate | 3 | 0 | 0 |" in text
    assert "python benchmarks/reliability.py --only damage" in text
    assert "power cut in the middle of: remove | 3 | 3 | 0 | 0 | 0 |" in text or not can_trace()
    damages = text.partition("## Damaged files")[2]
    kinds = [line for line in damages.splitlines() if line.startswith(("| cut off", "| one bit", "| deleted"))]
    assert kinds
    assert all(line.endswith("| 0 | 0 |") for line in kinds), "nothing lost, nothing wrong"
