"""Which encoder a library gets: the one it carries, or, when it is made, the one asked for."""

from __future__ import annotations

from pathlib import Path

from quoth.corpus import LibraryMismatch

from .encoder import Encoder
from .minilm import MINILM
from .onnx_encoder import OnnxEncoder

__all__ = ["open_encoder"]


def open_encoder(folder: Path, wanted: Encoder | str | None, *, carry: bool = False) -> Encoder:
    """The encoder in `folder`; with `carry` it is put there first. An `Encoder` given as such is used as it is.

    Raises EncoderError, LibraryDamaged, and LibraryMismatch when a model other than the carried one is asked for.
    """
    if wanted is not None and not isinstance(wanted, str):
        return wanted
    if carry:
        from .export import carry_encoder

        return carry_encoder(folder, wanted or MINILM)
    encoder = OnnxEncoder(folder)
    if wanted is not None and wanted != encoder.card.name:
        raise LibraryMismatch(
            f"This library was made with the model {encoder.card.name!r}, not {wanted!r}; make a new one for that."
        )
    return encoder
