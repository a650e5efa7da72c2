"""Whatever is asked, after whatever, in whichever documents: every quote stands, and the same gets the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import BadQuestion, DocumentId
from quoth.index import surface_words, tokens
from quoth.qa import Abstention, Answer, Library, Quote, verify_records
from quoth.qa.asking import Asker
from quoth.qa.wording import LONGEST_QUESTION, TURNS, Wording, checked_history, completed
from quoth.ui.plain import as_json
from quoth.ui.record import answer_record
from small_library import SmallLibrary, small_library

TEXTS = {
    "ferry.txt": "The ferry to Skye was built in 1987. It leaves at nine.\n\nStorms stop the ferry in winter. "
    "The ferry does not carry cars.\n",
    "other ferry.txt": "The ferry to Skye was built in 1978. It leaves Skye at nine.\r\n\r\nThe ferry does carry cars.",
    "bread.txt": "The bakery opens at six. It was built in 1902.\n\nBread is cheap there in winter.\n",
    "lands.txt": "Паром на остров отходит в девять. 船は九時に出ます。 عبّارة 🚢 e\u0301.\u2028The ferry! The ferry?",
}
KNOWN = ["When does the ferry to Skye leave?", "When was it built?", "And why?", "Does the ferry carry cars?", "Паром?"]
HOSTILE = ["\u202e\x1b[31m?", "船", "' OR 1=1 --", "NEAR(ferry", '"', "ferry*", "😀", "\x00", "ferry\u2028Skye", "??"]
WORDS = st.lists(
    st.sampled_from(["ferry", "it", "why", "and", "Skye", "winter", "Hamlet", "there", "1987"]), min_size=1
)
ASKED = st.one_of(st.sampled_from([*KNOWN, *HOSTILE]), WORDS.map(" ".join))
HISTORY = st.lists(st.one_of(ASKED, st.sampled_from(["", "  \n"])), max_size=TURNS + 2)
ANYTHING = st.text(max_size=40).filter(lambda text: bool(text.strip()))


class Keen(SmallLibrary):
    """Answers with whatever it finds: two thirds of all answers would be refusals else."""

    threshold = 0.0

    def _asker(self) -> Asker:
        asker = super()._asker()
        return replace(asker, judge=replace(asker.judge, threshold=self.threshold))


class Between(Keen):
    """Answers about half of what is asked."""

    threshold = 0.2


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, ...]]:
    """Three of the same documents: one that answers as shipped, one that answers often, and one that always does."""
    folder = tmp_path_factory.mktemp("laws")
    with small_library(folder, TEXTS) as shipped:
        yield shipped, Between(folder, shipped._encoder), Keen(folder, shipped._encoder)


def quotes_of(outcome: Answer | Abstention) -> list[Quote]:
    if isinstance(outcome, Answer):
        return list(outcome.quotes)
    return [*outcome.nearest, *([outcome.outside_filter] if outcome.outside_filter else [])]


def untimed(outcome: Answer | Abstention) -> Answer | Abstention:
    return replace(outcome, elapsed_ms=0.0)


def drawn_filter(data: Any, library: Library) -> list[DocumentId] | None:
    ids = sorted(record.id for record in library.documents())
    drawn: list[DocumentId] | None = data.draw(
        st.none() | st.lists(st.sampled_from([*ids, DocumentId("0" * 16)]), max_size=4)
    )
    return drawn


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2), ASKED, HISTORY, st.integers(1, 4), st.data())
def test_every_quote_and_every_mention_stands_in_its_document(
    libraries: tuple[Library, ...], which: int, question: str, history: list[str], quotes: int, data: st.DataObject
) -> None:
    library = libraries[which]
    allowed = drawn_filter(data, library)
    outcome = library.ask(question, quotes=quotes, documents=allowed, history=history)
    for quote in quotes_of(outcome):
        text, source = library.document(quote.source.document).text, quote.source
        assert text[source.start : source.stop] == quote.text
        assert text[: source.start].endswith(source.prefix)
        assert text[source.stop :].startswith(source.suffix)
    if isinstance(outcome, Answer):
        assert len(outcome.quotes) <= quotes
        assert allowed is None or {quote.source.document for quote in outcome.quotes} <= set(allowed)
        for mention in (mention for comparison in outcome.comparisons for mention in comparison.mentions):
            source = outcome.quotes[mention.quote].source
            assert source.start <= mention.span.start < mention.span.stop <= source.stop
            text = library.document(source.document).text
            assert text[mention.span.start : mention.span.stop] == mention.text
    else:
        assert allowed is None or {quote.source.document for quote in outcome.nearest} <= set(allowed)
        outside = outcome.outside_filter
        assert outside is None or (allowed is not None and outside.source.document not in allowed)
        every = {token for text in TEXTS.values() for token in tokens(text)}
        words = surface_words(outcome.query_used)
        assert set(outcome.missing_words) == {word for token, word in words.items() if token not in every}
    verdicts = list(verify_records([as_json(answer_record(outcome))], library.document))
    assert all(verdict.ok for verdict in verdicts)
    assert len(verdicts) == len(quotes_of(outcome))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2), ASKED, HISTORY, st.data())
def test_the_same_question_gets_the_same_record(
    libraries: tuple[Library, ...], which: int, question: str, history: list[str], data: st.DataObject
) -> None:
    library = libraries[which]
    allowed = drawn_filter(data, library)
    outcome = untimed(library.ask(question, documents=allowed, history=history))
    assert json.loads(as_json(answer_record(outcome), "ascii")) == json.loads(json.dumps(answer_record(outcome)))
    same: list[Sequence[str]] = [tuple(history), [*history, " "], ["\t", *history]]
    for again in same:
        assert untimed(library.ask(question, documents=allowed, history=again)) == outcome
    if allowed is not None:  # a filter is a set: order and repetition say nothing
        for repeated in (allowed[::-1], {*allowed}, [*allowed, *allowed]):
            assert untimed(library.ask(question, documents=repeated, history=history)) == outcome


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2), ASKED, HISTORY)
def test_a_filter_that_leaves_nothing_out_is_none(
    libraries: tuple[Library, ...], which: int, question: str, history: list[str]
) -> None:
    library = libraries[which]
    everything = [record.id for record in library.documents()]
    outcome = untimed(library.ask(question, history=history))
    assert untimed(library.ask(question, history=history, documents=everything)) == outcome


@settings(deadline=None, max_examples=20)
@given(ASKED, HISTORY)
def test_a_filter_of_nothing_answers_nothing_and_points_to_what_would(
    libraries: tuple[Library, ...], question: str, history: list[str]
) -> None:
    keen = libraries[2]
    nothing = keen.ask(question, history=history, documents=())
    assert isinstance(nothing, Abstention)
    assert nothing.nearest == ()
    everywhere = keen.ask(question, history=history)
    assert nothing.outside_filter == (everywhere.quotes[0] if isinstance(everywhere, Answer) else None)
    assert ("left out" in nothing.reason) == isinstance(everywhere, Answer)


def test_the_laws_above_speak_of_something(libraries: tuple[Library, ...]) -> None:
    keen = libraries[2]
    ferry, other = (record.id for record in keen.documents() if "ferry" in record.uri)
    built = keen.ask("When was the ferry to Skye built?", documents=[ferry, other])
    carried = keen.ask("carry cars")
    assert isinstance(built, Answer)
    assert isinstance(carried, Answer)
    assert [one.kind for one in (*built.comparisons, *carried.comparisons)] == ["date", "negation"]
    follow = keen.ask("And why was it built?", documents=[ferry], history=["Where is the bakery?", KNOWN[0]])
    assert follow.query_used == "And why was it built? ferry Skye leave"
    assert isinstance(libraries[0].ask("Who wrote Hamlet?"), Abstention)


@given(ANYTHING, st.lists(st.text(max_size=40), max_size=TURNS + 3))
def test_any_text_is_worded_or_refused_in_a_sentence(question: str, history: list[str]) -> None:
    halves = any("\ud800" <= character <= "\udfff" for text in (question, *history) for character in text)
    try:
        wording = Wording.of(question, history)
    except BadQuestion:
        assert halves
        return
    assert wording == Wording.of(f"\n{question}\t", tuple(history))
    assert wording == Wording.of(question, [turn for turn in history if turn.strip()][-TURNS:])
    assert wording.asked == question.strip()
    assert wording.completed.startswith(wording.asked)
    assert len(wording.completed) <= max(LONGEST_QUESTION, len(question))
    assert wording.distinct[0] == wording.completed
    assert len(wording.distinct) == 1 + (wording.completed != wording.asked)


@given(ASKED, st.lists(ASKED, min_size=3, max_size=TURNS))
def test_only_the_two_questions_before_are_ever_carried(question: str, history: list[str]) -> None:
    checked = checked_history(history)
    assert completed(question, checked) == completed(question, checked[-2:])
