"""Any sentence-transformers model, by name or folder. Needs torch: used to build a library, not to answer from one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quoth.corpus import EncoderError

from .encoder import Vectors
from .minilm import MINILM, MINILM_SHA256, minilm_folder
from .onnx_runtime import file_sha256

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["SentenceEncoder"]

_BATCH = 32
# sentence-transformers gives every model an empty prompt "document", which must not hide one of another name.
_PASSAGE_PROMPTS = ("document", "passage", "corpus")
_TELLING = {".bin", ".json", ".model", ".safetensors", ".txt"}  # files that decide what vectors a model gives


class SentenceEncoder:
    """`Encoder` over `sentence_transformers.SentenceTransformer`, with the model's own query and passage prompts."""

    def __init__(self, name: str = MINILM) -> None:
        """Load a model: the default by its name, else a local folder, else one in the local model cache.

        Raises EncoderError.
        """
        default = name in (MINILM, f"sentence-transformers/{MINILM}")
        folder = minilm_folder() if default else Path(name)
        self._model = _load(str(folder) if folder.exists() else name)
        self.name = name
        self.fingerprint = f"{MINILM}@{MINILM_SHA256[:16]}" if default else _fingerprint(name, folder)
        prompts = self._model.prompts
        self.query_prompt = prompts.get("query") or ""
        named = (prompts.get(name) for name in _PASSAGE_PROMPTS)
        self.passage_prompt = next((prompt for prompt in named if prompt), "")
        self.dimension = len(self.encode_questions(["?"])[0])

    @property
    def model(self) -> SentenceTransformer:
        """The model itself, for export."""
        return self._model

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`."""
        return self._encode(texts, self._model.encode_document, self.passage_prompt)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_questions`."""
        return self._encode(texts, self._model.encode_query, self.query_prompt)

    def _encode(self, texts: Sequence[str], encode: Callable[..., Any], prompt: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        rows = encode(list(texts), prompt=prompt, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32)


def _load(name: str) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(name, local_files_only=True)
    except (OSError, ValueError) as error:
        remedy = "give the folder of a sentence-transformers model, or the name of one already in the local model cache"
        raise EncoderError(f"The model {name!r} cannot be loaded; {remedy}.") from error


def _fingerprint(name: str, folder: Path) -> str:
    """For a folder its name and the hash of its files, prompts and words included; else the bare name."""
    if not folder.is_dir():
        return name
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in _TELLING):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{file_sha256(path)}\0".encode())
    return f"{folder.resolve().name}@{digest.hexdigest()[:16]}"
