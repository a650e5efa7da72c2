"""What the Documents tab asks for and gets: the list, removal and its undoing, maintenance; and a page that lies."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quoth.corpus import DocumentId
from quoth.qa import Library, adding
from quoth.qa.locking import writing
from quoth.ui.limits import UploadLimits
from quoth.ui.permission import granted
from quoth.ui.shelving import Shelving
from quoth.ui.tokens import Access
from small_library import small_library

TEXTS = {
    "lamp.txt": "The lamp was lit at dusk by the keeper.\n",
    "mill.md": "# The mill\n\nThe mill grinds rye in winter.\n",
    "reports/2024/bridge.txt": "The bridge of Varna was built in 1911 from stone.\n",
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["name", "size"]), inner, max_size=2),
    max_leaves=8,
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with small_library(tmp_path / "library", TEXTS) as library:
        yield library


@pytest.fixture
def shelving(library: Library) -> Iterator[Shelving]:
    shelving = Shelving(library, UploadLimits())
    yield shelving
    shelving.close()


def by_name(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {document["name"]: document for document in view["shelf"]["documents"]}


def waited(shelving: Shelving) -> dict[str, Any]:
    """How things stand when everything that was asked for is done."""
    shelving.clerk.wait("checking", lambda _: None)
    view: dict[str, Any] = shelving.act({"do": "look"})["care"]
    return view


def damage(library: Library, name: str) -> DocumentId:
    """Changes the stored text of a document, and takes away the copy of its file."""
    (id,) = (record.id for record in library.documents() if record.uri.endswith(name))
    with sqlite3.connect(library.folder / "shelf.sqlite") as sql:
        sql.execute("UPDATE documents SET text = text || '!' WHERE id = ?", (id,))
    sql.close()
    (library.folder / "originals" / id).unlink()
    return id


# --- the list


def test_a_document_is_listed_with_all_that_is_known_of_it(shelving: Shelving, library: Library) -> None:
    view = shelving.shelf()
    assert view["shelf"]["total"] == "3 passages in 3 documents"
    bridge = by_name(view)["bridge.txt"]
    (record,) = (record for record in library.documents() if record.id == bridge["id"])
    assert bridge["folder"] == "reports/2024"
    assert (bridge["kind"], bridge["characters"], bridge["passages"], bridge["bytes"]) == ("Text", 50, 1, 50)
    assert (bridge["added"], bridge["hash"]) == (record.added, record.file_sha256)
    assert bridge["link"].startswith(f"doc/{record.id}")
    assert by_name(view)["mill.md"]["kind"] == "Markdown"
    assert by_name(view)["lamp.txt"]["folder"] == ""


def test_a_list_that_the_page_has_already_is_not_sent_again(shelving: Shelving, library: Library) -> None:
    first = shelving.act({"do": "look"})
    known = {"do": "look", "shelf": first["shelf"]["key"]}
    assert shelving.act(known)["shelf"] is None
    library.add_files([("new.txt", b"New words.")])
    assert "new.txt" in by_name(shelving.act(known))


def test_what_may_be_added_is_said_in_words(shelving: Shelving) -> None:
    shelf = shelving.shelf()["shelf"]
    assert "64 MB each; 1,000 files" in shelf["limits"]
    assert {".pdf", ".txt", ".docx"} <= set(shelf["endings"])
    assert shelf["readonly"] == ""


def test_a_list_that_cannot_be_read_is_an_error_in_words(shelving: Shelving, library: Library) -> None:
    library.close()
    (library.folder / "shelf.sqlite").write_bytes(b"no database" * 1000)
    view = shelving.shelf()
    assert "shelf.sqlite" in view["shelf"]["error"]
    assert view["shelf"]["documents"] == []


def test_who_may_only_read_sees_the_list_and_changes_nothing(shelving: Shelving, library: Library) -> None:
    ids = [record.id for record in library.documents()]
    token = granted.set(Access.READ)
    try:
        assert shelving.shelf()["shelf"]["readonly"] == "You are signed in for reading only."
        for asked in ({"do": "remove", "documents": ids}, {"do": "announce", "files": []}, {"do": "rebuild"}):
            assert "needs a full token" in shelving.act(asked)["note"]["error"]
    finally:
        granted.reset(token)
    assert [record.id for record in library.documents()] == ids


# --- removing


def test_a_removal_is_said_and_undone(shelving: Shelving, library: Library) -> None:
    before, answer = library.documents(), replace(library.ask("Who lit the lamp at dusk?"), elapsed_ms=0.0)
    ids = [record.id for record in before if record.title != "The mill"]
    view = shelving.act({"do": "remove", "documents": ids})
    assert view["note"]["sentences"] == ["Removed “Bridge”, “Lamp”."]
    assert list(by_name(view)) == ["mill.md"]
    assert [record.title for record in library.documents()] == ["The mill"]
    view = shelving.act({"do": "restore", "undo": view["undo"]})
    assert view["note"]["sentences"] == ["Back again: “Bridge”, “Lamp”."]
    assert set(by_name(view)) == {"bridge.txt", "lamp.txt", "mill.md"}
    assert library.documents() == before
    assert replace(library.ask("Who lit the lamp at dusk?"), elapsed_ms=0.0) == answer


def test_two_removals_are_undone_in_any_order(shelving: Shelving, library: Library) -> None:
    before = library.documents()
    tokens = [shelving.act({"do": "remove", "documents": [record.id]})["undo"] for record in before[:2]]
    for token in tokens:
        shelving.act({"do": "restore", "undo": token})
    assert library.documents() == before


def test_a_removal_is_undone_once(shelving: Shelving, library: Library) -> None:
    view = shelving.act({"do": "remove", "documents": [library.documents()[0].id]})
    shelving.act({"do": "restore", "undo": view["undo"]})
    assert "too long ago" in shelving.act({"do": "restore", "undo": view["undo"]})["note"]["error"]


def test_what_somebody_else_removed_meanwhile_is_passed_over(shelving: Shelving, library: Library) -> None:
    first, second, _ = (record.id for record in library.documents())
    library.remove([first])
    view = shelving.act({"do": "remove", "documents": [first, second]})
    assert view["note"]["sentences"] == ["Removed “Lamp”."]
    again = shelving.act({"do": "remove", "documents": [first, second]})
    assert again["note"]["error"] == "These documents are not in the library any more."


def test_removed_documents_are_forgotten_after_a_while(library: Library) -> None:
    shelving = Shelving(library, UploadLimits())
    try:
        view = shelving.act({"do": "remove", "documents": [record.id for record in library.documents()]})
        folder = shelving._removals._folder
        assert len(list((folder / "originals").iterdir())) == 3
        shelving._removals._kept = -1.0
        shelving.sweep()
        assert list((folder / "originals").iterdir()) == []
        assert "too long ago" in shelving.act({"do": "restore", "undo": view["undo"]})["note"]["error"]
    finally:
        shelving.close()
    assert not folder.exists()


def test_a_damaged_document_is_removed_for_good_and_that_is_said(shelving: Shelving, library: Library) -> None:
    id = damage(library, "lamp.txt")
    view = shelving.act({"do": "remove", "documents": [id]})
    assert "cannot be undone" in view["note"]["sentences"][0]
    assert view["undo"] == ""


def test_while_another_process_writes_there_is_a_sentence(
    shelving: Shelving, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "writing", lambda folder: writing(folder, patience=0.05))
    with FileLock(library.folder / "library.lock"):
        view = shelving.act({"do": "remove", "documents": [library.documents()[0].id]})
    assert "Another process is writing" in view["note"]["error"]
    assert len(library.documents()) == 3


# --- maintenance


def test_a_check_says_in_words_that_all_is_well(shelving: Shelving) -> None:
    assert shelving.act({"do": "check"})["care"]["phase"] in ("checking", "idle")
    care = waited(shelving)
    assert care["sentences"] == ["Everything is in order."]
    assert care["healthy"] and care["phase"] == "idle" and care["when"].endswith("+00:00")
    names = [check["name"] for check in care["checks"]]
    assert names[:2] == ["Index", "Texts"]
    assert not any("quoth " in check["said"] + check["remedy"] for check in care["checks"])
    assert all(check["ok"] and not check["remedy"] for check in care["checks"])


def test_damage_is_found_and_mended_and_what_was_done_is_said(shelving: Shelving, library: Library) -> None:
    id = damage(library, "lamp.txt")
    shelving.act({"do": "check"})
    care = waited(shelving)
    bad, gone = (check for check in care["checks"] if not check["ok"])
    assert not care["healthy"]
    assert care["sentences"] == ["2 checks found something wrong."]
    assert "is gone" in gone["said"]
    assert bad["name"] == "Texts" and id in bad["said"] and bad["remedy"].startswith("Build the index anew")
    shelving.act({"do": "rebuild"})
    care = waited(shelving)
    assert care["sentences"] == [
        "The index was built anew: 2 passages of 2 documents.",
        "Taken out, because the text was damaged and its file is gone: “Lamp”.",
        "The library is mended, but for what is lost.",
    ]
    assert [check["name"] for check in care["checks"] if not check["ok"]] == ["Repair"]
    assert {record.title for record in library.documents()} == {"Bridge", "The mill"}
    shelving.act({"do": "check"})
    assert waited(shelving)["healthy"]


def test_damaged_vectors_are_built_anew(shelving: Shelving, library: Library) -> None:
    hits = library.search("lamp", 3)
    for path in library.folder.glob("vectors-*"):
        path.write_bytes(b"rubbish")
    shelving.act({"do": "rebuild"})
    assert waited(shelving)["sentences"] == [
        "The index was built anew: 3 passages of 3 documents.",
        "Everything is in order.",
    ]
    assert library.search("lamp", 3) == hits


def test_a_rebuild_that_is_stopped_changes_nothing(shelving: Shelving, library: Library) -> None:
    before = library.documents(), library.stamp
    shelving.clerk.ask("checking", lambda _: shelving.act({"do": "halt"}))
    shelving.act({"do": "rebuild"})
    shelving.act({"do": "halt"})
    assert waited(shelving)["sentences"] == ["Stopped; everything is as it was before."]
    assert (library.documents(), library.stamp) == before


def test_a_rebuild_that_cannot_be_done_says_why(
    shelving: Shelving, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adding, "writing", lambda folder: writing(folder, patience=0.05))
    with FileLock(library.folder / "library.lock"):
        shelving.act({"do": "rebuild"})
        assert "Another process is writing" in waited(shelving)["error"]
    shelving.act({"do": "rebuild"})
    assert waited(shelving)["healthy"]


def test_what_nobody_foresaw_ends_a_check_with_a_sentence(
    shelving: Shelving, library: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(library, "doctor", lambda: 1 / 0)
    shelving.act({"do": "check"})
    assert "stands in the log" in waited(shelving)["error"]
    assert "ZeroDivisionError" in caplog.text


# --- pages that send anything


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    act=st.sampled_from(["look", "announce", "lose", "stop", "abandon", "remove", "restore", "halt", "nonsense"]),
    sent=st.dictionaries(
        st.sampled_from(["documents", "files", "delivery", "seen", "shelf", "undo", "number"]), json_values, max_size=4
    ),
)
def test_whatever_is_sent_the_page_gets_how_things_stand(
    shelving: Shelving, library: Library, act: str, sent: dict[str, Any]
) -> None:
    ids = {record.id for record in library.documents()}
    view = shelving.act({**sent, "do": act})
    assert view["care"]["phase"] == "idle"
    assert {record.id for record in library.documents()} == ids


@given(json_values)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_no_object_is_a_look(shelving: Shelving, sent: object) -> None:
    assert "shelf" in shelving.act(sent)


@pytest.mark.parametrize("file", [None, {}, {"name": 3, "size": 1}, {"name": "a", "size": "1"}, {"size": -1}])
def test_a_file_without_a_size_is_not_expected(shelving: Shelving, file: object) -> None:
    view = shelving.act({"do": "announce", "files": [file, {"name": "b.txt", "size": 4}]})
    assert [line["name"] for line in view["delivery"]["files"]][-1] == "b.txt"


def test_after_its_end_nothing_is_taken_on(library: Library) -> None:
    shelving = Shelving(library, UploadLimits())
    shelving.close()
    ids = [record.id for record in library.documents()]
    assert "about to end" in shelving.act({"do": "remove", "documents": ids})["note"]["error"]
    assert shelving.act({"do": "check"})["care"]["phase"] == "idle"
    assert len(library.documents()) == 3
