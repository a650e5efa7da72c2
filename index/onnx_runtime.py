"""Running ONNX models over texts: what the encoder and the reader share."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from quoth.corpus import LibraryDamaged

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding

__all__ = ["batches", "file_sha256", "open_session", "padded"]

_BATCH_TOKENS = 1_024  # rows times the longest row: what lies between two layers stays in the processor's cache


def open_session(path: Path, threads: int | None = None) -> InferenceSession:
    """A session for the model at `path`, whose bytes the caller has checked; on all cores, or so many `threads`."""
    _say_nothing_to_others()
    from onnxruntime import InferenceSession, SessionOptions  # pyright: ignore[reportAttributeAccessIssue]

    options = SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads or 0
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # idle threads leave the cores to others
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _say_nothing_to_others() -> None:
    """ONNX Runtime from 1.29 on tells its makers of every session, by a device id that it keeps below the user's cache,
    unless this is set before it is loaded; where another part of the program has loaded it, it tells no more from now.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # pyright: ignore[reportAttributeAccessIssue]


def batches(lengths: Sequence[int]) -> list[list[int]]:
    """Positions grouped so that texts of like length share a batch: padding is work thrown away."""
    groups: list[list[int]] = [[]]
    for at in sorted(range(len(lengths)), key=lambda at: (lengths[at], at)):
        if groups[-1] and (len(groups[-1]) + 1) * lengths[at] > _BATCH_TOKENS:
            groups.append([])
        groups[-1].append(at)
    return [group for group in groups if group]


def padded(encodings: Sequence[Encoding]) -> dict[str, NDArray[np.int64]]:
    """The inputs of a model, each (texts, longest), padded with zeros."""
    shape = (len(encodings), max(len(encoding.ids) for encoding in encodings))
    names = ("input_ids", "attention_mask", "token_type_ids")
    inputs = {name: np.zeros(shape, dtype=np.int64) for name in names}
    for row, encoding in enumerate(encodings):
        inputs["input_ids"][row, : len(encoding.ids)] = encoding.ids
        inputs["attention_mask"][row, : len(encoding.ids)] = 1
        inputs["token_type_ids"][row, : len(encoding.ids)] = encoding.type_ids
    return inputs


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes. Raises LibraryDamaged when it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise LibraryDamaged(f"{path} cannot be read ({error.strerror}); run `quoth doctor --repair`.") from error
    return digest.hexdigest()
