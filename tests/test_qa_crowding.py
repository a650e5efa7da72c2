"""Readers in threads and processes while a writer changes everything; and writers that wait for each other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from crowding import Seen, crowded, files_of, problems_of, read_until
from quoth.corpus import BadRequest, DocumentId, LibraryBusy
from quoth.qa import Library
from quoth.qa.locking import PATIENCE, writing
from small_encoder import HashingEncoder
from small_library import SmallLibrary

HOLDER = """
import sys
from pathlib import Path
from quoth.qa.locking import writing
with writing(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def seen(library: Library) -> list[Seen]:
    """All passages of a library, as a reader gets them."""
    hits = library.search("Which corridor crosses the sea?", 50)
    return [Seen(hit.source.document, hit.source.start, hit.source.stop, hit.text) for hit in hits]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with SmallLibrary.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add_files(files_of(0))
        yield library


def test_every_reader_sees_one_generation(tmp_path: Path) -> None:
    crowd = crowded(tmp_path / "library", range(9), threads=3, processes=2)
    assert crowd.problems == ()
    assert crowd.looks >= 3 * 5 + 1


class TestTheJudge:
    """It notices what it is there for."""

    def test_nothing_is_wrong_with_a_library_left_alone(self, library: Library) -> None:
        assert list(problems_of(seen(library), whole=True)) == []

    def test_mixed_generations(self, library: Library) -> None:
        library.add_files(("new " + name, content) for name, content in files_of(1)[:1])
        assert list(problems_of(seen(library), whole=True)) == ["mixed generations: rounds [0, 1] in one answer"]
        assert any("mixed" in problem for problem in read_until(library, lambda: True).problems)

    def test_lost_documents(self, library: Library) -> None:
        library.remove([record.id for record in library.documents() if record.uri.endswith(":3.txt")])
        assert list(problems_of(seen(library), whole=True)) == ["lost documents: [3]"]

    def test_a_quote_that_is_no_slice_and_a_document_that_never_was(self, library: Library) -> None:
        first = seen(library)[0]
        moved = Seen(first.document, first.start + 1, first.stop, first.text)
        assert "no slice" in next(problems_of([moved], whole=False))
        assert "never was" in next(problems_of([Seen("0" * 16, 0, 1, "T")], whole=False))


class TestWaiting:
    """A second writer waits for the first, then is told who that is."""

    @pytest.fixture
    def holder(self, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
        command = [sys.executable, "-I", "-c", HOLDER, str(tmp_path)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
            process.kill()

    def test_the_refused_one_is_told_who_writes(self, tmp_path: Path, holder: subprocess.Popen[str]) -> None:
        expected = rf"Another process is writing to .*\(process {holder.pid}, since \d{{4}}-.*\); try again"
        with pytest.raises(LibraryBusy, match=expected), writing(tmp_path, 0):
            pass

    def test_one_that_waits_gets_its_turn(self, tmp_path: Path, holder: subprocess.Popen[str]) -> None:
        assert holder.stdin is not None
        holder.stdin.write("go\n")
        holder.stdin.flush()
        with writing(tmp_path, 60):
            assert json.loads((tmp_path / "library.holder").read_text())["process"] == os.getpid()
        assert not (tmp_path / "library.holder").exists()

    def test_what_a_killed_holder_left_holds_nobody_up(self, tmp_path: Path, holder: subprocess.Popen[str]) -> None:
        holder.kill()
        holder.wait(timeout=30)
        assert (tmp_path / "library.holder").exists()
        with writing(tmp_path, 0):
            pass

    @pytest.mark.parametrize("note", [None, "", "{", "[]", '{"process": 1}'])
    def test_a_note_that_says_nothing_is_left_out(self, tmp_path: Path, note: str | None) -> None:
        """Another program holds the lock, or the note is just being written."""
        if note is not None:
            (tmp_path / "library.holder").write_text(note)
        with (
            FileLock(tmp_path / "library.lock"),
            pytest.raises(LibraryBusy, match=f"is writing to {tmp_path}; try again"),
            writing(tmp_path, 0),
        ):
            pass

    def test_another_machine_is_named(self, tmp_path: Path) -> None:
        note = {"process": 7, "machine": "elsewhere", "since": "2026-01-02 03:04:05+00:00"}
        (tmp_path / "library.holder").write_text(json.dumps(note))
        with (
            FileLock(tmp_path / "library.lock"),
            pytest.raises(LibraryBusy, match="process 7 on elsewhere, since 2026"),
            writing(tmp_path, 0),
        ):
            pass

    def test_the_environment_says_how_long(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(PATIENCE, "0")
        with FileLock(tmp_path / "library.lock"), pytest.raises(LibraryBusy), writing(tmp_path):
            pass
        monkeypatch.setenv(PATIENCE, "soon")
        with pytest.raises(BadRequest, match="whole number of seconds, such as 60; 'soon' is not"), writing(tmp_path):
            pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_process_that_forks_after_opening_answers_in_both(library: Library) -> None:
    before = seen(library)
    child = os.fork()
    if not child:
        os._exit(0 if seen(library) == before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    library.remove([DocumentId(before[0].document)])
    assert len(seen(library)) == len(before) - 1
