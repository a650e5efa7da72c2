"""Memory while many small files are added: what each further one costs, and what is in memory of a batch at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from quoth.corpus import FileLog, SqliteShelf
from quoth.index import Index
from quoth.qa.intake import Intake
from small_encoder import HashingEncoder

FEW, MANY = 1_000, 5_000
MOST = 5.5
"""KB of peak memory for each further file. A vector of 384 numbers is 1.5 KB of it, twice while others are added to
them; the report's record of a document is 0.8. It is 4.2; it was 6.9 when the vectors were also packed for the disk.
"""
TAKE_IN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from quoth.qa import Library
from small_encoder import HashingEncoder

with Library.create(sys.argv[3], encoder=HashingEncoder(384, "hashing/384")) as library:
    report = library.add([sys.argv[2]])
assert len(report.added) == int(sys.argv[4]), report.refused
(peak,) = (line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(peak)
"""


def files(folder: Path, count: int) -> Path:
    folder.mkdir()
    for at in range(count):
        (folder / f"{at}.txt").write_text(f"Note {at}.", encoding="utf-8")
    return folder


def peak(place: Path, count: int) -> float:
    """KB of the largest resident size of a process that takes in so many files."""
    given = (str(Path(__file__).parent), str(files(place / f"in-{count}", count)), str(place / f"{count}"), str(count))
    done = subprocess.run([sys.executable, "-c", TAKE_IN, *given], capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems tell the largest size in other ways")
def test_each_further_file_costs_little_memory(tmp_path: Path) -> None:
    growth = (peak(tmp_path, MANY) - peak(tmp_path, FEW)) / (MANY - FEW)
    assert growth < MOST


def test_no_more_than_a_thousand_documents_are_indexed_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And all arrive, in as few commits as that takes."""
    monkeypatch.setattr("quoth.qa.intake._BATCH_DOCUMENTS", 7)
    index = Index(tmp_path, HashingEncoder())
    before = index.state().generation
    intake = Intake(index, SqliteShelf(tmp_path / "shelf"), FileLog(tmp_path / "files"), None)
    intake.uploads(((f"{at}.txt", f"Note {at}.".encode()) for at in range(20)), {})
    after = index.state()
    index.close()
    assert (len(after.documents), after.generation - before) == (20, 3)
    assert len(set(intake.outcome.added)) == 20
