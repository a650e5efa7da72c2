"""Odd names and odd things in folders, real ones on the disk, from adding to quoting, listing and removing."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from odd_files import DEEP, KINDS_OF_NAMES, NAMES, ODD_THINGS, deep_folder, named, text_of, write
from quoth.corpus import SOURCES, find_files
from quoth.qa import Answer, Library, evaluate, file_of
from quoth.ui.cli import quoth as commands
from quoth.ui.evaluation_page import write_report
from quoth.ui.filtering import choices_view
from quoth.ui.plain import visible_line
from quoth.ui.record import answer_record
from quoth.ui.shell import Settings, run
from quoth.ui.template import template
from small_encoder import HashingEncoder
from small_library import SmallLibrary, small_library

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="such names and things are not allowed there")
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff]")
Said = Callable[..., tuple[int, str, str]]


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command in this process on a library with the small encoder: exit code, standard output and error."""

    def opened(settings: Settings) -> Library:
        return SmallLibrary.open(settings.place, encoder=HashingEncoder())

    def created(settings: Settings) -> Library:
        return SmallLibrary.create(settings.place, encoder=HashingEncoder())

    monkeypatch.setattr(Settings, "open", opened)
    monkeypatch.setattr(Settings, "create", created)

    def call(command: str, *arguments: str) -> tuple[int, str, str]:
        code = run(commands, [command, "--library", str(tmp_path / "library"), *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def empty(folder: Path) -> Library:
    return SmallLibrary.create(folder / "library", encoder=HashingEncoder())


# Names


@pytest.mark.parametrize("kind", KINDS_OF_NAMES)
def test_files_of_any_name_are_added_quoted_taken_out_and_known_again(kind: str, tmp_path: Path) -> None:
    made = write(tmp_path / "docs", KINDS_OF_NAMES[kind])
    known = {text: name for name, text in made.items()}
    with empty(tmp_path) as library:
        report = library.add([tmp_path / "docs"])
        records = {library.document(record.id).text: record for record in report.added}
        unread = {name for name in made if not name.lower().endswith(b".txt")}
        assert {os.fsencode(Path(one.name).name) for one in report.skipped} == unread
        assert {known[text] for text in records} == made.keys() - unread
        assert report.refused == ()
        for text, record in records.items():
            assert record.title.strip()
            assert f"{record.title}{record.uri}".encode()
            assert record.uri == named(tmp_path / "docs", known[text]).resolve().as_uri()
            assert file_of(record).name == known[text].decode(errors="replace")
        again = library.add([tmp_path / "docs"])
        assert (len(again.unchanged), again.added, again.replaced, again.removed) == (len(records), (), (), ())
        text, record = list(records.items())[-1]
        answer = library.ask(f"Who is the captain {text.split()[-1].rstrip('.')} of the ferry?", documents=[record.id])
        quotes = answer.quotes if isinstance(answer, Answer) else answer.nearest
        assert {(one.source.title, one.source.uri) for one in quotes} == {(record.title, record.uri)}
        assert all(text[one.source.start : one.source.stop] == one.text for one in quotes)
        named(tmp_path / "docs", known[text]).unlink()
        assert [one.id for one in library.add([tmp_path / "docs"]).removed] == [record.id]
        library.remove([one.id for one in library.documents()])
        assert len(library.add([tmp_path / "docs"]).added) == len(records) - 1
        assert library.doctor().healthy


def test_a_repair_reads_them_again_and_tells_their_names_as_text(tmp_path: Path) -> None:
    kinds = ("bytes that are no text", "terminal and markup")
    write(tmp_path / "docs", tuple(name for kind in kinds for name in KINDS_OF_NAMES[kind]))
    with empty(tmp_path) as library:
        held = len(library.add([tmp_path / "docs"]).added)
    (tmp_path / "library" / "shelf.sqlite").write_bytes(b"rubbish")
    report = SmallLibrary.repair(tmp_path / "library", encoder=HashingEncoder())
    (told,) = (check.detail for check in report.checks if check.name == "repair")
    assert told.encode()
    assert ("caf\ufffd.txt" in told, "\n" in told) == (True, False)
    with SmallLibrary.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        assert (library.size, library.doctor().healthy) == (held, True)


def test_the_command_line_shows_every_name_on_one_line_and_takes_it_back(said: Said, tmp_path: Path) -> None:
    made = write(tmp_path / "docs")
    write(tmp_path / "docs", tuple(name.replace(b".txt", b".exe") for name in NAMES[:40]))
    code, out, err = said("add", str(tmp_path / "docs"))
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert {line.split()[0] for line in lines} == {"added", "skipped", "The"}, "no name makes a line of its own"
    assert sum(line.startswith("skipped ") for line in lines) == sum(
        not one.lower().endswith(b".txt") for one in listed(tmp_path)
    )
    documents = json.loads(said("list", "--json")[1])["documents"]
    assert sum(line.startswith("added ") for line in lines) == len(documents)
    page = said("list")[1]
    assert len(page.splitlines()) == 2 * len(documents) + 1
    assert not OBEYED.search(out + page + said("list", "--json")[1])
    taken = [name for name in made if name.lower().endswith(b".txt")]
    alike = {name for name in taken if "\ufffd" in name.decode(errors="replace")}
    plain = [os.fsdecode(name) for name in taken if name not in alike]
    code, out, err = said("remove", "--", *plain)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == ["removed"] * len(plain) + ["The"]
    for name in alike:
        assert said("remove", "--", os.fsdecode(name))[0] == 0
    assert not OBEYED.search(out)


def listed(place: Path) -> list[bytes]:
    return [os.fsencode(path.name) for path in (place / "docs").iterdir()]


def test_the_names_of_uploads_forge_no_line(said: Said, tmp_path: Path) -> None:
    names = [name.decode(errors="replace") for name in NAMES if name.lower().endswith(b".txt")]
    with empty(tmp_path) as library:
        report = library.add_files((name, text_of(number).encode()) for number, name in enumerate(names))
        assert report.refused == ()
    page = said("list")[1]
    assert len(page.splitlines()) == 2 * len(report.added) + 1
    assert not OBEYED.search(page)
    code, out, _ = said("ask", "--json", "Who is Captain7?")
    assert code in (0, 1)
    assert out.count("\n") == 1


def test_a_line_keeps_what_else_stands_in_it() -> None:
    assert visible_line("a\r\nb\tc\x1b\u2028 <d>") == "a<U+000D><U+000A>b<U+0009>c<U+001B><U+2028> <d>"


# Evaluating


def test_odd_names_in_questions_and_golds_stay_text_in_every_report(tmp_path: Path) -> None:
    made = write(tmp_path / "docs")
    names = {name.decode(): text for name, text in made.items() if utf8(name) and name.endswith(b".txt")}
    rows = [
        {"question": f"Which ferry has the captain of {name}?", "answers": [{"text": text[:20], "document": name}]}
        for name, text in list(names.items())[::3]
    ]
    (tmp_path / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with empty(tmp_path) as library:
        library.add([tmp_path / "docs"])
        report = evaluate(library, tmp_path / "q.jsonl", tmp_path / "out", answer_record)
        page = write_report(report, tmp_path / "out").read_text(encoding="utf-8")
    assert (report.questions, report.problems) == (len(rows), ()), "every name means its file"
    cases = ElementTree.parse(tmp_path / "out" / "junit.xml").getroot().findall("testcase")  # noqa: S314
    assert len(cases) == len(rows)
    assert "<script>alert(1)" not in page
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)
    for file in ("answers.jsonl", "scores.jsonl"):
        assert len(
            list(map(json.loads, (tmp_path / "out" / file).read_text(encoding="utf-8").split("\n")[:-1]))
        ) == len(rows)


def utf8(name: bytes) -> bool:
    return name.decode(errors="replace").encode() == name


def test_the_only_table_that_is_written_holds_no_formula() -> None:
    """Quoth writes CSV in one place, of its own words; were a question or a name to stand in one, it had to be told."""
    rooms = Path(__file__).resolve().parent.parent
    writers = [path.name for room in ("corpus", "index", "qa", "ui") for path in (rooms / room).glob("*.py")
               if re.search("csv\\.(writer|DictWriter)|to_csv", path.read_text(encoding="utf-8"))]  # fmt: skip
    assert writers == ["template.py"]
    assert not [
        cell for row in csv.reader(io.StringIO(template("csv"))) for cell in row if cell[:1] in {*"=+-@\t\r"} - {""}
    ]


# What sources.toml says


@pytest.mark.parametrize(
    "uri", ["http://[bad", "x\\nadded      Forged", "\\u0000", "http://h:99999999/%FF", " ", "//["]
)
def test_an_address_that_is_none_ends_nothing(uri: str, said: Said, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    write(docs, (b"a.txt",))
    (docs / SOURCES).write_text(f'["a.txt"]\nuri = "{uri}"\ntitle = "A\\nB \\u001b[31m"\n', encoding="utf-8")
    assert said("add", str(docs))[0] == 0
    code, page, err = said("list")
    assert (code, err, len(page.splitlines())) == (0, "", 3)
    assert not OBEYED.search(page)
    with SmallLibrary.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        assert len(choices_view(library.documents())["documents"]) == 1
    code, _, err = said("remove", "nothing.txt")
    assert (code, "No document is called" in err) == (2, True)


# Things in folders


@pytest.mark.parametrize("thing", ODD_THINGS)
def test_odd_things_beside_good_files_are_named_and_not_opened(thing: str, tmp_path: Path) -> None:
    make, where, words = ODD_THINGS[thing]
    made = write(tmp_path / "docs", (b"a.txt", b"b.txt"))
    write(tmp_path / "outside", (b"secret.txt",))
    make(tmp_path / "docs")
    with empty(tmp_path) as library:
        report = library.add([tmp_path / "docs"])
        assert {library.document(one.id).text for one in report.added} == set(made.values())
        told = {"skipped": report.skipped, "refused": report.refused}
        assert all((words in one.reason) and where == part for part, every in told.items() for one in every)
        assert sum(map(len, told.values())) == (where != "nothing")
        assert len(library.add([tmp_path / "docs"]).unchanged) == 2


def test_a_sources_file_that_is_no_such_thing_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, (b"a.txt",))
    with (tmp_path / SOURCES).open("wb") as file:
        file.truncate(17 * 1024 * 1024)
    ((name, reason),) = find_files([tmp_path]).refused
    assert (Path(name).name, "16 MB" in reason) == (SOURCES, True)


def test_hard_links_are_one_document_for_as_long_as_one_is_there(tmp_path: Path) -> None:
    write(tmp_path / "docs", (b"a.txt",))
    for name in ("b.txt", "c.txt"):
        (tmp_path / "docs" / name).hardlink_to(tmp_path / "docs" / "a.txt")
    with empty(tmp_path) as library:
        assert len(library.add([tmp_path / "docs"]).added) == library.size == 1
        (tmp_path / "docs" / "a.txt").unlink()
        assert library.add([tmp_path / "docs"]).removed == ()
        (tmp_path / "docs" / "b.txt").unlink()
        (tmp_path / "docs" / "c.txt").unlink()
        assert len(library.add([tmp_path / "docs"]).removed) == 1


def test_folders_deeper_than_any_path_are_read_as_far_as_paths_go(said: Said, tmp_path: Path) -> None:
    root = tmp_path / "docs"
    with deep_folder(root):
        found = find_files([root])
        reached = len(found.files)
        assert 100 < reached < DEEP
        assert {Path(file.place).read_text() for file in found.files} == {text_of(number) for number in range(reached)}
        assert found.skipped == ()
        assert all("by a shorter path" in reason for _, reason in found.refused)
        code, out, err = said("add", str(root))
        assert (code, f"holds {reached} documents" in out, "Traceback" in err) == (2, True, False)
        assert said("add", str(root))[1].count("unchanged ") == reached
    assert list(root.iterdir()) == []


CLOSED = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from small_encoder import HashingEncoder
from small_library import SmallLibrary
library = SmallLibrary.open(sys.argv[1] + "/library", encoder=HashingEncoder())
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
report = library.add([sys.argv[1] + "/docs"])
print(*sorted(Path(one.uri).name for one in report.added), *(one.reason for one in report.refused), sep="|")
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no users here")
def test_a_file_that_may_not_be_read_costs_no_other(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        if os.geteuid() == 0:
            folder.chmod(folder.stat().st_mode | 0o711)
    write(tmp_path / "docs", (b"a.txt", b"b.txt", b"c.txt"))
    (tmp_path / "docs" / "b.txt").chmod(0)
    empty(tmp_path).close()
    if os.geteuid() == 0:
        for path in (tmp_path / "library", *(tmp_path / "library").rglob("*")):
            os.chown(path, 65534, 65534)
    command = [sys.executable, "-I", "-c", CLOSED, str(tmp_path), str(Path(__file__).resolve().parent)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ("a.txt|c.txt|the file cannot be opened (Permission denied); check its permissions")


def test_uploads_are_listed_by_their_names(tmp_path: Path) -> None:
    """What a browser on Windows gives as a path is a name in a folder; the address keeps it as it was given."""
    with small_library(tmp_path / "library", {"a\\b.txt": text_of(1)}) as library:
        (record,) = library.documents()
        assert (file_of(record).name, record.uri) == ("b.txt", "upload:a\\b.txt")
