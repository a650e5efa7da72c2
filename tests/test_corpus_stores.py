"""The SQLite files of a library under strain: many threads, other writers, strange texts, damage."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import (
    Document,
    DocumentId,
    FileLog,
    FileStamp,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    Mark,
    SqliteShelf,
    connect,
)
from quoth.corpus.sqlite import opened
from strategies import any_text, document_of, visible_texts

SCHEMA = "CREATE TABLE IF NOT EXISTS t (n INTEGER)"
NOBODY = DocumentId("0" * 16)
PLANES = "".join(chr(plane * 0x10000 + offset) for plane in range(17) for offset in (0x41, 0x1234, 0xFFFD, 0xFFFE))

stamps = st.builds(
    FileStamp,
    size=st.integers(0, 2**62),
    changed_ns=st.integers(-(2**63), 2**63 - 1),
    said=any_text,
    document=st.from_regex(r"[0-9a-f]{16}", fullmatch=True).map(DocumentId),
)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody waits half a minute for another writer."""
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **named: real(*given, **{**named, "timeout": 0.01}))
    yield


class TestOpened:
    """`connect` and `opened`."""

    def test_what_is_not_committed_is_not_there(self, tmp_path: Path) -> None:
        path = tmp_path / "a.sqlite"
        with opened(path, SCHEMA) as sql:
            sql.execute("INSERT INTO t VALUES (1)")
        with opened(path, SCHEMA) as sql:
            sql.execute("BEGIN")
            sql.execute("INSERT INTO t VALUES (2)")
        with pytest.raises(RuntimeError), opened(path, SCHEMA) as sql:
            sql.execute("BEGIN")
            sql.execute("INSERT INTO t VALUES (3)")
            raise RuntimeError
        with opened(path, SCHEMA) as sql:
            assert sql.execute("SELECT n FROM t").fetchall() == [(1,)]

    def test_a_connection_is_closed_after_the_block(self, tmp_path: Path) -> None:
        with opened(tmp_path / "a.sqlite", SCHEMA) as sql:
            pass
        with pytest.raises(sqlite3.ProgrammingError):
            sql.execute("SELECT 1")

    @pytest.mark.skipif(os.name != "posix", reason="some of these names are not allowed there")
    @pytest.mark.parametrize("name", ["a b.sqlite", "what?.sqlite", "100%.sqlite", "a#b.sqlite", "ä東.sqlite", "%41"])
    def test_a_name_of_any_kind_is_the_files_name(self, tmp_path: Path, name: str) -> None:
        with opened(tmp_path / name, SCHEMA):
            pass
        assert [path.name for path in tmp_path.iterdir()] == [name]

    @pytest.mark.usefixtures("impatient")
    def test_a_second_writer_is_told_and_a_reader_is_not_disturbed(self, tmp_path: Path) -> None:
        path = tmp_path / "a.sqlite"
        with closing(connect(path, SCHEMA)) as first:
            first.execute("BEGIN IMMEDIATE")
            first.execute("INSERT INTO t VALUES (1)")
            with pytest.raises(LibraryBusy, match=r"a\.sqlite: another process"), opened(path, SCHEMA) as second:
                second.execute("BEGIN IMMEDIATE")
            with opened(path, SCHEMA) as reader:
                assert reader.execute("SELECT count(*) FROM t").fetchone() == (0,)
            first.execute("COMMIT")
        with opened(path, SCHEMA) as reader:
            assert reader.execute("SELECT count(*) FROM t").fetchone() == (1,)

    @pytest.mark.usefixtures("impatient")
    def test_an_exclusive_lock_of_another_program_is_busy_and_not_damaged(self, tmp_path: Path) -> None:
        path = tmp_path / "a.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("CREATE TABLE t (n)")
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(LibraryBusy), opened(path, SCHEMA):
                pass

    @pytest.mark.parametrize(
        ("content", "error"),
        [
            (b"words, not a database. " * 99, LibraryDamaged),
            (b"SQLite format 3\x00" + b"\xff" * 4000, LibraryDamaged),
            (b"\x00" * 4096, LibraryDamaged),
        ],
        ids=["words", "only the first line", "zeros"],
    )
    def test_what_is_no_database_is_damaged(self, tmp_path: Path, content: bytes, error: type[LibraryError]) -> None:
        path = tmp_path / "a.sqlite"
        path.write_bytes(content)
        with pytest.raises(error, match=r"a\.sqlite"), opened(path, SCHEMA):
            pass
        path.unlink()

    @pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
    def test_a_database_cut_short_is_damaged(self, tmp_path: Path, share: float) -> None:
        path = tmp_path / "a.sqlite"
        shelf = SqliteShelf(path)
        documents = [document_of(f"Text {number}. " * 500) for number in range(30)]
        shelf.put(documents)
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(LibraryDamaged, match=r"a\.sqlite|not as it was stored"):
            for document in documents:
                assert shelf.get(document.id) == document

    def test_a_missing_folder_is_a_library_error(self, tmp_path: Path) -> None:
        with pytest.raises(LibraryError, match="check its permissions"), opened(tmp_path / "no" / "a.sqlite", SCHEMA):
            pass

    def test_a_folder_in_place_of_the_file_is_a_library_error(self, tmp_path: Path) -> None:
        (tmp_path / "a.sqlite").mkdir()
        with pytest.raises(LibraryError, match=r"a\.sqlite"), opened(tmp_path / "a.sqlite", SCHEMA):
            pass

    def test_a_table_that_is_not_there_is_damage(self, tmp_path: Path) -> None:
        with opened(tmp_path / "a.sqlite", "CREATE TABLE another (n)"):
            pass
        with pytest.raises(LibraryDamaged, match="no such table"):
            SqliteShelf(tmp_path / "a.sqlite").ids()

    def test_many_threads_may_make_the_same_file(self, tmp_path: Path) -> None:
        """Several times, for who comes first is chance: SQLite lets nobody wait while the log is switched on."""
        gate = threading.Barrier(6, timeout=60)

        def first(path: Path, number: int) -> None:
            gate.wait()
            with opened(path, SCHEMA) as sql:
                sql.execute("INSERT INTO t VALUES (?)", (number,))

        for attempt in range(10):
            path = tmp_path / f"{attempt}.sqlite"
            with ThreadPoolExecutor(6) as pool:
                list(pool.map(first, [path] * 6, range(6)))
            with opened(path, SCHEMA) as sql:
                assert sorted(sql.execute("SELECT n FROM t")) == [(number,) for number in range(6)]


