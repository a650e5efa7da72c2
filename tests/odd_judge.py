"""What becomes of files with odd names and of folders with odd things in them, in one word each. No fixtures."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from odd_files import ODD_THINGS, named, write
from quoth.corpus import DocumentId
from quoth.qa import AddReport, Answer, DocumentRecord, Library
from small_encoder import HashingEncoder
from small_library import SmallLibrary

__all__ = ["Fate", "judge_names", "judge_thing", "true_quotes"]

Fate = Literal["read", "refused", "lost", "wrong"]
"""Lost: neither in the library nor named as left out. Wrong: anything else that should not be."""


def judge_names(folder: Path, names: tuple[bytes, ...]) -> dict[bytes, Fate]:
    """What came of a file of each name: added, asked about, added again; left out is what this system takes for no
    name.
    """
    docs = folder / "docs"
    made = write(docs, names)
    with SmallLibrary.create(folder / "library", encoder=HashingEncoder()) as library:
        report = library.add([docs])
        records = {library.document(record.id).text: record for record in report.added}
        left_out = {os.fsencode(Path(name).name) for name in _left_out(report)}
        fates: dict[bytes, Fate] = {}
        for name, text in made.items():
            if text in records:
                fates[name] = "read" if _is_quoted(library, records[text], named(docs, name)) else "wrong"
            else:
                fates[name] = "refused" if name in left_out else "lost"
        again = library.add([docs])
        known = {record.id for record in again.unchanged}
        changed = {text for text, record in records.items() if record.id not in known}
    return {name: "wrong" if made[name] in changed else fate for name, fate in fates.items()}


def _left_out(report: AddReport) -> Iterable[str]:
    return (one.name for one in (*report.skipped, *report.refused))


def _is_quoted(library: Library, record: DocumentRecord, file: Path) -> bool:
    """Whether an answer from it bears its title and address, and quotes slices of it."""
    captain = library.document(record.id).text.split()[-1].rstrip(".")
    quotes = true_quotes(library, f"Which ferry has the captain {captain}?", [record.id])
    return quotes == {(record.title, record.uri)} and record.uri == file.resolve().as_uri()


def true_quotes(library: Library, question: str, documents: list[DocumentId] | None = None) -> set[tuple[str, str]]:
    """Titles and addresses of what is quoted or shown. Raises ValueError for a quote that is no slice."""
    answer = library.ask(question, documents=documents)
    quotes = answer.quotes if isinstance(answer, Answer) else answer.nearest
    for one in quotes:
        if library.document(one.source.document).text[one.source.start : one.source.stop] != one.text:
            raise ValueError(f"{one.text!r} is no slice of {one.source.uri}")
    return {(one.source.title, one.source.uri) for one in quotes}


def judge_thing(folder: Path, thing: str) -> Fate:
    """What came of good files beside it, and of itself: "refused" is right, or "read" where it hides nothing."""
    make, where, words = ODD_THINGS[thing]
    made = write(folder / "docs", (b"a.txt", b"b.txt"))
    write(folder / "outside", (b"secret.txt",))
    make(folder / "docs")
    with SmallLibrary.create(folder / "library", encoder=HashingEncoder()) as library:
        report = library.add([folder / "docs"])
        if {library.document(one.id).text for one in report.added} != set(made.values()):
            return "lost"
        told = [("skipped", one.reason) for one in report.skipped] + [("refused", one.reason) for one in report.refused]
        if where == "nothing":
            return "wrong" if told else "read"
        return "refused" if len(told) == 1 and told[0][0] == where and words in told[0][1] else "wrong"
