"""Any sentence-transformers model, by name or folder. Needs torch: used to build a library, not to answer from one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from quoth.corpus import EncoderError

from .encoder import Vectors
from .minilm import MINILM, MINILM_SHA256, minilm_folder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["SentenceEncoder"]

_BATCH = 32


class SentenceEncoder:
    """`Encoder` over `sentence_transformers.SentenceTransformer`, with the model's own query and passage prompts."""

    def __init__(self, name: str = MINILM) -> None:
        """Load a model: the default by its name, else a local folder, else one in the local model cache.

        Raises EncoderError.
        """
        folder = minilm_folder() if name in (MINILM, f"sentence-transformers/{MINILM}") else Path(name)
        self._model = _load(str(folder) if folder.exists() else name)
        self.name = name
        self.fingerprint = _fingerprint(name, folder)
        self.dimension = len(self.encode_questions(["?"])[0])

    @property
    def model(self) -> SentenceTransformer:
        """The model itself, for export."""
        return self._model

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`."""
        return self._encode(texts, "document")

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_questions`."""
        return self._encode(texts, "query")

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        encode = self._model.encode_query if prompt == "query" else self._model.encode_document
        rows = encode(list(texts), batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32)


def _load(name: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, local_files_only=True)
    except (OSError, ValueError) as error:
        remedy = "give the folder of a sentence-transformers model, or the name of one already in the local model cache"
        raise EncoderError(f"The model {name!r} cannot be loaded; {remedy}.") from error


def _fingerprint(name: str, folder: Path) -> str:
    """The default's known hash; for a folder, the hash of its weight files; else the bare name."""
    if folder.is_dir() and folder.name != "model":
        digest = hashlib.sha256()
        for path in sorted(folder.rglob("*.safetensors")):
            digest.update(path.read_bytes())
        return f"{folder.name}@{digest.hexdigest()[:16]}"
    return f"{MINILM}@{MINILM_SHA256[:16]}" if folder.exists() else name
