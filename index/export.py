"""From sentence-transformers to the ONNX files a library carries, made once a model and kept in the user's cache.

The export is believed only after its vectors agreed with sentence-transformers on every line of the bundled articles.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from quoth.corpus import EncoderError, LibraryDamaged, bundled_folder, make_folder, sync, sync_tree

from .minilm import MINILM
from .onnx_encoder import CARD, MODEL, TOKENIZER, EncoderCard, OnnxEncoder
from .onnx_runtime import file_sha256
from .sentence_encoder import SentenceEncoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["CACHE_VARIABLE", "carry_encoder"]

CACHE_VARIABLE = "QUOTH_CACHE"
_LARGEST_DIFFERENCE = 1e-4
_FORM = "2 "  # of the graph; a cache of before it was changed is not used
_ODD = ("", "When is the summit?", "Ça coûte 1,5 € — naïve café, Ёлка, 東京都, 😀", "word " * 300)


def carry_encoder(folder: Path, name: str = MINILM) -> OnnxEncoder:
    """Put the ONNX form of model `name` into `folder` and open it.

    Raises EncoderError when the model cannot be loaded or its export does not agree with it.
    """
    cached = _cached(name)
    if Path(name).exists() or not _is_whole(cached):
        with _silence():
            _export(SentenceEncoder(name), cached)
    make_folder(folder.parent)
    partial = folder.with_name(f"{folder.name}.partial")
    for old in (partial, folder):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(cached, partial, copy_function=_link_or_copy)
    _put_in_place(partial, folder)
    return OnnxEncoder(folder)


def _is_whole(cached: Path) -> bool:
    """A damaged library may have shared its files, and so the damage, with the cache."""
    if not (cached / CARD).exists():
        return False
    try:
        OnnxEncoder(cached).check()
    except LibraryDamaged:
        return False
    return True


@contextmanager
def _silence() -> Iterator[None]:
    """No progress bars of transformers, no warnings of torch about its own parts: neither is about the user's work."""
    from transformers.utils import logging as chatter

    bars, disabled = chatter.is_progress_bar_enabled(), logging.root.manager.disable
    chatter.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(disabled)
        if bars:
            chatter.enable_progress_bar()  # type: ignore[no-untyped-call]


def _cached(name: str) -> Path:
    """Where the model of this name is kept; no two share a place, and "." or ".." is the folder it stands for."""
    said = str(Path(name).resolve()) if Path(name).exists() else name
    readable = re.sub(r"[^\w.-]+", "_", Path(said).name)
    return _cache() / f"{readable}-{hashlib.sha256((_FORM + said).encode()).hexdigest()[:12]}"


def _cache() -> Path:
    from platformdirs import user_cache_path

    chosen = os.environ.get(CACHE_VARIABLE)
    return (Path(chosen) if chosen else user_cache_path("quoth", appauthor=False)) / "encoders"


def _link_or_copy(source: str, target: str) -> None:
    """A hard link costs no space; other file systems get a copy. Neither file is ever written again."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _export(encoder: SentenceEncoder, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        folder = Path(scratch) / "encoder"
        folder.mkdir()
        model = encoder.model
        _write_model(_plain(model), folder / MODEL)
        model.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        EncoderCard(
            name=encoder.name,
            fingerprint=encoder.fingerprint,
            dimension=encoder.dimension,
            max_tokens=int(model.max_seq_length or 512),
            query_prompt=encoder.query_prompt,
            passage_prompt=encoder.passage_prompt,
            model_sha256=file_sha256(folder / MODEL),
            tokenizer_sha256=file_sha256(folder / TOKENIZER),
        ).save(folder)
        _check(encoder, OnnxEncoder(folder))
        shutil.rmtree(target, ignore_errors=True)
        _put_in_place(folder, target)


def _put_in_place(new: Path, folder: Path) -> None:
    """Under its name only when all of it is on disk; a half one would be taken for a damaged library."""
    sync_tree(new)
    new.replace(folder)
    sync(folder.parent)


def _plain(model: SentenceTransformer) -> SentenceTransformer:
    """A copy to be exported: on no GPU, and its attention written out, which ONNX Runtime runs faster than torch's."""
    copy = deepcopy(model).cpu()
    if copy.transformers_model is not None:
        copy.transformers_model.set_attn_implementation("eager")
    return copy


def _write_model(model: SentenceTransformer, path: Path) -> None:
    import torch

    class Embedding(torch.nn.Module):
        """Token ids in, one row of length 1 a text out: all modules of the model as one graph."""

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            features = model({"input_ids": input_ids, "attention_mask": attention_mask})
            return torch.nn.functional.normalize(features["sentence_embedding"], dim=1)

    wrapped = Embedding()
    wrapped.model = model  # registers the weights
    ids = torch.arange(1, 33).reshape(2, 16)  # two different tensors: the exporter takes one passed twice for one input
    mask = torch.ones(2, 16, dtype=torch.long)
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns about its own internals
        program = torch.onnx.export(
            wrapped.eval(),
            (ids, mask),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise EncoderError("The model could not be exported to ONNX; choose another one.")
    program.save(str(path), external_data=False)


def _check(encoder: SentenceEncoder, exported: OnnxEncoder) -> None:
    articles = [path.read_text(encoding="utf-8") for path in sorted(bundled_folder().glob("*.txt"))]
    probes = [*_ODD, *articles, *(line for article in articles for line in article.splitlines())]
    pairs = (
        (encoder.encode_questions(probes), exported.encode_questions(probes)),
        (encoder.encode_passages(probes), exported.encode_passages(probes)),
    )
    worst = max(float(np.abs(theirs - ours).max()) for theirs, ours in pairs)
    if worst > _LARGEST_DIFFERENCE:
        raise EncoderError(
            f"The ONNX form of {encoder.name} differs by {worst:.2g} from the model; choose another one."
        )
