"""Dense and lexical scores of the same passages made one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Fusion", "word_weights"]

_K1 = 1.2  # as in SQLite's bm25(): a word's score saturates at idf * (k1 + 1)


@dataclass(frozen=True, slots=True)
class Fusion:
    """score = dense + `lexical_weight` * lexical; docs/fusion.md tells what was tried.

    `pool` is how many passages each of the two searches proposes.
    """

    lexical_weight: float = 1.0
    pool: int = 50

    def __post_init__(self) -> None:
        if self.lexical_weight < 0 or self.pool < 1:
            raise ValueError(f"fusion needs a weight >= 0 and a pool >= 1, not {self.lexical_weight} and {self.pool}")

    def score(self, dense: float, lexical: float) -> float:
        """Both parts as one number, higher is better."""
        return dense + self.lexical_weight * lexical


def word_weights(frequencies: Mapping[str, int], passages: int) -> dict[str, float]:
    """Inverse document frequency of each word: ln((N - n + 0.5) / (n + 0.5)), at least 1e-6.

    It is the one SQLite's bm25() uses (Robertson and Sparck Jones 1976).
    """
    return {word: max(1e-6, math.log((passages - count + 0.5) / (count + 0.5))) for word, count in frequencies.items()}


def best_possible(words: Sequence[str], weights: Mapping[str, float]) -> float:
    """The BM25 score that no passage can exceed for these words: the sum of idf * (k1 + 1)."""
    return sum(weights[word] for word in words) * (_K1 + 1)
