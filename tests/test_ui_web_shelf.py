"""The Documents tab as a person uses it, over a library that embeds in no time, so that a test can have a thousand."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from browser_steps import EVERY_SCREEN, Visit, ask, open_documents, overflow, upload, violations
from small_library import small_library
from small_server import SLOW

pytest_plugins = ["browser_fixtures"]
pytestmark = pytest.mark.browser

PROGRAM = ("-I", str(Path(__file__).parent / "small_server.py"))
MANY = 1_000
TOWNS = ("Bergen", "Varna", "Gdańsk", "Cádiz", "Riga")
TEXTS = {
    f"harbours/{TOWNS[number % 5]}/lamp-{number}.txt": f"The lamp {number} of {TOWNS[number % 5]} has {number} panes."
    for number in range(MANY)
} | {"zebra.md": "# Zebra\n\nThe zebra of Tasmania sings fourteen songs in spring.\n"}


@pytest.fixture(scope="session")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of a thousand small documents, made once; not to be changed."""
    folder = tmp_path_factory.mktemp("thousand") / "library"
    with small_library(folder, TEXTS):
        pass
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the served library lies, and the file that holds the server up."""
    return tmp_path_factory.mktemp("shelf")


@pytest.fixture(scope="module")
def server(thousand: Path, home: Path) -> Iterator[str]:
    """Takes the place of the server of the two articles: at most twelve files, of 2 MB, 3 MB together."""
    from running_server import serving

    shutil.copytree(thousand, home / "library")
    limits = {"QUOTH_UPLOAD_FILES": "12", "QUOTH_UPLOAD_FILE_MB": "2", "QUOTH_UPLOAD_TOTAL_MB": "3"}
    with serving(home / "library", home, PROGRAM, **limits) as address:
        yield address


@pytest.fixture
def held(home: Path) -> Iterator[Path]:
    """While this file is there, nothing that speaks of a holdup is embedded."""
    hold = home / "hold"
    hold.touch()
    yield hold
    hold.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def as_it_was(server: str) -> Iterator[None]:
    """What a test that failed left in the library is taken out, so that the next one does not fail of it."""
    before = known(server)
    yield
    for document in known(server) - before:
        httpx.delete(f"{server}api/v1/documents/{document}", timeout=60).raise_for_status()


def known(server: str) -> set[str]:
    """The documents by id."""
    found: set[str] = set()
    while True:
        page = httpx.get(f"{server}api/v1/documents", params={"limit": 500, "offset": len(found)}, timeout=60).json()
        found |= {one["id"] for one in page["documents"]}
        if not page["documents"] or len(found) >= page["total"]:
            return found


def rows(page: Page) -> Locator:
    return page.locator(".q-shelf-table a.q-title")


def titles(page: Page) -> list[str]:
    return rows(page).all_inner_texts()


def documents(page: Page, count: int) -> None:
    expect(page.locator(".q-list-head .q-meta")).to_have_text(re.compile(f"passages in {count:,} documents$"))


def remove_selected(page: Page, count: int) -> None:
    page.get_by_role("button", name=re.compile(f"Remove the {count:,} selected document")).click()
    expect(page.locator(".q-toast")).to_contain_text("Removed")


def undo(page: Page) -> None:
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".q-toast")).to_contain_text("Back again", timeout=60_000)


def long_text(word: str, end: str = "") -> str:
    """More passages than are embedded between two reports of progress."""
    days = (f"The {word} of day {n} " + "was heard far away in the hills. " * 8 for n in range(1_200))
    return "\n\n".join([*days, end])


def files_in(folder: Path, **texts: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
    return sorted(folder.iterdir())


def test_a_thousand_documents_are_sorted_filtered_and_shown_by_folder(visit: Visit) -> None:
    page = visit()
    open_documents(page)
    documents(page, MANY + 1)
    expect(rows(page)).to_have_count(100)
    groups = page.locator(".q-shelf-group-name")
    assert groups.all_inner_texts()[:2] == ["Uploaded one by one", "Bergen"]
    page.get_by_role("button", name="By folder").click()
    expect(groups).to_have_count(0)
    assert titles(page)[:3] == ["Lamp 0", "Lamp 1", "Lamp 2"]
    assert violations(page) == []
    page.get_by_role("button", name="Show 100 more").click()
    expect(rows(page)).to_have_count(200)
    expect(rows(page).nth(100)).to_be_focused()

    size = page.get_by_role("columnheader", name="Characters")
    for order in ("ascending", "descending"):
        size.get_by_role("button").click()
        expect(size).to_have_attribute("aria-sort", order)
        expect(size.get_by_role("button")).to_be_focused()
    assert titles(page)[0] == "Zebra"
    numbers = [int(text) for text in page.locator("td[data-name=Characters]").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)

    filter_box = page.get_by_role("searchbox", name="Filter the documents")
    filter_box.press_sequentially("cadiz LAMP-99")  # no accent, and the file's name
    expect(page.locator(".q-list-head .q-meta")).to_have_text("2 of 1,001 documents")
    assert sorted(titles(page)) == ["Lamp 993", "Lamp 998"]
    filter_box.fill("nothing of the kind")
    expect(page.locator(".q-shelf-nothing")).to_have_text("No document fits this filter.")
    expect(page.locator("#q-status")).to_have_text("0 documents")
    filter_box.fill("")
    page.get_by_role("button", name="Show all 1,001").click()
    expect(rows(page)).to_have_count(MANY + 1)
    assert titles(page)[0] == "Zebra"


def test_what_is_known_of_a_document_is_told(visit: Visit) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    open_documents(page)
    page.get_by_role("searchbox").fill("zebra")
    expect(rows(page)).to_have_text(["Zebra"])
    row = page.get_by_role("row", name="Zebra")
    names = ("Kind", "Passages", "Characters", "File size", "Added")
    cells = {name: row.locator(f"td[data-name='{name}']") for name in names}
    assert [cell.inner_text() for cell in cells.values()][:4] == ["Markdown", "1", "63", "63 bytes"]
    assert re.fullmatch(r"\w{3} \d{1,2}, \d{4}", cells["Added"].inner_text())
    assert re.fullmatch(r"[\d-]{10}T[\d:]{8}\+00:00", cells["Added"].locator("time").get_attribute("datetime") or "")
    row.get_by_role("button", name="copy the SHA-256 of Zebra").click()
    expect(row.get_by_role("button", name="copy the SHA-256 of Zebra")).to_contain_text("Copied")
    digest = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch("[0-9a-f]{64}", digest)
    with page.expect_popup() as opened:
        row.get_by_role("link", name="Zebra").click()
    expect(opened.value.locator("body")).to_contain_text("sings fourteen songs")


def test_one_document_is_removed_and_comes_back_as_it_was(visit: Visit) -> None:
    page = visit()
    question = "How many songs does the zebra of Tasmania sing in spring?"
    before = ask(page, question).locator(".q-card").first.inner_text()
    assert "fourteen" in before
    open_documents(page)
    page.get_by_role("searchbox").fill("zebra")
    expect(rows(page)).to_have_count(1)
    shown = page.get_by_role("row", name="Zebra").inner_text()
    link = rows(page).first.get_attribute("href")
    page.get_by_role("button", name="Remove Zebra").click()
    expect(page.locator(".q-toast")).to_contain_text("Removed “Zebra”.")
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    expect(page.locator(".q-list-head .q-meta")).to_have_text("0 of 1,000 documents")
    assert violations(page) == []
    page.get_by_role("tab", name="Ask").click()
    expect(ask(page, question)).not_to_contain_text("fourteen")
    open_documents(page)
    undo(page)
    expect(rows(page)).to_have_count(1)
    assert page.get_by_role("row", name="Zebra").inner_text() == shown
    assert rows(page).first.get_attribute("href") == link
    page.get_by_role("tab", name="Ask").click()
    assert ask(page, question).locator(".q-card").first.inner_text() == before


def test_many_are_selected_removed_and_brought_back(visit: Visit) -> None:
    page = visit()
    open_documents(page)
    page.get_by_role("checkbox", name="Select all in Bergen").check()
    expect(page.locator(".q-shelf-chosen")).to_contain_text("200 selected")
    page.get_by_role("checkbox", name="Select Lamp 5", exact=True).uncheck()
    expect(page.locator(".q-shelf-chosen")).to_contain_text("199 selected")
    assert page.get_by_role("checkbox", name="Select all in Bergen").evaluate("box => box.indeterminate")
    page.get_by_role("searchbox").fill("varna")
    expect(page.locator(".q-shelf-chosen")).to_contain_text("199 selected, 199 of them hidden by the filter")
    assert violations(page) == []
    remove_selected(page, 199)
    documents_left = page.locator(".q-list-head .q-meta")
    expect(documents_left).to_have_text("200 of 802 documents")
    undo(page)
    expect(documents_left).to_have_text("200 of 1,001 documents")
    page.get_by_role("searchbox").fill("")
    page.get_by_role("checkbox", name="Select all", exact=True).check()
    remove_selected(page, MANY + 1)
    expect(page.locator(".q-shelf-nothing")).to_contain_text("There are no documents yet.")
    assert violations(page) == []
    undo(page)
    documents(page, MANY + 1)


def test_files_are_sent_read_and_embedded_before_the_eyes_of_the_person(
    visit: Visit, held: Path, tmp_path: Path
) -> None:
    page, other = visit(), visit()
    open_documents(page)
    small = files_in(tmp_path / "small", empty="", quick="The quick brown otter swims.")
    large = files_in(tmp_path / "large", large=long_text("bell", f"The {SLOW} was long."))
    upload(page, *large)
    line = page.locator(".q-file", has_text="large.txt")
    expect(line).to_contain_text(re.compile(r"Embedding (256|512) of \d{3} passages$"))
    assert 0.1 < float(page.locator(".q-running progress").evaluate("bar => bar.value")) < 1
    upload(page, *small)
    expect(page.locator(".q-running .q-meta")).to_have_text("0 of 1 done, then 2 more")
    assert violations(page) == []
    page.get_by_role("tab", name="Ask").click()  # which can be used meanwhile
    expect(ask(page, "How many songs does the zebra of Tasmania sing?")).to_contain_text("fourteen")
    open_documents(page)
    open_documents(other)
    documents(other, MANY + 1)
    held.unlink()
    expect(page.locator(".q-report")).to_contain_text("Added “Large”. Added “Quick”.")
    expect(page.locator(".q-refused li")).to_have_text(re.compile("^empty.txt: this file is empty"))
    documents(page, MANY + 3)
    documents(other, MANY + 3)
    page.get_by_text("Every file").click()
    said = (r"large\.txtAdded: \d{3} passages$", "Not added: this file is empty", r"quick\.txtAdded: 1 passage$")
    expect(page.locator(".q-all-files .q-file")).to_have_text([re.compile(line) for line in said])
    assert violations(page) == []
    upload(page, tmp_path / "small" / "quick.txt")
    expect(page.locator(".q-report")).to_contain_text("Already there: “Quick”.")
    page.locator(".q-report").get_by_role("button", name="Dismiss").click()
    expect(page.locator(".q-report")).to_be_empty()
    take_away(page, "quick", "large")
    documents(other, MANY + 1)


def test_a_long_upload_is_stopped_and_tried_again(visit: Visit, held: Path, tmp_path: Path) -> None:
    page = visit()
    open_documents(page)
    files = files_in(tmp_path / "new", alpha=f"The {SLOW} of alpha.", beta=f"{long_text('horn')} {SLOW}")
    upload(page, *files)
    expect(page.locator(".q-file[data-state=embedding]").first).to_be_visible()
    with page.expect_response(lambda response: '"stop"' in (response.request.post_data or "")):  # it knows by then
        page.get_by_role("button", name="Stop").click()
    held.unlink()
    expect(page.locator(".q-report")).to_contain_text("2 files were left out.")
    documents(page, MANY + 1)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".q-report")).to_contain_text("Added “Alpha”, “Beta”.")
    documents(page, MANY + 3)
    take_away(page, "alpha", "beta")


def test_an_upload_goes_on_when_the_page_is_loaded_anew(visit: Visit, held: Path, tmp_path: Path) -> None:
    page = visit()
    open_documents(page)
    upload(page, *files_in(tmp_path / "new", gamma=f"The {SLOW} of gamma."))
    expect(page.locator(".q-file[data-state=embedding]")).to_be_visible()
    page.reload()
    open_documents(page)
    expect(page.locator(".q-running h2")).to_have_text("Adding gamma.txt")
    held.unlink()
    expect(page.locator(".q-report")).to_contain_text("Added “Gamma”.")
    take_away(page, "gamma")


def take_away(page: Page, *names: str) -> None:
    """Removes what a test added, so that the next one finds what it expects."""
    for name in names:
        page.get_by_role("searchbox").fill(f"{name}.txt")
        expect(rows(page)).to_have_count(1)
        page.get_by_role("button", name=f"Remove {name.capitalize()}").click()
        expect(page.locator(".q-toast")).to_contain_text(f"Removed “{name.capitalize()}”")
    page.get_by_role("searchbox").fill("")
    documents(page, MANY + 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files to read, one deep down; one of another kind; what is hidden."""
    top = tmp_path / "archive"
    (top / "deep" / ".git").mkdir(parents=True)
    (top / "one.txt").write_text("The first of the archive.")
    (top / "deep" / "two.md").write_text("# Second\n\nThe second of the archive.")
    (top / "deep" / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    (top / ".hidden.txt").write_text("Nobody sees this.")
    (top / "deep" / ".git" / "config.txt").write_text("Nobody sees this.")
    return top


def test_a_whole_folder_is_chosen(visit: Visit, folder: Path) -> None:
    page = visit()
    open_documents(page)
    page.locator(".q-drop + input[type=file]").set_input_files(folder)
    archive_is_there(page)


def test_a_folder_and_a_file_are_dropped_on_another_tab(visit: Visit, folder: Path, tmp_path: Path) -> None:
    page = visit()
    (tmp_path / "alone.txt").write_text("A file of its own.")
    devtools = page.context.new_cdp_session(page)
    dragged = {"items": [], "files": [str(folder), str(tmp_path / "alone.txt")], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 400, "y": 300, "data": dragged})
    expect(page.get_by_role("tab", name="Documents")).to_have_attribute("aria-selected", "true")
    archive_is_there(page, 1)
    take_away(page, "alone")


