"""From a sentence-transformers model to the ONNX form a library carries: it agrees, keeps prompts, is made once.

The model is a real one, only tiny: BERT of two layers and 32 numbers over 30 words, with random weights.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from encoder_contract import EncoderContract
from quoth.corpus import EncoderError
from quoth.index import Encoder, Vectors, export
from quoth.index.export import CACHE_VARIABLE, carry_encoder
from quoth.index.onnx_encoder import CARD, MODEL, TOKENIZER, OnnxEncoder
from quoth.index.sentence_encoder import SentenceEncoder

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = (
    "the summit corridor crosses caspian sea which does it bake bread at low heat when is a ask told ##s ##ing . ? , :"
)
QUERY, PASSAGE = "ask: ", "told: the "
TEXTS = ["When is the summit?", "The corridor crosses the Caspian Sea.", "", "unheard-of wörds 東京", "the sea " * 100]


def make_model(folder: Path, prompts: dict[str, str], seed: int = 0) -> Path:
    """Save a whole sentence-transformers model in `folder`."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate([*SPECIAL, *WORDS.split()])}
    words = Tokenizer(models.WordPiece(vocabulary, unk_token=SPECIAL[1]))
    words.normalizer = normalizers.BertNormalizer()
    words.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [(special, vocabulary[special]) for special in ("[CLS]", "[SEP]")]
    words.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    named = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    bare = folder.parent / f"{folder.name}-bare"
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, model_max_length=64, **named)  # type: ignore[no-untyped-call]
    tokenizer.save_pretrained(bare)
    torch.manual_seed(seed)
    shape = BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=48,
        max_position_embeddings=64,
    )  # fmt: skip
    BertModel(shape).save_pretrained(bare)
    parts = [Transformer(str(bare), max_seq_length=48), Pooling(32)]
    SentenceTransformer(modules=parts, prompts=prompts).save(str(folder))
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny", {"query": QUERY, "passage": PASSAGE})


