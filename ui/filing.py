"""The commands that report on many things at once: adding and removing documents, checking saved answers."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from quoth.corpus import BadRequest, DocumentId
from quoth.qa import AddReport, DocumentRecord, Library, Refused, file_of, verify_files, verify_library

from .plain import visible_line
from .progress_bar import progress_bar
from .shell import ERROR, NO, Settings, emit, note
from .terminal import Page, count

__all__ = ["add_paths", "check_answers", "chosen", "remove_documents"]

_NAMED = 3
_SHORTEST_ID = 4


def add_paths(settings: Settings, paths: Sequence[Path]) -> int:
    """Adds files and folders and reports on each; exit code 2 when one was refused, while the good ones are added."""
    if not any(path.exists() or path.is_symlink() for path in paths):  # a slip of the keyboard makes no empty library
        names = ", ".join(map(str, paths[:_NAMED]))
        raise BadRequest(f"There is nothing at {names}; check the name.")
    with ExitStack() as stack:
        # Before the library is made: the first one ever takes its time to prepare the model.
        show = progress_bar(stack, "preparing")
        library = stack.enter_context(settings.create())
        report = library.add(paths, progress=show)
        documents = library.size
    page = _report(report)
    page.line(_holds(settings, documents))
    page.write()
    if report.refused:
        note(f"Error: {_refusals(report.refused)}")
    return ERROR if report.refused else 0


def remove_documents(settings: Settings, names: Sequence[str]) -> None:
    """Removes the documents with these ids, file names or stems; one that fits none stops it all."""
    with settings.open() as library:
        removed = library.remove(_chosen(library.documents(), names, "nothing was removed"))
        left = library.size
    page = Page()
    _listed(page, "removed", removed)
    page.line(_holds(settings, left))
    page.write()


def check_answers(settings: Settings, answers: Path, docs: Sequence[Path], *, as_record: bool) -> int:
    """Checks a file of answer records quote by quote, against files where `docs` are given; exit code 1 when one fails.

    Neither needs the library's model.
    """
    lines = _records(answers)
    verdicts = tuple(verify_files(lines, docs) if docs else verify_library(lines, settings.place))
    if not lines or (verdicts and all(verdict.quote == 0 for verdict in verdicts)):
        raise BadRequest(f"{answers} holds no answer record; give it what `quoth ask --json` wrote.")
    failed = [verdict for verdict in verdicts if not verdict.ok]
    if as_record:
        emit({"checked": len(verdicts), "failed": len(failed), "verdicts": [asdict(verdict) for verdict in verdicts]})
        return NO if failed else 0
    page = Page()
    for verdict in failed:
        where = f"record {verdict.line}, quote {verdict.quote}" if verdict.quote else f"record {verdict.line}"
        page.line(f"FAILED  {where}: {verdict.reason}", "bold")
    page.line(f"{count(len(verdicts), 'quote')} checked, {len(failed):,} failed.")
    page.write()
    return NO if failed else 0


def chosen(library: Library, names: Sequence[str]) -> list[DocumentId] | None:
    """The documents to search: those named, None for all of them. Raises BadRequest for a name that fits none."""
    return _chosen(library.documents(), names, "nothing was searched") if names else None


def _chosen(documents: Sequence[DocumentRecord], names: Sequence[str], state: str) -> list[DocumentId]:
    """The ids of the documents meant by ids, beginnings of ids, file names or stems. Raises BadRequest."""
    found: dict[DocumentId, None] = {}
    for name in map(_typed, names):
        meant = [document for document in documents if _is_meant(document, name)]
        if not meant:
            raise BadRequest(f"No document is called {name!r} ({state}); `quoth list` shows what there is.")
        if len(meant) > 1:
            ids = " or ".join(document.id for document in meant)
            raise BadRequest(f"{name!r} can mean more than one document ({state}); say {ids}.")
        found[meant[0].id] = None
    return list(found)


def _typed(name: str) -> str:
    """A name as documents bear it: bytes that are no UTF-8 are replaced in both."""
    return os.fsencode(name).decode("utf-8", "replace")


def _is_meant(document: DocumentRecord, name: str) -> bool:
    if len(name) >= _SHORTEST_ID and document.id.startswith(name.lower()):
        return True
    file = file_of(document)
    return name in (file.name, file.stem)


def _records(answers: Path) -> list[str]:
    """The records of a file, one JSON text each, whether it holds one record, a list of them, or one a line."""
    try:
        data = sys.stdin.buffer.read() if str(answers) == "-" else answers.read_bytes()
    except OSError as error:
        raise BadRequest(f"{answers} cannot be read: {error.strerror or error}.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(f"{answers} is not an answer file: it is not UTF-8 text.") from error
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):  # one record a line; `splitlines` would cut at line separators in strings too
        return [line for line in text.split("\n") if line.strip()]
    return [json.dumps(record) for record in (whole if isinstance(whole, list) else [whole])]


def _report(report: AddReport) -> Page:
    page = Page()
    _listed(page, "added", report.added)
    _listed(page, "replaced", report.replaced)
    _listed(page, "unchanged", report.unchanged)
    _listed(page, "removed", report.removed)
    for word, left_out in (("skipped", report.skipped), ("refused", report.refused)):
        for one in left_out:
            page.line(f"{word:<10} {visible_line(one.name)}: {one.reason}")
    return page


def _listed(page: Page, word: str, documents: Sequence[DocumentRecord]) -> None:
    for document in documents:
        page.line(f"{word:<10} {document.title} ({document.id}, {count(document.passages, 'passage')})")


def _holds(settings: Settings, documents: int) -> str:
    return f"The library in {settings.place} holds {count(documents, 'document')}."


def _refusals(refused: Sequence[Refused]) -> str:
    if len(refused) == 1:
        return f"{refused[0].name}: {refused[0].reason}"
    names = ", ".join(one.name for one in refused[:_NAMED]) + (" and more" if len(refused) > _NAMED else "")
    return f"{len(refused)} were refused ({names}), each for the reason above; everything else is in the library."
