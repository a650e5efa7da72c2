"""The SQLite shelf under the contract, what it does with damage, and the log of files beside it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from quoth.corpus import FileLog, FileStamp, LibraryBusy, LibraryDamaged, LibraryError, Shelf, SqliteShelf
from shelf_contract import ABSENT, CAME, FIRST, SECOND, ShelfContract
from strategies import document_of

STAMP = FileStamp(size=12, changed_ns=2**62, said="", document=FIRST.id)


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


OLD = """
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, uri TEXT NOT NULL, text TEXT NOT NULL, characters INTEGER NOT NULL,
    marks TEXT NOT NULL, file_sha256 TEXT NOT NULL, text_sha256 TEXT NOT NULL, extractor TEXT NOT NULL
)
"""


def old_shelf(folder: Path) -> tuple[SqliteShelf, Path]:
    """As Quoth made it before it kept arrivals."""
    path = folder / "documents.sqlite"
    change(path, OLD)
    row = (FIRST.id, FIRST.title, FIRST.uri, FIRST.text, len(FIRST.text), "[]", FIRST.file_sha256, FIRST.text_sha256)
    with closing(sqlite3.connect(path)) as sql:
        sql.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, FIRST.extractor))
        sql.commit()
    return SqliteShelf(path), path


def test_a_shelf_of_before_arrivals_were_kept_is_read_as_it_is(tmp_path: Path) -> None:
    shelf, path = old_shelf(tmp_path)
    assert shelf.get(FIRST.id).text == FIRST.text
    assert [(each.id, each.arrival) for each in shelf.list()] == [(FIRST.id, None)]
    with closing(sqlite3.connect(path)) as sql:
        assert [name for (name,) in sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'")] == ["documents"]


def test_a_shelf_of_before_arrivals_were_kept_keeps_them_from_now_on(tmp_path: Path) -> None:
    shelf, path = old_shelf(tmp_path)
    shelf.put([SECOND], {SECOND.id: CAME})
    assert {each.id: each.arrival for each in SqliteShelf(path).list()} == {FIRST.id: None, SECOND.id: CAME}
    shelf.drop([FIRST.id])
    assert shelf.ids() == {SECOND.id}


def test_an_older_quoth_can_still_write_to_the_shelf(tmp_path: Path) -> None:
    """It knows the table of documents alone, and enforces foreign keys."""
    shelf, path = filled(tmp_path)
    shelf.put([FIRST], {FIRST.id: CAME})
    with closing(sqlite3.connect(path)) as sql:
        sql.execute("PRAGMA foreign_keys=ON")
        sql.execute("DELETE FROM documents WHERE id = ?", (FIRST.id,))
        sql.execute("INSERT OR REPLACE INTO documents SELECT * FROM documents")
        sql.commit()
    assert [each.id for each in shelf.list()] == [SECOND.id]
    shelf.put([FIRST], {})
    assert [each.arrival for each in shelf.list()] == [None, None]


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
        newer = FileStamp(13, STAMP.changed_ns + 1, "title", SECOND.id)
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
