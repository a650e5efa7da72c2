"""Hard negatives by Quoth's own search: passages it ranks high for a question and that hold none of its answers."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from windows import Example

from quoth.corpus import DocumentId, Passage, Splitting, read_bytes, split
from quoth.index import Index, open_encoder

_DEPTH, _KEEP = 12, 2


def retrieve(examples: Sequence[Example], kept: Path) -> list[Example]:
    """Pair answerable questions with the first passages of Quoth's search that contain none of their answers.

    Passages compete within one source, as they would in a library; `_KEEP` of the first `_DEPTH` are taken. The pairs
    are kept in the file `kept` and read from there the next time: searching takes minutes.
    """
    if kept.exists():
        return [_example(row) for row in json.loads(kept.read_text(encoding="utf-8"))]
    found: list[Example] = []
    for source in sorted({example.source for example in examples}):
        with tempfile.TemporaryDirectory() as scratch:
            found += _of_source([e for e in examples if e.source == source], Path(scratch))
        print(f"retrieved {len(found)} negatives, last from {source}", file=sys.stderr, flush=True)
    rows = [[e.id, e.source, e.group, e.question, e.context] for e in found]
    kept.write_text(json.dumps(rows), encoding="utf-8")
    return found


def _example(row: Sequence[str]) -> Example:
    id, source, group, question, context = row
    return Example(id, source, group, question, context, ())


def _of_source(examples: Sequence[Example], scratch: Path) -> Iterator[Example]:
    encoder = open_encoder(scratch / "encoder", None, carry=True)
    index = Index(scratch, encoder)
    index.commit(_passages(examples).items(), (), {})
    asked = [example for example in examples if example.answers]
    vectors = encoder.encode_questions([example.question for example in asked])
    for example, vector in zip(asked, vectors, strict=True):
        golds = {example.context[a:b].lower() for a, b in example.answers}
        hits = index.search(example.question, _DEPTH, vector=vector)
        texts = [hit.passage.text.strip() for hit in hits if hit.passage.text not in example.context]
        clean = [text for text in texts if text and not any(gold in text.lower() for gold in golds)][:_KEEP]
        for rank, text in enumerate(clean):
            yield Example(f"{example.id}~retrieved{rank}", example.source, example.group, example.question, text, ())
    index.close()


def _passages(examples: Sequence[Example]) -> dict[DocumentId, list[Passage]]:
    contexts = dict.fromkeys(example.context for example in examples)
    documents = [read_bytes(context.encode(), f"{n}.txt") for n, context in enumerate(contexts)]
    return {document.id: list(split(document, Splitting())) for document in documents}
