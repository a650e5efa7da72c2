"""What an index says of itself: its state over commits, which programs may use it, and the words it lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import DocumentId, LibraryMismatch, Passage
from quoth.index import Index, IndexState, surface_words, tokens
from quoth.index.state import FORMAT, check_usable
from quoth.index.tokens import TOKENS_VERSION
from small_encoder import HashingEncoder
from strategies import telling_text, visible_texts

IDS = [DocumentId(letter * 16) for letter in "abc"]
ENCODER = HashingEncoder()
USABLE: dict[str, Any] = {"format": FORMAT, "tokens": TOKENS_VERSION, "encoder": ENCODER.fingerprint}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aé日\x00 ", max_size=4), inner),
    max_leaves=8,
)  # fmt: skip


def one_passage(document: DocumentId, text: str) -> tuple[DocumentId, list[Passage]]:
    return document, [Passage(document, 0, 0, len(text), text)]


@given(st.dictionaries(st.sampled_from(IDS), st.integers(1, 1000)))
def test_passages_are_those_of_all_documents(documents: dict[DocumentId, int]) -> None:
    assert IndexState(1, documents, {}, "e").passages == sum(documents[id] for id in documents)


def test_what_this_program_made_it_can_use() -> None:
    check_usable({**USABLE, "generation": 3, "something": "newer"}, ENCODER)


@pytest.mark.parametrize("key", USABLE)
@pytest.mark.parametrize("value", [None, "", "other", "quoth.index/1 ", 1, [FORMAT], "\x1b[31m\u202e"])
def test_another_format_tokens_or_encoder_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(LibraryMismatch) as caught:
        check_usable({**USABLE, key: value}, ENCODER)
    told = str(caught.value)
    assert f"{key} {value!r}, not {USABLE[key]!r}" in told
    assert "quoth add" in told
    assert told.isprintable(), "what a foreign manifest holds cannot command a terminal"


@given(st.sets(st.sampled_from(sorted(USABLE))))
def test_a_manifest_with_gaps_is_refused(gaps: set[str]) -> None:
    facts = {key: value for key, value in USABLE.items() if key not in gaps}
    if not gaps:
        check_usable(facts, ENCODER)
        return
    with pytest.raises(LibraryMismatch, match=next(key for key in USABLE if key in gaps)):
        check_usable(facts, ENCODER)


@settings(deadline=None, max_examples=30)
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=9), JSON, max_size=4))
def test_settings_come_back_as_they_were_given(
    tmp_path_factory: pytest.TempPathFactory, given_settings: dict[str, Any]
) -> None:
    folder = tmp_path_factory.mktemp("settings")
    index = Index(folder, ENCODER)
    committed = index.commit([one_passage(IDS[0], "a word")], (), given_settings)
    index.close()
    again = Index(folder, ENCODER)
    assert again.state() == committed == IndexState(1, {IDS[0]: 1}, given_settings, ENCODER.fingerprint)
    again.close()


def test_a_generation_a_commit_and_the_last_word_counts(tmp_path: Path) -> None:
    index = Index(tmp_path, ENCODER)
    assert index.state() == IndexState(0, {}, {}, ENCODER.fingerprint)
    first = index.commit([one_passage(IDS[0], "sea"), one_passage(IDS[1], "ferry")], (), {"n": 1})
    second = index.commit([one_passage(IDS[2], "storm")], [IDS[0]], {"n": 2})
    third = index.commit((), [IDS[0], IDS[1], IDS[2]], {"n": 3})
    index.close()
    assert [state.generation for state in (first, second, third)] == [1, 2, 3]
    assert [set(state.documents) for state in (first, second, third)] == [{IDS[0], IDS[1]}, {IDS[1], IDS[2]}, set()]
    assert [state.settings["n"] for state in (first, second, third)] == [1, 2, 3]
    assert third.passages == 0


@settings(deadline=None, max_examples=40)
@given(st.lists(visible_texts, min_size=1, max_size=3), st.one_of(telling_text, st.text(max_size=80)))
def test_missing_words_are_those_of_no_passage(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], question: str
) -> None:
    index = Index(tmp_path_factory.mktemp("missing"), ENCODER)
    index.commit([one_passage(id, text) for id, text in zip(IDS, texts, strict=False)], (), {})
    missing = index.missing_words(question)
    index.close()
    there = {token for text in texts for token in tokens(text)}
    words = surface_words(question)
    assert set(missing) == {word for token, word in words.items() if token not in there}
    assert len(set(missing)) == len(missing)
    assert all(word in question for word in missing)
    assert [word for word in dict.fromkeys(words.values()) if word in missing] == list(missing)


def test_a_word_is_missing_again_when_its_document_is_gone(tmp_path: Path) -> None:
    index = Index(tmp_path, ENCODER)
    index.commit([one_passage(IDS[0], "The ferries left."), one_passage(IDS[1], "Storms.")], (), {})
    assert index.missing_words("Why did the Ferry leave the storm?") == ("leave",)
    index.commit((), [IDS[0]], {})
    assert index.missing_words("Why did the Ferry leave the storm?") == ("Ferry", "leave")
    assert index.missing_words("What is it about?") == ()
    index.close()