def archive_is_there(page: Page, more: int = 0) -> None:
    expect(page.locator(".q-report")).to_contain_text("1 file of the folder was left out")
    expect(page.locator(".q-report")).to_contain_text(re.compile("Added .*“(One|Second)”, .*“(One|Second)”"))
    documents(page, MANY + 3 + more)
    page.get_by_role("searchbox").fill("archive")
    expect(rows(page)).to_have_count(2)
    assert set(page.locator(".q-shelf-group-name").all_inner_texts()) == {"archive", "archive/deep"}
    page.get_by_role("checkbox", name="Select all that fit the filter").check()
    remove_selected(page, 2)
    page.get_by_role("searchbox").fill("")


def test_what_is_too_much_is_refused_in_a_sentence_before_it_is_sent(visit: Visit, tmp_path: Path) -> None:
    page = visit()
    open_documents(page)
    expect(page.locator(".q-drop")).to_contain_text("Up to 2 MB each; 12 files or 3 MB at a time.")
    many = files_in(tmp_path / "many", **{f"n{number}": "Words." for number in range(13)})
    upload(page, *many)
    expect(page.locator(".q-error")).to_contain_text("These are 13 files; at most 12 can be added at a time.")
    large = files_in(tmp_path / "large", a="a" * 1_900_000, b="b" * 1_900_000)
    upload(page, *large)
    expect(page.locator(".q-error")).to_contain_text("These files have 3.62 MB together; at most 3 MB")
    assert violations(page) == []
    huge = files_in(tmp_path / "huge", huge="Words. " * 400_000, small="The small one.")
    upload(page, *huge)
    expect(page.locator(".q-refused li")).to_have_text(re.compile("^huge.txt: it has 2.67 MB, and at most 2 MB"))
    expect(page.locator(".q-report")).to_contain_text("Added “Small”.")
    take_away(page, "small")


