"""Passages in, hits out: encoder, vectors, words, and the catalogue that holds them together."""

from __future__ import annotations

from .encoder import Encoder, Vectors
from .engine import Index, IndexState
from .fusion import Fusion
from .hit import Hit
from .onnx_runtime import file_sha256, open_session, padded
from .opening import open_encoder
from .store import Ids, StoreStamp, VectorStore
from .tokens import tokens

__all__ = [
    "Encoder",
    "Fusion",
    "Hit",
    "Ids",
    "Index",
    "IndexState",
    "StoreStamp",
    "VectorStore",
    "Vectors",
    "file_sha256",
    "open_encoder",
    "open_session",
    "padded",
    "tokens",
]
