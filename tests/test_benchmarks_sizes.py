"""The suite that measures by size: its libraries are what they say, its stages add up, its recall is counted right."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.size_library import build_library, real_documents
from benchmarks.sizes import (
    STAGES,
    Measured,
    Times,
    made_library,
    measure,
    put_out_of_memory,
    recall,
    sizes_found,
    spent,
)
from benchmarks.speed import Usage
from benchmarks.suites import Absent, Run
from benchmarks.tables import markdown
from quoth.corpus import Document, document_id, sha256_of_text
from quoth.index import Index, Vectors
from quoth.index.kinds import Kind
from quoth.qa import Library
from small_encoder import HashingEncoder
from small_library import SmallLibrary

ENCODER = HashingEncoder()
SENTENCES = [f"The {what} of {where} was built in {year}." for what in ("bridge", "harbour", "tower", "mill")
             for where in ("Lund", "Riga", "Ghent", "Turku") for year in range(1800, 1890, 3)]  # fmt: skip


def document(name: str, text: str) -> Document:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(document_id(digest), name, f"file:///made/{name}", text, (), digest, sha256_of_text(text), "text/1")


DOCUMENTS = [document(f"{at}.txt", " ".join(SENTENCES[at : at + 60])) for at in range(0, len(SENTENCES), 60)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sizes") / "library"
    build_library(folder, 137, 20, DOCUMENTS, ENCODER)
    return folder


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with SmallLibrary.open(folder, encoder=ENCODER) as library:
        yield library


def test_a_library_has_exactly_as_many_passages_as_asked_for_and_is_whole(library: Library) -> None:
    assert library.stamp.passages == 137
    assert library.doctor().healthy
    texts = [library.document(record.id).text for record in library.documents()]
    told = {f"{part.strip()}." for text in texts for part in text.split(".") if part.strip()}
    assert told <= set(SENTENCES)


def test_the_same_library_is_made_every_time(folder: Path, tmp_path: Path) -> None:
    build_library(tmp_path / "again", 137, 20, DOCUMENTS, ENCODER)
    with Library.open(folder, encoder=ENCODER) as one, Library.open(tmp_path / "again", encoder=ENCODER) as other:
        assert one.stamp == other.stamp


def test_vectors_beyond_the_embedded_ones_are_made_of_three_of_these(folder: Path) -> None:
    index = Index(folder, ENCODER)
    with index._view() as (rows, store):
        passages = rows.passages(range(1, 138))
        found = {at: store.search(_cosines(passages[at].text), 1, np.array([at]))[0][0, 0] for at in passages}
    index.close()
    assert [found[at] for at in range(1, 21)] == pytest.approx([1.0] * 20, abs=1e-5)
    assert min(found.values()) > 0.5, "near to what their words say"
    assert sum(score < 0.999 for score in found.values()) > 80, "but no longer the same"


def _cosines(text: str) -> Vectors:
    return ENCODER.encode_passages([text.strip()])


def test_a_small_library_needs_no_made_up_passages(tmp_path: Path) -> None:
    build_library(tmp_path / "few", 5, 20, DOCUMENTS, ENCODER)
    with Library.open(tmp_path / "few", encoder=ENCODER) as library:
        assert library.stamp.passages == 5
        assert not [record for record in library.documents() if "recombined" in record.title]


def test_the_stages_of_a_question_add_up_to_it(library: Library) -> None:
    questions = [f"When was the {what} of Riga built?" for what in ("mill", "bridge", "tower", "harbour") * 3]
    times = spent("asking", library, questions)
    assert tuple(times.stages) == STAGES
    assert len(times.whole) == len(questions) - 5
    for at, whole in enumerate(times.whole):
        assert sum(times.stages[stage][at] for stage in STAGES) == pytest.approx(whole)
    assert all(second >= 0 for stage in STAGES for second in times.stages[stage])
    assert min(times.stages["words"]) > 0
    assert min(times.stages["meaning"]) > 0


def test_recall_counts_what_the_search_finds_of_the_nearest(tmp_path: Path) -> None:
    build_library(tmp_path / "full", 300, 60, DOCUMENTS, ENCODER)
    queries = ENCODER.encode_questions([f"the tower of Turku in {year}" for year in range(1800, 1860, 3)])
    recalled = {}
    with SmallLibrary.open(tmp_path / "full", encoder=ENCODER) as library:
        recalled["exact"] = recall(library, queries)
        for name, kind in (("good", Kind(border=50)), ("bad", Kind(border=50, least=10, factor=1))):
            library._index.close()
            library._index = Index(library.folder, ENCODER, kind=kind)
            state = library._index.state()
            everything = [(id, library._index.passages_of(id)) for id in state.documents]
            library._index.commit(everything, list(state.documents), state.settings, fresh=True)
            recalled[name] = recall(library, queries)
    assert recalled["exact"] == recalled["good"] == 1.0
    assert 0.1 < recalled["bad"] < 1.0


def test_files_put_out_of_memory_are_still_there(folder: Path, library: Library) -> None:
    put_out_of_memory(folder)
    assert library.search("the mill of Ghent", 1)[0].text


def test_the_tables_name_every_size_and_the_plot_has_every_stage() -> None:
    times = Times((0.2, 0.4), dict.fromkeys(STAGES, (0.01, 0.03)))
    usage = Usage(1.5, 200.0)
    found = [
        Measured(n, n // 50, "exact", times, 0.987, {"all": 0.01}, {"vectors": 2.0}, usage, usage, usage)
        for n in (1000, 10_000)
    ]
    shown = sizes_found(found)
    text = "\n".join(map(markdown, shown.tables))
    assert text.count("10,000 passages") == len(shown.tables)
    assert "98.7 %" in text
    assert "300.0 / 390.0" in text
    (plot,) = shown.plots
    assert (plot.log_across, plot.log_up) == (True, True)
    assert [series.label for series in plot.series] == ["whole", *STAGES]
    assert [across for across, _ in plot.series[0].points] == [1000.0, 10_000.0]
    assert [up for _, up in plot.series[0].points] == pytest.approx([300.0, 300.0])


def test_data_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Absent, match=str(tmp_path)):
        real_documents(tmp_path)


def test_a_real_run_with_the_real_encoder(tmp_path: Path) -> None:
    chosen = tmp_path / "data" / "squad2_dev_a"
    (chosen / "docs").mkdir(parents=True)
    (chosen / "questions.jsonl").write_text("")
    for one in DOCUMENTS[:2]:
        (chosen / "docs" / one.title).write_text(one.text)
    run = Run(tmp_path / "data", tmp_path, quick=True)
    questions = ["When was the bridge of Lund built?", "Who built the mill?"] * 3
    found = measure(run, 20, 8, questions)
    assert (found.passages, found.kind, found.recall, len(found.times.whole)) == (20, "exact", 1.0, 1)
    assert found.cold.seconds > 0 < found.warm.memory
    assert found.megabytes["vectors"] * 1e6 > 20 * 384 * 4
    kept = tmp_path / "sizes" / "20" / "index.sqlite"
    made = kept.stat().st_ino
    again = made_library(kept.parent, 20, 8, run.data)
    assert (again, kept.stat().st_ino) == (found.making, made), "it is made once"
