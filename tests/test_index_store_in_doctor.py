"""What the doctor tells of the vectors: how many there are and how they are searched, and that floats are damaged."""

from __future__ import annotations

from pathlib import Path

from quoth.index import Index
from quoth.index.kinds import Kind
from quoth.qa import DoctorReport, Library
from small_encoder import HashingEncoder
from small_library import SmallLibrary, small_library

TEXTS = {f"{at}.txt": f"The ferry number {at} leaves at {at} o'clock, and the train at noon. " * 20 for at in range(9)}


def told(report: DoctorReport) -> dict[str, str]:
    return {check.name: check.detail for check in report.checks}


def grown(folder: Path) -> Library:
    """A library whose index is opened as if ten vectors were many."""
    library = SmallLibrary.open(folder, encoder=HashingEncoder())
    library._index.close()
    library._index = Index(folder, HashingEncoder(), kind=Kind(border=10))
    return library


def test_the_doctor_names_the_kind_of_search_and_the_number_of_vectors(tmp_path: Path) -> None:
    with small_library(tmp_path / "library", {}) as empty:
        assert told(empty.doctor())["vectors"] == "0 vectors, search is exact"
        empty.add_files((name, text.encode()) for name, text in TEXTS.items())
        count = empty.stamp.passages
        assert told(empty.doctor())["vectors"] == f"{count} vectors, search is exact"
    with grown(tmp_path / "library") as library:
        report = library.doctor(repair=True)
        assert report.healthy
        assert told(report)["vectors"].startswith(f"{count} vectors, search is quantised (RaBitQ")


def test_damaged_floats_are_told_and_repaired_and_answers_are_as_before(tmp_path: Path) -> None:
    small_library(tmp_path / "library", TEXTS).close()
    with grown(tmp_path / "library") as library:
        library.doctor(repair=True)
        before = library.search("When does ferry 4 leave?", 3)
        (floats,) = library.folder.glob("vectors-*.f32")
        library.close()
        data = floats.read_bytes()
        floats.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
        bad = [check for check in library.doctor().checks if not check.ok]
        assert [check.name for check in bad] == ["index"]
        assert floats.name in bad[0].detail
        assert library.doctor(repair=True).healthy
        assert library.search("When does ferry 4 leave?", 3) == before
