"""The suite on starting: modules are counted, environments measured, and a tiny run gives whole tables."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

from packaging.utils import canonicalize_name

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.environments import answer_names, full_names, installed, needed, sizes_table
from benchmarks.metrics import Estimate
from benchmarks.starting import modules, modules_table, times_tables

SITE = Path(sysconfig.get_path("purelib"))


def test_modules_are_those_of_a_process_of_its_own() -> None:
    bare = modules("pass")
    assert 20 < bare < 200
    assert modules("import wave") > bare


def test_what_quoth_needs_is_found_by_what_each_distribution_says() -> None:
    full, answering = full_names(), answer_names()
    assert {"quoth", "torch", "sentence-transformers", "gradio", "pandas"} <= full
    assert needed(["click"]) == {"click"}
    assert needed(["no-such-distribution"]) == set()
    assert answering <= full
    assert "torch" not in answering


def test_sizes_are_of_the_files_that_distributions_list(tmp_path: Path) -> None:
    info = tmp_path / "thing-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
    (tmp_path / "thing.py").write_bytes(b"#" * 3_000)
    (tmp_path / "thing.pyc").write_bytes(b"#" * 1_000)
    (tmp_path / "others.py").write_bytes(b"#" * 9_000)
    (info / "RECORD").write_text("thing.py,,\nthing.pyc,,\ngone.py,,\n")
    found = installed(tmp_path)
    assert (found.count, found.megabytes, found.bytecode) == (1, 0.004, 0.001)
    assert found.largest == (("thing", 0.004),)
    assert installed(tmp_path, {"another"}).count == 0


def test_answering_needs_a_part_of_all() -> None:
    full, only = (row.cells for row in sizes_table(()).rows)
    sizes = [int(str(cells[1]).removesuffix(" MB").replace(",", "")) for cells in (full, only)]
    assert sizes[0] > sizes[1] + 200, "torch alone is more than that"
    assert "torch" in str(full[3])
    assert "torch" not in str(only[3])
    assert installed(SITE, {canonicalize_name("PyStemmer")}).count == 1


def test_every_start_is_compared_with_its_round(bundled_library: Path) -> None:
    start, ratio = times_tables(bundled_library, None, 1)
    labels = ["python: import sentence_transformers", "python: nothing at all", "quoth ask"]
    assert [row.label for row in start.rows] == labels
    assert {row.cells[0] for row in start.rows} == {"1"}, "the first round warms up"
    (row,) = ratio.rows
    assert isinstance(row.cells[0], Estimate)
    assert (row.cells[0].n, row.cells[0].value > 0) == (1, True)


def test_a_question_loads_a_fraction_of_what_sentence_transformers_does(bundled_library: Path) -> None:
    counts = {row.label: int(str(row.cells[0]).replace(",", "")) for row in modules_table(bundled_library).rows}
    assert counts["python: nothing at all"] < counts["quoth --help"] < counts["quoth ask"]
    assert counts["quoth ask"] < counts["python: import sentence_transformers"] / 2
