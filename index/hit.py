"""A hit: a passage with the scores that found it."""

from __future__ import annotations

from dataclasses import dataclass

from quoth.corpus import Passage

__all__ = ["Hit"]


@dataclass(frozen=True, slots=True)
class Hit:
    """`dense` is the cosine of question and passage; `lexical` the share, 0 to 1, of the BM25 score that the question's
    words could at most reach; `score` the fusion of both that hits are ranked by.
    """

    passage: Passage
    score: float
    dense: float
    lexical: float
