"""Fusion, word weights and the ceiling of BM25: their laws, and the ceiling against what FTS5 really gives."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import DocumentId, Passage
from quoth.index import Fusion, tokens
from quoth.index.catalogue import Catalogue
from quoth.index.fusion import best_possible, word_weights

SCORES = st.floats(-1, 1)
SHARES = st.floats(0, 1)
WEIGHTS = st.floats(0, 10)


@given(SCORES, SHARES, WEIGHTS)
def test_the_score_is_the_formula(dense: float, lexical: float, weight: float) -> None:
    assert Fusion(lexical_weight=weight).score(dense, lexical) == dense + weight * lexical


@given(SCORES, SCORES, SHARES, SHARES, WEIGHTS)
def test_a_passage_better_in_both_is_never_ranked_lower(
    dense: float, other_dense: float, lexical: float, other_lexical: float, weight: float
) -> None:
    fusion = Fusion(lexical_weight=weight)
    better = fusion.score(max(dense, other_dense), max(lexical, other_lexical))
    assert better >= max(fusion.score(dense, lexical), fusion.score(other_dense, other_lexical))


@given(SCORES, SHARES)
def test_without_lexical_weight_only_meaning_counts(dense: float, lexical: float) -> None:
    assert Fusion(lexical_weight=0).score(dense, lexical) == dense


@given(SCORES, SHARES, WEIGHTS)
def test_a_score_stays_in_its_bounds(dense: float, lexical: float, weight: float) -> None:
    assert -1 <= Fusion(lexical_weight=weight).score(dense, lexical) <= 1 + weight


@pytest.mark.parametrize(("weight", "pool"), [(-0.1, 5), (1.0, 0), (1.0, -3)])
def test_an_impossible_fusion_is_unbuildable_and_named_with_both_numbers(weight: float, pool: int) -> None:
    with pytest.raises(ValueError, match=f"{weight} and {pool}"):
        Fusion(weight, pool)


def test_a_fusion_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Fusion().pool = 3  # type: ignore[misc]


class TestWordWeights:
    @given(st.integers(1, 10**7).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
    def test_the_weight_is_the_formula(self, counts: tuple[int, int]) -> None:
        passages, holding = counts
        expected = math.log((passages - holding + 0.5) / (holding + 0.5))
        assert word_weights({"word": holding}, passages) == {"word": max(1e-6, expected)}

    @given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))))
    def test_a_rarer_word_never_weighs_less(self, counts: tuple[int, int, int]) -> None:
        passages, first, second = counts
        weights = word_weights({"rare": min(first, second), "common": max(first, second)}, passages)
        assert weights["rare"] >= weights["common"] > 0

    @given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
    def test_the_same_word_weighs_more_among_more_passages(self, holding: int, more: int, still_more: int) -> None:
        fewer = word_weights({"word": holding}, holding + more)["word"]
        assert word_weights({"word": holding}, holding + more + still_more)["word"] >= fewer

    @pytest.mark.parametrize(("passages", "holding"), [(0, 0), (1, 1), (2, 1), (100, 50), (100, 100)])
    def test_a_word_of_half_the_passages_or_more_hardly_counts(self, passages: int, holding: int) -> None:
        assert word_weights({"the": holding}, passages) == {"the": 1e-6}

    def test_each_word_is_weighed_alone_and_order_is_kept(self) -> None:
        together = word_weights({"b": 1, "a": 3, "c": 0}, 20)
        assert list(together) == ["b", "a", "c"]
        assert together == {**word_weights({"a": 3}, 20), **word_weights({"b": 1}, 20), **word_weights({"c": 0}, 20)}

    def test_no_words_have_no_weights(self) -> None:
        assert word_weights({}, 20) == {}


WORD_LISTS = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)
FREQUENCIES = st.fixed_dictionaries({word: st.integers(0, 30) for word in "abcdef"})


class TestBestPossible:
    @given(WORD_LISTS, WORD_LISTS, FREQUENCIES)
    def test_more_words_never_lower_the_ceiling(
        self, words: list[str], more: list[str], frequencies: dict[str, int]
    ) -> None:
        weights = word_weights(frequencies, 30)
        both = list(dict.fromkeys([*words, *more]))
        assert best_possible(both, weights) >= best_possible(words, weights) >= 0

    @given(WORD_LISTS, FREQUENCIES)
    def test_the_order_of_words_does_not_matter(self, words: list[str], frequencies: dict[str, int]) -> None:
        weights = word_weights(frequencies, 30)
        assert best_possible(sorted(words), weights) == pytest.approx(best_possible(words, weights))

    def test_no_words_have_no_ceiling(self) -> None:
        assert best_possible([], {}) == 0

    def test_only_the_words_asked_for_count(self) -> None:
        assert best_possible(["a"], {"a": 2.0, "b": 5.0}) == pytest.approx(2.0 * 2.2)


TEXTS = st.lists(st.sampled_from(["uranium", "uranium", "the", "trade", "12", "東京"]), min_size=1, max_size=30)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    catalogue = Catalogue(tmp_path_factory.mktemp("fusion") / "index.sqlite")
    yield catalogue
    catalogue.close()


class RolledBack(Exception):
    """Leaves a `write` block without keeping anything of it."""


@settings(deadline=None, max_examples=80)
@given(parts=st.lists(TEXTS.map(" ".join), min_size=1, max_size=8), question=TEXTS.map(" ".join))
def test_no_passage_exceeds_the_ceiling(shared: Catalogue, parts: list[str], question: str) -> None:
    """Against FTS5's own scores: `best_possible` and SQLite must mean the same formula."""
    words = list(dict.fromkeys(tokens(question)))
    document = DocumentId("a" * 16)
    with pytest.raises(RolledBack), shared.write() as rows:
        start = 0
        made = []
        for ordinal, text in enumerate(parts):
            made.append(Passage(document, ordinal, start, start + len(text), text))
            start += len(text)
        rows.insert(document, made)
        ceiling = best_possible(words, word_weights(rows.frequencies(words), rows.count()))
        assert all(0 < score <= ceiling for _, score in rows.match(words, 100))
        raise RolledBack


def test_the_ceiling_is_nearly_reached_by_a_short_passage_that_says_only_the_word(tmp_path: Path) -> None:
    """The bound is no wild guess: 40 times the word, among much longer passages, comes within a tenth of it."""
    texts = [" ".join(["uranium"] * 40), *[" ".join(f"other{n}x{i}" for i in range(400)) for n in range(9)]]
    document = DocumentId("a" * 16)
    catalogue = Catalogue(tmp_path / "index.sqlite")
    with catalogue.write() as rows:
        rows.insert(document, [Passage(document, n, n * 9999, n * 9999 + len(t), t) for n, t in enumerate(texts)])
        ((_, score),) = rows.match(["uranium"], 5)
        ceiling = best_possible(["uranium"], word_weights(rows.frequencies(["uranium"]), rows.count()))
    catalogue.close()
    assert 0.9 * ceiling < score < ceiling
