"""What bad input is thrown at: each target takes bytes and says "read" or "refused", or raises.

The law: a right result, or an error of our own tree. A text that is read joins from its passages, its sentences are
slices of it, and a quote is one.
"""

from __future__ import annotations

import io
import json
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Literal

import docx
import openpyxl

from corpus_files import pdf, saved
from mutating import Mutate, damaged_archive, damaged_bytes, damaged_pdf, odd_text
from quoth.corpus import InputError, QuothError, Splitting, find_files, read_bytes, sentences, split
from quoth.qa import Answer, Library, verify_library
from quoth.qa.calibration import stored
from quoth.qa.comparing import compare_runs
from quoth.qa.feedback import Feedback
from quoth.qa.feedback_file import FeedbackFile
from quoth.qa.questions import read_questions
from quoth.ui.record import answer_record
from small_library import small_library

__all__ = ["LIBRARY_TEXTS", "TARGETS", "Said", "Target", "ask_anything", "asked_library"]

Said = Literal["read", "refused"]
LIBRARY_TEXTS: Final = {
    "harbour.txt": "The harbour of Lund 🚢 opened in 1904. Ships bring timber and salt.\n\nWho built it is not known.",
    "rivers.md": "# Rivers\n\nThe Nile is the longest river of Africa. It ends in the sea.\n\n# Lakes\n\nTana is deep.",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of input: right ones to start from, how they are damaged, and who takes them."""

    name: str
    seeds: Callable[[], Sequence[bytes]]
    judge: Callable[[bytes], Said]
    mutate: Mutate = field(default=damaged_bytes)

    def case(self, number: int) -> bytes:
        """The damaged input of this number, always the same."""
        rng = random.Random(f"{self.name} {number}")
        return self.mutate(rng, rng.choice(self.seeds()))


def _reader(suffix: str) -> Callable[[bytes], Said]:
    def judge(data: bytes) -> Said:
        try:
            document = read_bytes(data, f"file{suffix}")
        except InputError:
            return "refused"
        text = document.text
        text.encode()
        assert "".join(passage.text for passage in split(document, Splitting(80, 200))) == text
        spans = list(sentences(text))
        assert all(text[span.start : span.stop].strip() for span in spans)
        assert all(a.stop <= b.start for a, b in pairwise(spans))
        assert all(0 <= mark.start <= len(text) for mark in document.marks)
        return "read"

    return judge


def _in_file(name: str, take: Callable[[Path], object]) -> Callable[[bytes], Said]:
    """Gives the bytes as a file of that name, in a folder of its own."""

    def judge(data: bytes) -> Said:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            path.write_bytes(data)
            try:
                take(path)
            except QuothError as error:
                str(error).encode()
                return "refused"
            return "read"

    return judge


def _questions(path: Path) -> None:
    found = read_questions(path)
    for row in found.rows:
        row.question.encode()
        assert row.question.strip()
    assert found.rows or found.problems


def _beir(path: Path) -> None:
    """The same bytes as each of the three files of a folder."""
    parts = {"corpus.jsonl": _BEIR[0], "queries.jsonl": _BEIR[1], "qrels/test.tsv": _BEIR[2]}
    data = path.read_bytes()
    path.unlink()
    chosen = sorted(parts)[len(data) % 3]
    for name, content in {**parts, chosen: data}.items():
        (path.parent / name).parent.mkdir(exist_ok=True)
        (path.parent / name).write_bytes(content)
    _questions(path.parent)


def _sources(path: Path) -> None:
    (path.parent / "a.txt").write_text("One. Two.")
    found = find_files([path.parent])
    assert len(found.files) == 1
    if found.refused:
        raise InputError(found.refused[0][1])


def _feedback(path: Path) -> None:
    file = FeedbackFile(path.parent)
    before = len(file)
    id = file.keep(Feedback("right", answered=False, question="Who?"))
    assert len(file) == before + 1
    assert file.withdraw(id)
    assert file.content().count(b"\n") == len(file) == before


def _run(path: Path) -> None:
    """A run's folder of which one file is the bytes."""
    data = path.read_bytes()
    path.unlink()
    names = sorted(_RUN)
    for folder in ("before", "after"):
        (path.parent / folder).mkdir()
        for name, content in _RUN.items():
            chosen = name == names[len(data) % 3] and folder == "after"
            (path.parent / folder / name).write_bytes(data if chosen else content)
    compare_runs(path.parent / "before", path.parent / "after")


@cache
def asked_library() -> Library:
    """A library for the questions; its folder goes with the cache of the tests."""
    return small_library(Path(tempfile.mkdtemp(prefix="quoth-fuzz-")) / "library", LIBRARY_TEXTS)


def ask_anything(question: str, history: Sequence[str] = (), documents: Sequence[Any] | None = None) -> Said:
    """Asks and searches; every quote is a slice, and what comes out can be written as JSON."""
    library = asked_library()
    try:
        answer = library.ask(question, documents=documents, history=history)
        hits = library.search(question, 3, documents=documents, history=history)
    except QuothError as error:
        str(error).encode("utf-8", "surrogatepass")
        return "refused"
    quotes = answer.quotes if isinstance(answer, Answer) else answer.nearest
    for quote in quotes:
        assert library.document(quote.source.document).text[quote.source.start : quote.source.stop] == quote.text
    assert all(hit.text in library.document(hit.source.document).text for hit in hits)
    json.dumps(answer_record(answer), ensure_ascii=False).encode()
    return "read"


def _ask(data: bytes) -> Said:
    parts = data.decode("utf-8", "surrogateescape").split("\x1e")
    return ask_anything(parts[0], parts[1:3], None if len(parts) < 4 else parts[3:])


def _verify(data: bytes) -> Said:
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    verdicts = list(verify_library(lines, asked_library().folder))
    for verdict in verdicts:
        verdict.reason.encode("utf-8", "surrogatepass")
    return "read" if verdicts and all(verdict.ok for verdict in verdicts) else "refused"


_HTML = (
    "<!doctype html><html><head><meta charset=utf-8><title>The harbour</title></head><body><h1>Harbour</h1>"
    "<p>The harbour of Lund opened in 1904, and ships with timber and salt come in every day.</p><table><tr><td>a</td>"
    "<td>b</td></tr></table><ul><li>one<li>two</ul><pre>x\n y</pre><p>&lt;&#8217;&euro; Žďár 日本。</p></body></html>"
)
_MARKDOWN = (
    "---\ntitle: A\n---\n# Head\n\nText *of* a [link](x). `code`\n\n```\nx\n```\n\n| a | b |\n|---|---|\n\n> q\n"
)
_TEXT = "Žďár was lit on 3 May 1907. “Who?” said the keeper… 日本語。 من هو؟\r\n\r\nA new paragraph, e.g. this one.\n"
_ROWS: Final = (
    {"id": "a", "question": "When did it open?", "answers": [{"text": "1904", "document": "harbour.txt", "start": 30}]},
    {"question": "Why?", "answerable": False, "history": [{"speaker": "user", "text": "Who?"}], "documents": ["a"]},
)
_SQUAD = {
    "data": [{"title": "H", "paragraphs": [{"context": "Opened in 1904.", "qas": [
        {"id": "q", "question": "When?", "answers": [{"text": "1904", "answer_start": 10}], "is_impossible": False}]}]}]
}  # fmt: skip
_LEGAL = {"tests": [{"query": "When?", "snippets": [{"file_path": "a.txt", "span": [1, 5], "answer": "1904"}]}]}
_CSV = 'question,answer,document,answerable,start\nWhen?,1904,harbour.txt,yes,30\n"a ""b""\nc?",,,no,\n'
_CHROMA = 'question,references,corpus_id\nWhen?,"[{""content"": ""1904"", ""start_index"": 1, ""end_index"": 5}]",h\n'
_BEIR: Final = (
    b'{"_id": "d1", "title": "H", "text": "Opened in 1904."}\n{"_id": "d2", "title": "", "text": "x"}\n',
    b'{"_id": "q1", "text": "When?"}\n{"_id": "q2", "text": "Why?"}\n',
    b"query-id\tcorpus-id\tscore\nq1\td1\t1\nq2\td2\t0\n",
)
_RUN: Final = {
    "scores.jsonl": b'{"key": "1", "question": "When?", "outcome": "right", "values": {"mrr": 1}}\n',
    "answers.jsonl": b'{"question": "When?", "quotes": [{"text": "x", "source": {"title": "T", "document": "d", '
    b'"start": 3}}]}\n',
    "report.json": b'{"metrics": {"broken_quotes": {"value": 0.0, "n": 100}}}',
}
_CALIBRATION = (
    b'{"calibration": {"target": 0.05, "threshold": 0.5, "rate": {"value": 0.01, "low": 0, "high": 0.1, "n": 9}, '
    b'"conditions": "x", "made": "y"}, "sha256": "0"}'
)


def _word() -> bytes:
    word = docx.Document()
    word.core_properties.title = "Harbour"
    word.add_heading("The harbour", 1)
    word.add_paragraph("It opened in 1904. Ships bring timber.")
    word.add_table(2, 2).cell(0, 0).text = "a cell"
    return saved(word)


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (["question", "answer", "answerable"], ["When?", "1904", True], ["Why?", None, "no"], [3, "=A1", 1.5]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@cache
def _real_pdf() -> bytes:
    return pdf([["The harbour opened in 1904.", "Ships bring timber."], ["A second page."]], "Harbour")


def _records() -> Sequence[bytes]:
    library = asked_library()
    asked = ("When did the harbour of Lund open?", "Which composer wrote nine symphonies?")
    return [json.dumps(answer_record(library.ask(question))).encode() for question in asked]


def _jsonl(*rows: object) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def _asked(rng: random.Random, data: bytes) -> bytes:
    """Questions are words, not bytes; the separator keeps the earlier turns and the filter apart."""
    parts = [odd_text(rng) for _ in range(rng.choice((1, 1, 2, 3, 4)))]
    kept = data if rng.random() < 0.3 else b""
    return kept + "\x1e".join(parts).encode("utf-8", "surrogatepass")


_ENCODED = ("utf-8", "utf-16", "utf-16-le", "utf-32", "utf-8-sig")
_TARGETS = (
    Target(
        "text files", lambda: [_TEXT.encode(name) for name in _ENCODED] + [b"Caf\xe9 1904. It was."], _reader(".txt")
    ),
    Target("Markdown", lambda: [_MARKDOWN.encode()], _reader(".md")),
    Target("HTML", lambda: [_HTML.encode(), _HTML.encode("utf-16")], _reader(".html")),
    Target("PDF", lambda: [_real_pdf()], _reader(".pdf"), damaged_pdf),
    Target("Word", cache(lambda: [_word()]), _reader(".docx"), damaged_archive),
    Target(
        "sources.toml",
        lambda: [b'["a.txt"]\ntitle = "A"\nuri = "https://a.example/"\n'],
        _in_file("sources.toml", _sources),
    ),
    Target("questions, JSONL", lambda: [_jsonl(*_ROWS)], _in_file("q.jsonl", _questions)),
    Target(
        "questions, JSON", lambda: [_jsonl(_SQUAD), _jsonl(_LEGAL), _jsonl(list(_ROWS))], _in_file("q.json", _questions)
    ),
    Target("questions, CSV", lambda: [_CSV.encode(), _CHROMA.encode()], _in_file("q.csv", _questions)),
    Target("questions, XLSX", cache(lambda: [_workbook()]), _in_file("q.xlsx", _questions), damaged_archive),
    Target("questions, BEIR", lambda: _BEIR, _in_file("bytes", _beir)),
    Target("questions asked", lambda: [b"When did the harbour of Lund open? "], _ask, _asked),
    Target("saved answers", cache(_records), _verify),
    Target(
        "feedback",
        lambda: [_jsonl({"id": "feedback-1", "question": "Who?", "answers": []})],
        _in_file("feedback.jsonl", _feedback),
    ),
    Target("run folders", lambda: list(_RUN.values()), _in_file("bytes", _run)),
    Target("calibration", lambda: [_CALIBRATION], _in_file("calibration.json", lambda path: stored(path.parent))),
)
TARGETS: Final[Mapping[str, Target]] = {target.name: target for target in _TARGETS}
