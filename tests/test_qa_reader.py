"""The reader: exact spans, scores that do not depend on the batch, long texts, hostile texts, checked weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import EncoderError
from quoth.qa import reader as module
from quoth.qa.reader import OnnxReader, shipped_reader

SUMMIT = "The summit was postponed because of an earthquake warning. It will be held in Tokyo on 20 December."
TRADE = "Trade in uranium grew by 12 percent, which nobody had expected."


@pytest.fixture(scope="module")
def reader() -> OnnxReader:
    return shipped_reader()


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Where will the summit be held?", "Tokyo"),
        ("Why was the summit postponed?", "earthquake warning"),
        ("When will the summit be held?", "20 December"),
    ],
)
def test_the_span_holds_the_words_that_answer(reader: OnnxReader, question: str, words: str) -> None:
    (reading,) = reader.read(question, [SUMMIT])
    assert words in SUMMIT[reading.span.start : reading.span.stop]


def test_a_text_that_answers_is_preferred_to_one_that_does_not(reader: OnnxReader) -> None:
    yes, no = reader.read("Where will the summit be held?", [SUMMIT, TRADE])
    assert yes.margin > no.margin
    assert yes.not_null > no.not_null


def test_no_texts_give_no_readings(reader: OnnxReader) -> None:
    assert reader.read("Where?", []) == []


def test_a_reading_does_not_depend_on_its_batch(reader: OnnxReader) -> None:
    texts = [SUMMIT, TRADE, SUMMIT * 3, "Short."]
    together = reader.read("Where will the summit be held?", texts)
    for text, reading in zip(texts, together, strict=True):
        (alone,) = reader.read("Where will the summit be held?", [text])
        assert alone == reading


def test_an_answer_beyond_the_first_window_is_found(reader: OnnxReader) -> None:
    text = TRADE * 40 + " " + SUMMIT
    (reading,) = reader.read("Where will the summit be held?", [text])
    assert "Tokyo" in text[reading.span.start : reading.span.stop]
    assert reading.span.start > len(TRADE) * 40


@settings(deadline=None, max_examples=60)
@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80).filter(str.strip),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300).filter(str.strip),
)
def test_any_text_gets_a_span_inside_it_and_finite_scores(question: str, text: str) -> None:
    (reading,) = shipped_reader().read(question, [text])
    assert 0 <= reading.span.start < reading.span.stop <= len(text)
    assert np.isfinite([reading.margin, reading.not_null, reading.likelihood]).all()


def test_a_question_longer_than_a_window_is_survived(reader: OnnxReader) -> None:
    (reading,) = reader.read("where " * 400, [SUMMIT])
    assert reading.span.stop <= len(SUMMIT)


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = Path(module.__file__).parent
    for name in ("reader.onnx", "reader.tokenizer.json", "reader.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    card = json.loads((tmp_path / "reader.json").read_text())
    (tmp_path / "reader.json").write_text(json.dumps(card | {"model_sha256": "0" * 64}))
    monkeypatch.setattr(module, "files", lambda _: tmp_path)
    shipped_reader.cache_clear()
    try:
        with pytest.raises(EncoderError, match=r"reader\.onnx"):
            shipped_reader()
    finally:
        shipped_reader.cache_clear()
