"""The files behind documents: those of uploads are kept byte for byte, others are found where they were or missed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import (
    BadRequest,
    Document,
    DocumentId,
    FileLog,
    FileStamp,
    LibraryError,
    Originals,
    document_id,
    original_of,
    read_bytes,
)


def id_of(content: bytes) -> DocumentId:
    return document_id(hashlib.sha256(content).hexdigest())


def kept(folder: Path, *contents: bytes) -> Originals:
    originals = Originals(folder / "originals")
    for content in contents:
        originals.keep(id_of(content), content)
    return originals


@settings(deadline=None, max_examples=30)
@given(contents=st.sets(st.binary(max_size=60), max_size=5))
def test_files_come_back_byte_for_byte(contents: set[bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("kept")
    kept(folder, *contents)
    again = Originals(folder / "originals")
    assert {again.get(id) for id in again.ids()} == contents


def test_nothing_is_made_before_something_is_kept(tmp_path: Path) -> None:
    originals = kept(tmp_path)
    assert originals.ids() == set()
    originals.tidy()
    originals.drop([id_of(b"one")])
    assert originals.get(id_of(b"one")) is None
    assert list(tmp_path.iterdir()) == []


def test_what_was_dropped_is_gone_from_the_disk(tmp_path: Path) -> None:
    originals = kept(tmp_path, b"one", b"two")
    originals.drop([id_of(b"one")])
    assert [path.read_bytes() for path in (tmp_path / "originals").iterdir()] == [b"two"]


@pytest.mark.parametrize("damage", [b"", b"onf", b"one more"])
def test_a_file_that_was_changed_is_never_given_out_and_is_mended_by_keeping_it_again(
    tmp_path: Path, damage: bytes
) -> None:
    originals = kept(tmp_path, b"one")
    (tmp_path / "originals" / id_of(b"one")).write_bytes(damage)
    assert originals.get(id_of(b"one")) is None
    originals.keep(id_of(b"one"), b"one")
    assert originals.get(id_of(b"one")) == b"one"


def test_what_a_crash_left_half_written_is_no_file_and_is_tidied_away(tmp_path: Path) -> None:
    originals = kept(tmp_path, b"one")
    (tmp_path / "originals" / "tmp0123.partial").write_bytes(b"on")
    assert originals.ids() == {id_of(b"one")}
    originals.tidy()
    assert [path.name for path in (tmp_path / "originals").iterdir()] == [id_of(b"one")]


def test_copies_are_those_asked_for_and_whole(tmp_path: Path) -> None:
    originals = kept(tmp_path, b"one", b"two", b"three")
    (tmp_path / "originals" / id_of(b"two")).write_bytes(b"tw0")
    other = Originals(tmp_path / "elsewhere")
    originals.copy([id_of(b"one"), id_of(b"two"), id_of(b"four")], other)
    assert other.ids() == {id_of(b"one")}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(LibraryError, match="originals"):
            kept(tmp_path, b"one")
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_in_whose_place_a_file_stands_is_named(tmp_path: Path) -> None:
    (tmp_path / "originals").write_bytes(b"a file")
    with pytest.raises(LibraryError, match="originals"):
        kept(tmp_path, b"one")


class TestOriginalOf:
    """Where the file of a document is looked for."""

    CONTENT = b"The treaty was signed in Tokyo."

    def document(self) -> Document:
        return read_bytes(self.CONTENT, "treaty.txt")

    def log(self, folder: Path, *paths: Path) -> FileLog:
        log = FileLog(folder / "files.sqlite")
        log.note({str(path): FileStamp(1, 1, "", self.document().id) for path in paths})
        return log

    def test_an_upload_is_where_it_was_kept(self, tmp_path: Path) -> None:
        assert original_of(self.document(), kept(tmp_path, self.CONTENT), self.log(tmp_path)) == self.CONTENT

    def test_a_file_is_where_it_was_if_it_is_still_the_same(self, tmp_path: Path) -> None:
        gone, changed, same = (tmp_path / name for name in ("a.txt", "b.txt", "c.txt"))
        changed.write_bytes(b"Other words.")
        same.write_bytes(self.CONTENT)
        assert original_of(self.document(), kept(tmp_path), self.log(tmp_path, gone, changed, same)) == self.CONTENT

    def test_one_that_was_never_kept_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(BadRequest, match="“Treaty” was not kept"):
            original_of(self.document(), kept(tmp_path), self.log(tmp_path))

    def test_one_that_is_gone_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(BadRequest, match=r"a\.txt is not where it was"):
            original_of(self.document(), kept(tmp_path), self.log(tmp_path, tmp_path / "a.txt"))

    def test_one_that_has_changed_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_bytes(self.CONTENT + b"\n")
        with pytest.raises(BadRequest, match="has changed since"):
            original_of(self.document(), kept(tmp_path), self.log(tmp_path, tmp_path / "a.txt"))

    def test_a_kept_file_that_is_damaged_is_not_given_out(self, tmp_path: Path) -> None:
        originals = kept(tmp_path, self.CONTENT)
        (tmp_path / "originals" / self.document().id).write_bytes(b"rubbish")
        with pytest.raises(BadRequest, match="add it again"):
            original_of(self.document(), originals, self.log(tmp_path))
