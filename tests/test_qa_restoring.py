"""A removed document comes back as it was; when documents came, and what uploads of the same words become."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import DocumentId, LibraryDamaged, LibraryError, Mark, SqliteShelf, UnknownDocument
from quoth.qa import AddReport, Library, Progress, file_of
from small_encoder import HashingEncoder
from small_library import small_library

TEXTS = {
    "lamp.txt": "The lamp was lit at dusk by the keeper.\n\nNobody saw it from the harbour.\n",
    "mill.md": "# The mill\n\nThe mill grinds rye in winter.\n\n## The wheel\n\nIts wheel has twelve blades of oak.\n",
    "reports/bridge.txt": "The bridge of Varna was built in 1911 from stone. It has seven arches.\n",
}
QUESTIONS = ("Who lit the lamp?", "What does the mill grind?", "When was the bridge built?", "Who wrote Hamlet?")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with small_library(tmp_path / "library", TEXTS) as library:
        yield library


@pytest.fixture
def aside(tmp_path: Path) -> SqliteShelf:
    (tmp_path / "aside").mkdir()
    return SqliteShelf(tmp_path / "aside" / "removed.sqlite")


def everything(library: Library) -> dict[str, Any]:
    """All that anybody can learn from a library, and no times."""
    return {
        "stamp": library.stamp,
        "records": library.documents(),
        "documents": [library.document(record.id) for record in library.documents()],
        "answers": [replace(library.ask(question), elapsed_ms=0.0) for question in QUESTIONS],
        "hits": [library.search(question, 20) for question in QUESTIONS],
    }


def ids(library: Library, *names: str) -> list[DocumentId]:
    return [record.id for record in library.documents() if record.uri.endswith(names or "")]


@settings(deadline=None, max_examples=25)
@given(taken=st.lists(st.sets(st.sampled_from(sorted(TEXTS)), min_size=1), min_size=1, max_size=4))
def test_removing_and_restoring_leaves_everything_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, taken: list[set[str]]
) -> None:
    """Whatever is taken out, in whatever portions, and brought back the other way round."""
    place = tmp_path_factory.mktemp("restoring")
    aside = SqliteShelf(place / "removed.sqlite")
    with small_library(place / "library", TEXTS) as library:
        before, removed = everything(library), []
        for names in taken:
            there = ids(library, *names)
            if there:
                removed.append([record.id for record in library.remove(there, aside)])
                assert not set(there) & set(ids(library))
        for portion in reversed(removed):
            assert {record.id for record in library.restore(portion, aside)} == set(portion)
        assert everything(library) == before
        assert library.doctor().healthy


def test_marks_and_original_come_back_too(library: Library, aside: SqliteShelf) -> None:
    (mill,) = ids(library, "mill.md")
    before = library.document(mill)
    assert any(mark == Mark(mark.start, "heading", "The wheel") for mark in before.marks)
    library.remove([mill], aside)
    library.restore([mill], aside)
    assert library.document(mill) == before
    assert library.original(before) == TEXTS["mill.md"].encode()


def test_restoring_does_not_touch_what_came_under_the_same_name_meanwhile(library: Library, aside: SqliteShelf) -> None:
    (lamp,) = ids(library, "lamp.txt")
    library.remove([lamp], aside)
    (newer,) = library.add_files([("lamp.txt", b"Another lamp entirely.")]).added
    library.restore([lamp], aside)
    assert set(ids(library, "lamp.txt")) == {lamp, newer.id}


def test_restoring_what_is_there_again_changes_nothing(library: Library, aside: SqliteShelf) -> None:
    (lamp,) = ids(library, "lamp.txt")
    library.remove([lamp], aside)
    library.add_files([("lamp.txt", TEXTS["lamp.txt"].encode())])
    before = everything(library)
    assert [record.id for record in library.restore([lamp], aside)] == [lamp]
    assert everything(library) == before


def test_what_was_not_put_aside_cannot_come_back(library: Library, aside: SqliteShelf) -> None:
    (lamp,) = ids(library, "lamp.txt")
    library.remove([lamp])
    with pytest.raises(LibraryDamaged, match=lamp):
        library.restore([lamp], aside)
    assert lamp not in ids(library)


def test_a_removal_that_is_refused_puts_nothing_aside(library: Library, aside: SqliteShelf) -> None:
    with pytest.raises(UnknownDocument):
        library.remove([*ids(library), DocumentId("0" * 16)], aside)
    assert aside.ids() == set()
    assert len(library.documents()) == len(TEXTS)


def test_a_damaged_document_can_be_removed_and_is_not_kept(library: Library, aside: SqliteShelf) -> None:
    (lamp,) = ids(library, "lamp.txt")
    with sqlite3.connect(library.folder / "shelf.sqlite") as sql:
        sql.execute("UPDATE documents SET text = text || '!' WHERE id = ?", (lamp,))
    sql.close()
    assert len(library.remove(ids(library), aside)) == len(TEXTS)
    assert lamp not in aside.ids()
    assert len(aside.ids()) == len(TEXTS) - 1


def test_restoring_tells_how_many_passages_are_embedded(library: Library, aside: SqliteShelf) -> None:
    seen: list[Progress] = []
    everyone = ids(library)
    library.remove(everyone, aside)
    library.restore(everyone, aside, seen.append)
    assert seen[-1].stage == "indexing"
    assert seen[-1].done == seen[-1].total == library.stamp.passages


def test_rebuilding_tells_how_many_passages_are_embedded(library: Library) -> None:
    seen: list[Progress] = []
    assert library.doctor(repair=True, progress=seen.append).healthy
    assert [(one.stage, one.done, one.total) for one in seen][-1] == ("indexing", *[library.stamp.passages] * 2)


def test_a_rebuild_that_is_broken_off_changes_nothing(library: Library) -> None:
    class Enough(Exception):
        pass

    def stop(_: Progress) -> None:
        raise Enough

    before = everything(library)
    with pytest.raises(Enough):
        library.doctor(repair=True, progress=stop)
    assert everything(library) == before
    assert library.doctor().healthy


# --- when documents came


def test_a_document_knows_when_it_came_and_how_large_its_file_was(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "café.txt").write_text("Thé et café.")
    began = datetime.now(timezone.utc).replace(microsecond=0)
    with small_library(tmp_path / "library", TEXTS) as library:
        library.add([tmp_path / "docs"])
        sizes = {file_of(record).name: record.file_bytes for record in library.documents()}
        assert sizes == {"café.txt": 14} | {Path(name).name: len(text.encode()) for name, text in TEXTS.items()}
        for record in library.documents():
            assert record.added is not None
            assert began <= datetime.fromisoformat(record.added) <= datetime.now(timezone.utc)


def test_the_time_is_neither_in_ids_nor_in_answers(library: Library, tmp_path: Path) -> None:
    with sqlite3.connect(library.folder / "shelf.sqlite") as sql:
        sql.execute("UPDATE arrivals SET at = '1999-12-31T23:59:59+00:00', file_bytes = 1")
    sql.close()
    with small_library(tmp_path / "other", TEXTS) as other:
        old, new = everything(library), everything(other)
        assert {record.added for record in old.pop("records")} == {"1999-12-31T23:59:59+00:00"}
        new.pop("records")
        assert old == new


def test_a_repair_keeps_the_times(library: Library) -> None:
    before = library.documents()
    with sqlite3.connect(library.folder / "shelf.sqlite") as sql:
        sql.execute("UPDATE arrivals SET at = '1999-12-31T23:59:59+00:00'")
    sql.close()
    library.doctor(repair=True)
    assert library.documents() == tuple(replace(one, added="1999-12-31T23:59:59+00:00") for one in before)


def test_a_library_of_before_times_were_kept_opens_and_does_not_know_them(library: Library) -> None:
    with sqlite3.connect(library.folder / "shelf.sqlite") as sql:
        sql.execute("DROP TABLE arrivals")
    sql.close()
    assert {(record.added, record.file_bytes) for record in library.documents()} == {(None, None)}
    library.add_files([("new.txt", b"A new one.")])
    assert sorted(record.uri for record in library.documents() if record.added) == ["upload:new.txt"]
    assert library.doctor().healthy


# --- uploads of the same words


def told(report: AddReport) -> dict[str, list[str]]:
    parts = ("added", "replaced", "unchanged")
    return {part: [one.uri for one in getattr(report, part)] for part in parts if getattr(report, part)}


def test_the_same_bytes_under_another_name_are_there_already(library: Library) -> None:
    content = TEXTS["lamp.txt"].encode()
    assert told(library.add_files([("copy.txt", content)])) == {"unchanged": ["upload:lamp.txt"]}
    assert len(library.documents()) == len(TEXTS)


@pytest.mark.parametrize("order", [1, -1])
def test_a_file_that_moves_and_makes_room_for_another_is_not_lost(library: Library, order: int) -> None:
    """The old words come under a new name in the same upload in which new words take the old name."""
    files = [("moved.txt", TEXTS["lamp.txt"].encode()), ("lamp.txt", b"Other words about a lamp.")]
    report = library.add_files(files[::order])
    assert len({one.id for one in (*report.added, *report.replaced, *report.unchanged)}) == 2
    texts = [library.document(record.id).text for record in library.documents()]
    assert sorted(texts) == sorted([*TEXTS.values(), "Other words about a lamp."])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["One.", "Two.", "Three."])), max_size=4), max_size=4
    )
)
def test_no_upload_is_lost(tmp_path_factory: pytest.TempPathFactory, uploads: list[list[tuple[str, str]]]) -> None:
    """What was uploaded last under each name is in the library, whatever came before and under whatever name."""
    with Library.create(tmp_path_factory.mktemp("uploads") / "library", encoder=HashingEncoder()) as library:
        for upload in uploads:
            library.add_files((f"{name}.txt", text.encode()) for name, text in upload)
            texts = {library.document(record.id).text for record in library.documents()}
            assert set(dict(upload).values()) <= texts
        assert library.doctor().healthy


def test_uploads_tell_what_they_are_read_as_one_by_one(tmp_path: Path) -> None:
    seen: list[Progress] = []
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        report = library.add_files([("a.txt", b"One."), ("b.txt", b""), ("c.txt", b"Three.")], seen.append)
    assert [(one.stage, one.done) for one in seen[:3]] == [("reading", 1), ("refused", 2), ("reading", 3)]
    assert seen[1].reason == report.refused[0].reason != ""
    assert (seen[-1].stage, seen[-1].done, seen[-1].total) == ("indexing", 2, 2)


# --- when there is no room


@contextmanager
def smallest_files(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: the nearest thing to a full disk that a test can have."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [2_000, 60_000, 120_000, 250_000])
def test_without_room_there_is_a_sentence_and_nothing_changes(library: Library, size: int) -> None:
    before = everything(library)
    large = "\n\n".join(f"Line {number} of a long text about nothing." for number in range(4_000)).encode()
    with smallest_files(size), pytest.raises(LibraryError, match="make room on the disk"):
        library.add_files([("large.txt", large)])
    library.close()
    with Library.open(library.folder, encoder=HashingEncoder()) as again:
        assert again.stamp == before["stamp"]
        assert again.documents() == before["records"]
        assert again.add_files([("large.txt", large)]).added
        assert again.doctor().healthy