def test_while_another_process_writes_there_is_a_sentence_and_a_way_on(
    visit: Visit, home: Path, tmp_path: Path
) -> None:
    from filelock import FileLock

    page = visit()
    open_documents(page)
    with FileLock(home / "library" / "library.lock"):
        upload(page, *files_in(tmp_path / "new", delta="The words of delta."))
        expect(page.locator(".q-error")).to_contain_text("1 file could not be added. Another process is writing")
        page.get_by_role("searchbox").fill("zebra")
        page.get_by_role("button", name="Remove Zebra").click()
        expect(page.locator(".q-toast")).to_contain_text("Another process is writing")
        expect(rows(page)).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".q-report")).to_contain_text("Added “Delta”.")
    take_away(page, "delta")


def test_the_library_is_checked_and_built_anew(visit: Visit, home: Path) -> None:
    page = visit()
    open_documents(page)
    page.get_by_text("Maintenance").click()
    page.get_by_role("button", name="Check the library").click()
    care = page.locator(".q-care")
    expect(care).to_contain_text("Everything is in order.")
    expect(care.locator(".q-checks li").first).to_contain_text("Documents, words and vectors agree.")
    assert violations(page) == []
    zebra = home / "library" / "shelf.sqlite"
    with sqlite3.connect(zebra) as sql:
        sql.execute("UPDATE documents SET text = text || '!' WHERE title = 'Zebra'")
    sql.close()
    page.get_by_role("button", name="Check the library").click()
    expect(care).to_contain_text("1 check found something wrong.")
    expect(care.locator(".q-check-remedy")).to_contain_text("Build the index anew")
    assert violations(page) == []
    page.get_by_role("button", name="Build the index anew").click()
    expect(care).to_contain_text("The index was built anew: 1,001 passages of 1,001 documents.", timeout=60_000)
    expect(care).to_contain_text("Everything is in order.")
    documents(page, MANY + 1)


