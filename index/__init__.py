"""Passages in, hits out: encoder, vectors, words, and the catalogue that holds them together."""

from __future__ import annotations

from .encoder import Encoder, Vectors
from .engine import Index
from .faiss_store import search_on_one_thread
from .fusion import Fusion
from .health import INDEX
from .hit import Hit
from .onnx_runtime import file_sha256, open_session, padded
from .opening import open_encoder
from .recarrying import mended_encoder
from .state import IndexState
from .store import Ids, StoreStamp, VectorStore
from .tokens import content_tokens, surface_words, tokens

__all__ = [
    "INDEX",
    "Encoder",
    "Fusion",
    "Hit",
    "Ids",
    "Index",
    "IndexState",
    "StoreStamp",
    "VectorStore",
    "Vectors",
    "content_tokens",
    "file_sha256",
    "mended_encoder",
    "open_encoder",
    "open_session",
    "padded",
    "search_on_one_thread",
    "surface_words",
    "tokens",
]
