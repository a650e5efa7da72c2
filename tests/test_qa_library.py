"""The library: in step with its files, all or nothing, one writer, the same answer for the same question."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import (
    BadQuestion,
    BadRequest,
    DocumentId,
    LibraryBusy,
    LibraryDamaged,
    LibraryMismatch,
    LibraryMissing,
    Splitting,
)
from quoth.qa import Abstention, AddReport, Answer, Library, Progress
from quoth.qa.locking import writing
from scarcity import wait_until_settled
from small_encoder import HashingEncoder

SUMMIT = "The summit took place in Tokyo in December. Leaders of five countries came.\n\nThey spoke of energy.\n"
TRADE = "Trade in uranium grew by 12 percent. Nobody had expected it.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "summit.txt").write_text(SUMMIT)
    (folder / "trade.md").write_text(TRADE)
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        yield library


def names(report: AddReport) -> dict[str, list[str]]:
    parts = ("added", "replaced", "unchanged", "removed")
    return {part: sorted(Path(d.uri).name for d in getattr(report, part)) for part in parts if getattr(report, part)}


def test_adding_twice_costs_nothing(library: Library, folder: Path) -> None:
    assert names(library.add([folder])) == {"added": ["summit.txt", "trade.md"]}
    before, files = library.stamp, sorted(library.folder.glob("vectors-*"))
    assert names(library.add([folder])) == {"unchanged": ["summit.txt", "trade.md"]}
    assert library.stamp == before
    assert sorted(library.folder.glob("vectors-*")) == files


def test_unchanged_files_are_not_even_opened(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in folder.iterdir():
        wait_until_settled(path)
    library.add([folder])

    def opened(*_: object) -> None:
        raise AssertionError("an unchanged file was read")

    monkeypatch.setattr("quoth.qa.intake.read_file", opened)
    assert names(library.add([folder])) == {"unchanged": ["summit.txt", "trade.md"]}


def test_a_touched_file_with_the_same_bytes_is_unchanged(library: Library, folder: Path) -> None:
    library.add([folder])
    os.utime(folder / "trade.md", (1, 1))
    assert names(library.add([folder])) == {"unchanged": ["summit.txt", "trade.md"]}


def test_a_changed_file_is_replaced(library: Library, folder: Path) -> None:
    library.add([folder])
    (folder / "trade.md").write_text("Trade in silk fell by 7 percent.\n")
    assert names(library.add([folder])) == {"replaced": ["trade.md"], "unchanged": ["summit.txt"]}
    assert [hit.text for hit in library.search("silk", 1)] == ["Trade in silk fell by 7 percent."]
    assert not any("uranium" in hit.text for hit in library.search("uranium", 10))


def test_a_file_that_is_gone_disappears(library: Library, folder: Path) -> None:
    library.add([folder])
    (folder / "summit.txt").unlink()
    assert names(library.add([folder])) == {"removed": ["summit.txt"], "unchanged": ["trade.md"]}
    assert [record.title for record in library.documents()] == ["Trade"]


def test_a_file_gone_from_another_folder_stays(library: Library, folder: Path, tmp_path: Path) -> None:
    library.add([folder])
    (folder / "summit.txt").unlink()
    other = tmp_path / "other"
    other.mkdir()
    (other / "note.txt").write_text("A note about nothing.")
    assert names(library.add([other])) == {"added": ["note.txt"]}
    assert len(library.documents()) == 3


def test_a_renamed_file_keeps_its_document(library: Library, folder: Path) -> None:
    library.add([folder])
    before = {record.id for record in library.documents()}
    (folder / "trade.md").rename(folder / "commerce.md")
    library.add([folder])
    assert {record.id for record in library.documents()} == before


def test_the_same_bytes_twice_are_one_document(library: Library, folder: Path) -> None:
    (folder / "copy.txt").write_text(SUMMIT)
    library.add([folder])
    assert len(library.documents()) == 2
    (folder / "copy.txt").unlink()
    assert "removed" not in names(library.add([folder]))
    assert len(library.documents()) == 2


def test_an_edited_copy_leaves_the_other_copy(library: Library, folder: Path) -> None:
    (folder / "copy.txt").write_text(SUMMIT)
    library.add([folder])
    (folder / "copy.txt").write_text("Something else entirely.")
    library.add([folder])
    assert sorted(record.characters for record in library.documents()) == sorted(
        map(len, (SUMMIT, TRADE, "Something else entirely."))
    )


def test_a_file_that_becomes_a_copy_of_another_takes_its_old_text_with_it(library: Library, folder: Path) -> None:
    library.add([folder])
    (folder / "summit.txt").write_text(TRADE)
    library.add([folder])
    assert [record.title for record in library.documents()] == ["Trade"]
    (folder / "summit.txt").write_text(SUMMIT)
    assert names(library.add([folder]))["unchanged"] == ["trade.md"]
    assert len(library.documents()) == 2


def test_two_files_that_change_places_keep_both_documents(library: Library, folder: Path) -> None:
    library.add([folder])
    (folder / "summit.txt").write_text(TRADE)
    (folder / "trade.md").write_text(SUMMIT)
    library.add([folder])
    assert sorted(record.characters for record in library.documents()) == sorted(map(len, (SUMMIT, TRADE)))
    assert library.doctor().healthy


@settings(deadline=None, max_examples=20)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from(["One. ", "Two. ", "Three."])), max_size=5))
def test_after_any_edits_the_library_holds_what_the_folder_holds(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[str, str]]
) -> None:
    """The oracle is the folder itself: the texts of its files, each once."""
    place = tmp_path_factory.mktemp("edits")
    (folder := place / "docs").mkdir()
    with Library.create(place / "library", encoder=HashingEncoder()) as library:
        for state in states:
            for name in "abc":
                (folder / f"{name}.txt").unlink(missing_ok=True)
                if name in state:
                    (folder / f"{name}.txt").write_text(state[name])
            library.add([folder])
            held = sorted(library.document(record.id).text for record in library.documents())
            assert held == sorted(set(state.values()))
            assert library.doctor().healthy


def test_a_new_title_in_sources_is_taken_over(library: Library, folder: Path) -> None:
    library.add([folder])
    (folder / "sources.toml").write_text('["trade.md"]\ntitle = "Uranium report"\nuri = "https://example.org/u"\n')
    assert [record.title for record in library.add([folder]).replaced] == ["Uranium report"]
    answer = library.search("uranium", 1)[0]
    assert (answer.source.title, answer.source.uri) == ("Uranium report", "https://example.org/u")


def test_a_broken_file_among_good_ones_is_named_and_the_good_are_added(library: Library, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "picture.xyz").write_bytes(b"?")
    report = library.add([folder, folder / "nowhere.txt"])
    assert names(report) == {"added": ["summit.txt", "trade.md"]}
    assert sorted(Path(refused.name).name for refused in report.refused) == ["broken.pdf", "empty.txt", "nowhere.txt"]
    assert [Path(skipped.name).name for skipped in report.skipped] == ["picture.xyz"]


def test_a_file_that_breaks_later_keeps_its_last_good_state(library: Library, folder: Path) -> None:
    library.add([folder])
    (folder / "trade.md").write_bytes(b"\x00\x01\x02 not text")
    report = library.add([folder])
    assert [Path(refused.name).name for refused in report.refused] == ["trade.md"]
    assert any("uranium" in hit.text for hit in library.search("uranium", 3))


def test_uploads_are_added_replaced_and_refused(library: Library) -> None:
    report = library.add_files([("a.txt", b"The first text."), ("b.txt", b""), ("c.exe", b"MZ")])
    assert [record.title for record in report.added] == ["A"]
    assert [refused.name for refused in report.refused] == ["b.txt", "c.exe"]
    report = library.add_files([("a.txt", b"The second text.")])
    assert (len(report.added), len(report.replaced)) == (0, 1)
    assert [hit.text for hit in library.search("text", 5)] == ["The second text."]


def test_removing_is_all_or_nothing(library: Library, folder: Path) -> None:
    library.add([folder])
    ids = [record.id for record in library.documents()]
    with pytest.raises(BadRequest, match="0000000000000000"):
        library.remove([ids[0], DocumentId("0" * 16)])
    assert len(library.documents()) == 2
    assert [record.id for record in library.remove([ids[0]])] == [ids[0]]
    assert [record.id for record in library.documents()] == [ids[1]]
    with pytest.raises(BadRequest, match=ids[0]):
        library.document(ids[0])


def test_a_removed_document_can_be_added_again(library: Library, folder: Path) -> None:
    library.add([folder])
    library.remove([record.id for record in library.documents()])
    assert names(library.add([folder])) == {"added": ["summit.txt", "trade.md"]}


def test_every_quote_is_its_documents_slice(library: Library, folder: Path) -> None:
    library.add([folder])
    for question in ("Where did the summit take place?", "uranium", "Who wrote Hamlet?"):
        outcome = library.ask(question)
        for quote in outcome.quotes if isinstance(outcome, Answer) else outcome.nearest:
            document = library.document(quote.source.document)
            assert document.text[quote.source.start : quote.source.stop] == quote.text


def test_a_quote_that_fails_its_check_is_dropped_and_reported(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    library.add([folder])
    documents = {
        record.id: replace(library.document(record.id), text_sha256="0" * 64) for record in library.documents()
    }
    monkeypatch.setattr(library._cache, "get", documents.__getitem__)
    outcome = library.ask("uranium")
    assert isinstance(outcome, Abstention)
    assert outcome.nearest == ()
    assert "has changed since it was quoted" in caplog.text


def test_the_same_question_gets_the_same_answer(library: Library, folder: Path) -> None:
    library.add([folder])
    first = library.ask("Where did the summit take place?")
    library.close()
    with Library.open(library.folder, encoder=HashingEncoder()) as again:
        assert replace(again.ask("Where did the summit take place?"), elapsed_ms=0.0) == replace(first, elapsed_ms=0.0)


def test_the_stamp_depends_on_the_documents_and_not_on_their_history(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    library.add([folder])
    with Library.create(tmp_path / "other", encoder=HashingEncoder()) as other:
        other.add([folder / "trade.md"])
        assert other.stamp.id != library.stamp.id
        other.add([folder / "summit.txt"])
        assert other.stamp == library.stamp


def test_an_empty_library_says_that_it_is_empty(library: Library) -> None:
    outcome = library.ask("Where did the summit take place?")
    assert isinstance(outcome, Abstention)
    assert "no documents" in outcome.reason
    assert outcome.library.documents == 0


def test_only_the_documents_named_are_asked(library: Library, folder: Path) -> None:
    library.add([folder])
    trade = next(record.id for record in library.documents() if record.title == "Trade")
    outcome = library.ask("Where did the summit take place?", documents=[trade])
    quotes = outcome.quotes if isinstance(outcome, Answer) else outcome.nearest
    assert {quote.source.document for quote in quotes} == {trade}


@pytest.mark.parametrize("question", ["", "  \n", "x" * 100_000, "half \ud83d"])
def test_a_question_that_is_none_is_refused_in_a_sentence(library: Library, question: str) -> None:
    for ask in (library.ask, library.search):
        with pytest.raises(BadQuestion, match=r"ask in (a few words|at most 2,000)|type it again"):
            ask(question)


def test_a_question_without_words_gets_no_answer(library: Library, folder: Path) -> None:
    library.add([folder])
    assert isinstance(library.ask("?! …"), Abstention)


@pytest.mark.parametrize("count", [0, -1, 51])
def test_an_impossible_number_of_quotes_is_refused(library: Library, count: int) -> None:
    with pytest.raises(BadRequest, match="1 to 50"):
        library.ask("anything", quotes=count)


def test_progress_tells_of_every_file_and_passage(library: Library, folder: Path) -> None:
    seen: list[Progress] = []
    library.add([folder], seen.append)
    assert [p for p in seen if p.stage == "reading"] == [Progress("reading", 1, 2), Progress("reading", 2, 2)]
    indexed = [p for p in seen if p.stage == "indexing"]
    assert indexed[-1].done == indexed[-1].total == library.stamp.passages


def test_a_missing_library_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing, match="quoth add"):
        Library.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_library_of_another_model_is_refused_and_stays(library: Library, folder: Path) -> None:
    library.add([folder])
    with pytest.raises(LibraryMismatch, match="other/1"):
        Library.open(library.folder, encoder=HashingEncoder(fingerprint="other/1"))
    assert len(library.documents()) == 2


def test_the_splitting_of_a_library_stays(tmp_path: Path, folder: Path) -> None:
    with Library.create(tmp_path / "fine", encoder=HashingEncoder(), splitting=Splitting(30, 60)) as library:
        library.add([folder])
        count = library.stamp.passages
    with Library.open(tmp_path / "fine", encoder=HashingEncoder()) as library:
        (folder / "trade.md").write_text(TRADE + " ")
        library.add([folder])
        assert library.stamp.passages == count > 2


def test_a_second_writer_waits_and_then_says_so(library: Library) -> None:
    with (
        FileLock(library.folder / "library.lock"),
        pytest.raises(LibraryBusy, match="Another process is writing"),
        writing(library.folder, patience=0.01),
    ):
        pass
    with writing(library.folder, patience=0.01):
        pass


def test_readers_go_on_while_a_writer_holds_the_lock(library: Library, folder: Path) -> None:
    library.add([folder])
    with FileLock(library.folder / "library.lock"):
        assert library.search("uranium", 1)


def test_an_open_library_sees_what_another_one_adds(library: Library, folder: Path) -> None:
    with Library.open(library.folder, encoder=HashingEncoder()) as other:
        other.add([folder])
    assert [hit.source.title for hit in library.search("uranium", 1)] == ["Trade"]


def test_a_crash_between_shelf_and_index_changes_nothing_visible(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([folder / "trade.md"])
    before = library.stamp
    with monkeypatch.context() as patch:
        patch.setattr(library._index, "commit", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            library.add([folder])
    assert library.stamp == before
    assert [record.title for record in library.documents()] == ["Trade"]
    library.add([folder])
    assert len(library.documents()) == 2


class TestDoctor:
    def test_a_whole_library_is_healthy(self, library: Library, folder: Path) -> None:
        library.add([folder])
        report = library.doctor()
        assert report.healthy, report
        assert all(not check.remedy for check in report.checks)

    def test_damaged_vectors_are_found_and_repaired(self, library: Library, folder: Path) -> None:
        library.add([folder])
        expected = library.search("uranium", 3)
        library.close()
        for path in library.folder.glob("vectors-*"):
            path.write_bytes(b"rubbish")
        with Library.open(library.folder, encoder=HashingEncoder()) as damaged:
            with pytest.raises(LibraryDamaged, match="doctor --repair"):
                damaged.search("uranium")
            report = damaged.doctor()
            assert [check.name for check in report.checks if not check.ok] == ["index"]
            assert damaged.doctor(repair=True).healthy
            assert damaged.search("uranium", 3) == expected

    def test_a_changed_text_is_found_and_never_quoted(self, library: Library, folder: Path) -> None:
        import sqlite3

        library.add([folder])
        with sqlite3.connect(library.folder / "shelf.sqlite") as sql:
            sql.execute("UPDATE documents SET text = replace(text, 'uranium', 'plutonium')")
        sql.close()
        with Library.open(library.folder, encoder=HashingEncoder()) as changed:
            with pytest.raises(LibraryDamaged, match="no longer matches its hash"):
                changed.ask("uranium")
            bad = [check for check in changed.doctor().checks if not check.ok]
            assert [check.name for check in bad] == ["documents"]
            assert "doctor --repair" in bad[0].remedy
            assert changed.doctor(repair=True).healthy
            assert changed.search("uranium", 1)[0].text == TRADE.strip()

    def test_a_damaged_document_without_its_file_is_taken_out(self, library: Library, folder: Path) -> None:
        import sqlite3

        library.add([folder])
        (folder / "trade.md").unlink()
        with sqlite3.connect(library.folder / "shelf.sqlite") as sql:
            sql.execute("UPDATE documents SET text = replace(text, 'uranium', 'plutonium')")
        sql.close()
        with Library.open(library.folder, encoder=HashingEncoder()) as changed:
            wrong = [check for check in changed.doctor(repair=True).checks if not check.ok]
            assert [check.name for check in wrong] == ["repair"]
            assert "Trade" in wrong[0].detail
            assert [record.title for record in changed.documents()] == ["Summit"]
            assert changed.doctor(repair=True).healthy
