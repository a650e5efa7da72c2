"""An encoder that keeps its vectors on disk: every text is embedded once, however often a benchmark is run.

Embedding is most of the work of asking thousands of questions over the same few thousand sentences. The rows are those
of the encoder itself (to the 1e-5 that its contract grants for the company of other texts in a batch). Times are
measured without it.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from quoth.index import Encoder, Vectors
from quoth.index.export import carry_encoder

from .data import KEPT
from .progress import Progress

__all__ = ["DiskEncoder", "default_encoder"]

_PART = 256


class DiskEncoder:
    """`Encoder` that asks `encoder` only for what `file` does not hold yet. For one thread."""

    def __init__(self, encoder: Encoder, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._encoder = encoder
        self._sql = sqlite3.connect(file, timeout=60.0)
        self._sql.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, row BLOB NOT NULL) WITHOUT ROWID")
        self._known: dict[bytes, Vectors] = {
            key: np.frombuffer(row, dtype=np.float32) for key, row in self._sql.execute("SELECT key, row FROM vectors")
        }

    @property
    def fingerprint(self) -> str:
        """See `Encoder.fingerprint`."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """See `Encoder.dimension`."""
        return self._encoder.dimension

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`."""
        return self._remembered("passage", texts, self._encoder.encode_passages)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_questions`."""
        return self._remembered("question", texts, self._encoder.encode_questions)

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    def _remembered(self, kind: str, texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        keys = [self._key(kind, text) for text in texts]
        missing = list({key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}.items())
        progress = Progress(f"embedding {kind}s", len(missing) if len(missing) > _PART else 0)
        for start in range(0, len(missing), _PART):
            self._learn(missing[start : start + _PART], encode)
            progress.advance(min(_PART, len(missing) - start))
        return np.stack([self._known[key] for key in keys]) if keys else encode([])

    def _learn(self, part: Sequence[tuple[bytes, str]], encode: Callable[[Sequence[str]], Vectors]) -> None:
        rows = encode([text for _, text in part])
        for (key, _), row in zip(part, rows, strict=True):
            self._known[key] = row
        with self._sql:
            self._sql.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                [(key, row.tobytes()) for (key, _), row in zip(part, rows, strict=True)],
            )

    def _key(self, kind: str, text: str) -> bytes:
        return hashlib.blake2b(f"{self.fingerprint}\0{kind}\0{text}".encode(), digest_size=16).digest()


def default_encoder() -> DiskEncoder:
    """The encoder every library has by default, remembering for all benchmarks together."""
    return DiskEncoder(carry_encoder(KEPT / "encoder"), KEPT / "vectors.sqlite")
