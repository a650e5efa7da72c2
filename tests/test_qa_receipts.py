"""Saved answers against files: what stands, what does not and why; the program in docs/receipts.md says the same."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus_files import pdf, saved
from quoth.corpus import BadRequest, Document, LibraryMissing, Span, read_file, sha256_of_text
from quoth.qa import Abstention, Answer, ErrorRate, LibraryStamp, Quote, Verdict, verify_files, verify_library
from quoth.qa.quoting import cut
from quoth.ui.record import answer_record
from small_library import small_library

PAGE = Path(__file__).parents[1] / "docs" / "receipts.md"
STAMP = LibraryStamp("0" * 16, 1, 1)
RATE = ErrorRate(0.1, 0.05, 0.2, 100, "test questions", calibrated=False)
TEXT = "Preface. It was held in “Tokyo” 😀.\r\nThe cafe\u0301 was full. שלום. It was held in “Tokyo” 😀.\n"
FILES: dict[str, bytes] = {
    "plain.txt": TEXT.encode(),
    "marked.md": b"\xef\xbb\xbf" + f"# Head\n\n{TEXT}".encode(),
    "wide.txt": b"\xff\xfe" + f"Wide. {TEXT}".encode("utf-16-le"),
    "page.html": f"<html><body><article><p>{TEXT}</p><p>{'More words. ' * 40}</p></article></body></html>".encode(),
    "print.pdf": pdf([["It was held in Tokyo.", "Nobody minded."], ["The end."]]),
}

Tamper = Callable[[dict[str, Any]], None]


def word_file() -> bytes:
    document = docx.Document()
    document.add_paragraph("It was held in Tokyo. Nobody minded.")
    return saved(document)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one file of each format, in folders of its own."""
    for name, content in {**FILES, "deep/er/word.docx": word_file()}.items():
        (tmp_path / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs" / name).write_bytes(content)
    return tmp_path / "docs"


def documents(folder: Path) -> list[Document]:
    return [read_file(path) for path in sorted(folder.rglob("*")) if path.is_file()]


def quotes_of(document: Document) -> list[Quote]:
    """Some stretches of the document: its beginning, its middle, its end."""
    length = len(document.text)
    spans = [Span(0, min(9, length)), Span(length // 3, length // 2), Span(length - 5, length)]
    return [cut(document, span, None, 0.5, "medium") for span in spans]


def line_of(*quotes: Quote) -> str:
    return json.dumps(answer_record(Answer("Where?", quotes, (), STAMP, "Where?", 1.0)), ensure_ascii=False)


def tampered(quote: Quote, tamper: Tamper) -> str:
    record = answer_record(Answer("Where?", (quote,), (), STAMP, "Where?", 1.0))
    tamper(record["quotes"][0])
    return json.dumps(record)


@cache
def page_program() -> dict[str, Any]:
    """The program of the page, as a module's names."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    names: dict[str, Any] = {"__name__": "receipts"}
    exec(compile(code, str(PAGE), "exec"), names)  # noqa: S102
    return names


def by_the_page(line: str, folder: Path) -> list[str]:
    """The faults that the page's program finds."""
    page = page_program()
    contents = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    files = {page["sha256"](content): content for content in contents}
    return [page["fault"](quote, files) for quote in page["quotes"](json.loads(line))]


def test_quotes_of_every_format_stand(folder: Path) -> None:
    found = documents(folder)
    assert {document.extractor.split("/")[0] for document in found} == {"text", "markdown", "html", "pdf", "docx"}
    lines = [line_of(*quotes_of(document)) for document in found]
    verdicts = list(verify_files(lines, [folder]))
    assert [(verdict.line, verdict.quote) for verdict in verdicts] == [
        (line, quote) for line in range(1, len(lines) + 1) for quote in (1, 2, 3)
    ]
    assert all(verdict == Verdict(verdict.line, verdict.quote, True, "", "") for verdict in verdicts)


def test_a_folder_that_moved_is_as_good(folder: Path) -> None:
    lines = [line_of(*quotes_of(document)) for document in documents(folder)]
    moved = folder.rename(folder.parent / "elsewhere")
    (moved / "plain.txt").rename(moved / "renamed.txt")
    assert all(verdict.ok for verdict in verify_files(lines, [moved]))


def plain(folder: Path) -> tuple[Path, Quote]:
    path = folder / "plain.txt"
    return path, cut(read_file(path), Span(9, 33), None, 0.5, "medium")


def only(lines: list[str], *paths: Path) -> Verdict:
    (verdict,) = verify_files(lines, paths)
    return verdict


def test_a_missing_file_is_named(folder: Path) -> None:
    path, quote = plain(folder)
    path.unlink()
    verdict = only([line_of(quote)], folder)
    assert (verdict.fault, verdict.ok) == ("missing", False)
    assert "'Plain'" in verdict.reason
    assert quote.source.document in verdict.reason


def test_a_changed_file_is_named_with_what_became_of_the_words(folder: Path) -> None:
    path, quote = plain(folder)
    path.write_text("New. " + TEXT, encoding="utf-8", newline="")
    verdict = only([line_of(quote)], folder)
    assert verdict.fault == "changed"
    assert verdict.reason.endswith("it holds the words at characters 14 to 38")
    path.write_text("All new.", encoding="utf-8")
    assert only([line_of(quote)], folder).reason.endswith("it no longer holds the words")
    path.write_bytes(b"\x00\x01")
    assert "cannot be read" in only([line_of(quote)], folder).reason


def test_a_text_that_is_read_otherwise_is_told_from_a_changed_file(folder: Path) -> None:
    _, quote = plain(folder)

    def older(record: dict[str, Any]) -> None:
        record["receipt"].update(text_sha256="0" * 64, extractor="text/0")

    def same(record: dict[str, Any]) -> None:
        record["receipt"].update(text_sha256="0" * 64)

    verdict = only([tampered(quote, older)], folder)
    assert (verdict.fault, "read by text/0, and is now by text/1" in verdict.reason) == ("extraction", True)
    verdict = only([tampered(quote, same)], folder)
    assert (verdict.fault, "although its file has not" in verdict.reason) == ("extraction", True)


def change_word(quote: dict[str, Any]) -> None:
    quote["text"] = quote["text"].swapcase()


def change_word_and_hash(quote: dict[str, Any]) -> None:
    change_word(quote)
    quote["receipt"]["quote_sha256"] = sha256_of_text(quote["text"])


def move(quote: dict[str, Any]) -> None:
    quote["source"]["start"] += 1
    quote["source"]["stop"] += 1


def other_file(quote: dict[str, Any]) -> None:
    quote["source"].update(document="f" * 16, uri="file:///nowhere.txt")
    quote["receipt"]["document_sha256"] = "f" * 64


def other_text(quote: dict[str, Any]) -> None:
    quote["receipt"]["text_sha256"] = "f" * 64


def nothing(quote: dict[str, Any]) -> None:
    del quote


TAMPERS: dict[Tamper, str] = {
    nothing: "",
    change_word: "quote",
    change_word_and_hash: "place",
    move: "place",
    other_file: "missing",
    other_text: "extraction",
}


@pytest.mark.parametrize("tamper", TAMPERS, ids=lambda tamper: getattr(tamper, "__name__", None))
@pytest.mark.parametrize("name", ["plain.txt", "marked.md", "wide.txt"])
def test_the_page_and_the_package_find_the_same(folder: Path, name: str, tamper: Tamper) -> None:
    for quote in quotes_of(read_file(folder / name))[:2]:
        line = tampered(quote, tamper)
        assert [verdict.fault for verdict in verify_files([line], [folder])] == [TAMPERS[tamper]]
        assert by_the_page(line, folder) == [TAMPERS[tamper]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(data=st.data(), tamper=st.sampled_from(list(TAMPERS)))
def test_they_agree_on_any_stretch(folder: Path, data: st.DataObject, tamper: Tamper) -> None:
    document = read_file(folder / data.draw(st.sampled_from(["plain.txt", "marked.md", "wide.txt"])))
    start = data.draw(st.integers(0, len(document.text) - 1))
    stop = data.draw(st.integers(start + 1, len(document.text)))
    line = tampered(cut(document, Span(start, stop), None, 0.5, "low"), tamper)
    (verdict,) = verify_files([line], [folder])
    assert by_the_page(line, folder) == [verdict.fault]


def test_the_page_finds_the_quotes_of_refusals_too(folder: Path) -> None:
    _, quote = plain(folder)
    refusal = answer_record(Abstention("Who?", "Nothing.", (quote,), (), quote, STAMP, RATE, "Who?", 1.0))
    assert by_the_page(json.dumps(refusal), folder) == ["", ""]
    assert [verdict.ok for verdict in verify_files([json.dumps(refusal)], [folder])] == [True, True]


def test_the_program_of_the_page_runs_by_itself(folder: Path, tmp_path: Path) -> None:
    _, quote = plain(folder)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "check.py").write_text(code, encoding="utf-8")
    (tmp_path / "answers.jsonl").write_text(f"{line_of(quote)}\n{tampered(quote, move)}\n", encoding="utf-8")
    command = [sys.executable, "-I", "check.py", "answers.jsonl", str(folder)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("1 1 stands\n2 1 place\n", "")


def test_single_files_may_be_named_and_a_slip_is_told(folder: Path) -> None:
    path, quote = plain(folder)
    assert only([line_of(quote)], path).ok
    assert only([line_of(quote)], folder / "marked.md").fault == "missing"
    with pytest.raises(BadRequest, match="no such file"):
        list(verify_files([line_of(quote)], [folder / "nowhere"]))


def test_a_file_is_read_once_however_often_it_is_quoted(folder: Path) -> None:
    path, quote = plain(folder)
    lines = iter([line_of(quote)] * 3)

    def one_by_one() -> Iterator[str]:
        yield next(lines)
        path.unlink()  # what was read is kept; nobody looks for it again
        yield from lines

    assert [verdict.ok for verdict in verify_files(one_by_one(), [folder])] == [True] * 3


def test_a_library_is_checked_against_what_it_keeps(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    library = small_library(folder, {"a.txt": TEXT, "b.txt": "Of other things. Nothing else."})
    record = library.documents()[0]
    quote = cut(library.document(record.id), Span(0, 8), None, 0.5, "low")
    assert not (folder / "encoder").exists()
    assert [verdict.ok for verdict in verify_library([line_of(quote)], folder)] == [True]
    library.add_files([("a.txt", b"Now it says something else.")])
    (verdict,) = verify_library([line_of(quote)], folder)
    assert (verdict.fault, verdict.reason[-28:]) == ("changed", "it no longer holds the words")
    library.remove([one.id for one in library.documents()])
    (verdict,) = verify_library([line_of(quote)], folder)
    assert verdict.fault == "missing"


def test_without_a_library_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing, match="quoth add"):
        list(verify_library([], tmp_path))


LIGHT = """
import sys
from quoth.ui.cli import main
code = main(["verify", *sys.argv[1:]])
print(*sorted({name.split(".")[0] for name in sys.modules} & {"faiss", "onnxruntime", "torch", "tokenizers", "gradio"}))
sys.exit(code)
"""


def test_the_command_needs_no_library_and_loads_no_model(folder: Path, tmp_path: Path) -> None:
    _, quote = plain(folder)
    (tmp_path / "answers.jsonl").write_text(f"{line_of(quote)}\n{tampered(quote, move)}\n", encoding="utf-8")
    command = [sys.executable, "-Ic", LIGHT, "answers.jsonl", "--docs", str(folder), "--library", "nowhere"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        "FAILED  record 2, quote 1: characters 10 to 34 of 'Plain' hold other words",
        "2 quotes checked, 1 failed.",
        "",
    ]
    listed = subprocess.run([*command, "--json"], cwd=tmp_path, capture_output=True, encoding="utf-8")
    found = json.loads(listed.stdout.split("\n")[0])
    assert (found["checked"], found["failed"]) == (2, 1)
    assert [verdict["fault"] for verdict in found["verdicts"]] == ["", "place"]


def test_the_command_checks_a_whole_library_without_its_model(tmp_path: Path) -> None:
    library = small_library(tmp_path / "library", {"a.txt": TEXT})
    quote = cut(library.document(library.documents()[0].id), Span(0, 8), None, 0.5, "low")
    (tmp_path / "answers.jsonl").write_text(line_of(quote), encoding="utf-8")
    command = [sys.executable, "-Ic", LIGHT, "answers.jsonl", "--library", "library"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 quote checked, 0 failed.\n\n", "")
