"""What a judge could look at: the features it ships with, and those that were tried beside them.

The shipped ones are `quoth.qa.choosing.Features`; the tried ones are computed here alone, so that the table of
docs/judge.md can be made again. A candidate's row holds the shipped ones first, in the order of `NAMES`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

import numpy as np
from numpy.typing import NDArray

from quoth.corpus import Document, DocumentId
from quoth.index import Encoder, Hit, tokens
from quoth.qa.choosing import Candidate, Features, Question, choose
from quoth.qa.reader import Reader, Reading

SHIPPED = tuple(field.name for field in fields(Features))
TRIED = (
    "lexical",
    "margin",
    "likelihood",
    "lead",
    "unmatched_names",
    "unmatched_numbers",
    "quote_coverage",
    "quote_dense",
    "type_fits",
    "passages",
)
NAMES = (*SHIPPED, *(name for name in TRIED if name not in SHIPPED))

_NUMBER = re.compile(r"\d[\d.,]*")
_NUMERAL = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|"
    r"half|twice|once|first|second|third|no|none|several)\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b\d{3,4}s?\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday|century|today|yesterday|years?|months?|weeks?|days?|"
    r"hours?|minutes?|morning|evening|night|spring|summer|autumn|winter)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-Z][\w'’-]+")
_EXPECTED: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (re.compile(r"\bhow (?:many|much|long|old|often|far|large|big|tall|high)\b", re.IGNORECASE), _NUMERAL),
    (re.compile(r"\b(?:when|what (?:year|date|day|month|time|century)|which year)\b", re.IGNORECASE), _TIME),
    (re.compile(r"\b(?:who|whom|whose)\b", re.IGNORECASE), _NAME),
    (re.compile(r"\bwhere\b", re.IGNORECASE), _NAME),
)


class Remembering:
    """A reader that keeps what it read last."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.fingerprint = reader.fingerprint
        self.last: list[Reading] = []

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        """See `Reader.read`."""
        self.last = self._reader.read(question, texts)
        return self.last


def candidates_and_rows(
    question: Question,
    hits: Sequence[Hit],
    documents: Mapping[DocumentId, Document],
    parts: tuple[Remembering, Encoder, NDArray[np.float32], int],
) -> tuple[list[Candidate], NDArray[np.float64]]:
    """The candidates of `choose`, and a row of `NAMES` for each; `parts` are reader, encoder, the question's vector and
    how many passages the library has.
    """
    reader, encoder, vector, passages = parts
    spoken = [hit for hit in hits if hit.passage.text.strip()]
    candidates = choose(question, spoken, documents, reader)
    if not candidates:
        return [], np.zeros((0, len(NAMES)))
    quotes = [documents[one.document].text[one.span.start : one.span.stop] for one in candidates]
    nearness = encoder.encode_passages(quotes) @ vector
    rows = []
    for at, (hit, candidate, reading) in enumerate(zip(spoken, candidates, reader.last, strict=True)):
        others = [hit.dense + hit.lexical for hit in spoken[:at] + spoken[at + 1 :]]
        values = asdict(candidate.features) | {
            "lexical": hit.lexical,
            "margin": reading.margin,
            "likelihood": reading.likelihood,
            "lead": hit.dense + hit.lexical - max(others, default=0.0),
            "unmatched_names": _unmatched(_NAME, question.text[1:], hit.passage.text),
            "unmatched_numbers": _unmatched(_NUMBER, question.text, hit.passage.text),
            "quote_coverage": _covered(question, quotes[at]),
            "quote_dense": float(nearness[at]),
            "type_fits": _fits(question.text, documents[candidate.document].text, candidate),
            "passages": math.log(passages),
        }
        rows.append([values[name] for name in NAMES])
    return candidates, np.array(rows, dtype=np.float64)


def _unmatched(kind: re.Pattern[str], question: str, passage: str) -> int:
    """How many names or numbers of the question do not stand in the passage."""
    there = set(tokens(passage))
    return sum(not set(tokens(found)) <= there for found in kind.findall(question))


def _covered(question: Question, quote: str) -> float:
    total, there = sum(question.weights.values()), set(tokens(quote))
    return sum(weight for word, weight in question.weights.items() if word in there) / total if total else 0.0


def _fits(question: str, text: str, candidate: Candidate) -> float:
    """1 when the words pointed at are of the kind the question asks for, -1 when not, 0 when it does not say."""
    for asked, expected in _EXPECTED:
        if asked.search(question):
            return 1.0 if expected.search(text[candidate.best.start : candidate.best.stop]) else -1.0
    return 0.0
