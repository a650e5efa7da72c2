"""What a run was made of, so that it can be made again: `quoth.manifest/1`."""

from __future__ import annotations

import hashlib
import operator
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from quoth.corpus import BadRequest, LibraryMismatch, QuothError

from .asking import Asker

__all__ = [
    "KEPT_FOLDER",
    "EvaluationSettings",
    "inputs_of",
    "kept_path",
    "manifest_settings",
    "questions_parts",
    "questions_sha256",
    "same_inputs",
]

SCHEMA = "quoth.manifest/1"
KEPT_FOLDER = "questions"
"""Of a run's folder: the question file it was made with, under its own name."""
_PACKAGES = ("faiss-cpu", "ir-measures", "numpy", "onnxruntime", "pytrec-eval-terrier", "quoth", "tokenizers")
_MOST_QUOTES, _DEEPEST = 50, 1000


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """`quotes` at most an answer, `depth` passages of the ranking that the search measures see."""

    quotes: int = 5
    depth: int = 100

    def __post_init__(self) -> None:
        if not 1 <= self.quotes <= _MOST_QUOTES or not 1 <= self.depth <= _DEEPEST:
            raise BadRequest(
                f"An evaluation has 1 to {_MOST_QUOTES} quotes an answer and ranks 1 to {_DEEPEST} passages, "
                f"not {self.quotes} and {self.depth}."
            )


def inputs_of(asker: Asker, questions: Path, settings: EvaluationSettings) -> dict[str, Any]:
    """Everything that the answers follow from, as JSON-ready values."""
    return {
        "schema": SCHEMA,
        "questions": {"path": kept_path(questions), "sha256": questions_sha256(questions)},
        "library": asdict(asker.stamp),
        "models": {
            "encoder": asker.encoder.fingerprint,
            "reader": asker.reader.fingerprint,
            "judge": asker.judge.fingerprint,
        },
        "settings": asdict(settings),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "machine": platform.machine(),
    }


def kept_path(questions: Path) -> str:
    """Where a run's folder keeps its question file, relative to the folder: no place of this machine is named."""
    return f"{KEPT_FOLDER}/{questions.name}"


def questions_parts(questions: Path) -> list[Path]:
    """The files that Quoth reads of a question file, which is itself, or of a BEIR folder."""
    if not questions.is_dir():
        return [questions]
    return sorted([questions / "queries.jsonl", *questions.glob("qrels/*.tsv")])


def questions_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes; of a folder, of the names and bytes of the files Quoth reads there."""
    digest = hashlib.sha256()
    if path.is_dir():
        for part in questions_parts(path):
            digest.update(f"{part.relative_to(path).as_posix()}\0{part.stat().st_size}\0".encode())
            digest.update(part.read_bytes())
    else:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def manifest_settings(manifest: Mapping[str, Any]) -> tuple[Path, EvaluationSettings]:
    """The question file and the settings of a run. Raises BadRequest when this is no manifest."""
    try:
        if manifest["schema"] != SCHEMA:
            raise BadRequest(f"This manifest is {manifest['schema']!r}, not {SCHEMA!r}; use the Quoth that wrote it.")
        if not isinstance(manifest["files"], Mapping):
            raise TypeError("files")
        numbers = {name: operator.index(value) for name, value in manifest["settings"].items()}
        return Path(manifest["questions"]["path"]), EvaluationSettings(**numbers)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadRequest(f"This is no manifest of an evaluation ({error} is missing or wrong).") from error


def same_inputs(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises an error that names what is not as it was: BadRequest for the questions, LibraryMismatch for the rest.

    Versions of packages may differ: whether they matter the bytes will say.
    """
    checks: list[tuple[str, str, type[QuothError]]] = [
        ("questions", "sha256", BadRequest),
        ("library", "id", LibraryMismatch),
        *(("models", name, LibraryMismatch) for name in ("encoder", "reader", "judge")),
    ]
    for part, name, error in checks:
        if _at(before, part, name) != now[part][name]:
            what = "the question file" if part == "questions" else f"the {part} ({name})"
            raise error(f"{what.capitalize()} is not what it was in that run; take the one of then, or evaluate anew.")
    if before.get("settings") != now["settings"]:
        raise BadRequest("The settings are not those of that run; give the same ones, or evaluate anew.")


def _at(value: object, part: str, name: str) -> object:
    """What was recorded there; None where somebody edited the file and it is no longer of that shape."""
    for key in (part, name):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
