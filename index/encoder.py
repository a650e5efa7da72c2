"""Texts in, vectors out: the seam every embedding model stands behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Encoder", "Vectors"]

Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """An embedding model. Both `encode` methods give float32 of shape (len(texts), dimension), rows of length 1.

    The same text gives the same row whatever else is in the batch, to 1e-5. An empty list gives shape (0, dimension).
    """

    @property
    def fingerprint(self) -> str:
        """Names the model and its exact weights; libraries built with different fingerprints do not mix."""
        ...

    @property
    def dimension(self) -> int:
        """Numbers in a row."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, with the model's passage prompt if it has one."""
        ...

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, with the model's query prompt if it has one."""
        ...