class TestShelf:
    """`SqliteShelf` beyond its contract."""

    def test_texts_of_every_plane_come_back(self, tmp_path: Path) -> None:
        shelf = SqliteShelf(tmp_path / "a.sqlite")
        document = document_of(f"\x00{PLANES}\x00\ufeff", (Mark(1, "heading", PLANES),), title=PLANES)
        shelf.put([document])
        assert shelf.get(document.id) == document
        assert shelf.list()[0].characters == len(document.text)

    @settings(deadline=None, max_examples=20)
    @given(st.lists(st.tuples(visible_texts, st.booleans()), max_size=6))
    def test_it_is_a_dictionary(self, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bool]]) -> None:
        shelf = SqliteShelf(tmp_path_factory.mktemp("shelf") / "a.sqlite")
        model: dict[DocumentId, Document] = {}
        for text, keep in [*steps, *reversed(steps[:3])]:
            document = document_of(text, title=f"Title {len(model)}")
            if keep:
                shelf.put([document])
                model[document.id] = document
            else:
                shelf.drop([document.id, NOBODY])
                model.pop(document.id, None)
            assert shelf.ids() == set(model)
        assert [each.id for each in shelf.list()] == sorted(model)
        assert {id: shelf.get(id) for id in model} == model

    @pytest.mark.parametrize(
        "marks",
        [
            *("5", "[1]", "null", "[", "", '{"a": 1}', '[{"start": 0}]'),
            '[{"start": -1, "kind": "page", "label": "1"}]',
            '[{"start": "0", "kind": "page", "label": "1"}]',
            '[{"start": 0, "kind": "page", "label": "²"}]',
            '[{"start": 0, "kind": "page", "label": "1", "more": 1}]',
        ],
    )
    def test_marks_that_are_none_are_damage(self, tmp_path: Path, marks: str) -> None:
        document = document_of("Words.")
        shelf = SqliteShelf(tmp_path / "a.sqlite")
        shelf.put([document])
        with closing(sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)) as sql:
            sql.execute("UPDATE documents SET marks = ?", (marks,))
        with pytest.raises(LibraryDamaged, match=document.id):
            shelf.get(document.id)

    def test_readers_see_whole_puts_while_others_write(self, tmp_path: Path) -> None:
        shelf = SqliteShelf(tmp_path / "a.sqlite")
        pairs = [[document_of(f"{side} {number}.") for side in ("Left", "Right")] for number in range(12)]
        shelf.put(pairs[0])

        def write(pair: int) -> int:
            shelf.put(pairs[pair])
            return len(shelf.ids()) % 2

        with ThreadPoolExecutor(4) as pool:
            assert not any(pool.map(write, range(12)))
        assert len(shelf.list()) == 24


class TestFileLog:
    """`FileLog` as a dictionary of paths."""

    @settings(deadline=None, max_examples=30)
    @given(st.dictionaries(any_text, stamps, max_size=5), st.dictionaries(any_text, stamps, max_size=3))
    def test_it_is_a_dictionary(
        self, tmp_path_factory: pytest.TempPathFactory, first: dict[str, FileStamp], second: dict[str, FileStamp]
    ) -> None:
        log = FileLog(tmp_path_factory.mktemp("log") / "files.sqlite")
        log.note(first)
        log.note(second)
        assert log.all() == {**first, **second}
        assert list(log.all()) == sorted({**first, **second})
        log.forget([*second, "never"])
        assert log.all() == {path: stamp for path, stamp in first.items() if path not in second}

    @pytest.mark.parametrize("path", ["/caf\udce9.txt", "C:\\half\ud83d.txt", "/\udcff\udcfe", "/a\x00b"])
    def test_a_path_that_is_no_text_is_remembered_and_forgotten(self, tmp_path: Path, path: str) -> None:
        """One such file in a folder must not keep all the others from being noted."""
        log = FileLog(tmp_path / "files.sqlite")
        stamp = FileStamp(1, 2, "", NOBODY)
        log.note({path: stamp, "/plain.txt": stamp})
        log.note({path: FileStamp(2, 3, "", NOBODY)})
        assert log.all() == {path: FileStamp(2, 3, "", NOBODY), "/plain.txt": stamp}
        log.forget([path])
        assert set(log.all()) == {"/plain.txt"}

    def test_noting_is_all_or_nothing(self, tmp_path: Path) -> None:
        log = FileLog(tmp_path / "files.sqlite")
        good, bad = FileStamp(1, 2, "", NOBODY), FileStamp(2**70, 2, "", NOBODY)
        with pytest.raises(OverflowError):
            log.note({"/a.txt": good, "/b.txt": bad})
        assert log.all() == {}

    def test_many_threads_may_note_at_once(self, tmp_path: Path) -> None:
        log = FileLog(tmp_path / "files.sqlite")
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda n: log.note({f"/{n:02}.txt": FileStamp(n, n, "", NOBODY)}), range(24)))
        assert [stamp.size for stamp in log.all().values()] == list(range(24))
