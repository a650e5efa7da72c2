"""A library of any number of passages, made fast: real texts as far as they go, then sentences of them recombined.

   python -m benchmarks.size_library FOLDER PASSAGES EMBEDDED DATA

Everything but the embedding is Quoth's own way: documents onto the shelf, passages, words and vectors committed to the
index a batch at a time. The first EMBEDDED passages have the encoder's own vectors; that of every further passage is
made of three of these, normalize(x + 0.4 (y - z)), where x and y are of the passages its sentences come from.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from quoth.corpus import Document, Passage, Splitting, SqliteShelf, document_id, sentences, sha256_of_text, split
from quoth.index import Encoder, Index, Vectors
from quoth.qa import Library
from quoth.qa.places import SHELF

from .data import read_set
from .disk_encoder import default_encoder
from .progress import Progress
from .suites import SEED, Absent

__all__ = ["build_library", "real_documents"]

_SETS = ("squad2_dev_a", "squad1_dev_extra13", "policyqa_dev", "chunking_evaluation", "mtrag_human_subset",
         "scifact_beir_test")  # fmt: skip
_A_DOCUMENT = 50  # passages of a recombined one
_AT_ONCE = 20_000  # passages a commit


_Origin = tuple[int, int, int]
"""Rows x, y and z of the embedded passages that a recombined one is made of."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A document with its passages; `origins` where its vectors are to be made, nothing where they are embedded."""

    document: Document
    passages: tuple[Passage, ...]
    origins: tuple[_Origin, ...] = ()


class _Serving:
    """`Encoder` that makes the vectors it has origins for and leaves all others to a real one."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.fingerprint, self.dimension = encoder.fingerprint, encoder.dimension
        self.origins: dict[str, _Origin] = {}
        self.known: Vectors = np.zeros((0, encoder.dimension), dtype=np.float32)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`."""
        if not texts or texts[0] not in self.origins:
            return self._encoder.encode_passages(texts)
        main, other, third = np.array([self.origins[text] for text in texts]).T
        rows = self.known[main] + 0.4 * (self.known[other] - self.known[third])
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_questions`."""
        return self._encoder.encode_questions(texts)


def build_library(
    folder: Path, passages: int, embedded: int, documents: Sequence[Document], encoder: Encoder | None = None
) -> None:
    """Make a library of exactly so many passages in the empty `folder`; by the default encoder, if none is given."""
    Library.create(folder, encoder=encoder).close()
    serving = _Serving(encoder or default_encoder())
    shelf, index = SqliteShelf(folder / SHELF), Index(folder, serving)
    settings = index.state().settings
    real = list(_real(documents, min(passages, embedded)))
    source = [passage.text.strip() for made in real for passage in made.passages]
    _commit(index, shelf, serving, real, settings)
    serving.known = serving.encode_passages(source)
    rest = _recombined(source, passages - len(source))
    progress = Progress("passages", passages - len(source))
    while batch := list(islice(rest, _AT_ONCE // _A_DOCUMENT)):
        _commit(index, shelf, serving, batch, settings)
        progress.advance(sum(len(made.passages) for made in batch))
    index.close()


def real_documents(data: Path) -> list[Document]:
    """The documents of all public sets, each text once. Raises Absent."""
    found = {}
    for name in _SETS:
        chosen = read_set(data / name)
        for file, content in chosen.files if chosen else ():
            if content.strip():
                made = _document(file, content.decode("utf-8"))
                found[made.id] = made
    if not found:
        raise Absent(f"none of the sets is in {data}")
    return list(found.values())


def _real(documents: Sequence[Document], most: int) -> Iterator[_Made]:
    """Documents in order with their passages, the last one cut off where there are enough."""
    left = most
    for document in documents:
        passages = split(document, Splitting())
        if len(passages) > left:
            passages = passages[:left]
            document = _document(document.title, document.text[: passages[-1].stop]) if passages else document
            passages = [Passage(document.id, one.ordinal, one.start, one.stop, one.text) for one in passages]
        if not passages:
            return
        left -= len(passages)
        yield _Made(document, tuple(passages))


def _recombined(source: Sequence[str], count: int) -> Iterator[_Made]:
    """Documents of passages in each of which one sentence of a real passage is replaced by one of another's."""
    chance = random.Random(SEED)
    parts = [[text[one.start : one.stop] for one in sentences(text)] for text in source]
    for number, first in enumerate(range(0, count, _A_DOCUMENT)):
        origins, texts = [], []
        for _ in range(min(_A_DOCUMENT, count - first)):
            x, y, z = chance.choices(range(len(source)), k=3)
            own = list(parts[x])
            own[chance.randrange(len(own))] = chance.choice(parts[y])
            origins.append((x, y, z))
            texts.append(" ".join(own) + "\n\n")
        document = _document(f"recombined-{number:06d}.txt", "".join(texts))
        stops = np.cumsum([len(text) for text in texts]).tolist()
        places = enumerate(zip(texts, stops, strict=True))
        passages = (Passage(document.id, at, stop - len(text), stop, text) for at, (text, stop) in places)
        yield _Made(document, tuple(passages), tuple(origins))


def _document(name: str, text: str) -> Document:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(document_id(digest), name, f"file:///made/{name}", text, (), digest, sha256_of_text(text), "text/1")


def _commit(
    index: Index, shelf: SqliteShelf, serving: _Serving, batch: Sequence[_Made], settings: dict[str, Any]
) -> None:
    shelf.put(made.document for made in batch)
    for made in batch:
        serving.origins.update(
            (passage.text.strip(), origin) for passage, origin in zip(made.passages, made.origins, strict=False)
        )
    index.commit([(made.document.id, made.passages) for made in batch], (), settings)
    serving.origins.clear()


if __name__ == "__main__":
    build_library(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), real_documents(Path(sys.argv[4])))
