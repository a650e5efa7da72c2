"""MiniLM in the form that Chroma's default embedding function reads, made from the weights in a folder:

    python -m benchmarks.peers.chroma_model MODEL_FOLDER FOLDER

FOLDER/onnx then holds what Chroma would have fetched. Run by Quoth's own Python, which has torch; not timed.
"""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

__all__ = ["make"]

_BESIDE = ("config.json", "special_tokens_map.json", "tokenizer_config.json", "tokenizer.json", "vocab.txt")


def make(model: Path, folder: Path) -> None:
    """Write FOLDER/onnx, whole or not at all."""
    scratch = folder / "onnx.part"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name in _BESIDE:
        if (model / name).exists():
            shutil.copyfile(model / name, scratch / name)
        else:  # only looked for, never read
            (scratch / name).touch()
    _export(model, scratch / "model.onnx")
    scratch.rename(folder / "onnx")


def _export(model: Path, file: Path) -> None:
    import torch
    from transformers import AutoModel

    class States(torch.nn.Module):
        """The last hidden state of every token: Chroma pools it itself."""

        def __init__(self) -> None:
            super().__init__()
            self.model = AutoModel.from_pretrained(str(model))

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            return self.model(input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)[0]

    ids = torch.arange(1, 33).reshape(2, 16)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            States().eval(),
            (ids, torch.ones(2, 16, dtype=torch.long), torch.zeros(2, 16, dtype=torch.long)),
            input_names=names,
            output_names=["last_hidden_state"],
            dynamic_shapes=dict.fromkeys(names, axes),
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise SystemExit("MiniLM could not be exported for Chroma")
    program.save(str(file), external_data=False)


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
