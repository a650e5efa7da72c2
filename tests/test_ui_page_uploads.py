"""Gradio's upload address: how many files, how large, of which kind, and how much may lie there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.ui.limits import UploadLimits
from quoth.ui.page_uploads import PageUploads
from test_ui_page_door import JOIN, address, config, event, handler, home, send

__all__ = ["address", "config", "home"]
KIND = "multipart/form-data; boundary=edge"
UPLOAD = "/gradio_api/upload"


def body(*files: tuple[str, bytes], field: str = "files") -> bytes:
    parts = (
        f'--edge\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'.encode() + data + b"\r\n"
        for name, data in files
    )
    return b"".join(parts) + b"--edge--\r\n"


def upload(address: str, *files: tuple[str, bytes], **more: Any) -> tuple[int, Any]:
    return send(address, UPLOAD, body(*files, **more), kind=KIND)


@pytest.mark.parametrize("name", ["q.csv", "Q.JSONL", "../../etc/q.xlsx", "ü <b>.json", "a\\b.tsv"])
def test_a_question_file_comes_in_and_stays_in_its_folder(address: str, name: str) -> None:
    status, said = upload(address, (name, b"question\nWhy?\n"))
    assert status == 200
    (path,) = said
    assert "quoth-web-" in Path(path).parts[-3]
    Path(path).unlink()


@pytest.mark.parametrize("name", ["q.exe", "q", ".csv"])
def test_a_file_of_another_kind_comes_in_and_is_told_off_by_the_page(address: str, name: str) -> None:
    """So that a person gets a sentence: `test_a_broken_file_gets_a_sentence_and_leaves_the_page_working`."""
    status, said = upload(address, (name, b"x"))
    assert status == 200
    Path(said[0]).unlink()


def test_one_file_at_a_time(address: str) -> None:
    status, said = upload(address, ("a.csv", b"x"), ("b.csv", b"x"))
    assert (status, said["detail"]) == (422, "One file at a time.")
    assert upload(address, ("a.csv", b"x"), field="other")[0] == 422


def test_a_large_file_is_refused_whatever_is_said_of_it(address: str) -> None:
    whole = body(("a.csv", b"x" * 200_000))
    assert send(address, UPLOAD, whole, kind=KIND)[0] == 413

    def chunks() -> Any:
        yield from (whole[at : at + 5_000] for at in range(0, len(whole), 5_000))

    assert send(address, UPLOAD, chunks(), kind=KIND)[0] == 413  # no length in its head


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "multipart/mixed; boundary=edge", ""])
def test_a_body_of_another_kind(address: str, kind: str) -> None:
    assert send(address, UPLOAD, body(("a.csv", b"x")), kind=kind)[0] == 415


@pytest.mark.parametrize("sent", [b"", b"nothing of the kind", b"--edge\r\n\r\n", b"--edge\r\nno header\r\n\r\nx"])
def test_a_body_that_is_not_what_it_says(address: str, sent: bytes) -> None:
    status, _ = send(address, UPLOAD, sent, kind=KIND)
    assert status in (200, 400, 422)


def test_what_was_refused_leaves_little_and_abandoned_files_have_a_bound(address: str) -> None:
    """0.3 MB may lie there; files that are younger than a minute are taken away for nobody."""
    statuses = [upload(address, (f"{number}.csv", os.urandom(90_000)))[0] for number in range(6)]
    assert statuses[0] == 200
    assert statuses[-1] == 503
    assert set(statuses) == {200, 503}


def test_an_uploaded_file_can_be_evaluated(address: str, config: Mapping[str, Any]) -> None:
    status, said = upload(address, ("q.csv", b"question\nWhen did the harbour of Lund open?\n"))
    if status == 503:
        pytest.skip("the test before has filled the folder")
    take = handler(dict(config), queued=True, inputs=1)
    assert send(address, JOIN, event(take["id"], [{"path": said[0]}]))[0] == 200


# The folder


def put(folder: Path, name: str, size: int, modified: float) -> Path:
    path = folder / name / "q.csv"
    path.parent.mkdir()
    path.write_bytes(b"x" * size)
    os.utime(path, (modified, modified))
    return path


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 2_000)), max_size=6), st.integers(1, 60))
def test_room_is_made_by_the_oldest_and_never_by_fresh_ones(
    tmp_path_factory: pytest.TempPathFactory, files: list[tuple[int, int]], wanted: int
) -> None:
    folder, now = tmp_path_factory.mktemp("room"), 10_000.0
    paths = [put(folder, str(number), size, now - age) for number, (size, age) in enumerate(files)]
    uploads = PageUploads(folder, UploadLimits(1, 60, 100), {".csv"}, lambda: now)
    room = uploads.make_room(wanted)
    left = [at for at, path in enumerate(paths) if path.exists()]
    assert room is (sum(files[at][0] for at in left) + wanted <= 100)
    gone = [at for at in range(len(files)) if at not in left]
    assert all(files[at][1] > 60 for at in gone)
    assert all(files[here][1] >= files[there][1] for here in gone for there in left), "the oldest went first"
    if not room:
        assert all(files[at][1] <= 60 for at in left)


def test_what_nobody_used_is_swept_with_its_folder(tmp_path: Path) -> None:
    now = 10_000.0
    old, young = put(tmp_path, "old", 1, now - 1_000), put(tmp_path, "young", 1, now - 100)
    PageUploads(tmp_path, UploadLimits(), {".csv"}, lambda: now).sweep()
    assert (old.parent.exists(), young.exists()) == (False, True)


def test_only_files_of_the_folder_are_its_files(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out.csv"
    folder.mkdir()
    outside.write_text("x")
    inside = put(folder, "a", 1, 0)
    (folder / "link.csv").symlink_to(outside)
    uploads = PageUploads(folder, UploadLimits(), {".csv"})
    assert uploads.holds(str(inside))
    for path in (outside, folder / "link.csv", folder / "a", folder / ".." / "out.csv", folder / "none.csv", "a\0b"):
        assert not uploads.holds(str(path)), path
