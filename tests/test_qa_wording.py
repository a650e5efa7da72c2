"""Follow-up questions: which ones need what was asked before, what is added, and what that does to an answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import BadQuestion
from quoth.index import content_tokens, surface_words, tokens
from quoth.qa import Library
from quoth.qa.judge import mean_score
from quoth.qa.wording import LONGEST_QUESTION, TURNS, Wording, checked_history, completed, stands_alone
from small_encoder import HashingEncoder

WORDS = st.lists(
    st.sampled_from(["ferry", "island", "storm", "it", "they", "why", "and", "the", "when", "Skye", "leaves"]),
    min_size=1,
)
QUESTIONS = st.builds(lambda words: " ".join(words) + "?", WORDS)

FERRY = "The ferry to Skye leaves at nine. It was built in 1987.\n\nStorms stop the ferry in winter.\n"
BAKERY = "The bakery opens at six. It was built in 1902.\n\nBread is cheap there in winter.\n"


@pytest.mark.parametrize(
    "question",
    [
        "Who built the lighthouse?",
        "What is a fathom?",
        "Define ballast",
        "harbour dues 2024",
        "Is there a ferry to Skye?",
        "What is the harbour tax and who pays it?",
        "When did the captain say that the ferry was late?",
        "If the ferry is cancelled, is it refunded on the card that the passenger paid the ticket with?",
        "Which islands were evacuated before the storm?",
    ],
)
def test_it_stands_alone(question: str) -> None:
    assert stands_alone(question)
    assert completed(question, ("Where is Skye?",)) == question


@pytest.mark.parametrize(
    "question",
    [
        "Why?",
        "Since when?",
        "How many?",
        "And in winter?",
        "And why was the ferry cancelled?",
        "What about the harbour tax?",
        "Who built it?",
        "Where do they come from?",
        "Is her ferry on time?",
        "What does that cost?",
        "When does the ferry leave there?",
        "Value",
    ],
)
def test_it_does_not_stand_alone(question: str) -> None:
    assert not stands_alone(question)
    assert completed(question, ("Where is Skye?",)) == f"{question} Skye"


def test_only_what_is_missing_is_carried_over_in_its_order() -> None:
    assert completed("And the harbour?", ("Who built the Old Harbour of Skye?",)) == "And the harbour? built Old Skye"


def test_a_chain_of_follow_ups_reaches_one_question_back() -> None:
    history = ("Who built the lighthouse?", "Where is the ferry to Skye?", "Why is it late?")
    assert completed("And then?", history) == "And then? ferry Skye late"


def test_without_a_conversation_nothing_is_added() -> None:
    assert completed("Why?", ()) == "Why?"


def test_a_completion_that_would_be_too_long_is_left_out() -> None:
    long = " ".join(f"word{n}" for n in range(250))
    assert len(long) <= LONGEST_QUESTION < len(f"{'Why? ' * 80}{long}")
    assert completed("Why? " * 80, (long,)) == "Why? " * 80


@given(QUESTIONS, st.lists(QUESTIONS, max_size=3))
def test_a_completion_begins_with_the_question_and_adds_words_of_the_conversation_only(
    question: str, history: list[str]
) -> None:
    found = completed(question, history)
    assert found.startswith(question)
    added = set(tokens(found[len(question) :]))
    assert added <= {token for turn in history for token in tokens(turn)}
    assert not added & set(content_tokens(question))


def test_history_is_checked_and_bounded() -> None:
    turns = tuple(f"Question {n}?" for n in range(2 * TURNS))
    assert checked_history([*turns, "  "]) == turns[-TURNS:]
    with pytest.raises(BadQuestion, match="list of earlier questions"):
        checked_history("When?")
    with pytest.raises(BadQuestion, match="2,000"):
        checked_history(["x" * (LONGEST_QUESTION + 1)])


def test_a_wording_that_needs_nothing_is_one() -> None:
    assert Wording.of(" Who built it? ", ()).distinct == ("Who built it?",)
    assert Wording.of("Who built it?", ("Where is Skye?",)).distinct == ("Who built it? Skye", "Who built it?")


@given(st.text(max_size=60))
def test_surface_words_are_content_words_of_the_text(text: str) -> None:
    for token, word in surface_words(text).items():
        assert word in text
        assert token in tokens(text) or token in tokens(word)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_a_mean_of_scores_is_a_probability_between_them(scores: list[float]) -> None:
    assert min(scores) - 1e-8 <= mean_score(scores) <= max(scores) + 1e-8


def test_equal_scores_have_themselves_as_their_mean() -> None:
    assert mean_score([0.3, 0.3]) == pytest.approx(0.3)
    assert mean_score([0.25]) == 0.25


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder: Path = tmp_path_factory.mktemp("library")
    with Library.create(folder, encoder=HashingEncoder()) as library:
        library.add_files([("ferry.txt", FERRY.encode()), ("bakery.txt", BAKERY.encode())])
        yield library


def test_the_same_follow_up_finds_what_the_conversation_is_about(library: Library) -> None:
    first = {
        before: library.search("And when was it built?", k=1, history=[before])[0].source.title
        for before in ("When does the ferry to Skye leave?", "When does the bakery open?")
    }
    assert list(first.values()) == ["Ferry", "Bakery"]


def test_an_answer_says_what_was_searched_for(library: Library) -> None:
    alone = library.ask("When was it built?")
    completed_by = library.ask("When was it built?", history=["When does the ferry to Skye leave?"])
    assert alone.query_used == "When was it built?"
    assert completed_by.query_used == "When was it built? ferry Skye leave"
    assert completed_by.question == "When was it built?"


def test_a_question_that_stands_alone_gets_the_same_answer_in_any_conversation(library: Library) -> None:
    question = "When does the bakery open in winter?"
    alone, later = library.ask(question), library.ask(question, history=["When does the ferry to Skye leave?"])
    assert type(alone) is type(later)
    assert alone.query_used == later.query_used == question


def test_a_refusal_names_the_words_that_stand_nowhere(library: Library) -> None:
    refused = library.ask("Who wrote Hamlet for the ferry?")
    assert refused.missing_words == ("wrote", "Hamlet")  # type: ignore[union-attr]
