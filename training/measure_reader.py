"""Measure a reader on articles it was not trained on: its spans, its refusals and its use as a re-ranker.

    python training/measure_reader.py --model RUN/average --data DATA --out figures.json
    python training/measure_reader.py --model reader.onnx --data DATA --retrieval 500 --out figures.json

A model is a folder that transformers can load, or an ONNX file with its tokenizer.json beside it.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from base import base_folder, load_tokenizer
from mixture import HELD_OUT, VALIDATION, passages, read_articles
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from windows import Example

Array = NDArray[np.float64]
Run = Callable[[dict[str, NDArray[np.int64]]], tuple[Array, Array]]
"""input_ids, attention_mask, token_type_ids of shape (windows, tokens) to start and end logits of that shape."""

LONGEST_SPAN = 48  # tokens; a long sentence
_BATCH_TOKENS = 4096
PER_TOKEN = 0.1  # nats that a span loses by each further token, as in qa/reader.py
_NAMES = ("margin", "not_null", "span", "start")


@dataclass(frozen=True, slots=True)
class Reading:
    """The best span of one window, a (start, stop) slice of the passage, and the scores in nats that may judge it.

    margin: best (start + end) logits minus those of [CLS]; not_null: minus the log-probability of the null span;
    span: log-probability of the best span; start: best start logit minus that of [CLS]. Higher is likelier an answer.
    """

    start: int
    stop: int
    margin: float
    not_null: float
    span: float
    begin: float

    def score(self, name: str) -> float:
        """The score called `name`."""
        return float({"margin": self.margin, "not_null": self.not_null, "span": self.span, "start": self.begin}[name])


def _log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()))


def best_span(start: Array, end: Array, encoding: Encoding) -> Reading:
    """Read one window's logits, each of shape (tokens,), without padding.

    Only tokens of the passage count, the end may not precede the start, and a span has at most LONGEST_SPAN tokens,
    and a shorter one is preferred; margin is the best span's whatever its length.
    """
    inside = np.array([sequence == 1 for sequence in encoding.sequence_ids])
    tokens = np.flatnonzero(inside)
    if not len(tokens):
        return Reading(0, 0, -np.inf, -np.inf, -np.inf, -np.inf)
    sums = start[tokens][:, None] + end[tokens][None, :]
    ordered = np.triu(np.ones(sums.shape, dtype=bool)) & ~np.triu(np.ones(sums.shape, dtype=bool), LONGEST_SPAN)
    sums = np.where(ordered, sums, -np.inf)
    longer = np.subtract.outer(np.arange(len(sums)), np.arange(len(sums))).T
    first, last = np.unravel_index(int((sums - PER_TOKEN * longer).argmax()), sums.shape)
    one, two = _log_softmax(start), _log_softmax(end)
    i, j = tokens[first], tokens[last]
    return Reading(
        encoding.offsets[i][0],
        encoding.offsets[j][1],
        float(sums.max() - start[0] - end[0]),
        float(-(one[0] + two[0])),
        float(one[i] + two[j]),
        float(start[tokens].max() - start[0]),
    )


def onnx_run(path: Path) -> Run:
    """A runner for an ONNX file."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def run(inputs: dict[str, NDArray[np.int64]]) -> tuple[Array, Array]:
        start, end = session.run(["start_logits", "end_logits"], inputs)
        return np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)

    return run


def torch_run(folder: Path) -> Run:
    """A runner for a folder that transformers can load."""
    import torch
    from train_reader import load_model

    model = load_model(folder).train(False)

    def run(inputs: dict[str, NDArray[np.int64]]) -> tuple[Array, Array]:
        with torch.inference_mode():
            out = model(**{name: torch.from_numpy(value) for name, value in inputs.items()})
        return out.start_logits.double().numpy(), out.end_logits.double().numpy()

    return run


