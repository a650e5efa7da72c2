"""A carried encoder that is damaged is noticed before ONNX Runtime sees it, and made anew from its model."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from quoth.corpus import LibraryDamaged
from quoth.index import Encoder, mended_encoder
from quoth.index.export import CACHE_VARIABLE
from quoth.index.onnx_encoder import CARD, MODEL, TOKENIZER, OnnxEncoder
from quoth.qa import Library
from small_encoder import HashingEncoder
from test_index_export import PASSAGE, QUERY, make_model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_model(tmp_path_factory.mktemp("models") / "tiny", {"query": QUERY, "document": PASSAGE})


@pytest.fixture(scope="module")
def made(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library, which carries its encoder, and with the cache of encoders."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(folder / "cache"))
        with Library.create(folder / "library", encoder=str(model)) as library:
            library.add_files([("sea.txt", b"The corridor crosses the sea.")])
    return folder


@pytest.fixture
def carried(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the library, to be damaged."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "library"


def spoil(path: Path, how: str) -> None:
    """Damage a file, and with it the one in the cache where both are the same."""
    data = bytearray(path.read_bytes())
    if how == "gone":
        path.unlink()
        return
    if how == "flip":
        data[len(data) // 2] ^= 1
    else:
        del data[int(how) :]
    path.write_bytes(data)


@pytest.mark.parametrize("how", ["0", "16", "flip", "gone"])
@pytest.mark.parametrize("name", [MODEL, TOKENIZER, CARD])
def test_damage_is_noticed_by_hash(carried: Path, name: str, how: str) -> None:
    spoil(carried / "encoder" / name, how)
    with pytest.raises(LibraryDamaged, match="doctor --repair"):
        OnnxEncoder(carried / "encoder").encode_questions(["When is the summit?"])


def test_a_card_that_says_something_else_is_noticed_and_one_of_before_is_read(carried: Path) -> None:
    card = carried / "encoder" / CARD
    facts = json.loads(card.read_text())
    for key, value in (("max_tokens", 47), ("query_prompt", "ask of "), ("dimension", 31)):
        card.write_text(json.dumps({**facts, key: value}))
        with pytest.raises(LibraryDamaged, match="not as it was written"):
            OnnxEncoder(carried / "encoder")
    del facts["card_sha256"]
    card.write_text(json.dumps(facts))
    OnnxEncoder(carried / "encoder").check()


def test_the_repair_makes_it_anew_and_the_library_answers_as_before(carried: Path) -> None:
    with Library.open(carried) as library:
        before = library.search("Which sea?", 1)
    spoil(carried / "encoder" / MODEL, "flip")
    with Library.open(carried) as library:
        (bad,) = (check for check in library.doctor().checks if not check.ok)
        assert (bad.name, MODEL in bad.detail) == ("encoder", True)
    report = Library.repair(carried)
    assert report.healthy
    assert "the embedding model was damaged and is made anew" in report.checks[0].detail
    with Library.open(carried) as library:
        (found,) = library.search("Which sea?", 1)
        assert found.text == before[0].text
        assert found.dense == pytest.approx(before[0].dense, abs=1e-4)


def test_a_cache_that_shares_the_damage_is_not_used(carried: Path, model: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "cache").rglob(MODEL):
        spoil(path, "flip")
    spoil(carried / "encoder" / CARD, "0")
    encoder, anew = mended_encoder(carried / "encoder", str(model))
    assert anew
    assert encoder.encode_questions(["sea"]).shape == (1, 32)
    assert mended_encoder(carried / "encoder", None)[1] is False


def test_where_it_cannot_be_made_anew_the_remedy_is_said(carried: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(carried / "encoder" / MODEL, "flip")
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.setitem(sys.modules, "transformers.utils", None)
    with pytest.raises(LibraryDamaged, match=r"model\.onnx is not the file.* cannot be made anew here; repair where"):
        Library.repair(carried)


def test_an_encoder_that_is_given_is_used_as_it_is(tmp_path: Path) -> None:
    given: Encoder = HashingEncoder()
    assert mended_encoder(tmp_path / "nothing", given) == (given, False)
