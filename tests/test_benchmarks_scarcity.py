"""The suites on want and on crowds: what they count as lost and as wrong, and that they run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import concurrency_suite, resources_suite
from benchmarks.suites import Run
from crowding import Crowd
from scarcity import SCARCITIES, WORKS


def test_wants_are_counted_by_what_they_did() -> None:
    cases = [[], ["a.txt holds None, which it never did"], ["no remedy in 'x'"], ["half of it is done"]]
    table = resources_suite.resources_table({"a full disk": cases, "memory": [[]]})
    assert table.columns == ("cases", "lost", "wrong")
    assert [(row.label, row.cells) for row in table.rows] == [
        ("a full disk", ("4", "2", "1")),
        ("memory", ("1", "0", "0")),
    ]


def test_looks_are_counted_by_what_was_seen() -> None:
    crowds = {
        "many": Crowd(90, ()),
        "few": Crowd(9, ("lost documents: [3]", "mixed generations: rounds [0, 1] in one answer")),
    }
    table = concurrency_suite.concurrency_table(crowds)
    assert table.columns == ("cases", "lost", "wrong")
    assert [row.cells for row in table.rows] == [("90", "0", "0"), ("9", "1", "1")]


@pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")
def test_the_want_suite_runs_quickly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(resources_suite, "WORKS", WORKS[-1:])
    monkeypatch.setattr(resources_suite, "SCARCITIES", SCARCITIES[:1])
    found = resources_suite.resources(Run(tmp_path, tmp_path, quick=True))
    assert found.tables[0].rows[0].cells == ("1", "0", "0")
    assert "ask, no file may grow beyond: nothing wrong" in capsys.readouterr().out


def test_the_crowd_suite_runs_quickly(tmp_path: Path) -> None:
    (row,) = concurrency_suite.concurrency(Run(tmp_path, tmp_path, quick=True)).tables[0].rows
    assert row.label == "4 threads and 2 processes"
    assert int(str(row.cells[0])) >= 3 * 6 + 1
    assert row.cells[1:] == ("0", "0")
