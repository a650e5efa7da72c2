"""The question file of a run, kept in the run's own folder: who gets the folder can run it again.

It stands in `questions/` under the name it had, because reports speak of the file by its name. What else stands there
is the user's: only what the folder's manifest or journal names is ours to replace or to take away.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from quoth.corpus import BadRequest, make_folder, sync

from .manifest import KEPT_FOLDER, kept_path, questions_parts, questions_sha256

__all__ = ["foreign", "forget", "keep", "kept_questions", "recorded"]


def keep(questions: Path, out: Path, sha256: str) -> None:
    """Copy the question file (of a folder what is read of it) into the run's folder `out`, unless it is there.

    `sha256` is what it had when it was read. Raises BadRequest when it has another by now, or cannot be copied.
    """
    kept = out / kept_path(questions)
    try:
        if not _has(kept, sha256):
            _remove(kept)
            for part in questions_parts(questions):
                target = kept / part.relative_to(questions)  # of a file this is `.`
                make_folder(target.parent)
                shutil.copyfile(part, target)
                sync(target)
                sync(target.parent)
        if questions_sha256(kept) != sha256:
            raise BadRequest(f"{questions} was changed while it was read; evaluate again.")
    except OSError as error:
        raise BadRequest(f"{questions} cannot be copied to {kept} ({error.strerror or error}); make room.") from error


def kept_questions(manifest: Path, named: Path) -> Path:
    """Where the questions are that a manifest names: where it says, else beside it. Raises BadRequest."""
    beside = manifest.parent / kept_path(named)
    for path in (manifest.parent / named, beside, manifest.parent / named.name):
        if path.exists():
            return path
    raise BadRequest(f"The questions of that run are not there any more; put {named.name} back as {beside}.")


def recorded(record: Path) -> str:
    """The kept question file that a manifest, or the first line of a journal, names; empty where it names none."""
    try:
        with record.open(encoding="utf-8") as file:
            named = json.loads(file.readline() if record.suffix == ".jsonl" else file.read())["questions"]["path"]
        return str(named) if named == kept_path(Path(named)) else ""
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def foreign(out: Path, sha256: str, *records: Path) -> Iterator[str]:
    """What stands in `questions/` of a run's folder and is neither named by a manifest or journal nor has this hash."""
    known = {recorded(record) for record in records}
    folder = out / KEPT_FOLDER
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        name = f"{KEPT_FOLDER}/{path.name}"
        if name not in known and not _has(path, sha256):
            yield name


def forget(out: Path, name: str) -> None:
    """Take a question file that `recorded` gave out of the run's folder."""
    if name:
        _remove(out / name)


def _has(questions: Path, sha256: str) -> bool:
    try:
        return questions_sha256(questions) == sha256
    except OSError:  # a folder that is no BEIR folder, for one
        return False


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
