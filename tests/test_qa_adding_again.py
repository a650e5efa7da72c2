"""Adding again: the quick way finds and reports what a plain slow way does, over all kinds of trees."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import SOURCES, SUFFIXES, find_files
from quoth.qa import AddReport, DocumentRecord, Library
from quoth.qa.places import FILES
from small_encoder import HashingEncoder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and odd names are not for everybody there")

ODD = os.fsdecode(b"caf\xe9.txt") if sys.platform == "linux" else "cafe.txt"
NAMES = ("a.txt", "b.MD", ODD, "c.exe", ".hidden.txt", "x.")
FOLDERS = ("", "sub", "Sub2", "sub/deep", ".secret")
TEXTS = ("One rabbit.", "Two rabbits.", "Three rabbits.", " ")
SAID = ('["a.txt"]\ntitle = "Told"\n', '["a.txt"]\ntitle = "Told anew"\nuri = "https://example.org/a"\n', "[broken")
LINKS = ("../out/secret.txt", "a.txt", "..", "link.txt", "nothing.txt", "../out")
Step = tuple[str, str, str, str]

places = (st.sampled_from(FOLDERS), st.sampled_from(NAMES))
steps = st.one_of(
    st.tuples(st.just("write"), *places, st.sampled_from(TEXTS)),
    st.tuples(st.just("write"), *places, st.sampled_from(TEXTS)),
    st.tuples(st.just("delete"), *places, st.just("")),
    st.tuples(st.just("write"), st.sampled_from(FOLDERS), st.just(SOURCES), st.sampled_from(SAID)),
    st.tuples(st.just("delete"), st.sampled_from(FOLDERS), st.just(SOURCES), st.just("")),
    st.tuples(st.just("link"), st.sampled_from(FOLDERS), st.just("link.txt"), st.sampled_from(LINKS)),
    st.tuples(st.just("pipe"), st.sampled_from(FOLDERS), st.just("pipe.txt"), st.just("")),
)
trees = st.lists(steps, min_size=6, max_size=18)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("again")


def grow(root: Path, tree: list[Step], at: int) -> None:
    """Do all steps; times of change are told apart by `at`, for systems whose clock is coarse."""
    for what, folder, name, content in tree:
        path = root / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if what != "write" or path.is_symlink():
            path.unlink(missing_ok=True)
        if what == "link":
            path.symlink_to(content)
        elif what == "pipe" and sys.platform != "win32":
            os.mkfifo(path)
        elif what == "write":
            path.write_text(content, encoding="utf-8")
            os.utime(path, ns=(at, at))


def fresh(place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    (place / "out").mkdir(parents=True)
    (place / "in").mkdir()
    (place / "out" / "secret.txt").write_text("A secret.", encoding="utf-8")
    return place / "in"


def plainly_found(root: Path) -> tuple[list[tuple[str, int, int]], list[str]]:
    """Files and skipped names by `os.walk` and paths, one question at a time."""
    files, skipped = [], []
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        linked = [name for name in inner if Path(folder, name).is_symlink()]
        for path in (Path(folder, name) for name in sorted(names + linked) if name[0] != "." and name != SOURCES):
            leads_out = path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root)
            if path.is_dir() and not leads_out:
                continue
            if leads_out or not path.is_file() or path.suffix.lower() not in SUFFIXES:
                skipped.append(str(path))
            else:
                status = path.stat()
                files.append((str(path), status.st_size, max(status.st_mtime_ns, status.st_ctime_ns)))
    return files, skipped


@settings(deadline=None, max_examples=60)
@given(trees)
def test_a_folder_is_searched_as_by_a_plain_walk(place: Path, tree: list[Step]) -> None:
    root = fresh(place)
    grow(root, tree, 1_000)
    found = find_files([root])
    assert ([tuple(file[:3]) for file in found.files], [name for name, _ in found.skipped]) == plainly_found(root)
    assert {Path(name).name for name, _ in found.refused} <= {SOURCES}
    assert len(found.refused) == len(set(found.refused)), "nothing is told twice"


def timeless(report: AddReport) -> tuple[object, ...]:
    """Without the time at which documents came."""

    def of(records: tuple[DocumentRecord, ...]) -> list[DocumentRecord]:
        return [replace(record, added=None) for record in records]

    kinds = of(report.added), of(report.replaced), of(report.unchanged), of(report.removed)
    return (*kinds, report.skipped, report.refused)


def forgetful(library: Path, copy: Path) -> Path:
    """A copy of the library whose log knows every file, and believes of none that it is unchanged."""
    shutil.copytree(library, copy)
    with closing(sqlite3.connect(copy / FILES, isolation_level=None)) as sql:
        sql.execute("UPDATE files SET mtime_ns = -1 WHERE path LIKE '/%' OR typeof(path) = 'blob'")
    return copy


@settings(deadline=None, max_examples=25)
@given(st.lists(trees, min_size=2, max_size=3))
def test_what_is_not_read_again_is_reported_as_if_it_were(place: Path, states: list[list[Step]]) -> None:
    root, encoder = fresh(place), HashingEncoder()
    with Library.create(place / "library", encoder=encoder) as library:
        library.add([root])
        for at, tree in enumerate(states):
            grow(root, tree, 1_000 + at)
            with Library.open(forgetful(place / "library", place / f"slow-{at}"), encoder=encoder) as slow:
                expected = timeless(slow.add([root]))
                kept = [replace(record, added=None) for record in slow.documents()]
            assert timeless(library.add([root])) == expected
            assert [replace(record, added=None) for record in library.documents()] == kept
            again = library.add([root])
            assert (again.added, again.replaced, again.removed) == ((), (), ())
            assert set(again.unchanged) == {one for one in library.documents() if one in again.unchanged}


def test_a_report_stays_as_it_was_when_its_documents_go(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(TEXTS[0], encoding="utf-8")
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        (added,) = library.add([tmp_path / "in"]).added
        report = library.add([tmp_path / "in"])
        assert library.remove([added.id]) == (added,)
        assert report.unchanged == (added,)
        assert library.add([tmp_path / "in"]).added == (replace(added, added=library.documents()[0].added),)


def test_a_title_told_since_then_by_another_program_is_reported(tmp_path: Path) -> None:
    """What an open library remembers of documents ends with the generation, whoever made the next one."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text(TEXTS[0], encoding="utf-8")
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add([tmp_path / "in"])
        (tmp_path / "in" / SOURCES).write_text(SAID[0], encoding="utf-8")
        with Library.open(tmp_path / "library", encoder=HashingEncoder()) as other:
            other.add([tmp_path / "in"])
        assert [record.title for record in library.add([tmp_path / "in"]).unchanged] == ["Told"]


def test_a_listener_is_told_of_every_file_that_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "in" / name).write_text(f"Words of {name}.", encoding="utf-8")
    with Library.create(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add([tmp_path / "in"])
        told: list[tuple[str, int, int]] = []
        library.add([tmp_path / "in"], lambda one: told.append((one.stage, one.done, one.total)))
    assert told == [("reading", 1, 2), ("reading", 2, 2)]
