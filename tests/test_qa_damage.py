"""Every stored file damaged in every way: never a wrong quote, a traceback or a dead process; noticed, mended or named.

About 150 cases; `benchmarks/reliability.py` takes two thousand, and writes down what came out.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from damaging import QUESTIONS, TEXTS, Case, Judge, cases_of, damage, judging, make_base
from quoth.corpus import LibraryDamaged, LibraryError, SqliteShelf
from quoth.qa import Answer, DoctorReport, Library, LibraryMissing
from small_encoder import HashingEncoder
from small_library import SmallLibrary, small_library

CASES = 150
PARTS = 10


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def judge(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    with judging(base, tmp_path_factory.mktemp("work")) as found:
        yield found


@pytest.fixture
def folder(base: Path, tmp_path: Path) -> Path:
    """A copy of the whole library, to be damaged."""
    return shutil.copytree(base, tmp_path / "library")


@pytest.mark.parametrize("part", range(PARTS))
def test_a_damaged_file_never_makes_a_wrong_answer_and_can_be_mended(base: Path, judge: Judge, part: int) -> None:
    for case in list(cases_of(base, CASES))[part::PARTS]:
        outcome = judge.outcome(case)
        assert outcome.asked in ("same", "error", "other"), (case, outcome)
        assert "TRACEBACK" not in outcome.said, (case, outcome)
        assert outcome.asked == "same" or outcome.noticed, (case, outcome)
        assert outcome.mended, (case, outcome)


def test_the_cases_are_of_every_kind_and_of_every_file(base: Path) -> None:
    cases = list(cases_of(base, CASES))
    files = {str(path.relative_to(base)) for path in base.rglob("*") if path.is_file() and path.stat().st_size}
    assert {case.file for case in cases} == files
    assert {case.kind for case in cases} == {"cut", "flip", "blank", "longer", "gone"}
    assert {case.at for case in cases if case.kind == "cut"} >= {0, 1, 16, 100, 4096}
    assert cases == list(cases_of(base, CASES))


def test_a_process_that_dies_is_told_as_such(judge: Judge) -> None:
    """The judge itself: it is sent a case that ends its process, and goes on with another one."""
    assert judge.outcome(Case("no such file", "cut", 0)).asked == "DIED"
    assert judge.outcome(Case("calibration.json", "longer", 0)).mended


def opened(folder: Path) -> Library:
    return SmallLibrary.open(folder, encoder=HashingEncoder())


def repaired(folder: Path) -> DoctorReport:
    return SmallLibrary.repair(folder, encoder=HashingEncoder())


def told(report: DoctorReport) -> str:
    (repair,) = (check.detail for check in report.checks if check.name == "repair")
    return repair


def wrong(folder: Path) -> list[str]:
    with opened(folder) as library:
        return [check.name for check in library.doctor().checks if not check.ok]


def change(path: Path, *statements: str) -> None:
    sql = sqlite3.connect(path)
    sql.execute("PRAGMA writable_schema=ON")
    with sql:
        for statement in statements:
            sql.execute(statement)
    sql.close()


def holds_everything(folder: Path) -> bool:
    with opened(folder) as library:
        answer = library.ask(QUESTIONS[0])
        texts = {library.document(record.id).text for record in library.documents()}
        return library.doctor().healthy and texts == set(TEXTS.values()) and isinstance(answer, Answer)


# --- the index


@pytest.mark.parametrize("size", [None, 0])
def test_an_index_that_is_empty_or_gone_is_no_empty_library(folder: Path, size: int | None) -> None:
    path = folder / "index.sqlite"
    path.unlink()
    if size is not None:
        path.write_bytes(b"")
    for open_again in (opened, lambda at: SmallLibrary.create(at, encoder=HashingEncoder())):
        with pytest.raises(LibraryDamaged, match="quoth doctor --repair"):
            open_again(folder)
    assert "index.sqlite was damaged" in told(repaired(folder))
    assert holds_everything(folder)


def test_an_index_emptied_under_a_reader_is_told_and_not_answered_from(folder: Path) -> None:
    with opened(folder) as library:
        library.ask(QUESTIONS[0])
        change(folder / "index.sqlite", "DELETE FROM manifest")
        with pytest.raises(LibraryDamaged, match="doctor --repair"):
            library.ask(QUESTIONS[0])
        assert not library.doctor().healthy


def test_a_reader_that_was_there_before_sees_the_index_that_was_made_anew(folder: Path) -> None:
    with opened(folder) as reader:
        before = reader.ask(QUESTIONS[0])
        change(folder / "index.sqlite", "DELETE FROM lexical_docsize WHERE id = 1")
        assert "index.sqlite was damaged" in told(repaired(folder))
        assert isinstance(before, Answer)
        after = reader.ask(QUESTIONS[0])
        assert isinstance(after, Answer)
        assert [quote.text for quote in after.quotes] == [quote.text for quote in before.quotes]
        assert reader.doctor().healthy
        reader.add_files([("new.txt", b"The schooner is called Elizabeth.")])
    assert not list(folder.glob("*.new*"))
    with opened(folder) as library:
        assert len(library.documents()) == len(TEXTS) + 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lexical_docsize SET sz = x'05' WHERE id = 1",
        "UPDATE lexical_data SET block = x'0901' WHERE id = 1",
        "UPDATE passages SET document = (SELECT max(id) FROM documents), ordinal = 9 WHERE id = 1",
        "UPDATE passages SET start = start + 1, stop = stop + 1 WHERE id = 1",
        "UPDATE documents SET passages = passages + 1",
        "UPDATE manifest SET value = replace(value, '1', '2') WHERE key = 'settings'",
        "DELETE FROM manifest WHERE key = 'settings'",
        "UPDATE manifest SET value = '{' WHERE key = 'store'",
        "UPDATE sqlite_master SET sql = replace(sql, 'ordinal INTEGER', 'ordinal VARCHAR') WHERE name = 'passages'",
    ],
)
def test_rows_of_the_index_that_are_others_are_noticed_and_mended(folder: Path, statement: str) -> None:
    change(folder / "index.sqlite", statement)
    try:
        assert wrong(folder)
    except LibraryDamaged as error:
        assert "doctor --repair" in str(error)
    repaired(folder)
    assert holds_everything(folder)


def test_a_word_in_another_place_of_the_lexical_index_is_noticed(folder: Path) -> None:
    change(
        folder / "index.sqlite",
        "INSERT INTO lexical (lexical, rowid, tokens) VALUES ('delete', 1, 'captain')",
        "INSERT INTO lexical (rowid, tokens) VALUES (1, 'captive')",
    )
    assert wrong(folder) == ["index"]
    repaired(folder)
    assert holds_everything(folder)


def test_the_doctor_of_an_open_library_mends_as_the_command_does(folder: Path) -> None:
    with opened(folder) as library:
        change(folder / "index.sqlite", "DELETE FROM manifest")
        assert "index.sqlite was damaged" in told(library.doctor(repair=True))
        assert library.doctor().healthy
    assert holds_everything(folder)


def test_a_library_whose_making_was_broken_off_is_made_to_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    small_library(folder, {}).close()
    for path in folder.glob("*.sqlite"):
        path.unlink()
    (folder / "index.sqlite").write_bytes(b"")
    with small_library(folder, TEXTS) as library:
        assert len(library.documents()) == len(TEXTS)


# --- the shelf


@pytest.mark.parametrize("content", [None, b"", b"SQLite format 3\x00" + b"\xff" * 9000])
def test_a_lost_shelf_is_read_again_from_kept_uploads_and_from_files(tmp_path: Path, content: bytes | None) -> None:
    folder, docs = tmp_path / "library", tmp_path / "docs"
    docs.mkdir()
    for name in ("pier", "mole"):
        (docs / f"{name}.txt").write_text(f"The {name} is made of stone.")
    with small_library(folder, TEXTS) as library:
        library.add([docs])
        (lost,) = (record.id for record in library.documents() if record.title == "Mole")
    (docs / "mole.txt").unlink()
    (folder / "shelf.sqlite").unlink()
    if content is not None:
        (folder / "shelf.sqlite").write_bytes(content)
    report = repaired(folder)
    said = told(report)
    assert f"could not be brought back, add these files again: mole.txt ({lost})" in said
    assert "ferry.txt" in said and "pier.txt" in said
    assert [(check.name, check.remedy) for check in report.checks if not check.ok] == [
        ("repair", "add again what could not be brought back")
    ]
    with opened(folder) as library:
        assert library.doctor().healthy
        assert {record.title for record in library.documents()} == {"Ferry", "Barge", "Yacht", "Tug", "Pier"}


@pytest.mark.parametrize("column", ["title", "uri", "marks", "characters", "extractor"])
def test_what_stands_beside_a_text_is_sealed_too(folder: Path, column: str) -> None:
    change(folder / "shelf.sqlite", f"UPDATE documents SET {column} = replace({column}, substr({column}, 1, 1), 7)")  # noqa: S608
    with opened(folder) as library, pytest.raises(LibraryError, match="doctor --repair"):
        library.ask(QUESTIONS[0])
    assert "documents" in wrong(folder)
    repaired(folder)
    assert holds_everything(folder)


def test_a_shelf_of_before_seals_is_read_and_is_sealed_when_written(folder: Path) -> None:
    change(folder / "shelf.sqlite", "DROP TABLE seals")
    assert holds_everything(folder)
    shelf = SqliteShelf(folder / "shelf.sqlite")
    shelf.put([shelf.get(id) for id in shelf.ids()])
    change(folder / "shelf.sqlite", "UPDATE documents SET title = 'Other'")
    with pytest.raises(LibraryDamaged, match="not as it was stored"):
        shelf.get(min(shelf.ids()))


def test_shelf_and_index_both_gone_come_back_from_what_was_kept(folder: Path) -> None:
    for name in ("shelf.sqlite", "index.sqlite"):
        (folder / name).write_bytes(b"\0" * 5000)
    repaired(folder)
    assert holds_everything(folder)
    for name in ("shelf.sqlite", "index.sqlite"):
        (folder / name).unlink()
    with pytest.raises(LibraryMissing):
        repaired(folder)


def test_uploads_come_back_without_their_names_where_these_are_lost_too(folder: Path) -> None:
    for name in ("shelf.sqlite", "files.sqlite"):
        (folder / name).unlink()
    repaired(folder)
    with opened(folder) as library:
        assert {library.document(record.id).text for record in library.documents()} == set(TEXTS.values())


def test_a_repair_that_lost_a_kept_file_says_so_and_is_healthy_when_it_is_done_again(folder: Path) -> None:
    spoilt = min((folder / "originals").iterdir())
    spoilt.write_bytes(b"other")
    report = repaired(folder)
    assert "kept files that were damaged are gone: " in told(report) and spoilt.name in told(report)
    assert [check.name for check in report.checks if not check.ok] == ["repair"]
    assert repaired(folder).healthy
    assert holds_everything(folder)


def test_a_repair_that_brought_everything_back_is_healthy(folder: Path) -> None:
    (folder / "shelf.sqlite").unlink()
    report = repaired(folder)
    assert "read again from their files" in told(report)
    assert report.healthy


# --- what is no document


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE files SET document = x'00ff'",
        "UPDATE files SET size = 'much'",
        "UPDATE sqlite_master SET sql = replace(sql, 'size INTEGER', 'size VARCHAR')",
        None,
    ],
)
def test_a_damaged_file_log_is_noticed_and_made_anew(folder: Path, statement: str | None) -> None:
    if statement is None:
        (folder / "files.sqlite").write_bytes(b"no database" * 1000)
    else:
        change(folder / "files.sqlite", statement)
    assert wrong(folder) == ["files"]
    assert "files.sqlite was damaged and is made anew" in told(repaired(folder))
    assert holds_everything(folder)
    assert (folder / "files.sqlite.damaged").exists()


def test_a_damaged_calibration_is_put_aside_and_asking_works_again(folder: Path) -> None:
    damage(folder, Case("calibration.json", "flip", 100, 3))
    with opened(folder) as library:
        with pytest.raises(LibraryDamaged, match="doctor --repair"):
            library.ask(QUESTIONS[0])
        assert "put aside" in told(library.doctor(repair=True))
        library.ask(QUESTIONS[0])
    assert (folder / "calibration.json.damaged").exists()
    assert holds_everything(folder)


def test_damaged_vectors_are_named_as_made_anew(folder: Path) -> None:
    damage(folder, Case("vectors-00000002.faiss", "flip", 500))
    assert "the vectors were damaged" in told(repaired(folder))
    assert told(repaired(folder)) == "nothing was damaged"
    assert json.loads((folder / "calibration.json").read_text()), "what was whole stays"
