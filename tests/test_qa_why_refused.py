"""Why a question was not answered: words that stand nowhere, and the filter that hid an answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.index import tokens
from quoth.qa import Abstention, Answer, Library

FERRY = "The ferry to Skye leaves Mallaig at nine in the morning."
BREAD = "The bakery sells bread and cakes. It opens at six."
QUESTION = "When does the ferry to Skye leave Mallaig?"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.create(tmp_path_factory.mktemp("library")) as library:
        library.add_files([("ferry.txt", FERRY.encode()), ("bread.txt", BREAD.encode())])
        yield library


def ids(library: Library) -> dict[str, str]:
    return {document.uri.removeprefix("upload:"): document.id for document in library.documents()}


def test_the_words_are_written_as_in_the_question(library: Library) -> None:
    outcome = library.ask("Who baked Zoë's “croissants” for the ferry?")
    assert isinstance(outcome, Abstention)
    assert outcome.missing_words == ("baked", "Zoë", "croissants")


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from(["ferry", "Skye", "bread", "oats", "Hamlet", "cakes", "wine", "6"]), min_size=1))
def test_no_missing_word_stands_anywhere_and_every_other_does(library: Library, words: list[str]) -> None:
    there = set(tokens(FERRY + " " + BREAD))
    missing = library._index.missing_words(" ".join(words))
    assert list(missing) == [word for word in dict.fromkeys(words) if tokens(word)[0] not in there]


def test_function_words_are_never_missing(library: Library) -> None:
    assert library._index.missing_words("Who were they, and why did we?") == ()


def test_a_filter_that_hides_the_answer_is_said_and_the_quote_given(library: Library) -> None:
    everywhere = library.ask(QUESTION)
    assert isinstance(everywhere, Answer)
    outcome = library.ask(QUESTION, documents=[ids(library)["bread.txt"]])  # type: ignore[list-item]
    assert isinstance(outcome, Abstention)
    assert outcome.outside_filter == everywhere.quotes[0]
    assert repr(everywhere.quotes[0].source.title) in outcome.reason
    assert all(quote.source.document == ids(library)["bread.txt"] for quote in outcome.nearest)


def test_without_a_filter_or_without_an_answer_elsewhere_there_is_nothing_outside(library: Library) -> None:
    far = "What is the melting point of tungsten?"
    for filtered in (None, [ids(library)["bread.txt"]]):
        outcome = library.ask(far, documents=filtered)  # type: ignore[arg-type]
        assert isinstance(outcome, Abstention)
        assert outcome.outside_filter is None


def test_a_filter_that_holds_the_answer_changes_nothing(library: Library) -> None:
    outcome = library.ask(QUESTION, documents=[ids(library)["ferry.txt"]])  # type: ignore[list-item]
    assert isinstance(outcome, Answer)
    assert outcome.quotes[0].text == FERRY
