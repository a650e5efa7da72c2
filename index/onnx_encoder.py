"""The encoder a library carries: the same model in ONNX Runtime, without torch."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quoth.corpus import LibraryDamaged

from .encoder import Vectors
from .onnx_runtime import batches, file_sha256, open_session, padded

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

__all__ = ["CARD", "MODEL", "TOKENIZER", "EncoderCard", "OnnxEncoder"]

CARD, MODEL, TOKENIZER = "encoder.json", "model.onnx", "tokenizer.json"
_REPAIR = "run `quoth doctor --repair`."
_SEAL = "card_sha256"  # of the card's other facts
_FEW = 4  # batches; with more, every core takes batches of its own, which saves waiting for the others in every layer


@dataclass(frozen=True, slots=True)
class EncoderCard:
    """What stands beside an exported model. Hashes are SHA-256 (hex) of the two files; prompts go before each text."""

    name: str
    fingerprint: str
    dimension: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    model_sha256: str
    tokenizer_sha256: str

    def save(self, folder: Path) -> None:
        """Write the card into the folder of the model it describes."""
        sealed = {**asdict(self), _SEAL: self._digest()}
        (folder / CARD).write_text(json.dumps(sealed, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> EncoderCard:
        """Read the card. Raises LibraryDamaged."""
        try:
            facts = dict(json.loads((folder / CARD).read_text(encoding="utf-8")))
            sealed = facts.pop(_SEAL, None)  # there was none before
            card = cls(**facts)
            if sealed not in (None, card._digest()):
                raise ValueError("it is not as it was written")
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise LibraryDamaged(f"{folder / CARD} cannot be read ({error}); {_REPAIR}") from error
        return card

    def _digest(self) -> str:
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


class OnnxEncoder:
    """`Encoder` over a folder with `encoder.json`, `model.onnx` and `tokenizer.json`; loads on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.card = EncoderCard.load(folder)
        self._loaded: tuple[Tokenizer, InferenceSession] | None = None
        self._one_core: InferenceSession | None = None

    @property
    def fingerprint(self) -> str:
        """See `Encoder.fingerprint`."""
        return self.card.fingerprint

    @property
    def dimension(self) -> int:
        """See `Encoder.dimension`."""
        return self.card.dimension

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`."""
        return self._encode([self.card.passage_prompt + text for text in texts])

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_questions`."""
        return self._encode([self.card.query_prompt + text for text in texts])

    def _encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return rows
        tokenizer, session = self._load()
        encodings = tokenizer.encode_batch(list(texts))
        groups = batches([len(encoding.ids) for encoding in encodings])
        several = len(groups) > _FEW
        session = self._single() if several else session

        def fill(batch: list[int]) -> None:
            rows[batch] = _run(session, [encodings[at] for at in batch])

        with ThreadPoolExecutor(os.cpu_count() if several else 1) as pool:
            list(pool.map(fill, reversed(groups)))  # the longest first: nobody is left with one at the end
        return rows

    def _single(self) -> InferenceSession:
        """A second session, for batches side by side; only who embeds much pays for it."""
        if self._one_core is None:
            self._one_core = open_session(self._folder / MODEL, 1)
        return self._one_core

    def check(self) -> None:
        """Raises LibraryDamaged where the files are not those that the card describes."""
        for name, expected in ((MODEL, self.card.model_sha256), (TOKENIZER, self.card.tokenizer_sha256)):
            if file_sha256(self._folder / name) != expected:
                raise LibraryDamaged(f"{self._folder / name} is not the file that was saved; {_REPAIR}")

    def _load(self) -> tuple[Tokenizer, InferenceSession]:
        if self._loaded is None:
            self.check()
            self._loaded = _open(self._folder, self.card)
        return self._loaded


def _open(folder: Path, card: EncoderCard) -> tuple[Tokenizer, InferenceSession]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    tokenizer.enable_truncation(max_length=card.max_tokens)
    tokenizer.no_padding()
    return tokenizer, open_session(folder / MODEL)


def _run(session: InferenceSession, encodings: Sequence[Encoding]) -> Vectors:
    inputs = padded(encodings)
    del inputs["token_type_ids"]  # one text a row: the exported graph has no such input
    (vectors,) = session.run(None, inputs)
    return np.asarray(vectors, dtype=np.float32)