@EVERY_SCREEN
def test_it_fits_every_screen(visit: Visit, tmp_path: Path, width: int, dark: bool) -> None:
    page = visit(width=width, dark=dark)
    open_documents(page)
    expect(rows(page)).to_have_count(100)
    upload(page, *files_in(tmp_path / "new", epsilon="The words of epsilon.", bad_one_with_a_rather_long_name=""))
    expect(page.locator(".q-refused li")).to_have_count(1)
    page.get_by_text("Maintenance").click()
    assert overflow(page) == []
    assert violations(page) == []
    if width < 900:
        page.get_by_label("Sort by").select_option("By characters, largest first")
        expect(rows(page).first).to_have_text("Zebra")
        page.get_by_role("button", name="Select all").click()
        expect(page.locator(".q-shelf-chosen")).to_contain_text("1,002 selected")
        assert overflow(page) == []
        page.get_by_role("button", name="Select none").click()
        roles = page.locator(".q-shelf-table tbody tr").first
        expect(roles).to_have_role("row")
    take_away(page, "epsilon")
    assert overflow(page) == []


def test_a_script_in_a_file_name_is_only_shown(visit: Visit, tmp_path: Path) -> None:
    name = "<img src=x onerror=window.harmed=1> {{7*7}} ${window.harmed=2} & “x”.txt"
    (tmp_path / name).write_text("Harmless words.")
    page = visit()
    open_documents(page)
    upload(page, tmp_path / name)
    expect(page.locator(".q-report")).to_contain_text("Added “<img src=x onerror=window.harmed=1> {{7*7}}")
    page.get_by_role("searchbox").fill("onerror")
    expect(page.locator(".q-uri")).to_have_text(name)
    page.get_by_role("checkbox", name="Select all that fit").check()
    remove_selected(page, 1)
    assert page.evaluate("window.harmed === undefined")
