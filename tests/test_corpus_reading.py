"""From a file to a document: identity, title, address, and a plain sentence for everything that cannot be one."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from corpus_files import archive, pdf
from quoth.corpus import SUFFIXES, InputError, UnreadableDocument, bundled_folder, document_id, read_bytes, read_file
from quoth.corpus import reading as reading_module

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 50


def write(folder: Path, name: str, data: bytes = b"Some words.") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_a_document_is_identified_by_its_bytes_alone(tmp_path: Path) -> None:
    first, second = write(tmp_path, "a.txt"), write(tmp_path, "b.txt")
    digest = hashlib.sha256(b"Some words.").hexdigest()
    assert read_file(first).id == read_file(second).id == document_id(digest) == digest[:16]
    assert read_file(first).file_sha256 == read_file(first).text_sha256 == digest


def test_a_byte_order_mark_changes_the_file_but_not_the_text(tmp_path: Path) -> None:
    plain, marked = write(tmp_path, "a.txt"), write(tmp_path, "b.txt", b"\xef\xbb\xbfSome words.")
    assert read_file(plain).text_sha256 == read_file(marked).text_sha256
    assert read_file(plain).id != read_file(marked).id


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("annual-report_2024.txt", "Annual report 2024"),
        ("Already a title.txt", "Already a title"),
        ("a-b with spaces.txt", "A-b with spaces"),
        ("日本.txt", "日本"),
        ("C:\\Users\\me\\my-file.txt", "My file"),
        ("-.txt", "-"),
    ],
)
def test_a_file_without_a_title_is_called_by_its_name(name: str, title: str) -> None:
    assert read_bytes(b"Words.", name).title == title


def test_a_given_title_and_address_go_before_the_files_own(tmp_path: Path) -> None:
    path = write(tmp_path, "a.md", b"# Own title\n\nWords.")
    assert read_file(path).title == "Own title"
    assert read_file(path).uri == path.resolve().as_uri()
    named = read_file(path, title="  Given\n title ", uri="https://example.org/a")
    assert (named.title, named.uri) == ("Given title", "https://example.org/a")
    assert read_file(path, title=" ").title == "Own title"


def test_an_upload_has_an_address_of_its_own() -> None:
    assert read_bytes(b"Words.", "notes.txt").uri == "upload:notes.txt"


@pytest.mark.parametrize("suffix", sorted(SUFFIXES - {".pdf", ".docx"}))
def test_every_suffix_is_read_in_any_case(suffix: str) -> None:
    assert "Some words." in read_bytes(b"<p>Some words.</p>", f"a{suffix.upper()}").text


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.txt", b"", "this file is empty"),
        ("blank.txt", b" \r\n\t\xc2\xa0 ", "only white space"),
        ("photo.txt", PNG, "this is a PNG image"),
        ("paper.txt", pdf([["Words."]]), "this is a PDF; rename it to end in .pdf"),
        ("letter.md", archive({"word/document.xml": b""}), "this is a ZIP archive or an office file"),
        ("tool.txt", b"\x7fELF\x02\x01\x01" + b"\x00" * 50, "this is a program"),
        ("data.html", b"SQLite format 3\x00" + b"\x00" * 50, "this is a database"),
        ("letter.txt", rb"{\rtf1\ansi Words.}", "this is an RTF file"),
        ("noise.txt", bytes(range(150, 182)) + b"\x00" * 64, "binary data"),
        ("page.pdf", b"<p>Words.</p>", "broken or cut short"),
        ("sheet.xlsx", b"PK\x03\x04", "files ending in .xlsx are not read"),
        ("README", b"Words.", "files ending in nothing are not read"),
    ],
)
def test_what_cannot_be_a_document_is_refused_in_one_plain_sentence(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason) as caught:
        read_bytes(data, name)
    assert str(caught.value).startswith(f"{name}: ")
    assert caught.value.name == name
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_input_errors_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="check the spelling"):
        read_file(tmp_path / "missing.txt")
    with pytest.raises(InputError, match="quoth add"):
        read_file(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(UnreadableDocument, match="a device or a pipe"):
        read_file(tmp_path / "pipe.txt")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt")
    path.chmod(0)
    with pytest.raises(UnreadableDocument, match="check its permissions"):
        read_file(path)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "LARGEST_FILE", 5)
    with pytest.raises(UnreadableDocument, match="split it into parts"):
        read_file(write(tmp_path, "a.txt"))
    with pytest.raises(UnreadableDocument, match="split it into parts"):
        read_bytes(b"Some words.", "a.txt")


@pytest.mark.skipif(os.name != "posix", reason="only POSIX file names are bytes")
def test_a_file_name_that_is_no_text_still_gives_a_document_that_can_be_stored(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    try:
        Path(os.fsdecode(raw)).write_bytes(b"Words.")
    except OSError:
        pytest.skip("this file system takes no such names")
    document = read_file(Path(os.fsdecode(raw)))
    assert (document.title + document.uri).encode("utf-8")


def test_the_bundled_articles_are_read_as_they_stand() -> None:
    paths = sorted(bundled_folder().glob("*.txt"))
    texts = [read_file(path).text for path in paths]
    assert [len(text) for text in texts] == [2634, 3815]
    assert [text.encode() for text in texts] == [path.read_bytes() for path in paths]
