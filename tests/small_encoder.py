"""A real, tiny encoder for tests: words hashed into a few numbers. No model, no download, milliseconds."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from quoth.index import Vectors, tokens


class HashingEncoder:
    """`Encoder` that adds up a fixed pseudo-random direction for each token; texts sharing words are near."""

    def __init__(self, dimension: int = 64, fingerprint: str = "hashing/64") -> None:
        self.dimension = dimension
        self.fingerprint = fingerprint

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for token in tokens(text) or [text]:
                row += self._direction(token)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def _direction(self, token: str) -> Vectors:
        seed = int.from_bytes(hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
        return np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
