"""The suite of damaged and odd input: what it counts, and that it runs and tells what is lost."""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import input_suite, odd_input
from benchmarks.many_files import make_files
from benchmarks.suites import Run
from benchmarks.summary import summary
from benchmarks.tables import Section
from fuzz_targets import TARGETS
from odd_files import KINDS_OF_NAMES, ODD_THINGS
from odd_judge import judge_names
from quoth.corpus import folders

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="such names and things are not allowed there")


def test_a_line_counts_cases_and_fates() -> None:
    line = odd_input.cells(Counter({"read": 1_000, "lost": 2, "wrong": 1}), 1.234, "5 MB")
    assert dict(zip(odd_input.COLUMNS, line, strict=True)) == {
        "cases": "1,003", "refused": "0", "read": "1,000", "lost": "2", "wrong": "1", "slowest": "1.23 s",
        "peak memory": "5 MB",
    }  # fmt: skip


def test_the_suite_runs_quickly_and_stands_in_the_table_of_all_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(input_suite, "TARGETS", {"text files": TARGETS["text files"]})
    found = input_suite.damaged_input(Run(tmp_path, tmp_path, quick=True))
    (table,) = found.tables
    rows = {row.label: dict(zip(table.columns, map(str, row.cells), strict=True)) for row in table.rows}
    assert [label for label, row in rows.items() if (row["lost"], row["wrong"]) != ("0", "0")] == []
    assert rows["odd things in folders"]["cases"] == str(len(ODD_THINGS))
    assert all(int(rows[f"names of files: {kind}"]["read"]) > 0 for kind in KINDS_OF_NAMES)
    assert rows["1 file"]["peak memory"].endswith(" MB")
    head = summary([Section("input", found.title, found.about, found.tables, {"quick": True})], "reliability.py")
    assert [row.label for row in head.rows] == list(rows)


def test_a_file_that_is_left_out_in_silence_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_listed", lambda *_: None)
    assert judge_names(tmp_path, (b"a.txt", b"b.txt")) == {b"a.txt": "lost", b"b.txt": "lost"}


def test_an_amount_that_does_not_arrive_is_lost_and_a_child_that_fails_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = odd_input._added("few", 3, partial(make_files, count=2))
    assert dict(zip(odd_input.COLUMNS, few.cells, strict=True))["lost"] == "1"
    monkeypatch.setattr(odd_input, "_APART", tmp_path / "nothing.py")
    none = odd_input._added("none", 1, partial(make_files, count=1))
    assert dict(zip(odd_input.COLUMNS, none.cells, strict=True))["wrong"] == "1"


def test_the_large_file_has_its_size_and_lines(tmp_path: Path) -> None:
    odd_input.make_large(tmp_path / "files", 10_000)
    text = (tmp_path / "files" / "large.txt").read_text(encoding="utf-8")
    assert 10_000 <= len(text) < 10_100
    assert len(set(text.split("\n\n"))) == text.count("\n\n") + 1
