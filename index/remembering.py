"""An encoder that remembers: sentences of popular passages are embedded once, not for every question."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np

from .encoder import Encoder, Vectors

__all__ = ["RememberingEncoder"]


class RememberingEncoder:
    """`Encoder` around another one; keeps the vectors of the `capacity` texts used last. Safe from many threads."""

    def __init__(self, encoder: Encoder, capacity: int = 20_000) -> None:
        self._encoder = encoder
        self._capacity = capacity
        self._rows: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    @property
    def fingerprint(self) -> str:
        """See `Encoder.fingerprint`."""
        return self._encoder.fingerprint

    @property
    def dimension(self) -> int:
        """See `Encoder.dimension`."""
        return self._encoder.dimension

    def encode_questions(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_questions`; questions are not remembered."""
        return self._encoder.encode_questions(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See `Encoder.encode_passages`."""
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        known = self._recall(set(texts))
        new = list(dict.fromkeys(text for text in texts if text not in known))
        known.update(zip(new, self._encoder.encode_passages(new), strict=True))
        for at, text in enumerate(texts):
            rows[at] = known[text]
        self._keep({text: known[text] for text in new})
        return rows

    def _recall(self, texts: set[str]) -> dict[str, Vectors]:
        with self._lock:
            for text in texts & self._rows.keys():
                self._rows.move_to_end(text)
            return {text: self._rows[text] for text in texts & self._rows.keys()}

    def _keep(self, rows: dict[str, Vectors]) -> None:
        with self._lock:
            self._rows.update(rows)
            while len(self._rows) > self._capacity:
                self._rows.popitem(last=False)
