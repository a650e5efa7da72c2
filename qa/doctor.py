"""Is the library whole? Looks at every stored part, says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from quoth.corpus import FileLog, FileStamp, LibraryError, Passage, Shelf
from quoth.index import Encoder, Index

from .calibration import Calibration, stored
from .judge import shipped_judge
from .places import FILES
from .reports import Check, DoctorReport
from .soundness import file_faults, missing_originals, shelf_faults
from .unfinished import unfinished_repair

__all__ = ["examine"]

_REPAIR = "run `quoth doctor --repair`"
_AGAIN = "add these files again, or run `quoth doctor --repair` to go without them"


def examine(folder: Path, index: Index, shelf: Shelf, encoder: Encoder, conditions: Callable[[], str]) -> DoctorReport:
    """All checks; none stops the others. `conditions` are what a calibration must have been made under."""
    checks = [
        _check("index", index.problems, "catalogue, words and vectors agree", _REPAIR),
        _check("documents", lambda: _document_problems(folder, index, shelf), "every text matches its hash", _REPAIR),
        _check("originals", lambda: _original_problems(folder, index, shelf), _originals(shelf), _AGAIN),
        _check("files", lambda: file_faults(folder), "it is known which file gave which document", _REPAIR),
        _check("encoder", lambda: _encoder_problems(encoder), encoder.fingerprint, _REPAIR),
        Check("judge", True, shipped_judge().told, ""),
        _calibration(folder, conditions),
        _told("vectors", lambda: _vectors(index)),
        _told("size", lambda: _size(folder, index)),
    ]
    return DoctorReport(tuple(checks))


def _vectors(index: Index) -> str:
    """How many there are, and how they are searched."""
    stored = index.stored()
    return "none yet" if stored is None else f"{stored.count} vectors, search is {stored.kind}"


def _size(folder: Path, index: Index) -> str:
    state = index.state()
    return f"{len(state.documents)} documents, {state.passages} passages, {_megabytes(folder)} MB"


def _told(name: str, say: Callable[[], str]) -> Check:
    """Something to know, which is neither right nor wrong."""
    try:
        return Check(name, True, say(), "")
    except LibraryError as error:
        return Check(name, False, str(error), _REPAIR)


def _check(name: str, problems: Callable[[], list[str]], fine: str, remedy: str) -> Check:
    try:
        found = problems()
    except LibraryError as error:
        found = [str(error)]
    return Check(name, not found, "; ".join(found[:5]) or fine, remedy if found else "")


def _calibration(folder: Path, conditions: Callable[[], str]) -> Check:
    """Whether the error rate that refusals state was measured on this library."""
    remedy = "run `quoth calibrate QUESTIONS --false-answer-rate 0.05`"
    try:
        found = stored(folder)
    except LibraryError as error:
        return Check("calibration", False, str(error), _REPAIR)
    if not found:
        return Check("calibration", True, "none; refusals state the rate that the judge had on public questions", "")
    if not _holds(found[0], conditions):
        detail = f"that of {found[0].made} is void: documents, models or settings have changed since"
        return Check("calibration", False, detail, remedy)
    rate = found[0].rate
    interval = f"{rate.rate:.1%}, 95 % interval {rate.low:.1%} to {rate.high:.1%}, n = {rate.n}"
    return Check("calibration", True, f"at most {found[0].target:.1%} false answers asked for; measured {interval}", "")


def _holds(calibration: Calibration, conditions: Callable[[], str]) -> bool:
    try:
        return calibration.conditions == conditions()
    except LibraryError:  # told by the check of the index
        return True


def _document_problems(folder: Path, index: Index, shelf: Shelf) -> list[str]:
    """Texts that are missing or changed, and passages that are no slices of theirs."""
    problems = shelf_faults(folder)
    for id in sorted(unfinished_repair(folder).wanted - set(index.state().documents)):
        problems.append(f"a repair was broken off before it brought back {id}")
    for document in index.state().documents:
        try:
            text = shelf.get(document).text
        except LibraryError as error:
            problems.append(str(error))
            continue
        if not _add_up(index.passages_of(document), text):
            problems.append(f"the passages of {document} do not add up to its text")
    return problems


def _original_problems(folder: Path, index: Index, shelf: Shelf) -> list[str]:
    """Uploads whose file, kept to be shown or read again, is not as it came, or not there."""
    lights, visible = shelf.list(), index.state().documents
    titles = {light.id: light.title for light in lights}
    bad = sorted(id for id in shelf.originals.ids() if shelf.originals.get(id) is None)
    there = (light for light in lights if light.id in visible)
    gone = sorted(missing_originals(shelf.originals, there, _log(folder)))
    changed = [f"the kept file of {titles.get(id, id)!r} is not as it was uploaded" for id in bad]
    return [*changed, *(f"the kept file of {titles[id]!r} is gone" for id in gone)]


def _log(folder: Path) -> dict[str, FileStamp]:
    """Which file or upload gave what; nothing where that is damaged, which the check of the files tells."""
    try:
        return FileLog(folder / FILES).all()
    except LibraryError:
        return {}


def _originals(shelf: Shelf) -> str:
    count = len(shelf.originals.ids())
    return "1 uploaded file is kept as it came" if count == 1 else f"{count} uploaded files are kept as they came"


def _add_up(passages: list[Passage], text: str) -> bool:
    """Whether each is the slice it says it is, and together they are the text."""
    ends = [0, *(passage.stop for passage in passages)]
    begins = [*(passage.start for passage in passages), len(text)]
    return ends == begins and all(text[one.start : one.stop] == one.text for one in passages)


def _encoder_problems(encoder: Encoder) -> list[str]:
    width = encoder.encode_questions(["Is the model whole?"]).shape[1]
    return [] if width == encoder.dimension else [f"vectors have {width} numbers, not {encoder.dimension}"]


def _megabytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 1_000_000
