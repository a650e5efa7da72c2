"""Question-answering data becomes training windows: a question, a passage and the span to read.

Two rules hold everywhere: a window's passage is a slice of its context, and a window's answer is a slice of its
passage. Offsets are Unicode code points, 0-based, end-exclusive.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tokenizers import Encoding, Tokenizer

MAX_TOKENS = 224
SHORTEST, USUAL, LONGEST = 350, 600, 950
"""Characters of a passage: Quoth reads passages of 400 to 1,000 characters, most of them about 600."""

_SENTENCE_END = re.compile(r"""[.!?]["'”’)\]]*\s+(?=["'“‘(\[]?[A-Z0-9])|\n+""")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Example:
    """A question with a context; `answers` holds (start, stop) slices of `context` and is empty when there is none."""

    id: str
    source: str
    group: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        for start, stop in self.answers:
            if not 0 <= start < stop <= len(self.context):
                raise ValueError(f"{self.id}: answer {start}:{stop} lies outside a context of {len(self.context)}")


@dataclass(frozen=True, slots=True)
class Window:
    """What the reader sees once: `answer` is a (start, stop) slice of `passage`, None when nothing answers."""

    question: str
    passage: str
    answer: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Encoded:
    """A window as numbers: token ids and segment ids of equal length; (0, 0) is the null span at [CLS]."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    start: int
    end: int

    def __len__(self) -> int:
        return len(self.ids)


def sentences(text: str) -> list[tuple[int, int]]:
    """Cut text at sentence ends into (start, stop) slices that cover it without gap or overlap.

    >>> sentences("One. Two? Three")
    [(0, 5), (5, 10), (10, 15)]
    """
    cuts = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(cuts) if a < b]


def _anchor(example: Example, spans: Sequence[tuple[int, int]], gold: tuple[int, int] | None) -> tuple[int, int]:
    """Indices (first, last) of the sentences to build around: the gold ones, else the one most like the question."""
    if gold is not None:
        touched = [i for i, (a, b) in enumerate(spans) if a < gold[1] and gold[0] < b]
        return touched[0], touched[-1]
    asked = set(_WORD.findall(example.question.lower()))
    # Were the likeliest sentence cropped away, an adversarial question would become an easy one.
    shared = [len(asked & set(_WORD.findall(example.context[a:b].lower()))) for a, b in spans]
    best = shared.index(max(shared))
    return best, best


def crop(example: Example, rng: random.Random, shrink: float = 1.0) -> Window:
    """Take a passage of whole sentences round one gold answer (or round the likeliest sentence), at a random place.

    The passage grows sentence by sentence, to the left or right by chance, to a random target size in characters;
    `shrink` scales that target. Answerable or not, sizes are drawn alike, so that size says nothing of the answer.
    """
    text = example.context
    gold = rng.choice(example.answers) if example.answers else None
    target = rng.triangular(SHORTEST, LONGEST, USUAL) * shrink
    spans = sentences(text)
    if len(text) <= target or not spans:
        first, last = 0, len(spans) - 1
    else:
        first, last = _anchor(example, spans, gold)
        while True:
            size = spans[last][1] - spans[first][0]
            left = first > 0 and size + spans[first - 1][1] - spans[first - 1][0] <= target
            right = last + 1 < len(spans) and size + spans[last + 1][1] - spans[last + 1][0] <= target
            if not (left or right):
                break
            if left and (not right or rng.random() < 0.5):
                first -= 1
            else:
                last += 1
    start, stop = (spans[first][0], spans[last][1]) if spans else (0, 0)
    stop = start + len(text[start:stop].rstrip())
    if gold is None:
        return Window(example.question, text[start:stop], None)
    stop = max(stop, gold[1])
    return Window(example.question, text[start:stop], (gold[0] - start, gold[1] - start))


def token_span(encoding: Encoding, answer: tuple[int, int]) -> tuple[int, int] | None:
    """First and last token (inclusive) of the passage that touch the characters of `answer`; None if none does."""
    inside = [
        i
        for i, (sequence, (a, b)) in enumerate(zip(encoding.sequence_ids, encoding.offsets, strict=True))
        if sequence == 1 and a < answer[1] and answer[0] < b
    ]
    return (inside[0], inside[-1]) if inside else None


def encode(window: Window, tokenizer: Tokenizer) -> Encoded | None:
    """Turn a window into numbers; None when it is longer than MAX_TOKENS or its answer has no token.

    `tokenizer` must neither truncate nor pad.
    """
    encoding = tokenizer.encode(window.question, window.passage)
    if len(encoding.ids) > MAX_TOKENS:
        return None
    span = (0, 0) if window.answer is None else token_span(encoding, window.answer)
    if span is None:
        return None
    return Encoded(tuple(encoding.ids), tuple(encoding.type_ids), *span)


def draw(example: Example, rng: random.Random, tokenizer: Tokenizer) -> Encoded | None:
    """Crop and encode, with a smaller passage each time it is too long; None when even a third of the size is."""
    for shrink in (1.0, 0.8, 0.6, 0.45, 0.33):
        encoded = encode(crop(example, rng, shrink), tokenizer)
        if encoded is not None:
            return encoded
    return None
