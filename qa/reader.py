"""The reader: reads a question with each passage and finds the words that answer, or that none do.

A BERT of 22 million parameters with the standard extractive question-answering head, trained by `training/` and
shipped as ONNX. `MODEL_CARD.md` beside this file tells of its data, figures and limits.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from quoth.corpus import EncoderError, Span
from quoth.index import file_sha256, open_session, padded

from .crew import Crew

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

__all__ = ["OnnxReader", "Reader", "Reading", "shipped_reader"]

Floats = NDArray[np.float64]
_LONGEST_WINDOW = 256  # tokens of question and passage; trained on up to 224
_LONGEST_QUESTION = 80  # tokens
_OVERLAP = 64  # tokens that two windows of a longer passage share
_LONGEST_SPAN = 48  # tokens; a long sentence
_PER_TOKEN = 0.1  # nats that a span loses by each further token, see MODEL_CARD.md
_FLOOR = -30.0  # logits; what a passage without a single token of its own gets


@dataclass(frozen=True, slots=True)
class Reading:
    """The best span of one text, in its characters, and what the model thinks of it, in nats.

    `margin`: start and end logit of the span minus those of the null span at [CLS]. `not_null`: minus the
    log-probability of the null span. `likelihood`: log-probability of the span.
    """

    span: Span
    margin: float
    not_null: float
    likelihood: float


class Reader(Protocol):
    """Finds answers in texts."""

    @property
    def fingerprint(self) -> str:
        """Names the model and its exact weights."""
        ...

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        """One reading a text, in order; every text has a character that is not white space."""
        ...


class OnnxReader:
    """`Reader` over an ONNX file and its tokenizer; loads on first use, safe from many threads.

    `crew` reads the windows of all questions, by default one on each core.
    """

    def __init__(self, model: Path, tokenizer: Path, fingerprint: str, crew: Crew | None = None) -> None:
        self.fingerprint = fingerprint
        self._paths = model, tokenizer
        self._crew = crew or Crew()
        self._loaded: tuple[Tokenizer, InferenceSession] | None = None
        self._uncut: Tokenizer | None = None

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        """See `Reader.read`. A text longer than a window is read in windows that overlap; the best one counts.

        Raises CancelledError when nobody waits (see `wanted`).
        """
        tokenizer, session = self._load()
        asked = self._shortened(question, tokenizer)
        encodings = tokenizer.encode_batch([(asked, text) for text in texts])
        whole = [(window, at) for at, one in enumerate(encodings) for window in (one, *one.overflowing)]
        longest_first = sorted(whole, key=lambda part: -len(part[0].ids))  # so that all cores end together
        found = self._crew.map(lambda part: _read(session, part[0], texts[part[1]]), longest_first)
        readings: list[list[Reading]] = [[] for _ in texts]
        for (_, at), reading in zip(longest_first, found, strict=True):
            readings[at].append(reading)
        return [max(windows, key=lambda reading: reading.margin) for windows in readings]

    def _load(self) -> tuple[Tokenizer, InferenceSession]:
        if self._loaded is None:
            from tokenizers import Tokenizer

            model, tokenizer = self._paths
            loaded = Tokenizer.from_file(str(tokenizer))
            loaded.enable_truncation(_LONGEST_WINDOW, stride=_OVERLAP, strategy="only_second")
            loaded.no_padding()
            self._loaded = loaded, open_session(model, threads=1)  # each window has a core to itself
        return self._loaded

    def _shortened(self, question: str, tokenizer: Tokenizer) -> str:
        """The question, or as much of its beginning as leaves most of a window to the text."""
        if len(question) <= _LONGEST_QUESTION:  # no token is shorter than a character
            return question
        if self._uncut is None:  # a copy, made once: it takes longer than a window, and the original cuts
            from tokenizers import Tokenizer

            uncut = Tokenizer.from_str(tokenizer.to_str())
            uncut.no_truncation()
            self._uncut = uncut
        offsets = self._uncut.encode(question, add_special_tokens=False).offsets
        return question if len(offsets) <= _LONGEST_QUESTION else question[: offsets[_LONGEST_QUESTION - 1][1]]


def _read(session: InferenceSession, window: Encoding, text: str) -> Reading:
    """One window by itself: a batch takes longer than its windows one after the other do, measured."""
    start, end = (np.asarray(logits) for logits in session.run(["start_logits", "end_logits"], padded([window])))
    return _best_span(start[0], end[0], window, text)


def _best_span(start: NDArray[np.float32], end: NDArray[np.float32], window: Encoding, text: str) -> Reading:
    """Only tokens of the text count, the end may not precede the start, a span has at most 48 tokens, and a shorter one
    is preferred; margin and likelihood are those of the model.
    """
    tokens = np.flatnonzero([sequence == 1 and a < b for sequence, (a, b) in _places(window)])
    if not len(tokens):  # a question that fills the window, or text the tokenizer knows nothing of
        return Reading(Span(0, len(text)), _FLOOR, 0.0, _FLOOR)
    sums = start[tokens][:, None].astype(np.float64) + end[tokens][None, :]
    shape = np.ones(sums.shape, dtype=bool)
    sums[~(np.triu(shape) & ~np.triu(shape, _LONGEST_SPAN))] = -np.inf
    longer = np.subtract.outer(np.arange(len(tokens)), np.arange(len(tokens))).T
    first, last = (tokens[at] for at in np.unravel_index(int((sums - _PER_TOKEN * longer).argmax()), sums.shape))
    one, two = _log_softmax(start), _log_softmax(end)
    return Reading(
        span=Span(window.offsets[first][0], window.offsets[last][1]),
        margin=float(sums.max() - start[0] - end[0]),
        not_null=float(-(one[0] + two[0])),
        likelihood=float(one[first] + two[last]),
    )


def _places(window: Encoding) -> list[tuple[int | None, tuple[int, int]]]:
    return list(zip(window.sequence_ids, window.offsets, strict=True))


def _log_softmax(logits: NDArray[np.float32]) -> Floats:
    shifted = logits.astype(np.float64) - float(logits.max())
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


@lru_cache(maxsize=1)
def shipped_reader() -> OnnxReader:
    """The reader that comes with Quoth, its weights checked against their hash. Raises EncoderError."""
    folder = Path(str(files("quoth.qa")))
    card = json.loads((folder / "reader.json").read_text(encoding="utf-8"))
    model, tokenizer = folder / "reader.onnx", folder / "reader.tokenizer.json"
    for path, expected in ((model, card["model_sha256"]), (tokenizer, card["tokenizer_sha256"])):
        if file_sha256(path) != expected:
            raise EncoderError(f"{path} is not the file that was released; install Quoth again.")
    return OnnxReader(model, tokenizer, card["fingerprint"])
