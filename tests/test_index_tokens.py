"""Words in every script are found again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.index import surface_words, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The summit was delayed.", ["the", "summit", "was", "delay"]),
        ("U.S. and e.g. this", ["us", "and", "eg", "this"]),
        ("1,500.50 of 2004", ["1500.50", "of", "2004"]),
        ("Tokyo’s", ["tokyo"]),
        ("Москва, Ёлка й", ["москва", "елка", "и"]),
        ("café CAFÉ cafe\u0301", ["cafe"] * 3),
        ("東京都", ["東京", "京都"]),
        ("日", ["日"]),
        ("東京2025年", ["東京", "2025", "年"]),
        ("हिन्दी", ["हिन्दी"]),
        ("مُحَمَّد", ["محمد"]),
        ("ﬁne ＡＢＣ", ["fine", "abc"]),
        ("straße", ["strass"]),
        ("", []),
        ("… — !?", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@settings(deadline=None)
@given(st.text())
def test_tokens_are_never_empty_and_hold_no_space_or_quote(text: str) -> None:
    assert all(token and not any(c.isspace() or c == '"' for c in token) for token in tokens(text))


@pytest.mark.parametrize("mark", ["\u0483", "\u0591", "\u093c", "'s"])
def test_the_word_of_a_token_is_what_was_written_even_if_that_is_no_word(mark: str) -> None:
    assert all(surface_words(f"red {mark} door").values())


@settings(deadline=None)
@given(st.text())
def test_the_word_of_a_token_is_never_empty(text: str) -> None:
    assert all(surface_words(text).values())


@settings(deadline=None)
@given(st.text())
def test_case_does_not_matter(text: str) -> None:
    assert tokens(text.casefold()) == tokens(text.casefold().casefold())


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abcdefgéñü", min_size=1), max_size=5))
def test_words_split_by_spaces_are_tokens_of_their_own(words: list[str]) -> None:
    assert tokens(" ".join(words)) == [token for word in words for token in tokens(word)]
