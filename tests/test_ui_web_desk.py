"""What the server makes of what a page sends: it may send anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quoth.qa import Library

if TYPE_CHECKING:
    from quoth.ui.desk import Desk

WHEN = "When does Japan hold its first summit with Central Asia?"
FOLLOW_UP = "And why was it postponed?"
LONG = "x" * 5_000
JUNK: list[Any] = [None, 1, 2.5, True, {}, [], ["When?"], {"question": "When?"}]


@pytest.fixture(scope="module")
def desk(bundled_library: Path) -> Iterator[Desk]:
    from quoth.ui.desk import Desk  # imports Gradio, which takes seconds

    with Library.open(bundled_library) as library:
        yield Desk(library)


def ask(desk: Desk, sent: object) -> dict[str, Any]:
    import gradio as gr

    view = desk.ask(gr.EventData(None, sent))
    assert json.loads(json.dumps(view)) == view
    return view


def test_a_question_by_itself_is_searched_for_as_it_stands(desk: Desk) -> None:
    assert ask(desk, {"question": WHEN})["query"] == ""
    assert ask(desk, {"question": f"  {WHEN} ", "history": []})["query"] == ""


def test_a_follow_up_is_completed_by_what_was_asked_before(desk: Desk) -> None:
    view = ask(desk, {"question": FOLLOW_UP, "history": [WHEN]})
    assert view["question"] == FOLLOW_UP
    assert view["query"].startswith(FOLLOW_UP)
    assert len(view["query"]) > len(FOLLOW_UP)
    assert ask(desk, {"question": FOLLOW_UP, "history": []})["query"] == ""


def test_only_the_last_six_questions_count(desk: Desk) -> None:
    filler = ["hello"] * 6
    assert ask(desk, {"question": FOLLOW_UP, "history": [WHEN, *filler]}) | {"n": 0, "took": ""} == ask(
        desk, {"question": FOLLOW_UP, "history": filler}
    ) | {"n": 0, "took": ""}


@pytest.mark.parametrize("history", [*JUNK, "When?", JUNK, "x" * 100_000, [" ", ""], [None] * 10_000])
def test_what_is_no_list_of_strings_is_no_history(desk: Desk, history: object) -> None:
    view = ask(desk, {"question": FOLLOW_UP, "history": history})
    assert (view["kind"] != "error", view["query"]) == (True, "")


def test_strings_among_other_things_are_history(desk: Desk) -> None:
    view = ask(desk, {"question": FOLLOW_UP, "history": [None, WHEN, 7]})
    assert view["query"].startswith(FOLLOW_UP)


@pytest.mark.parametrize("turn", [LONG, "half \ud800"])
def test_an_earlier_question_that_could_not_have_been_asked_is_refused(desk: Desk, turn: str) -> None:
    view = ask(desk, {"question": FOLLOW_UP, "history": [turn]})
    assert view["kind"] == "error"
    assert len(view["sentence"].split()) > 5
    assert ask(desk, {"question": FOLLOW_UP, "history": [turn, *["hello"] * 6]})["kind"] != "error"  # too long ago


@pytest.mark.parametrize("sent", [None, "When?", [], 3, {}, {"question": None}, {"question": [WHEN]}])
def test_without_a_question_there_is_a_sentence_and_no_answer(desk: Desk, sent: object) -> None:
    assert ask(desk, sent)["kind"] == "error"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["question", "history"]), inner),
    max_leaves=8,
)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=ANYTHING)
def test_whatever_is_sent_gets_a_turn(desk: Desk, sent: object) -> None:
    assert ask(desk, sent)["kind"] in {"answer", "refusal", "error"}


def test_an_answer_of_two_sources_tells_how_they_compare(desk: Desk) -> None:
    view = ask(desk, {"question": WHEN})
    (comparison,) = view["comparisons"]
    assert (comparison["lead"], comparison["agrees"]) == ("They differ:", False)
    assert {side["text"] for side in comparison["sides"]} == {"December 20, 2025", "mid-December"}
    cards = {card["number"]: card["text"] for card in view["quotes"]}
    assert all(side["text"] in cards[number] for side in comparison["sides"] for number in side["quotes"])
