"""The suite on taking documents in: what is compared is comparable, and a tiny run of it gives whole tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.data import TextSet
from benchmarks.indexing import embedding_table, passages_of, side_by_side
from benchmarks.many_files import again_table, make_files, memory_table, ratio_of
from benchmarks.metrics import Estimate
from benchmarks.tables import Table, markdown
from quoth.corpus import bundled_folder
from quoth.index import Vectors


@pytest.fixture
def articles() -> TextSet:
    files = tuple((path.name, path.read_bytes()) for path in sorted(bundled_folder().glob("*.txt")))
    return TextSet("articles", files, ())


def values(table: Table) -> dict[str, float]:
    """The estimates of a table by their row."""
    return {row.label: row.cells[0].value for row in table.rows if isinstance(row.cells[0], Estimate)}


def test_the_same_different_passages_are_drawn_every_time(articles: TextSet) -> None:
    drawn = passages_of(articles, 5)
    assert drawn == passages_of(articles, 5)
    assert len(set(drawn)) == 5
    everything = " ".join(content.decode() for _, content in articles.files)
    assert all(text in everything for text in drawn)
    assert len(passages_of(articles, 10_000)) < 40, "no more than there are"


def test_every_way_gets_the_same_texts_and_nobody_is_always_first() -> None:
    asked: list[tuple[str, int]] = []

    def way(name: str) -> Callable[[Sequence[str]], Vectors]:
        def embed(texts: Sequence[str]) -> Vectors:
            asked.append((name, len(texts)))
            return np.zeros((len(texts), 1), dtype=np.float32)

        return embed

    taken = side_by_side({"a": way("a"), "b": way("b")}, ["x"] * 20, 2)
    assert asked == [("b", 8), ("a", 8), ("a", 20), ("b", 20), ("b", 20), ("a", 20)]
    assert {name: len(found) for name, found in taken.items()} == {"a": 2, "b": 2}


def test_a_ratio_is_one_of_rounds() -> None:
    found = ratio_of([2.0, 9.0], [1.0, 3.0])
    assert (found.value, found.n) == (2.5, 2)


def test_embedding_is_compared_with_sentence_transformers(articles: TextSet, tmp_path: Path) -> None:
    texts = passages_of(articles, 6)
    table = embedding_table(tmp_path, texts, ["Which route bypasses Russia?", "When is the summit?"], 1)
    found = values(table)
    theirs, ours = (found[f"{way}, passages a second"] for way in ("SentenceTransformer.encode", "Quoth"))
    assert found["Quoth over SentenceTransformer.encode"] == pytest.approx(ours / theirs)
    assert 0.0 <= found["questions whose nearest passage is the same in int8"] <= 1.0
    (apart,) = (row.cells[0] for row in table.rows if row.label.startswith("largest difference"))
    assert float(str(apart)) < 1e-5
    assert (tmp_path / "int8" / "model.onnx").stat().st_size < (tmp_path / "encoder" / "model.onnx").stat().st_size


def test_files_are_made_once_and_all_differ(tmp_path: Path) -> None:
    make_files(tmp_path, 3)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.txt")}
    assert len({path.read_text() for path in before}) == 3
    make_files(tmp_path, 1_002)
    assert len(list(tmp_path.rglob("*.txt"))) == 1_002
    assert sorted(path.name for path in tmp_path.iterdir()) == ["000", "001"]
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_many_files_are_added_twice_and_walked(tmp_path: Path) -> None:
    table, plot = memory_table(tmp_path, (2, 5))
    assert [row.label for row in table.rows] == ["2 files", "5 files"]
    assert table.rows[0].cells[-2:] == ("", "")
    assert all(str(cell).endswith(" KB") for cell in table.rows[1].cells[-2:])
    assert [series.label for series in plot.series] == ["adding", "adding again"]
    assert [across for across, _ in plot.series[0].points] == [2, 5]
    assert all(20 < up < 2_000 for series in plot.series for _, up in series.points)
    again = again_table(tmp_path, 5, 2)
    found = values(again)
    assert len(found) == 5
    assert min(found.values()) > 0
    assert found["adding again, library just opened over walking"] > found["adding again over walking"]
    assert "| adding again over walking | 2 |" in markdown(again)
