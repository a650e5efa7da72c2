"""What is done stays done: the journal through every kind of interruption, and files that are whole or not there."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import BadRequest, LibraryMismatch
from quoth.qa.journal import Entry, Journal, dump, whole
from quoth.qa.ranking import Judged
from quoth.qa.scoring import Scored

INPUTS: dict[str, Any] = {
    "schema": "quoth.manifest/1",
    "questions": {"path": "/q.jsonl", "sha256": "1"},
    "library": {"id": "2", "documents": 1, "passages": 3},
    "models": {"encoder": "e", "reader": "r", "judge": "j"},
    "settings": {"quotes": 5, "depth": 100},
    "versions": {"python": "3.11"},
}
numbers = st.floats(0, 1)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
judged = st.builds(
    Judged,
    st.lists(st.tuples(names, numbers), max_size=4).map(tuple),
    st.dictionaries(names, st.integers(1, 3), max_size=3),
)
entries = st.builds(
    Entry,
    key=names,
    line=st.integers(1, 10**6),
    answerable=st.none() | st.booleans(),
    golds=st.lists(names, max_size=3).map(tuple),
    problems=st.lists(names, max_size=2).map(tuple),
    record=st.fixed_dictionaries({"question": names, "quotes": st.just([]), "elapsed_ms": st.just(0.0)}),
    scored=st.builds(
        Scored,
        outcome=st.sampled_from(["right", "false answer", "not scored"]),
        answered=st.booleans(),
        score=numbers,
        right=st.none() | st.booleans(),
        values=st.dictionaries(names, numbers, max_size=4),
    ),
    documents=judged,
    passages=judged,
)


def put(journal: Journal, *some: Entry) -> None:
    with journal.appending() as file:
        for entry in some:
            file.write(entry.to_line() + "\n")


def entry(key: str) -> Entry:
    nothing = Judged((), {})
    scored = Scored("right", True, 0.5, True, {"answered": 1.0})
    return Entry(key, 1, True, (), (), {"question": "Why?\u2028\n"}, scored, nothing, nothing)


@given(entries)
def test_an_entry_comes_back_number_for_number(one: Entry) -> None:
    line = one.to_line()
    assert "\n" not in line
    assert Entry.of_line(line) == one


@given(st.lists(entries, max_size=5))
@settings(max_examples=25)
def test_a_journal_comes_back(some: list[Entry]) -> None:
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder))
        assert not journal.exists()
        assert journal.begin(INPUTS) == 0
        put(journal, *some)
        assert Journal(Path(folder)).begin(INPUTS) == len(some)
        assert list(journal.entries()) == some
        journal.drop()
        journal.drop()
        assert not journal.exists()


@pytest.mark.parametrize("key", ["a", "ä\u2028b"])
def test_cut_off_anywhere_whole_entries_stay_and_the_torn_one_goes(key: str, tmp_path: Path) -> None:
    journal, path = Journal(tmp_path), tmp_path / Journal.NAME
    journal.begin(INPUTS)
    head = path.stat().st_size
    put(journal, entry(key), entry("second"))
    full = path.read_bytes()
    for size in range(head, len(full) + 1):
        path.write_bytes(full[:size])
        whole_lines = full[head:size].count(b"\n")
        assert journal.begin(INPUTS) == whole_lines
        assert path.read_bytes() == full[: head + sum(len(part) + 1 for part in full[head:].split(b"\n")[:whole_lines])]
        put(journal, *[entry(key), entry("second")][whole_lines:])
        assert path.read_bytes() == full


@pytest.mark.parametrize("hole", [b"\0" * 20, b"", b"{}"])
def test_from_a_line_that_did_not_reach_the_disk_on_all_are_asked_again(hole: bytes, tmp_path: Path) -> None:
    journal, path = Journal(tmp_path), tmp_path / Journal.NAME
    journal.begin(INPUTS)
    put(journal, entry("a"), entry("b"), entry("c"))
    head, a, b, c = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(head + a + hole + b[len(hole) or 9 :] + c)
    assert journal.begin(INPUTS) == 1
    assert path.read_bytes() == head + a
    put(journal, entry("b"), entry("c"))
    assert path.read_bytes() == head + a + b + c


def test_lines_are_on_disk_a_second_later_and_when_all_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal, now, synced = Journal(tmp_path), [100.0], list[int]()
    journal.begin(INPUTS)
    head = (tmp_path / Journal.NAME).stat().st_size
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(os.fstat(file).st_size - head))
    line = entry("a").to_line() + "\n"
    size = len(line.encode())
    with journal.appending() as lines:
        for _ in range(7):
            now[0] += 0.4
            lines.write(line)
        assert synced == [3 * size, 6 * size]
    assert synced == [3 * size, 6 * size, 7 * size]


@pytest.mark.parametrize("size", [0, 5])
def test_a_journal_that_never_got_its_first_line_begins_anew(size: int, tmp_path: Path) -> None:
    journal, path = Journal(tmp_path), tmp_path / Journal.NAME
    journal.begin(INPUTS)
    os.truncate(path, size)
    assert journal.begin(INPUTS) == 0
    put(journal, entry("a"))
    assert [one.key for one in journal.entries()] == ["a"]


@pytest.mark.parametrize(
    ("part", "name", "error"),
    [
        ("questions", "sha256", BadRequest),
        ("library", "id", LibraryMismatch),
        ("models", "encoder", LibraryMismatch),
        ("models", "judge", LibraryMismatch),
        ("settings", "depth", BadRequest),
    ],
)
def test_another_run_does_not_go_on(part: str, name: str, error: type[Exception], tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin(INPUTS)
    put(journal, entry("a"))
    other = json.loads(json.dumps(INPUTS))
    other[part][name] = "other"
    with pytest.raises(error):
        journal.begin(other)
    assert journal.begin(INPUTS) == 1


@pytest.mark.parametrize(("part", "name"), [("questions", "path"), ("versions", "python")])
def test_a_moved_file_and_a_new_version_go_on(part: str, name: str, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin(INPUTS)
    other = json.loads(json.dumps(INPUTS))
    other[part][name] = "other"
    assert journal.begin(other) == 0


# Files that are whole


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with whole(path) as file:
        file.write("Ä\r\n\u2028")
        assert not path.exists()
    assert path.read_bytes() == "Ä\r\n\u2028".encode()
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_a_file_that_is_not_finished_leaves_the_old_one(error: type[BaseException], tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), whole(path) as file:
        file.write("new")
        raise error
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["a.txt"]


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    said = r"none.a\.txt cannot be written: No such file or directory"
    with pytest.raises(BadRequest, match=said), whole(tmp_path / "none" / "a.txt"):
        pass


@given(st.dictionaries(names, st.none() | numbers | names | st.lists(names, max_size=2), max_size=4))
def test_a_line_of_json_is_one_line_and_reads_back(value: dict[str, Any]) -> None:
    assert "\n" not in dump(value)
    assert json.loads(dump(value)) == value


def test_numbers_that_json_has_no_word_for_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dump({"a": float("nan")})
