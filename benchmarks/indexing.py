"""How fast and in how much memory documents are taken in: embedding, many files, the same files again."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from quoth.corpus import Splitting, read_bytes, split
from quoth.index import Vectors
from quoth.index.export import carry_encoder
from quoth.index.minilm import minilm_folder
from quoth.index.onnx_encoder import MODEL, OnnxEncoder
from quoth.index.onnx_runtime import file_sha256

from .data import TextSet
from .many_files import again_table, memory_table, ratio_of
from .metrics import Estimate, mean_estimate, rate_estimate
from .suites import SEED, Found, Run
from .tables import Row, Table

__all__ = ["embedding_table", "indexing", "passages_of", "side_by_side"]

_ABOUT = (
    "Passages of the sixteen articles of SQuAD 2, as Quoth cuts them, embedded by `SentenceTransformer.encode` "
    "(batches of 32, the same weights, torch on all cores) and by the encoder that a library carries. All get the same "
    "list; whoever comes first changes with every round.",
    "Then folders of many small files, each of one sentence of its own: taken in by `quoth add`, and once more with "
    "nothing changed.",
)
_INT8 = (
    "int8 is what quantising the weights would give. Quoth does not do it: every figure of quality was measured with "
    "float32."
)
_THEIRS, _OURS, _SMALL = "SentenceTransformer.encode", "Quoth", "Quoth's encoder in int8, not used"
Embed = Callable[[Sequence[str]], Vectors]


def indexing(run: Run) -> Found:
    """Passages a second against sentence-transformers; adding many files, adding them again, memory."""
    folder = run.kept / "indexing"
    chosen = run.read("squad2_dev_a")
    texts = passages_of(chosen, 64 if run.quick else 1_024)
    questions = [question.text for question in chosen.questions][: 50 if run.quick else 500]
    embedding = embedding_table(folder, texts, questions, 3 if run.quick else 9)
    sizes = (100, 1_000) if run.quick else (1_000, 10_000, 100_000)
    files, plot = memory_table(folder, sizes)
    again = again_table(folder, sizes[1], 5 if run.quick else 15)
    return Found("Taking documents in", _ABOUT, (embedding, files, again), (plot,))


def passages_of(chosen: TextSet, count: int) -> list[str]:
    """Up to `count` different passages of a set's documents, drawn with a seed."""
    documents = (read_bytes(data, name) for name, data in chosen.files)
    texts = list(dict.fromkeys(one.text.strip() for each in documents for one in split(each, Splitting())))
    return random.Random(SEED).sample(texts, min(count, len(texts)))


def embedding_table(folder: Path, texts: Sequence[str], questions: Sequence[str], rounds: int) -> Table:
    """Passages a second of sentence-transformers, of Quoth and of int8 weights, and what int8 changes."""
    ours = carry_encoder(folder / "encoder")
    small = _quantised(ours, folder / "encoder", folder / "int8")
    theirs = _sentence_transformer()
    ways = {_THEIRS: theirs, _OURS: ours.encode_passages, _SMALL: small.encode_passages}
    taken = side_by_side(ways, texts, rounds)
    speeds = {way: mean_estimate([len(texts) / seconds for seconds in found]) for way, found in taken.items()}
    apart = float(np.abs(theirs(texts) - ours.encode_passages(texts)).max())
    same = _same_nearest(ours, small, texts, questions)
    rows = (
        *(Row(f"{way}, passages a second", "/s", (speed,)) for way, speed in speeds.items()),
        *(Row(f"{way} over {_THEIRS}", "x", (ratio_of(taken[_THEIRS], taken[way]),)) for way in (_OURS, _SMALL)),
        Row(f"largest difference of a number, {_OURS} and {_THEIRS}", "", (f"{apart:.1e}",)),
        Row("questions whose nearest passage is the same in int8", "%", (same,)),
    )
    note = f"{len(texts):,} passages; n is rounds, or questions. {_INT8}"
    return Table("Embedding", ("mean",), rows, (note,))


def side_by_side(ways: Mapping[str, Embed], texts: Sequence[str], rounds: int) -> dict[str, list[float]]:
    """Seconds each way takes for `texts`, by round; nobody is always first, and a short first round is not kept."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for at in range(rounds + 1):
        for way, embed in list(ways.items())[:: 1 if at % 2 else -1]:
            began = time.perf_counter()
            embed(texts if at else texts[:8])
            if at:
                taken[way].append(time.perf_counter() - began)
    return taken


def _sentence_transformer() -> Embed:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(minilm_folder()), local_files_only=True)

    def embed(texts: Sequence[str]) -> Vectors:
        return np.asarray(model.encode(list(texts), batch_size=32, show_progress_bar=False), dtype=np.float32)

    return embed


def _quantised(encoder: OnnxEncoder, source: Path, folder: Path) -> OnnxEncoder:
    """The same encoder with weights in int8, quantised without any data."""
    from onnxruntime.quantization import quantize_dynamic

    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(MODEL))
    quantize_dynamic(source / MODEL, folder / MODEL)
    replace(encoder.card, model_sha256=file_sha256(folder / MODEL)).save(folder)
    return OnnxEncoder(folder)


def _same_nearest(ours: OnnxEncoder, small: OnnxEncoder, texts: Sequence[str], questions: Sequence[str]) -> Estimate:
    exact, rough = (
        np.argmax(encoder.encode_questions(questions) @ encoder.encode_passages(texts).T, axis=1)
        for encoder in (ours, small)
    )
    return rate_estimate([bool(same) for same in exact == rough])
