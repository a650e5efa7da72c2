"""Export a trained reader to ONNX, check it against torch, and quantise it.

    python training/export_reader.py --model RUN/average --out RELEASE

Writes reader.onnx (32-bit floats), reader.int8.onnx, tokenizer.json, config.json and model.safetensors. The 8-bit twin
keeps its weights as 8-bit integers with a scale for every 32 of them, and its token table with a scale for every row;
activations are rounded by the same blocks while it runs, so that one window's numbers never depend on another's.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
from pathlib import Path

import numpy as np
import onnx
import torch
from base import load_tokenizer
from measure_reader import onnx_run, pad
from torch import Tensor, nn
from train_reader import load_model
from transformers import BertForQuestionAnswering

TOLERANCE = 1e-4  # greatest difference of a logit between torch and ONNX Runtime
_BLOCK = 32  # weights that share a scale
_INT8 = 4  # onnxruntime's name for sums of 8-bit products
_LARGE = 100_000  # numbers; smaller tables stay as they are
_PAIRS = (
    ("Who built it?", "The engine was built by James Watt in 1776."),
    ("When?", "It rained."),
    ("What is the capital of Poland?", "Warsaw is the capital and largest city of Poland. " * 12),
)


class Logits(nn.Module):
    """The model with tensors in and two tensors out, which is all that ONNX needs."""

    def __init__(self, model: BertForQuestionAnswering) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Start and end logits of shape (windows, tokens)."""
        out = self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        return out.start_logits, out.end_logits


def export(model: BertForQuestionAnswering, path: Path) -> None:
    """Write 32-bit ONNX whose number of windows and of tokens are free."""
    # Three tensors that differ: the exporter takes two names of one tensor for one input.
    ids, mask, types = torch.full((2, 16), 7), torch.ones((2, 16), dtype=torch.int64), torch.zeros((2, 16)).long()
    mask[1, 12:] = 0
    axes = {0: torch.export.Dim("windows", min=1, max=4096), 1: torch.export.Dim("tokens", min=3, max=512)}
    program = torch.onnx.export(
        Logits(model).eval(),
        (ids, mask, types),
        dynamo=True,
        dynamic_shapes=(axes, axes, axes),
        input_names=["input_ids", "attention_mask", "token_type_ids"],
        output_names=["start_logits", "end_logits"],
        external_data=False,
    )
    assert program is not None  # it is None only without dynamo
    program.save(str(path), external_data=False)


def difference(model: BertForQuestionAnswering, path: Path, folder: Path) -> float:
    """Greatest difference of a logit between torch and ONNX Runtime, over windows of three lengths, padded and not."""
    tokenizer, run = load_tokenizer(folder), onnx_run(path)
    encodings = tokenizer.encode_batch(list(_PAIRS))
    worst = 0.0
    for batch in (encodings, encodings[:1], encodings[2:]):
        inputs = pad(batch)
        with torch.inference_mode():
            ours = Logits(model).eval()(*(torch.from_numpy(value) for value in inputs.values()))
        for here, there in zip(ours, run(inputs), strict=True):
            real = inputs["attention_mask"] == 1
            worst = max(worst, float(np.abs(here.double().numpy() - there)[real].max()))
    return worst


def quantise(source: Path, target: Path) -> None:
    """Write the 8-bit twin."""
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    blocks = DefaultWeightOnlyQuantConfig(block_size=_BLOCK, is_symmetric=True, accuracy_level=_INT8, bits=8)
    quantiser = MatMulNBitsQuantizer(onnx.load(source), algo_config=blocks)
    quantiser.process()
    model = quantiser.model.model
    tables = {node.input[0]: node for node in model.graph.node if node.op_type == "Gather"}
    for weights in list(model.graph.initializer):
        if weights.name in tables and weights.data_type == onnx.TensorProto.FLOAT and math.prod(weights.dims) > _LARGE:
            _shrink_table(model.graph, weights, tables[weights.name])
    onnx.save(model, target)


def _shrink_table(graph: onnx.GraphProto, weights: onnx.TensorProto, lookup: onnx.NodeProto) -> None:
    """Keep a table of floats as 8-bit rows with a scale each; `lookup`, which reads it, becomes four nodes."""
    floats = onnx.numpy_helper.to_array(weights)
    scales = np.maximum(np.abs(floats).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny)
    name, index, out = weights.name, lookup.input[1], lookup.output[0]
    graph.initializer.remove(weights)
    graph.initializer.append(onnx.numpy_helper.from_array(np.round(floats / scales).astype(np.int8), f"{name}.rows"))
    graph.initializer.append(onnx.numpy_helper.from_array(scales.astype(np.float32), f"{name}.scales"))
    nodes = (
        onnx.helper.make_node("Gather", [f"{name}.rows", index], [f"{out}.rows"]),
        onnx.helper.make_node("Cast", [f"{out}.rows"], [f"{out}.floats"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node("Gather", [f"{name}.scales", index], [f"{out}.scales"]),
        onnx.helper.make_node("Mul", [f"{out}.floats", f"{out}.scales"], [out]),
    )
    at = list(graph.node).index(lookup)
    graph.node.remove(lookup)
    for offset, node in enumerate(nodes):
        graph.node.insert(at + offset, node)


def main() -> None:
    """Export, check and quantise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder with config.json and model.safetensors")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    model = load_model(args.model).train(False)
    export(model, args.out / "reader.onnx")
    worst = difference(model, args.out / "reader.onnx", args.model)
    if worst > TOLERANCE:
        raise SystemExit(f"ONNX differs from torch by {worst:.2e}, more than {TOLERANCE:.0e}; the export is not usable")
    quantise(args.out / "reader.onnx", args.out / "reader.int8.onnx")
    for name in ("tokenizer.json", "config.json", "model.safetensors"):
        shutil.copyfile(args.model / name, args.out / name)
    sizes = {path.name: path.stat().st_size for path in sorted(args.out.iterdir())}
    print(json.dumps({"difference": worst, "bytes": sizes}, indent=1))


if __name__ == "__main__":
    main()
