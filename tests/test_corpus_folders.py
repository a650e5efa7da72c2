"""Walking folders: always the same order, nothing twice, nothing in silence but what is hidden."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import bundled_folder, find_files, read_file

SECOND_TITLE = "A region of growing cooperation Japan engages with Central Asia"
LETTERS = st.characters(categories=["L", "N", "Zs", "P"], exclude_characters="/.")


def make(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Words of {name}.", encoding="utf-8")


def found(*paths: Path) -> list[str]:
    return [file.path.name for file in find_files(paths).files]


def refused(*paths: Path) -> dict[str, str]:
    return {Path(name).name: reason for name, reason in find_files(paths).refused}


def test_folders_are_searched_to_the_bottom_in_order(tmp_path: Path) -> None:
    make(tmp_path, "b.txt", "a.md", "sub/z.html", "sub/deep/y.txt", "Sub2/x.txt")
    names = found(tmp_path)
    assert sorted(names) == ["a.md", "b.txt", "x.txt", "y.txt", "z.html"]
    assert names == found(tmp_path)
    assert names.index("a.md") < names.index("b.txt")


def test_what_is_hidden_is_left_alone(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", ".hidden.txt", ".git/config.txt")
    result = find_files([tmp_path])
    assert [file.path.name for file in result.files] == ["a.txt"]
    assert result.skipped == result.refused == ()


def test_a_hidden_folder_that_is_named_is_searched(tmp_path: Path) -> None:
    make(tmp_path, ".notes/a.txt")
    assert found(tmp_path / ".notes") == ["a.txt"]


def test_other_kinds_of_files_are_reported_as_skipped(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "b.exe", "Makefile")
    skipped = {Path(name).name: reason for name, reason in find_files([tmp_path]).skipped}
    assert set(skipped) == {"b.exe", "Makefile"}
    assert ".exe" in skipped["b.exe"]


def test_a_file_that_is_named_is_given_back_whatever_its_kind(tmp_path: Path) -> None:
    make(tmp_path, "b.exe")
    assert found(tmp_path / "b.exe") == ["b.exe"]


def test_a_missing_path_is_named_and_the_others_are_found(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    assert found(tmp_path / "nothing", tmp_path / "a.txt") == ["a.txt"]
    assert "check the spelling" in refused(tmp_path / "nothing", tmp_path)["nothing"]


def test_nothing_is_found_twice(tmp_path: Path) -> None:
    make(tmp_path, "sub/a.txt")
    assert found(tmp_path, tmp_path / "sub", tmp_path / "sub" / "a.txt", tmp_path / "sub" / ".." / "sub") == ["a.txt"]


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    make(tmp_path, "in/a.txt", "out/secret.txt")
    try:
        (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "out" / "secret.txt")
        (tmp_path / "in" / "folder").symlink_to(tmp_path / "out", target_is_directory=True)
        (tmp_path / "in" / "round").symlink_to(tmp_path / "in", target_is_directory=True)
    except OSError:
        pytest.skip("this system lets only administrators make links")
    assert found(tmp_path / "in") == ["a.txt"]


def test_size_and_time_tell_a_changed_file(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    before = find_files([tmp_path]).files[0]
    assert before == find_files([tmp_path]).files[0]
    os.utime(tmp_path / "a.txt", ns=(1, before.changed_ns + 1_000_000_000))
    after = find_files([tmp_path]).files[0]
    assert after.changed_ns > before.changed_ns
    assert before.size == (tmp_path / "a.txt").stat().st_size


def test_sources_give_titles_and_addresses(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "b.txt")
    told = '["a.txt"]\ntitle = "A – title"\nuri = "https://example.org/a"\n'
    (tmp_path / "sources.toml").write_text(told, encoding="utf-8")
    files = {file.path.name: file for file in find_files([tmp_path]).files}
    assert (files["a.txt"].title, files["a.txt"].uri) == ("A – title", "https://example.org/a")
    assert (files["b.txt"].title, files["b.txt"].uri) == (None, None)
    assert set(files) == {"a.txt", "b.txt"}


def test_sources_count_for_a_file_that_is_named_alone(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    (tmp_path / "sources.toml").write_text('["a.txt"]\ntitle = "Told"\n', encoding="utf-8")
    assert find_files([tmp_path / "a.txt"]).files[0].title == "Told"


def test_sources_count_for_their_own_folder_only(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", "sub/a.txt")
    (tmp_path / "sources.toml").write_text('["a.txt"]\ntitle = "Told"\n', encoding="utf-8")
    assert sorted(str(file.title) for file in find_files([tmp_path]).files) == ["None", "Told"]


@pytest.mark.parametrize("broken", [b"[a.txt\ntitle", b"title = ", b"\xe9 ="])
def test_a_broken_sources_file_is_named_once_and_the_files_are_found(tmp_path: Path, broken: bytes) -> None:
    make(tmp_path, "a.txt", "b.txt")
    (tmp_path / "sources.toml").write_bytes(broken)
    result = find_files([tmp_path])
    assert [file.path.name for file in result.files] == ["a.txt", "b.txt"]
    assert [Path(name).name for name, _ in result.refused] == ["sources.toml"]
    assert "not valid TOML" in result.refused[0][1]


def test_sources_that_change_are_read_again(tmp_path: Path) -> None:
    make(tmp_path, "a.txt")
    for title in ("One", "Another"):
        (tmp_path / "sources.toml").write_text(f'["a.txt"]\ntitle = "{title}"\n', encoding="utf-8")
        assert find_files([tmp_path]).files[0].title == title


def test_a_broken_file_among_good_ones_is_found_like_them(tmp_path: Path) -> None:
    """Only reading it shows that it is broken; the walk must not stop at it."""
    make(tmp_path, "a.txt", "c.txt")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 rubbish")
    assert found(tmp_path) == ["a.txt", "b.pdf", "c.txt"]


def test_the_bundled_folder_is_two_articles_with_titles() -> None:
    result = find_files([bundled_folder()])
    assert [(file.path.name, file.title, file.uri) for file in result.files] == [
        ("first-central-asia-japan-summit.txt", "First Central Asia–Japan summit", None),
        (
            "japan-engages-with-central-asia.txt",
            "A region of growing cooperation Japan engages with Central Asia",
            None,
        ),
    ]
    assert result.skipped == result.refused == ()
    second = result.files[1]
    assert read_file(second.path).text.startswith(f"{second.title}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="these names are not allowed there")
@settings(deadline=None, max_examples=30)
@given(st.lists(st.text(LETTERS, min_size=1, max_size=20), max_size=8))
def test_any_file_names_are_found_in_the_same_order(tmp_path_factory: pytest.TempPathFactory, stems: list[str]) -> None:
    root = tmp_path_factory.mktemp("names")
    names = {f"{stem}.txt" for stem in stems}
    make(root, *names)
    assert found(root) == sorted(path.name for path in root.iterdir())
