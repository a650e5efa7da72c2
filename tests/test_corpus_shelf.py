"""The SQLite shelf under the contract, what it does with damage, and the log of files beside it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from quoth.corpus import FileLog, FileStamp, LibraryBusy, LibraryDamaged, LibraryError, Shelf, SqliteShelf
from shelf_contract import ABSENT, FIRST, SECOND, ShelfContract
from strategies import document_of

STAMP = FileStamp(size=12, mtime_ns=2**62, said="", document=FIRST.id)


class TestSqliteShelf(ShelfContract):
    """Every promise of the contract."""

    def make(self, folder: Path) -> Shelf:
        return SqliteShelf(folder / "documents.sqlite")


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as sql:
        sql.execute(statement)
        sql.commit()


def filled(folder: Path) -> tuple[SqliteShelf, Path]:
    path = folder / "documents.sqlite"
    shelf = SqliteShelf(path)
    shelf.put([FIRST, SECOND])
    return shelf, path


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents SET text = 'Another text.'",
        "UPDATE documents SET text = text || ' '",
        "UPDATE documents SET text_sha256 = lower(hex(zeroblob(32)))",
        "UPDATE documents SET marks = 'no marks'",
        """UPDATE documents SET marks = '[{"start": 9999, "kind": "heading", "label": "x"}]'""",
        "UPDATE documents SET text = x'ff' || x'fe'",
    ],
)
def test_a_text_that_was_changed_is_never_given_out(tmp_path: Path, statement: str) -> None:
    shelf, path = filled(tmp_path)
    change(path, statement)
    with pytest.raises(LibraryDamaged, match=FIRST.id):
        shelf.get(FIRST.id)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "documents.sqlite"
    path.write_bytes(b"this is not a database, whatever its name says" * 100)
    with pytest.raises(LibraryError, match=r"documents\.sqlite"):
        SqliteShelf(path).ids()


def test_a_put_survives_in_the_file_alone(tmp_path: Path) -> None:
    """Nothing may be left in a log beside the file when the last connection is closed."""
    filled(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["documents.sqlite"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_still_read(tmp_path: Path) -> None:
    shelf, _ = filled(tmp_path)
    tmp_path.chmod(0o500)
    try:
        assert shelf.get(FIRST.id) == FIRST
    finally:
        tmp_path.chmod(0o700)


def test_large_texts_come_back(tmp_path: Path) -> None:
    large = document_of("Много слов. " * 400_000)
    shelf = SqliteShelf(tmp_path / "documents.sqlite")
    shelf.put([large])
    assert shelf.get(large.id).text == large.text


def test_an_empty_put_and_an_empty_drop_do_nothing(tmp_path: Path) -> None:
    shelf, _ = filled(tmp_path)
    shelf.put([])
    shelf.drop([])
    assert len(shelf.ids()) == 2


def test_a_shelf_that_another_process_writes_to_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, path = filled(tmp_path)
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **named: connect(*given, **{**named, "timeout": 0.01}))
    with closing(connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryBusy, match="another process"):
            shelf.put([FIRST])
        assert shelf.get(FIRST.id) == FIRST


class TestFileLog:
    """The memory of files."""

    def test_it_remembers_replaces_and_forgets(self, tmp_path: Path) -> None:
        log = FileLog(tmp_path / "files.sqlite")
        assert log.all() == {}
        log.note({"/a.txt": STAMP, "/é ü.txt": STAMP})
        newer = FileStamp(13, STAMP.mtime_ns + 1, "title", SECOND.id)
        log.note({"/a.txt": newer})
        assert FileLog(tmp_path / "files.sqlite").all() == {"/a.txt": newer, "/é ü.txt": STAMP}
        log.forget(["/a.txt", "/never.txt"])
        assert log.all() == {"/é ü.txt": STAMP}

    def test_the_order_is_that_of_the_paths(self, tmp_path: Path) -> None:
        log = FileLog(tmp_path / "files.sqlite")
        log.note(dict.fromkeys(("/c", "/a", "/b"), STAMP))
        assert list(log.all()) == ["/a", "/b", "/c"]

    def test_a_damaged_log_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "files.sqlite").write_bytes(b"rubbish " * 500)
        with pytest.raises(LibraryError, match=r"files\.sqlite"):
            FileLog(tmp_path / "files.sqlite").all()

    def test_two_files_may_be_the_same_document(self, tmp_path: Path) -> None:
        log = FileLog(tmp_path / "files.sqlite")
        log.note({"/a.txt": STAMP, "/b.txt": STAMP})
        assert {stamp.document for stamp in log.all().values()} == {FIRST.id}
        assert ABSENT not in {stamp.document for stamp in log.all().values()}
