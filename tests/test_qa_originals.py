"""Uploaded files are kept as they came for as long as their document is there, and no longer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from quoth.corpus import BadRequest, DocumentId, SqliteShelf
from quoth.qa import Library, Progress
from small_encoder import HashingEncoder

FIRST, SECOND = b"The lamp was lit at dusk.\n", b"The lamp was never lit.\n"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        yield library


def files(library: Library) -> set[bytes]:
    """What lies in the folder of kept files, whatever it is called."""
    folder = library.folder / "originals"
    return {path.read_bytes() for path in folder.iterdir()} if folder.exists() else set()


def added(library: Library, content: bytes, name: str = "lamp.txt") -> DocumentId:
    report = library.add_files([(name, content)])
    return (*report.added, *report.replaced, *report.unchanged)[0].id


def test_an_upload_can_be_had_again(library: Library) -> None:
    assert library.original(library.document(added(library, FIRST))) == FIRST


def test_a_refused_upload_leaves_nothing(library: Library) -> None:
    assert len(library.add_files([("lamp.pdf", b"%PDF-1.4 rubbish"), ("none.txt", b"")]).refused) == 2
    assert files(library) == set()


def test_a_new_version_takes_the_old_one_along(library: Library) -> None:
    added(library, FIRST)
    added(library, SECOND)
    assert files(library) == {SECOND}


def test_a_removed_one_is_gone_from_the_disk(library: Library) -> None:
    id = added(library, FIRST)
    added(library, SECOND, "other.txt")
    library.remove([id])
    assert files(library) == {SECOND}


def test_a_removal_that_is_undone_brings_the_file_back(library: Library, tmp_path: Path) -> None:
    id = added(library, FIRST)
    aside = SqliteShelf(tmp_path / "aside" / "removed.sqlite")
    (tmp_path / "aside").mkdir()
    library.remove([id], aside)
    assert files(library) == set()
    library.restore([id], aside)
    assert library.original(library.document(id)) == FIRST
    aside.drop([id])
    assert library.original(library.document(id)) == FIRST
    assert [path.name for path in (tmp_path / "aside" / "originals").iterdir()] == []


def test_the_same_file_under_two_names_is_kept_once(library: Library) -> None:
    id = added(library, FIRST)
    added(library, FIRST, "again.txt")
    assert files(library) == {FIRST}
    assert library.original(library.document(id)) == FIRST


def test_files_on_this_machine_are_read_where_they_are(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "lamp.txt"
    path.write_bytes(FIRST)
    (record,) = library.add([path]).added
    assert library.original(library.document(record.id)) == FIRST
    assert files(library) == set()
    path.write_bytes(SECOND)
    with pytest.raises(BadRequest, match="has changed since"):
        library.original(library.document(record.id))
    path.unlink()
    with pytest.raises(BadRequest, match="not where it was"):
        library.original(library.document(record.id))


def test_what_a_crash_left_is_swept_up_by_the_next_write(library: Library) -> None:
    id = added(library, FIRST)
    (library.folder / "originals" / "0123456789abcdef").write_bytes(b"never made visible")
    (library.folder / "originals" / "tmpx.partial").write_bytes(b"ha")
    assert library.original(library.document(id)) == FIRST
    added(library, SECOND, "other.txt")
    assert files(library) == {FIRST, SECOND}


def test_the_doctor_counts_them_and_finds_one_that_changed(library: Library) -> None:
    def check() -> tuple[bool, str]:
        (found,) = (check for check in library.doctor().checks if check.name == "originals")
        return found.ok, found.detail

    assert check() == (True, "0 uploaded files are kept as they came")
    id = added(library, FIRST)
    assert check() == (True, "1 uploaded file is kept as it came")
    (library.folder / "originals" / id).write_bytes(b"rubbish")
    assert check() == (False, "the kept file of 'Lamp' is not as it was uploaded")
    added(library, FIRST)
    assert check()[0]
    (library.folder / "originals" / id).write_bytes(b"rubbish")
    wrong = [check for check in library.doctor(repair=True).checks if not check.ok]
    assert [check.name for check in wrong] == ["repair"]
    assert "Lamp" in wrong[0].detail
    assert library.doctor(repair=True).healthy
    with pytest.raises(BadRequest, match="was not kept"):
        library.original(library.document(id))
    assert library.document(id).text == FIRST.decode()


def test_a_damaged_text_of_an_upload_is_read_again_from_its_file(library: Library) -> None:
    id = added(library, FIRST)
    came = library.documents()[0].added
    with closing(sqlite3.connect(library.folder / "shelf.sqlite")) as sql:
        sql.execute("UPDATE documents SET text = 'Other words.'")
        sql.commit()
    with Library.open(library.folder, encoder=HashingEncoder()) as damaged:
        assert not damaged.doctor().healthy
        assert damaged.doctor(repair=True).healthy
        assert damaged.document(id).text == FIRST.decode()
        assert damaged.documents()[0].added == came
        assert damaged.search("lamp", 1)[0].text == FIRST.decode().strip()


def test_the_doctor_finds_one_that_was_deleted_and_repair_tells_once(library: Library) -> None:
    lamp, other = added(library, FIRST), added(library, SECOND, "other.txt")
    (library.folder / "originals" / lamp).unlink()
    (wrong,) = (check for check in library.doctor().checks if not check.ok)
    assert (wrong.name, wrong.detail) == ("originals", "the kept file of 'Lamp' is gone")
    assert "add these files again" in wrong.remedy
    (wrong,) = (check for check in library.doctor(repair=True).checks if not check.ok)
    assert (wrong.name, "kept files are not there any more" in wrong.detail, lamp in wrong.detail) == (
        "repair",
        True,
        True,
    )
    assert library.doctor().healthy
    assert library.doctor(repair=True).healthy
    added(library, FIRST)
    assert files(library) == {FIRST, SECOND}, "brought back, and no longer given up"
    (library.folder / "originals" / lamp).unlink()
    assert not library.doctor().healthy
    library.doctor(repair=True)
    library.remove([lamp])
    assert files(library) == {SECOND}
    assert library.original(library.document(other)) == SECOND


def repair_half(library: Library, id: DocumentId) -> None:
    """Spoils the text of a document, and breaks the repair off before it is read again."""
    with closing(sqlite3.connect(library.folder / "shelf.sqlite")) as sql, sql:
        sql.execute("UPDATE documents SET text = 'spoilt' WHERE id = ?", (id,))

    def broken_off(progress: Progress) -> None:
        if progress.stage == "reading":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.doctor(repair=True, progress=broken_off)


def test_a_repair_that_is_broken_off_forgets_no_document(library: Library) -> None:
    """The index it makes first has only what is whole; what is missing is read again later, or in the next repair."""
    id = added(library, FIRST)
    added(library, SECOND, "other.txt")
    repair_half(library, id)
    assert id not in {record.id for record in library.documents()}
    (wrong,) = (check for check in library.doctor().checks if not check.ok)
    assert f"a repair was broken off before it brought back {id}" in wrong.detail
    added(library, b"More of the lamp.\n", "more.txt")  # what nobody sees is swept up, but not this
    library.doctor(repair=True)
    assert library.doctor().healthy
    assert library.document(id).text == FIRST.decode()
    assert not (library.folder / "repair.json").exists()


def test_what_was_taken_out_since_a_repair_was_broken_off_stays_out(library: Library, tmp_path: Path) -> None:
    spoilt, removed = added(library, FIRST), added(library, SECOND, "other.txt")
    renewed = added(library, b"The old words.\n", "renewed.txt")
    (tmp_path / "file.txt").write_text("A file of a folder.")
    vanished = library.add([tmp_path / "file.txt"]).added[0].id
    repair_half(library, spoilt)
    library.remove([removed])
    newer = added(library, b"The new words.\n", "renewed.txt")
    (tmp_path / "file.txt").write_text("Other words in it by now.")
    latest = library.add([tmp_path / "file.txt"]).replaced[0].id
    library.doctor(repair=True)
    ids = {record.id for record in library.documents()}
    assert ids == {spoilt, newer, latest}
    assert not ids & {removed, renewed, vanished}
    assert library.doctor().healthy


@pytest.mark.parametrize("note", [b"", b"no JSON", b"[]", b'{"wanted": 3}', b'{"wanted": [], "files": {"a": 1}}'])
def test_a_note_of_a_repair_without_sense_stops_nothing(library: Library, note: bytes) -> None:
    added(library, FIRST)
    (library.folder / "repair.json").write_bytes(note)
    assert library.doctor().healthy
    assert library.doctor(repair=True).healthy
    assert not (library.folder / "repair.json").exists()
