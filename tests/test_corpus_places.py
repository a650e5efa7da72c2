"""Files where people keep them: links that go in circles, names that are no text, lists of sources that lie."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_files import archive, pdf
from quoth.corpus import SUFFIXES, InputError, UnreadableDocument, find_files, read_bytes, read_file
from strategies import document_of, visible_texts

SIGNED = {
    "PDF": (b"%PDF-1.7\n", "a PDF"),
    "ZIP": (b"PK\x03\x04", "a ZIP archive"),
    "old office": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office file"),
    "PNG": (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    "JPEG": (b"\xff\xd8\xff\xe0", "a JPEG image"),
    "GIF": (b"GIF89a", "a GIF image"),
    "gzip": (b"\x1f\x8b\x08\x00", "a gzip archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    "RAR": (b"Rar!\x1a\x07\x01\x00", "a RAR archive"),
    "ELF": (b"\x7fELF\x02", "a program"),
    "Windows": (b"MZ\x90\x00", "a program"),
    "SQLite": (b"SQLite format 3\x00", "a database"),
    "RTF": (rb"{\rtf1", "an RTF file"),
}
posix_names = pytest.mark.skipif(os.name != "posix", reason="only POSIX file names are bytes")


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"Words of {name}.", encoding="utf-8")


def link(path: Path, target: Path) -> None:
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("this system lets only administrators make links")


def names(*paths: Path) -> list[str]:
    return [file.path.name for file in find_files(paths).files]


class TestLinks:
    """Where links lead."""

    @pytest.mark.parametrize("length", [1, 2, 3])
    def test_links_in_a_circle_are_no_files(self, tmp_path: Path, length: int) -> None:
        make(tmp_path, "a.txt")
        for number in range(length):
            link(tmp_path / f"{number}.txt", tmp_path / f"{(number + 1) % length}.txt")
        result = find_files([tmp_path])
        assert [file.path.name for file in result.files] == ["a.txt"]
        assert result.refused == ()

    def test_a_circle_that_is_named_is_refused_and_the_others_found(self, tmp_path: Path) -> None:
        make(tmp_path, "a.txt")
        link(tmp_path / "round.txt", tmp_path / "round.txt")
        result = find_files([tmp_path / "round.txt", tmp_path / "a.txt"])
        assert [file.path.name for file in result.files] == ["a.txt"]
        assert [Path(name).name for name, _ in result.refused] == ["round.txt"]

    def test_a_link_to_nothing_is_no_file(self, tmp_path: Path) -> None:
        link(tmp_path / "gone.txt", tmp_path / "never.txt")
        assert names(tmp_path) == []

    def test_a_link_that_stays_inside_is_a_file_of_its_own(self, tmp_path: Path) -> None:
        make(tmp_path, "sub/a.txt")
        link(tmp_path / "z.txt", tmp_path / "sub" / "a.txt")
        assert sorted(names(tmp_path)) == ["a.txt", "z.txt"]

    def test_a_link_out_is_told_and_its_target_can_be_named(self, tmp_path: Path) -> None:
        make(tmp_path, "out/a.txt", "in/b.txt")
        link(tmp_path / "in" / "c.txt", tmp_path / "out" / "a.txt")
        result = find_files([tmp_path / "in"])
        assert [(Path(name).name, "leads out" in reason) for name, reason in result.skipped] == [("c.txt", True)]
        assert names(tmp_path / "in", tmp_path / "in" / "c.txt") == ["b.txt", "a.txt"]

    def test_a_folder_that_is_a_link_is_searched_where_it_is(self, tmp_path: Path) -> None:
        make(tmp_path, "real/a.txt")
        link(tmp_path / "alias", tmp_path / "real")
        result = find_files([tmp_path / "alias", tmp_path / "real"])
        assert [file.path for file in result.files] == [(tmp_path / "real" / "a.txt").resolve()]
        assert set(result.folders) == {(tmp_path / "real").resolve()}


class TestNames:
    """What files may be called."""

    @pytest.mark.parametrize("name", ["x" * 5000, "x" * 5000 + ".txt", "a\x00b.txt", "never/there.txt", ""])
    def test_names_that_no_file_can_have_are_refused_one_by_one(self, tmp_path: Path, name: str) -> None:
        make(tmp_path, "a.txt")
        result = find_files([tmp_path / "deep" / name, tmp_path / "a.txt"])
        assert [file.path.name for file in result.files] == ["a.txt"]
        assert len(result.refused) == 1
        assert "check the spelling" in result.refused[0][1]

    @pytest.mark.parametrize("name", ["a\x00b.txt", "x" * 5000 + ".txt", "half\ud800.txt"])
    def test_reading_such_a_name_is_an_input_error_that_can_be_printed(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError) as caught:
            read_file(tmp_path / name)
        assert str(caught.value).encode("utf-8")

    @posix_names
    def test_a_name_that_is_no_text_is_found_and_read(self, tmp_path: Path) -> None:
        raw = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 1.txt"))
        try:
            raw.write_bytes(b"Words.")
        except OSError:
            pytest.skip("this file system takes no such names")
        make(tmp_path, "b.txt")
        result = find_files([tmp_path])
        assert len(result.files) == 2
        assert {read_file(file.path).title for file in result.files} == {"Caf\ufffd 1", "B"}

    @pytest.mark.parametrize(
        ("name", "title"),
        [
            ("caf\udce9.txt", "Caf\ufffd"),
            ("half\ud83d.txt", "Half\ufffd"),
            ("  .txt", "Untitled"),
            ("__.txt", "__"),
            ("a\nb.txt", "A b"),
            ("a.b.c.txt", "A.b.c"),
            ("UPPER_CASE.TXT", "UPPER CASE"),
            ("ßtraße.txt", "SStraße"),
            ("/abs/path/to-it.txt", "To it"),
            ("..\\up\\my_notes.md", "My notes"),
            ("東京_宣言.md", "東京 宣言"),
        ],
    )
    def test_titles_made_of_names_can_be_stored(self, name: str, title: str) -> None:
        document = read_bytes(b"Words.", name)
        assert document.title == title
        assert f"{document.title}{document.uri}".encode()

    @settings(deadline=None, max_examples=60)
    @given(st.text(max_size=30))
    def test_any_name_of_an_upload_gives_a_document_or_a_reason(self, stem: str) -> None:
        try:
            document = read_bytes(b"Words.", f"{stem}.txt")
        except UnreadableDocument as error:
            assert "are not read" in error.reason
        else:
            assert document.title.strip()
            assert f"{document.title}{document.uri}".encode()

    @settings(deadline=None, max_examples=30)
    @given(visible_texts, st.sampled_from([".txt", ".TXT", ".Log", ".rst", ".TEXT"]))
    def test_identity_is_that_of_the_bytes(self, text: str, suffix: str) -> None:
        data = b"\xef\xbb\xbf" + ("Words. " * 30 + text.replace("\x00", "")).encode()
        try:
            document = read_bytes(data, f"a{suffix}")
        except UnreadableDocument as error:
            assert "binary" in error.reason
        else:
            assert document.file_sha256 == hashlib.sha256(data).hexdigest()
            assert document.file_sha256.startswith(document.id)
            assert document.text_sha256 == document_of(document.text).text_sha256


class TestDisguises:
    """What a file is, whatever its name says."""

    @pytest.mark.parametrize("kind", SIGNED)
    @pytest.mark.parametrize("suffix", sorted(SUFFIXES))
    def test_every_kind_is_told_under_every_other_name(self, kind: str, suffix: str) -> None:
        data, said = SIGNED[kind]
        own = {"PDF": ".pdf", "ZIP": ".docx"}.get(kind)
        with pytest.raises(UnreadableDocument) as caught:
            read_bytes(data + b" and more" * 20, f"a{suffix.upper()}")
        assert ("broken" in caught.value.reason) if suffix == own else (said in caught.value.reason)

    @pytest.mark.parametrize("kind", SIGNED)
    def test_a_text_may_speak_of_it_further_down(self, kind: str) -> None:
        told = f"It begins with {SIGNED[kind][0].decode('latin-1')!r} in most files."
        assert read_bytes(told.encode(), "a.txt").text == told

    @pytest.mark.parametrize(
        ("data", "name", "remedy"),
        [
            (pdf([["Words."]]), "a.docx", "rename it to end in .pdf"),
            (archive({"word/document.xml": b""}), "a.pdf", "convert it"),
            (archive({"word/document.xml": b""}), "a.txt", "convert it"),
        ],
    )
    def test_the_remedy_fits(self, data: bytes, name: str, remedy: str) -> None:
        with pytest.raises(UnreadableDocument, match=remedy):
            read_bytes(data, name)


class TestSources:
    """`sources.toml`: believed where it makes sense, named where it does not, never fatal."""

    @pytest.mark.parametrize(
        ("toml", "title", "uri"),
        [
            (b'["a.txt"]\ntitle = "T"\nuri = "u:1"\n', "T", "u:1"),
            (b'\xef\xbb\xbf["a.txt"]\r\ntitle = "With a mark"\r\n', "With a mark", None),
            (b'["a.txt"]\ntitle = 1984\n', "1984", None),
            (b'["a.txt"]\nother = "x"\n', None, None),
            (b'["other.txt"]\ntitle = "T"\n', None, None),
            (b'"a.txt" = "no table"\n', None, None),
            (b'"a.txt" = ["no", "table"]\n', None, None),
            (b"# nothing but a comment\n", None, None),
            (b"", None, None),
            ('["a.txt"]\ntitle = "東京 – “宣言”"\n'.encode(), "東京 – “宣言”", None),
        ],
    )
    def test_what_is_said_of_a_file(self, tmp_path: Path, toml: bytes, title: str | None, uri: str | None) -> None:
        make(tmp_path, "a.txt")
        (tmp_path / "sources.toml").write_bytes(toml)
        result = find_files([tmp_path])
        assert [(file.title, file.uri) for file in result.files] == [(title, uri)]
        assert result.refused == ()

    @pytest.mark.parametrize(
        "toml",
        [
            b"x = " + b"[" * 20_000,
            b'["a.txt"]\ntitle = "caf\xe9"\n',
            b'["a.txt"]\n["a.txt"]\n',
            b'["a.txt"\n',
            b'\xff\xfe["a.txt"]\n',
            b"\x00",
        ],
        ids=["nested without end", "latin-1", "twice", "unclosed", "wrong mark", "zero"],
    )
    def test_what_is_no_toml_is_named_once(self, tmp_path: Path, toml: bytes) -> None:
        make(tmp_path, "a.txt", "b.txt", "sub/c.txt")
        (tmp_path / "sources.toml").write_bytes(toml)
        result = find_files([tmp_path, tmp_path / "a.txt"])
        assert [file.path.name for file in result.files] == ["a.txt", "b.txt", "c.txt"]
        assert [Path(name).name for name, _ in result.refused] == ["sources.toml"]
        assert {file.title for file in result.files} == {None}

    def test_a_folder_of_that_name_is_named_too(self, tmp_path: Path) -> None:
        make(tmp_path, "a.txt", "sources.toml/b.txt")
        result = find_files([tmp_path])
        assert sorted(file.path.name for file in result.files) == ["a.txt", "b.txt"]
        ((name, reason),) = result.refused
        assert Path(name).name == "sources.toml"
        assert reason.startswith("this is a folder, not a file")

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become nobody")
    def test_one_that_may_not_be_read_is_not_called_broken(self, tmp_path: Path) -> None:
        make(tmp_path, "a.txt")
        (tmp_path / "sources.toml").write_text('["a.txt"]\ntitle = "T"\n', encoding="utf-8")
        (tmp_path / "sources.toml").chmod(0)
        for folder in (tmp_path, *tmp_path.parents[:-2]):
            folder.chmod(folder.stat().st_mode | 0o711)
        tmp_path.chmod(0o755)
        os.seteuid(65534)
        try:
            result = find_files([tmp_path])
        finally:
            os.seteuid(0)
        assert [(file.path.name, file.title) for file in result.files] == [("a.txt", None)]
        ((name, reason),) = result.refused
        assert Path(name).name == "sources.toml"
        assert reason.startswith("this file cannot be opened (Permission denied); check its permissions")

    @settings(deadline=None, max_examples=20)
    @given(titles=st.dictionaries(st.sampled_from(["", "one", "one/two", "three"]), st.integers(0, 9), max_size=4))
    def test_each_folder_has_its_own(self, tmp_path_factory: pytest.TempPathFactory, titles: dict[str, int]) -> None:
        root = tmp_path_factory.mktemp("nested").resolve()
        for folder in ("", "one", "one/two", "three"):
            make(root, f"{folder}/a.txt".lstrip("/"))
            if folder in titles:
                said = f'["a.txt"]\ntitle = "T{titles[folder]}"\n'
                (root / folder / "sources.toml").write_text(said, encoding="utf-8")
        told = {file.path.parent.relative_to(root).as_posix(): file.title for file in find_files([root]).files}
        assert told == {
            folder or ".": f"T{titles[folder]}" if folder in titles else None
            for folder in ("", "one", "one/two", "three")
        }
