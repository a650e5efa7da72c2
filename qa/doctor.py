"""Is the library whole? Looks at every stored part, says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from quoth.corpus import LibraryError, Passage, Shelf
from quoth.index import Encoder, Index

from .calibration import stored
from .judge import shipped_judge
from .reports import Check, DoctorReport

__all__ = ["examine"]

_REPAIR = "run `quoth doctor --repair`"
_AGAIN = "add these files again, or run `quoth doctor --repair` to go without them"


def examine(folder: Path, index: Index, shelf: Shelf, encoder: Encoder, conditions: str) -> DoctorReport:
    """All checks; none stops the others. `conditions` are what a calibration must have been made under."""
    state = index.state()
    checks = [
        _check("index", lambda: index.problems(), "catalogue, words and vectors agree", _REPAIR),
        _check("documents", lambda: _document_problems(index, shelf), "every text matches its hash", _REPAIR),
        _check("originals", lambda: _original_problems(shelf), _originals(shelf), _AGAIN),
        _check("encoder", lambda: _encoder_problems(encoder), encoder.fingerprint, _REPAIR),
        Check("judge", True, shipped_judge().told, ""),
        _calibration(folder, conditions),
        Check(
            "size", True, f"{len(state.documents)} documents, {state.passages} passages, {_megabytes(folder)} MB", ""
        ),
    ]
    return DoctorReport(tuple(checks))


def _check(name: str, problems: Callable[[], list[str]], fine: str, remedy: str) -> Check:
    try:
        found = problems()
    except LibraryError as error:
        found = [str(error)]
    return Check(name, not found, "; ".join(found[:5]) or fine, remedy if found else "")


def _calibration(folder: Path, conditions: str) -> Check:
    """Whether the error rate that refusals state was measured on this library."""
    remedy = "run `quoth calibrate QUESTIONS --false-answer-rate 0.05`"
    try:
        found = stored(folder)
    except LibraryError as error:
        return Check("calibration", False, str(error), remedy)
    if not found:
        return Check("calibration", True, "none; refusals state the rate that the judge had on public questions", "")
    if found[0].conditions != conditions:
        detail = f"that of {found[0].made} is void: documents, models or settings have changed since"
        return Check("calibration", False, detail, remedy)
    rate = found[0].rate
    interval = f"{rate.rate:.1%}, 95 % interval {rate.low:.1%} to {rate.high:.1%}, n = {rate.n}"
    return Check("calibration", True, f"at most {found[0].target:.1%} false answers asked for; measured {interval}", "")


def _document_problems(index: Index, shelf: Shelf) -> list[str]:
    """Texts that are missing or changed, and passages that are no slices of theirs."""
    problems: list[str] = []
    for document in index.state().documents:
        try:
            text = shelf.get(document).text
        except LibraryError as error:
            problems.append(str(error))
            continue
        if _joined(index.passages_of(document)) != text:
            problems.append(f"the passages of {document} do not add up to its text")
    return problems


def _original_problems(shelf: Shelf) -> list[str]:
    """Uploads whose file, kept to be shown or read again, is not as it came."""
    titles = {light.id: light.title for light in shelf.list()}
    bad = sorted(id for id in shelf.originals.ids() if shelf.originals.get(id) is None)
    return [f"the kept file of {titles.get(id, id)!r} is not as it was uploaded" for id in bad]


def _originals(shelf: Shelf) -> str:
    count = len(shelf.originals.ids())
    return "1 uploaded file is kept as it came" if count == 1 else f"{count} uploaded files are kept as they came"


def _joined(passages: list[Passage]) -> str:
    return "".join(passage.text for passage in passages)


def _encoder_problems(encoder: Encoder) -> list[str]:
    width = encoder.encode_questions(["Is the model whole?"]).shape[1]
    return [] if width == encoder.dimension else [f"vectors have {width} numbers, not {encoder.dimension}"]


def _megabytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 1_000_000
