"""The soak: what it counts, and what it would notice. `test_soak.py` is five minutes of it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import soak_files, soak_tables
from benchmarks.soak_load import EXPECTED
from benchmarks.soak_quotes import Quotes, passages_in
from benchmarks.soak_watch import Sample, growth, sample
from quoth.corpus import read_bytes

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
TEXT = "Ein Kühler 😀 Wind weht."


@contextmanager
def answering(texts: dict[str, str]) -> Iterator[Quotes]:
    """Quotes held against a server that has these texts; those taken out of `texts` are gone from it."""

    def answer(request: httpx.Request) -> httpx.Response:
        text = texts.get(request.url.path.split("/")[-2])
        if text is None:
            return httpx.Response(404)
        start, stop = (request.url.params.get(name) for name in ("start", "stop"))
        return httpx.Response(200, text=text[int(start or 0) : int(stop) if stop else None])

    with httpx.Client(base_url="http://here", transport=httpx.MockTransport(answer)) as http:
        yield Quotes(http)


def passage(start: int, stop: int, text: str, document: str = "a") -> dict[str, object]:
    return {"text": text, "source": {"document": document, "start": start, "stop": stop}}


def test_a_quote_is_compared_with_what_stands_at_its_place() -> None:
    with answering({"a": TEXT}) as quotes:
        quotes.check({"quotes": [passage(4, 12, TEXT[4:12])], "abstention": {"nearest": [passage(0, 3, "Ein")]}})
        assert quotes.counts == {"verified": 2}
        quotes.check([passage(4, 12, TEXT[5:13])])
        assert quotes.counts["wrong"] == 1
        assert "start" in quotes.wrong[0]


def test_a_removed_document_is_judged_by_what_it_was() -> None:
    texts = {"a": TEXT}
    with answering(texts) as quotes:
        quotes.remember("a")
        texts.clear()
        quotes.check([passage(4, 12, TEXT[4:12]), passage(4, 12, "Kuehler "), passage(0, 1, "x", "never seen")])
        quotes.check({**passage(4, 12, TEXT[4:12]), "receipt": {"text_sha256": "of another text"}})
    assert quotes.counts == {"verified after removal": 1, "wrong": 2, "gone": 1}


def test_only_what_names_a_place_is_a_passage() -> None:
    assert not [*passages_in({"text": "no place", "source": "a.txt", "list": [1, None, {"text": 3}]})]


@given(st.floats(1, 1e6), st.integers(6, 400))
def test_what_is_flat_does_not_grow(value: float, count: int) -> None:
    assert growth([value] * count) == (value, value, 1.0)


@given(st.integers(6, 400), st.floats(0.01, 10))
def test_what_grows_steadily_is_noticed(count: int, step: float) -> None:
    first, last, ratio = growth([100 + step * at for at in range(count)])
    assert first < last
    assert ratio > 1


def test_one_peak_and_the_warm_up_do_not_count() -> None:
    values = [50.0] * 10 + [100.0] * 50
    values[30] = values[55] = 900.0
    assert growth(values) == (100.0, 100.0, 1.0)
    with pytest.raises(ValueError, match="six"):
        growth([1.0] * 5)


@needs_proc
def test_a_watch_sees_this_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * (1 << 20))
    seen = sample(os.getpid(), 1.0, tmp_path, tmp_path)
    assert (seen.temporary_files, seen.temporary_mb, seen.library_mb) == (1, 1.0, 1.0)
    assert seen.memory_mb >= seen.own_mb > 10
    assert min(seen.processes, seen.threads) >= 1
    with (tmp_path / "file-7").open("wb"), socket.socket():
        more = sample(os.getpid(), 1.0, tmp_path, tmp_path)
    assert more.descriptors == sum(more.kinds.values()) > seen.descriptors
    assert more.kinds["file-N"] == 1
    assert more.kinds["socket:[N]"] == seen.kinds.get("socket:[N]", 0) + 1


@pytest.mark.parametrize("kind", soak_files.KINDS)
def test_documents_can_be_read_and_differ(kind: str) -> None:
    texts = []
    for number in (3, 4):
        name, data = soak_files.made(number, kind)
        texts.append(read_bytes(data, name).text)
        assert f"Harbour {number} of" in texts[-1]
    assert texts[0] != texts[1]


def test_a_status_that_was_not_expected_is_told() -> None:
    tally = soak_tables.Tally()
    for status in (200, 200, 500):
        tally.add("ask", status, "why")
    assert tally.troubles == ["ask: 500 why"]
    rows = {row.label: row.cells for row in soak_tables.requests_table(tally).rows}
    assert rows["ask"] == ("3", "200: 2, 500: 1", "1")
    assert list(rows) == list(EXPECTED)


def held(at: int, own: float = 100, children: float = 0, descriptors: int = 30) -> Sample:
    kinds = {"socket:[N]": descriptors - 20, "index.sqlite": 20}
    return Sample(at, own, own + children, 1, 9, descriptors, 2, 0, 5, kinds)


def test_the_table_of_what_is_held() -> None:
    samples = [held(at, children=at) for at in range(60)]
    rows = {row.label: row.cells for row in soak_tables.memory_table(samples).rows}
    assert rows["memory, MiB"] == ("114.5", "154.5", "1.349", "159.0")
    assert rows["of the server alone, MiB"] == ("100.0", "100.0", "1.000", "100.0")
    assert rows["of its children alone, MiB"] == ("14.5", "54.5", "3.759", "59.0")
    assert rows["temporary files, MiB"] == ("0.0", "0.0", "1.000", "0.0")


def test_what_grew_is_said_and_where() -> None:
    assert not soak_tables.grown([held(at) for at in range(60)])
    samples = [held(at, children=at) for at in range(60)]
    (said,) = soak_tables.grown(samples)
    assert said == "memory from 114.5 to 154.5 MiB (the server 100.0 to 100.0, its children 14.5 to 54.5)"
    assert not soak_tables.grown(samples, spare_mb=40.5)
    assert soak_tables.grown(samples, spare_mb=39.5)


def test_a_leak_of_descriptors_is_told_from_connections_that_come_and_go() -> None:
    assert not soak_tables.grown([held(at, descriptors=30 + at % 2 * at) for at in range(60)])
    (said,) = soak_tables.grown([held(at, descriptors=30 + at // 10) for at in range(60)])
    assert said == "descriptors from 31 to 35 (socket:[N] 11 to 15)"
    assert soak_tables.grown([held(at, descriptors=30 + at // 10) for at in range(60)], spare=3)
    assert not soak_tables.grown([held(at, descriptors=30 + at // 10) for at in range(60)], spare=4)
