"""Adds files to a new library with an encoder that costs nothing, asks it, and writes what was lost or wrong as JSON.

    python benchmarks/added_apart.py LIBRARY FILES DOCUMENTS QUESTION OUT

A program of its own, so that its memory can be measured. DOCUMENTS is how many there must be afterwards.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import numpy as np

from odd_judge import true_quotes
from quoth.index import Vectors
from small_encoder import HashingEncoder
from small_library import SmallLibrary

__all__ = ["main"]


class CountingEncoder(HashingEncoder):
    """How often each byte stands in a passage: as good as nothing to encode, so that the time is Quoth's."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Of shape (texts, dimension), each of length 1; the zero vector for no text."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            row += np.bincount(np.frombuffer(text.encode(), np.uint8) % self.dimension, minlength=self.dimension)
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def main(arguments: Sequence[str]) -> None:
    """Add, ask, and say what came of it."""
    place, files, documents, question, out = arguments
    with SmallLibrary.create(Path(place), encoder=CountingEncoder()) as library:
        report = library.add([Path(files)])
        try:
            wrong = not true_quotes(library, question)
        except ValueError:
            wrong = True
        lost = int(documents) - len(report.added)
        said = {"lost": lost, "refused": len(report.refused), "wrong": wrong or library.size != int(documents) - lost}
    Path(out).write_text(json.dumps(said), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