def pad(encodings: Sequence[Encoding]) -> dict[str, NDArray[np.int64]]:
    """Pad a batch to its longest window."""
    shape = (len(encodings), max(len(encoding.ids) for encoding in encodings))
    inputs = {name: np.zeros(shape, dtype=np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
    for row, encoding in enumerate(encodings):
        width = len(encoding.ids)
        inputs["input_ids"][row, :width] = encoding.ids
        inputs["attention_mask"][row, :width] = 1
        inputs["token_type_ids"][row, :width] = encoding.type_ids
    return inputs


def read(run: Run, tokenizer: Tokenizer, pairs: Sequence[tuple[str, str]]) -> list[Reading]:
    """Read (question, passage) pairs, in batches of like length; at most 512 tokens of each are seen."""
    tokenizer.enable_truncation(512, strategy="only_second")
    encodings = tokenizer.encode_batch(list(pairs))
    tokenizer.no_truncation()
    found: dict[int, Reading] = {}
    order = sorted(range(len(pairs)), key=lambda i: len(encodings[i].ids))
    while order:
        take = max(1, _BATCH_TOKENS // len(encodings[order[min(32, len(order)) - 1]].ids))
        batch, order = order[:take], order[take:]
        starts, ends = run(pad([encodings[i] for i in batch]))
        for row, i in enumerate(batch):
            width = len(encodings[i].ids)
            found[i] = best_span(starts[row, :width], ends[row, :width], encodings[i])
    return [found[i] for i in range(len(pairs))]


def words(text: str) -> list[str]:
    """Words as the SQuAD scorer counts them: lower case, no punctuation, no articles."""
    bare = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", bare).split()


def word_f1(said: str, gold: str) -> float:
    """Harmonic mean of precision and recall over the bag of words, 0 to 1."""
    a, b = words(said), words(gold)
    common = sum((Counter(a) & Counter(b)).values())
    return 2 * common / (len(a) + len(b)) if a and b else float(a == b)


def char_f1(said: tuple[int, int], gold: tuple[int, int]) -> float:
    """Harmonic mean of precision and recall over the characters of two slices of one text, 0 to 1."""
    common = max(0, min(said[1], gold[1]) - max(said[0], gold[0]))
    return 2 * common / (said[1] - said[0] + gold[1] - gold[0])


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Chance that a positive scores higher than a negative, ties counting half."""
    ranked = np.concatenate([np.asarray(positive), np.asarray(negative)])
    _, inverse, counts = np.unique(ranked, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    n, m = len(positive), len(negative)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def span_figures(examples: Sequence[Example], readings: Sequence[Reading]) -> dict[str, float]:
    """Figures with the right paragraph given: spans on the answerable questions, AUROC on all."""
    rows = [(e, r) for e, r in zip(examples, readings, strict=True) if e.answers]
    slices = [(r.start, r.stop) for _, r in rows]
    said = [e.context[r.start : r.stop] for e, r in rows]
    golds = [[e.context[a:b] for a, b in e.answers] for e, _ in rows]
    chars = [max(char_f1(s, gold) for gold in e.answers) for (e, _), s in zip(rows, slices, strict=True)]
    figures = {
        "questions": float(len(examples)),
        "answerable": float(len(rows)),
        "char_f1": float(np.mean(chars)),
        "token_f1": float(np.mean([max(word_f1(s, g) for g in gs) for s, gs in zip(said, golds, strict=True)])),
        "exact": float(np.mean([any(words(s) == words(g) for g in gs) for s, gs in zip(said, golds, strict=True)])),
        "overlap": float(np.mean([f > 0 for f in chars])),
    }
    unanswered = [r for e, r in zip(examples, readings, strict=True) if not e.answers]
    for name in _NAMES if unanswered else ():
        figures[f"auroc_{name}"] = auroc([r.score(name) for _, r in rows], [r.score(name) for r in unanswered])
    return figures


def candidates(
    questions: Sequence[str], texts: Sequence[str], encoder: Path, depth: int = 10
) -> tuple[NDArray[np.int64], Array]:
    """First passages by reciprocal-rank fusion (k = 60) of MiniLM and BM25, and their scores: (questions, depth)."""
    import bm25s  # type: ignore[import-untyped]  # ships no types
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(encoder), device="cpu")
    dense = (
        model.encode(list(questions), normalize_embeddings=True)
        @ model.encode(list(texts), normalize_embeddings=True).T
    )
    engine = bm25s.BM25()
    engine.index(bm25s.tokenize(list(texts), stopwords="en", show_progress=False), show_progress=False)
    lexical = np.zeros(dense.shape)
    ranked, scores = engine.retrieve(
        bm25s.tokenize(list(questions), stopwords="en", show_progress=False), k=len(texts), show_progress=False
    )
    np.put_along_axis(lexical, np.asarray(ranked, dtype=np.int64), np.asarray(scores, dtype=np.float64), axis=1)
    fused = sum(1 / (60 + 1 + (-scores).argsort(axis=1, kind="stable").argsort(axis=1)) for scores in (dense, lexical))
    top = (-np.asarray(fused)).argsort(axis=1, kind="stable")[:, :depth]
    return top.astype(np.int64), np.take_along_axis(np.asarray(fused), top, axis=1)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Articles cut into passages, and the questions over them with gold as (document, start, stop)."""

    places: tuple[tuple[str, int, int], ...]
    texts: tuple[str, ...]
    questions: tuple[str, ...]
    golds: tuple[tuple[tuple[str, int, int], ...], ...]


def shelf(folder: Path, articles: Sequence[str], sample: int, seed: int = 7) -> Shelf:
    """Cut the articles at about 600 characters and draw `sample` of their questions."""
    places, texts = [], []
    for doc in articles:
        text = (folder / "docs" / f"{doc}.txt").read_bytes().decode("utf-8")
        for start, stop in passages(text):
            places.append((doc, start, stop))
            texts.append(text[start:stop])
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["relevant"][0] in articles]
    rows = random.Random(seed).sample(rows, min(sample, len(rows)))
    golds = [tuple((a["doc"], a["start"], a["start"] + len(a["text"])) for a in row["answers"]) for row in rows]
    return Shelf(tuple(places), tuple(texts), tuple(row["question"] for row in rows), tuple(golds))


def retrieval_figures(run: Run, tokenizer: Tokenizer, books: Shelf, encoder: Path) -> dict[str, float]:
    """Share of answerable questions whose first passage holds gold, before and after the reader re-ranks ten.

    `refusal_auroc`: the best passage's margin on answerable against unanswerable questions.
    """
    top, _ = candidates(books.questions, books.texts, encoder)
    pairs = [(question, books.texts[i]) for question, row in zip(books.questions, top, strict=True) for i in row]
    readings = read(run, tokenizer, pairs)
    scores = {name: np.array([r.score(name) for r in readings]).reshape(top.shape) for name in _NAMES}
    ranks = (-scores["margin"]).argsort(axis=1).argsort(axis=1)
    scores["margin_and_rank"] = 1 / (5.0 + ranks) + 1 / (5.0 + np.arange(top.shape[1]))[None, :]
    asked = [i for i, gold in enumerate(books.golds) if gold]

    def holds(question: int, column: int) -> bool:
        doc, start, stop = books.places[int(top[question, column])]
        return any(d == doc and start <= a and b <= stop for d, a, b in books.golds[question])

    figures = {
        "passages": float(len(books.texts)),
        "answerable": float(len(asked)),
        "retrieval_top1": float(np.mean([holds(i, 0) for i in asked])),
        "retrieval_top10": float(np.mean([any(holds(i, c) for c in range(top.shape[1])) for i in asked])),
    }
    for name, values in scores.items():
        figures[f"top1_{name}"] = float(np.mean([holds(i, int(values[i].argmax())) for i in asked]))
    best = scores["margin"].max(axis=1)
    empty = [i for i, gold in enumerate(books.golds) if not gold]
    figures["refusal_auroc"] = auroc(best[asked].tolist(), best[empty].tolist())
    return figures


def main() -> None:
    """Measure one model and write the figures, with a reading for each question, as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--articles", choices=("held-out", "validation"), default="held-out")
    parser.add_argument("--retrieval", type=int, default=0, help="questions to re-rank, ten passages to read for each")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    articles = HELD_OUT if args.articles == "held-out" else VALIDATION
    is_file = args.model.suffix == ".onnx"
    run = onnx_run(args.model) if is_file else torch_run(args.model)
    tokenizer = load_tokenizer(args.model.parent if is_file else args.model)
    folder = args.data / "squad2_dev_a"
    examples = [e for e in read_articles(folder) if e.group in articles]
    readings = read(run, tokenizer, [(e.question, e.context) for e in examples])
    report: dict[str, Any] = {"articles": articles, "gold_paragraph": span_figures(examples, readings)}
    if args.retrieval:
        report["retrieval"] = retrieval_figures(run, tokenizer, shelf(folder, articles, args.retrieval), base_folder())
    print(json.dumps(report, indent=1))
    report["readings"] = {e.id: asdict(r) for e, r in zip(examples, readings, strict=True)}
    args.out.write_text(json.dumps(report) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
