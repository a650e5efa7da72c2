"""The encoder of a damaged library: opened where it is whole, else made anew from the model it was made from."""

from __future__ import annotations

import json
from pathlib import Path

from quoth.corpus import LibraryDamaged

from .encoder import Encoder
from .minilm import MINILM
from .onnx_encoder import CARD, OnnxEncoder
from .opening import open_encoder

__all__ = ["mended_encoder"]


def mended_encoder(folder: Path, wanted: Encoder | str | None) -> tuple[Encoder, bool]:
    """See `open_encoder`; and whether it had to be made anew. Raises LibraryDamaged where that cannot be done here,
    EncoderError, LibraryMismatch.
    """
    if wanted is not None and not isinstance(wanted, str):
        return wanted, False
    try:
        OnnxEncoder(folder).check()
    except LibraryDamaged as damage:
        return _again(folder, wanted or _name(folder), damage), True
    return open_encoder(folder, wanted), False


def _again(folder: Path, name: str, damage: LibraryDamaged) -> Encoder:
    try:
        return open_encoder(folder, name, carry=True)
    except ImportError as error:
        remedy = "repair where Quoth is installed with torch, or copy this folder from a library of the same model"
        raise LibraryDamaged(f"{str(damage).partition('; ')[0]}, and cannot be made anew here; {remedy}.") from error


def _name(folder: Path) -> str:
    """The model that the card names, as far as it can be read; else the default one."""
    try:
        name = json.loads((folder / CARD).read_text(encoding="utf-8"))["name"]
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return MINILM
    return name if isinstance(name, str) else MINILM
