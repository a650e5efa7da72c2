"""The contract of `Encoder`, as tests: inherit and give `make`."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import pytest

from quoth.index import Encoder

TEXTS = [
    "When is the summit?",
    "The corridor crosses the Caspian Sea.",
    "",
    "東京で会議が開かれた。 😀 naïve",
    "A longer passage about trade, energy, logistics and a corridor. " * 20,
]


class EncoderContract(ABC):
    @abstractmethod
    def make(self) -> Encoder:
        """The encoder under test."""

    @pytest.fixture
    def encoder(self) -> Encoder:
        return self.make()

    def test_rows_are_float32_of_length_one(self, encoder: Encoder) -> None:
        for rows in (encoder.encode_passages(TEXTS), encoder.encode_questions(TEXTS)):
            assert rows.dtype == np.float32
            assert rows.shape == (len(TEXTS), encoder.dimension)
            assert np.allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-4)

    def test_no_texts_give_no_rows(self, encoder: Encoder) -> None:
        assert encoder.encode_passages([]).shape == (0, encoder.dimension)
        assert encoder.encode_questions([]).shape == (0, encoder.dimension)

    def test_a_row_does_not_depend_on_its_batch(self, encoder: Encoder) -> None:
        together = encoder.encode_passages(TEXTS)
        alone = np.concatenate([encoder.encode_passages([text]) for text in TEXTS])
        assert np.allclose(together, alone, atol=1e-5)

    def test_order_is_kept(self, encoder: Encoder) -> None:
        forward, backward = encoder.encode_passages(TEXTS), encoder.encode_passages(TEXTS[::-1])
        assert np.allclose(forward, backward[::-1], atol=1e-5)

    def test_like_texts_are_nearer_than_unlike_ones(self, encoder: Encoder) -> None:
        question = encoder.encode_questions(["Which sea does the corridor cross?"])[0]
        near, far = encoder.encode_passages(["The corridor crosses the Caspian Sea.", "Bake the bread at low heat."])
        assert question @ near > question @ far

    def test_the_fingerprint_is_said_and_stays(self, encoder: Encoder) -> None:
        assert encoder.fingerprint
        assert encoder.fingerprint == self.make().fingerprint
