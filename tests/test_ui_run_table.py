"""What the page shows of a finished run whose files somebody has edited: a sentence, or what still stands."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mutating import damaged_bytes
from quoth.corpus import QuothError
from quoth.qa import Library, evaluate
from quoth.ui.record import answer_record
from quoth.ui.row_views import row_view, rows_view
from quoth.ui.run_table import RunTable
from small_library import small_library

BRIDGE = "The Ostrava bridge opened in 1901. Nobody had seen a bridge like it.\n\nIts engineer was Jana.\n"
ROWS: tuple[dict[str, Any], ...] = (
    {"id": "when", "question": "When did the Ostrava bridge open?", "answers": ["1901"]},
    {"id": "why", "question": "Which zebra composed symphonies?", "answerable": False},
)
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return small_library(tmp_path_factory.mktemp("bridges") / "library", {"bridge.txt": BRIDGE})


@pytest.fixture(scope="module")
def finished(library: Library, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The two files of a run that the page reads."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "q.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    evaluate(library, folder / "q.jsonl", folder / "out", answer_record)
    return {name: (folder / "out" / name).read_bytes() for name in ("scores.jsonl", "answers.jsonl")}


def written(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def shown(table: RunTable, library: Library) -> list[dict[str, Any]]:
    """All that a page can ask of a table, as the bytes that go to it."""
    pages = [rows_view(table, "", 0), *(row_view(*table.at(at), library.document) for at in range(2))]
    json.dumps(pages, ensure_ascii=False, allow_nan=False).encode()
    return pages


def test_what_was_written_is_shown(finished: dict[str, bytes], library: Library, tmp_path: Path) -> None:
    listed, first, second = shown(RunTable(written(tmp_path, finished)), library)
    assert [row["key"] for row in listed["rows"]] == ["when", "why"]
    assert (first["answers"], second["answers"]) == (True, False)
    assert list(first["marks"]) == first["documents"][:1]


EDITS: dict[str, tuple[str, Edit]] = {
    "no outcome": ("scores.jsonl", lambda score: score.pop("outcome")),
    "an outcome that is a list": ("scores.jsonl", lambda score: score.update(outcome=["right"])),
    "no answerable": ("scores.jsonl", lambda score: score.pop("answerable")),
    "a score in words": ("scores.jsonl", lambda score: score.update(score="high")),
    "golds that are numbers": ("scores.jsonl", lambda score: score.update(golds=[[1]])),
    "a key that is endless": ("scores.jsonl", lambda score: score.update(key=10**30)),
    "half a character": ("answers.jsonl", lambda answer: answer.update(question="\ud800?")),
    "no question": ("answers.jsonl", lambda answer: answer.pop("question")),
    "no quotes": ("answers.jsonl", lambda answer: answer.pop("quotes")),
    "a word too many": ("answers.jsonl", lambda answer: answer["quotes"][0]["source"].update(more=1)),
    "other words": ("answers.jsonl", lambda answer: answer["quotes"][0].update(text="It never opened.")),
    "another place": ("answers.jsonl", lambda answer: answer["quotes"][0]["source"].update(stop=10**9)),
    "a place in words": ("answers.jsonl", lambda answer: answer["quotes"][0]["source"].update(start="0")),
    "another document": ("answers.jsonl", lambda answer: answer["quotes"][0]["source"].update(document="0" * 16)),
    "a highlight elsewhere": ("answers.jsonl", lambda answer: answer["quotes"][0].update(highlight={"start": 900,
                                                                                                    "stop": 905})),
}  # fmt: skip


@pytest.mark.parametrize("what", EDITS)
def test_an_edited_line_is_a_sentence(finished: dict[str, bytes], library: Library, tmp_path: Path, what: str) -> None:
    name, edit = EDITS[what]
    first, *others = finished[name].splitlines(keepends=True)
    line = json.loads(first)
    edit(line)
    with pytest.raises(QuothError, match=r"evaluate again|no document 0000000000000000") as refused:
        shown(RunTable(written(tmp_path, {**finished, name: json.dumps(line).encode() + b"\n" + others[0]})), library)
    assert len(str(refused.value)) < 300
    assert str(tmp_path) not in str(refused.value) or "No such file" in str(refused.value)


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"[" * 100_000, b"{", b"[]\n", b"null\n", b"\xff\n", b'"outcome"\n', b"1e999\n"]
)
@pytest.mark.parametrize("name", ["scores.jsonl", "answers.jsonl"])
def test_lines_of_any_other_kind_are_a_sentence(
    finished: dict[str, bytes], library: Library, tmp_path: Path, name: str, line: bytes
) -> None:
    others = finished[name].splitlines(keepends=True)[1:]
    with pytest.raises(QuothError, match="evaluate again"):
        shown(RunTable(written(tmp_path, {**finished, name: line + others[0]})), library)


def test_files_that_went_away_while_the_page_is_open_are_a_sentence(
    finished: dict[str, bytes], library: Library, tmp_path: Path
) -> None:
    table = RunTable(written(tmp_path, finished))
    (tmp_path / "answers.jsonl").unlink()
    with pytest.raises(QuothError, match="evaluate again"):
        shown(table, library)


@pytest.mark.parametrize("name", ["scores.jsonl", "answers.jsonl"])
def test_damaged_files_are_a_sentence_or_what_still_stands(
    finished: dict[str, bytes], library: Library, tmp_path: Path, name: str
) -> None:
    """Every mark that is shown all the same is of words that stand there."""
    for number in range(150):
        damaged = damaged_bytes(random.Random(f"{name} {number}"), finished[name])
        try:
            _, *pages = shown(RunTable(written(tmp_path, {**finished, name: damaged})), library)
        except QuothError:
            continue
        for page in pages:
            assert set(page["documents"]) <= {record.id for record in library.documents()}
