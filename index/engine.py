"""The index: passages in, hits out. Dense and lexical search over one catalogue and one vector store."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from quoth.corpus import DocumentId, LibraryDamaged, Passage

from .catalogue import Catalogue
from .durable import sweep
from .encoder import Encoder
from .faiss_store import FaissStore
from .filling import Added, OnEncoded, insert
from .fusion import Fusion
from .health import INDEX, catalogue_problems, highest_generation, vector_problems
from .hit import Hit
from .kinds import KIND, Kind
from .proposing import propose
from .rows import Rows
from .state import FORMAT, IndexState, check_usable
from .store import StoreStamp, VectorStore
from .tokens import TOKENS_VERSION, content_tokens, surface_words

__all__ = ["Index"]


class Index:
    """Opens or makes the index in `folder`. Reads are thread-safe; one writer at a time is the caller's to arrange."""

    def __init__(
        self, folder: Path, encoder: Encoder, fusion: Fusion | None = None, kind: Kind = KIND, name: str = INDEX
    ) -> None:
        self._folder = folder
        self._encoder = encoder
        self._fusion = fusion or Fusion()
        self.kind = kind
        self._name = name
        self._catalogue = Catalogue(folder / name)
        self._snapshot: tuple[int, VectorStore] | None = None
        self._state: IndexState | None = None
        self.state()

    def state(self) -> IndexState:
        """The generation a reader sees now. Raises LibraryMismatch when this program cannot use it."""
        with self._catalogue.read() as rows:
            return self._seen(rows)

    def search(
        self, question: str, k: int = 10, documents: Collection[DocumentId] | None = None, vector: Any = None
    ) -> list[Hit]:
        """The `k` best passages for `question`, best first; only of `documents` when given.

        `vector` is the question's row (d,) when the caller has it already.
        """
        query = self._encoder.encode_questions([question])[0] if vector is None else vector
        words = content_tokens(question)
        with self._view() as (rows, store):
            allowed = None if documents is None else np.array(rows.ids_of(documents), dtype=np.int64)
            total = self._seen(rows).passages
            dense, lexical = propose(rows, store, query, words, max(k, self._fusion.pool), allowed, total)
            passages = rows.passages(dense)
        hits = [
            Hit(passages[at], self._fusion.score(dense[at], lexical[at]), dense[at], lexical[at]) for at in passages
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage.document, hit.passage.ordinal))[:k]

    def word_weights(self, question: str) -> dict[str, float]:
        """How much each content word of `question` tells, over all passages: ln(1 + (N - n + 0.5) / (n + 0.5)).

        This form of the inverse document frequency, Lucene's, stays above zero for words that most passages have.
        """
        with self._catalogue.read() as rows:
            total, found = self._seen(rows).passages, rows.frequencies(content_tokens(question))
        return {word: math.log1p((total - count + 0.5) / (count + 0.5)) for word, count in found.items()}

    def missing_words(self, question: str) -> tuple[str, ...]:
        """The content words of `question`, as written there, that stand in no passage at all."""
        words = surface_words(question)
        with self._catalogue.read() as rows:
            found = rows.frequencies(list(words))
        return tuple(dict.fromkeys(word for token, word in words.items() if not found[token]))

    def commit(
        self,
        add: Added,
        remove: Collection[DocumentId],
        settings: dict[str, Any],
        *,
        fresh: bool = False,
        on_encoded: OnEncoded | None = None,
    ) -> IndexState:
        """Take out documents and put in others, all or nothing; readers see the old state until it is done.

        With `fresh` the stored vectors are not read: everything must be removed and put in again. `on_encoded` is told
        how many of how many texts are embedded.
        """
        with self._catalogue.write() as rows:
            facts = rows.manifest()
            store = self._load({} if fresh else facts)
            gone = [at for document in remove for at in rows.delete(document)]
            store.remove(np.array(gone, dtype=np.int64))
            insert(rows, store, self._encoder, add, on_encoded)
            generation = (facts["generation"] if facts else highest_generation(self._folder)) + 1
            stamp = store.save(generation)
            rows.note(
                {
                    "format": FORMAT,
                    "tokens": TOKENS_VERSION,
                    "encoder": self._encoder.fingerprint,
                    "generation": generation,
                    "store": stamp.facts(),
                    "settings": settings,
                }
            )
        if self._snapshot is not None:  # else nobody here has asked anything yet: the vectors need not stay
            self._snapshot = (generation, store)
        sweep(self._folder, generation - 1, {stamp.beside, facts.get("store", {}).get("beside", "")})
        return self.state()

    def passages_of(self, document: DocumentId) -> list[Passage]:
        """One document's passages, in order."""
        with self._catalogue.read() as rows:
            found = rows.passages(rows.ids_of([document]))
        return sorted(found.values(), key=lambda passage: passage.ordinal)

    def stored(self) -> StoreStamp | None:
        """How the vectors are kept; None in an index that never had any."""
        with self._catalogue.read() as rows:
            facts = rows.manifest()
        return StoreStamp(**facts["store"]) if "store" in facts else None

    def problems(self) -> list[str]:
        """What does not hold together on disk; empty when all is well."""
        return self.catalogue_problems() or self._vector_problems()

    def catalogue_problems(self) -> list[str]:
        """What is wrong with all but the vectors; a `commit` cannot mend it, only an index made anew."""
        return catalogue_problems(self._folder / self._name)

    def _vector_problems(self) -> list[str]:
        with self._catalogue.read() as rows:
            ids = np.array(rows.ids_of(rows.documents()), dtype=np.int64)
            return vector_problems(lambda: self._load(rows.manifest()), ids, self._encoder.dimension)

    def close(self) -> None:
        """Close the files."""
        self._catalogue.close()
        self._state = self._snapshot = None

    @contextmanager
    def _view(self) -> Iterator[tuple[Rows, VectorStore]]:
        """Rows and vectors of one generation; where two commits swept its vectors away before they were read, of a new
        one.
        """
        failed = -1
        while True:
            with self._catalogue.read() as rows:
                generation = rows.manifest().get("generation", 0)
                try:
                    store = self._store(rows)
                except LibraryDamaged:
                    if generation == failed:
                        raise
                    failed = generation
                    continue
                yield rows, store
                return

    def _seen(self, rows: Rows) -> IndexState:
        """What `rows` sees; all documents are read once a generation, not once a question."""
        facts = rows.manifest()
        if facts:
            check_usable(facts, self._encoder)
        elif self._state is not None and self._state.generation:
            raise LibraryDamaged(f"{self._folder / self._name} was emptied; run `quoth doctor --repair`.")
        generation, settings = facts.get("generation", 0), facts.get("settings", {})
        known = self._state  # read once: another thread may be setting it to its own generation
        if known is None or (known.generation, known.settings) != (generation, settings):
            known = self._state = IndexState(generation, rows.documents(), settings, self._encoder.fingerprint)
        return known

    def _store(self, rows: Rows) -> VectorStore:
        """The vectors of the generation that `rows` sees; kept until another generation is seen."""
        facts = rows.manifest()
        generation = facts.get("generation", 0)
        snapshot = self._snapshot  # read once: another thread may be setting it to its own generation
        if snapshot is None or snapshot[0] != generation:
            snapshot = self._snapshot = (generation, self._load(facts))
        return snapshot[1]

    def _load(self, facts: dict[str, Any]) -> VectorStore:
        if "store" not in facts:
            return FaissStore(self._folder, self._encoder.dimension, self.kind)
        return FaissStore.load(self._folder, self._encoder.dimension, StoreStamp(**facts["store"]), self.kind)