@pytest.fixture(scope="module")
def carried(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library") / "encoder"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        carry_encoder(folder, str(tiny))
    return folder


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of its own."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "encoders"


@pytest.fixture
def quick(carried: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The graph was written once already: take that file instead of seconds of export. Everything else is real."""
    monkeypatch.setattr(export, "_write_model", lambda _, path: shutil.copyfile(carried / MODEL, path))


@pytest.fixture
def named(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tiny model under a name instead of a folder, as one from the local model cache is."""
    monkeypatch.setattr(export, "SentenceEncoder", lambda name: renamed(tiny, name))
    return "org/tiny model"


def renamed(folder: Path, name: str) -> SentenceEncoder:
    encoder = SentenceEncoder(str(folder))
    encoder.name = name
    return encoder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def kept(cache: Path) -> Path:
    """The only model in the cache."""
    (folder,) = cache.iterdir()
    return folder


class TestTinyOnnxEncoder(EncoderContract):
    """Any other model keeps the same contract as the default one; random weights know no likeness."""

    folder: Path

    @pytest.fixture(autouse=True)
    def _carried(self, carried: Path) -> None:
        type(self).folder = carried

    def make(self) -> Encoder:
        return OnnxEncoder(self.folder)

    def test_like_texts_are_nearer_than_unlike_ones(self, encoder: Encoder) -> None:
        near, far = encoder.encode_passages(["the sea", "the sea ."]), encoder.encode_passages(["bake bread at heat"])
        assert near[0] @ near[1] > near[0] @ far[0]


class TestAgreement:
    def oracle(self, folder: Path, texts: Sequence[str], prompt: str) -> Vectors:
        """sentence-transformers itself, the prompt written before each text by hand."""
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(folder), local_files_only=True)
        rows = model.encode([prompt + text for text in texts], prompt="", normalize_embeddings=True)
        return np.asarray(rows, dtype=np.float32)

    def test_vectors_are_those_of_the_model_with_its_prompts(self, tiny: Path, carried: Path) -> None:
        ours = OnnxEncoder(carried)
        assert np.allclose(ours.encode_questions(TEXTS), self.oracle(tiny, TEXTS, QUERY), atol=1e-5)
        assert np.allclose(ours.encode_passages(TEXTS), self.oracle(tiny, TEXTS, PASSAGE), atol=1e-5)

    def test_each_prompt_makes_a_difference(self, tiny: Path, carried: Path) -> None:
        """Otherwise the test above could not tell them apart."""
        ours, bare = OnnxEncoder(carried), self.oracle(tiny, TEXTS[:2], "")
        asked, told = ours.encode_questions(TEXTS[:2]), ours.encode_passages(TEXTS[:2])
        assert min(np.abs(asked - bare).max(), np.abs(told - bare).max(), np.abs(asked - told).max()) > 1e-3

    def test_the_sentence_encoder_uses_the_same_prompts(self, tiny: Path) -> None:
        slow = SentenceEncoder(str(tiny))
        assert np.allclose(slow.encode_questions(TEXTS), self.oracle(tiny, TEXTS, QUERY), atol=1e-5)
        assert np.allclose(slow.encode_passages(TEXTS), self.oracle(tiny, TEXTS, PASSAGE), atol=1e-5)

    def test_texts_are_cut_where_the_model_cuts_them(self, carried: Path) -> None:
        ours = OnnxEncoder(carried)
        long, longer = ours.encode_passages(["the sea " * 60, "the sea " * 60 + "bake bread"])
        assert np.allclose(long, longer, atol=1e-6)
        assert ours.card.max_tokens == 48

    def test_the_card_tells_what_was_carried(self, tiny: Path, carried: Path) -> None:
        card = json.loads((carried / CARD).read_text(encoding="utf-8"))
        assert (card["name"], card["dimension"]) == (str(tiny), 32)
        assert (card["query_prompt"], card["passage_prompt"]) == (QUERY, PASSAGE)
        assert card["fingerprint"].startswith("tiny@")
        assert sorted(path.name for path in carried.iterdir()) == sorted([CARD, MODEL, TOKENIZER])

    @pytest.mark.parametrize(
        ("prompts", "passage"),
        [
            ({}, ""),
            ({"document": "d: "}, "d: "),
            ({"corpus": "c: "}, "c: "),
            ({"document": "d: ", "passage": "p: "}, "d: "),
        ],
    )
    def test_the_passage_prompt_is_found_under_any_of_its_names(
        self, tiny: Path, tmp_path: Path, prompts: dict[str, str], passage: str
    ) -> None:
        folder = shutil.copytree(tiny, tmp_path / "other")
        said = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
        (folder / "config_sentence_transformers.json").write_text(json.dumps({**said, "prompts": prompts}))
        encoder = SentenceEncoder(str(folder))
        assert (encoder.query_prompt, encoder.passage_prompt) == ("", passage)
        texts = TEXTS[:2]
        assert np.allclose(encoder.encode_passages(texts), self.oracle(folder, texts, passage), atol=1e-5)


class TestFingerprint:
    def test_the_same_model_elsewhere_is_the_same(self, tiny: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(tiny, tmp_path / "tiny")
        assert SentenceEncoder(str(copy)).fingerprint == SentenceEncoder(str(tiny)).fingerprint

    def test_other_weights_are_another_model(self, tiny: Path, tmp_path: Path) -> None:
        other = make_model(tmp_path / "tiny", {"query": QUERY, "passage": PASSAGE}, seed=1)
        assert SentenceEncoder(str(other)).fingerprint != SentenceEncoder(str(tiny)).fingerprint

    def test_other_prompts_are_another_model(self, tiny: Path, tmp_path: Path) -> None:
        """They change every vector, so libraries made with them must not mix."""
        copy = shutil.copytree(tiny, tmp_path / "tiny")
        path = copy / "config_sentence_transformers.json"
        path.write_text(path.read_text(encoding="utf-8").replace("told", "said"), encoding="utf-8")
        assert SentenceEncoder(str(copy)).fingerprint != SentenceEncoder(str(tiny)).fingerprint

    def test_a_folder_called_model_is_not_taken_for_the_default_one(self, tiny: Path, tmp_path: Path) -> None:
        fingerprint = SentenceEncoder(str(shutil.copytree(tiny, tmp_path / "model"))).fingerprint
        assert fingerprint.startswith("model@")


@pytest.mark.usefixtures("quick")
class TestCache:
    def never(self, *_: object) -> NoReturn:
        raise AssertionError("the model was exported again")

    def test_a_second_library_does_not_export_again(
        self, cache: Path, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first = carry_encoder(tmp_path / "one" / "encoder", named)
        monkeypatch.setattr(export, "SentenceEncoder", self.never)
        second = carry_encoder(tmp_path / "two" / "encoder", named)
        assert second.card == first.card
        assert np.array_equal(second.encode_questions(TEXTS), first.encode_questions(TEXTS))
        assert len(list(cache.iterdir())) == 1

    def test_a_folder_is_exported_again_for_it_may_have_changed(
        self, cache: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        carry_encoder(tmp_path / "one" / "encoder", str(tiny))
        assert len(list(cache.iterdir())) == 1
        monkeypatch.setattr(export, "SentenceEncoder", self.never)
        with pytest.raises(AssertionError, match="again"):
            carry_encoder(tmp_path / "two" / "encoder", str(tiny))

    @pytest.mark.usefixtures("named")
    def test_two_names_never_share_a_place(self, cache: Path, tmp_path: Path) -> None:
        """Slashes are not kept in the name of a folder, but "org/tiny" and "org_tiny" are two models."""
        for number, name in enumerate(["org/tiny", "org_tiny", "other/tiny", "тайни", "小"]):
            assert carry_encoder(tmp_path / str(number) / "encoder", name).card.name == name
            assert len(list(cache.iterdir())) == number + 1

    @pytest.mark.parametrize("name", [".", "..", "../tiny", "./inner/.."])
    def test_a_model_given_as_the_folder_one_is_in_leaves_the_rest_of_the_cache_alone(
        self, cache: Path, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        model = shutil.copytree(tiny, tmp_path / "tiny")
        (model / "inner").mkdir()
        (cache / "another").mkdir(parents=True)
        (tmp_path / "cache" / "not ours").write_text("?")
        monkeypatch.chdir(model / "inner" if name == ".." else model)
        encoder = carry_encoder(tmp_path / "encoder", name)
        assert encoder.fingerprint == SentenceEncoder(str(tiny)).fingerprint
        assert (tmp_path / "cache" / "not ours").read_text() == "?"
        assert sorted(path.name.partition("-")[0] for path in cache.iterdir()) == ["another", "tiny"]

    @pytest.mark.parametrize("step", ["_write_model", "EncoderCard", "_check"])
    @pytest.mark.parametrize("reason", [KeyboardInterrupt, OSError, MemoryError])
    def test_a_crash_while_exporting_leaves_no_half_cache(
        self, cache: Path, named: str, tmp_path: Path, step: str, reason: type[BaseException]
    ) -> None:
        def crash(*arguments: object, **_: object) -> NoReturn:
            if step == "_write_model":
                Path(str(arguments[1])).write_bytes(b"half a mod")
            raise reason

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(export, step, crash)
            with pytest.raises(reason):
                carry_encoder(tmp_path / "encoder", named)
        assert list(cache.iterdir()) == []
        assert not (tmp_path / "encoder").exists()

    def test_after_a_crash_the_next_try_succeeds(
        self, cache: Path, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a killed process leaves, its scratch folder, is not taken for a model."""
        (cache / "tmp1234" / "encoder").mkdir(parents=True)
        (cache / "tmp1234" / "encoder" / MODEL).write_bytes(b"half a mod")
        place = export._cached(named)
        place.mkdir()
        (place / MODEL).write_bytes(b"half a mod")
        monkeypatch.chdir(tmp_path)
        encoder = carry_encoder(tmp_path / "encoder", named)
        assert encoder.encode_questions(["when"]).shape == (1, 32)
        assert sorted(contents(place)) == sorted([CARD, MODEL, TOKENIZER])

    def test_an_export_that_does_not_agree_is_refused_and_not_kept(
        self, cache: Path, tmp_path: Path, carried: Path
    ) -> None:
        """Other weights than the graph's: the probes must notice."""
        other = make_model(tmp_path / "other", {}, seed=2)
        with pytest.raises(EncoderError, match=r"differs by .* from the model; choose another"):
            carry_encoder(tmp_path / "encoder", str(other))
        assert list(cache.iterdir()) == []
        assert contents(carried).keys() == {CARD, MODEL, TOKENIZER}

    @pytest.mark.usefixtures("cache")
    def test_a_failed_export_keeps_the_encoder_a_library_has(
        self, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        carry_encoder(tmp_path / "encoder", named)
        before = contents(tmp_path / "encoder")
        monkeypatch.setattr(export, "SentenceEncoder", self.never)
        with pytest.raises(AssertionError):
            carry_encoder(tmp_path / "encoder", "another-name")
        assert contents(tmp_path / "encoder") == before

    def test_files_are_shared_with_the_cache_where_the_file_system_can(
        self, cache: Path, named: str, tmp_path: Path
    ) -> None:
        folder = tmp_path / "encoder"
        carry_encoder(folder, named)
        assert all((folder / name).samefile(kept(cache) / name) for name in (MODEL, TOKENIZER))

    def test_files_are_copied_where_it_cannot(
        self, cache: Path, named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_links(*_: object) -> NoReturn:
            raise OSError("this file system has no hard links")

        monkeypatch.setattr(os, "link", no_links)
        folder = tmp_path / "encoder"
        carry_encoder(folder, named)
        assert contents(folder) == contents(kept(cache))
        assert not any((folder / name).samefile(kept(cache) / name) for name in (MODEL, TOKENIZER))

    def test_a_library_outlives_the_cache(self, cache: Path, named: str, tmp_path: Path) -> None:
        carry_encoder(tmp_path / "encoder", named)
        shutil.rmtree(cache)
        assert OnnxEncoder(tmp_path / "encoder").encode_passages(TEXTS).shape == (len(TEXTS), 32)

    @pytest.mark.usefixtures("cache")
    def test_what_was_in_the_folder_before_makes_room(self, named: str, tmp_path: Path) -> None:
        (tmp_path / "encoder").mkdir()
        (tmp_path / "encoder" / "left over").write_text("?")
        (tmp_path / "encoder" / MODEL).write_bytes(b"half a mod")
        carry_encoder(tmp_path / "encoder", named)
        assert contents(tmp_path / "encoder").keys() == {CARD, MODEL, TOKENIZER}


def test_exporting_leaves_logging_and_progress_bars_as_they_were(
    tmp_path: Path, cache: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    import logging

    from transformers.utils import logging as chatter

    before = (logging.root.manager.disable, chatter.is_progress_bar_enabled())
    with pytest.raises(EncoderError, match="no-such-model"):
        carry_encoder(tmp_path / "encoder", "no-such-model")
    assert (logging.root.manager.disable, chatter.is_progress_bar_enabled()) == before
    assert capfd.readouterr().err == ""
    assert not cache.exists()
