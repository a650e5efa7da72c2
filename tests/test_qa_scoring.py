"""One answer against its gold: every number of one question, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import Document, Passage, Span
from quoth.qa import Abstention, Answer, ErrorRate, LibraryStamp, Quote
from quoth.qa.golds import FoundGold, Place, Task
from quoth.qa.measures import ALL_MEASURES, MEASURES, estimated
from quoth.qa.questions import QuestionRow
from quoth.qa.quoting import cut
from quoth.qa.scoring import Scored, scored
from strategies import document_of

TEXT = "The bridge opened in May 1901. It fell in 1907. Nobody was hurt. A new one opened in 1917."
FIRST, SECOND, THIRD, LAST = Span(0, 30), Span(31, 47), Span(48, 64), Span(65, 90)
STAMP = LibraryStamp("0123456789abcdef", 2, 30)
RATE = ErrorRate(0.1, 0.05, 0.2, 100, "test questions", calibrated=False)
bridge = document_of(TEXT, title="Bridge")
other = document_of(TEXT, title="Other", seed="other")


def span_of(words: str) -> Span:
    start = TEXT.index(words)
    return Span(start, start + len(words))


def quote(span: Span, highlight: str = "", document: Document = bridge, score: float = 0.8) -> Quote:
    return cut(document, span, span_of(highlight) if highlight else None, score, "high")


def answer(*quotes: Quote) -> Answer:
    return Answer("When?", quotes, (), STAMP, "When?", 1.0)


def refusal(*nearest: Quote) -> Abstention:
    return Abstention("When?", "No.", nearest, (), None, STAMP, RATE, "When?", 1.0)


def gold(words: str, *, placed: bool = True, document: Document = bridge) -> FoundGold:
    places = (Place(document.id, span_of(words)),) if placed else ()
    return FoundGold(words, document.id if placed else None, places, 1)


def score(
    outcome: Answer | Abstention,
    *golds: FoundGold,
    answerable: bool | None = True,
    passages: Sequence[Span] = (),
    problems: tuple[str, ...] = (),
) -> Scored:
    row = QuestionRow(1, None, "When?", (), answerable, (), ())
    found = [Passage(bridge.id, at, one.start, one.stop, TEXT[one.start : one.stop]) for at, one in enumerate(passages)]
    return scored(Task(row, golds, None, problems), outcome, found)


def values(found: Scored, *names: str) -> list[float]:
    return [found.values[name] for name in names]


def test_a_right_first_quote() -> None:
    found = score(answer(quote(FIRST, "May 1901")), gold("1901"))
    assert (found.outcome, found.answered, found.right, found.score) == ("right", True, True, 0.8)
    assert values(found, "right_first", "right_3", "right_5", "mrr", "right_when_answered", "nearest_right") == [1] * 6
    assert values(found, "right_document", "answered") == [1, 1]
    assert found.values["false_refusal"] == 0
    assert values(found, "exact_match", "squad_em") == [0, 0]
    assert found.values["squad_f1"] == found.values["squad2_f1"] == pytest.approx(2 * 0.5 * 1 / 1.5)
    assert found.values["brier"] == pytest.approx(0.04)


def test_characters_of_the_quotes() -> None:
    """Gold: 1901 and 1907, 8 characters. Quotes: 30 and 16 characters that hold both."""
    found = score(answer(quote(FIRST), quote(SECOND)), gold("1901"), gold("1907"))
    assert values(found, "quote_recall", "quote_precision", "quote_iou") == [1.0, 8 / 46, 8 / 46]
    found = score(answer(quote(FIRST)), gold("1901"), gold("1907"))
    assert values(found, "quote_recall", "quote_precision", "quote_iou") == [0.5, 4 / 30, 4 / 34]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([SECOND, FIRST], [0, 1, 1, 1 / 2]),
        ([SECOND, THIRD, LAST, FIRST], [0, 0, 1, 1 / 4]),
        ([SECOND, THIRD], [0, 0, 0, 0]),
    ],
)
def test_a_right_quote_further_down(spans: list[Span], expected: list[float]) -> None:
    found = score(answer(*map(quote, spans)), gold("1901"))
    assert found.outcome == "wrong quote"
    assert values(found, "right_first", "right_3", "right_5", "mrr") == expected


def test_a_highlight_is_compared_and_without_one_the_whole_quote() -> None:
    assert score(answer(quote(SECOND, "1907")), gold("1907")).values["exact_match"] == 1
    assert score(answer(quote(SECOND, "1907.")), gold("1907")).values["exact_match"] == 0
    assert score(answer(quote(SECOND, "1907.")), gold("1907")).values["squad_em"] == 1
    assert score(answer(quote(SECOND)), gold("It fell in 1907.")).values["exact_match"] == 1


def test_the_place_counts_where_it_is_known_and_else_the_words() -> None:
    same_words_elsewhere = answer(quote(FIRST, document=other))
    assert score(same_words_elsewhere, gold("1901")).outcome == "wrong quote"
    assert score(same_words_elsewhere, gold("1901")).values["right_first_words"] == 1
    assert score(same_words_elsewhere, gold("1901")).values["right_document"] == 0
    by_words = score(same_words_elsewhere, gold("MAY 1901".title(), placed=False))
    assert by_words.outcome == "right"
    assert "right_document" not in by_words.values
    assert "quote_recall" not in by_words.values


def test_a_gold_that_is_cut_in_two_is_not_held() -> None:
    assert score(answer(quote(Span(0, 28))), gold("1901")).outcome == "wrong quote"


def test_several_places_are_as_good_as_one_but_give_no_characters() -> None:
    twice = FoundGold("opened", bridge.id, (Place(bridge.id, Span(11, 17)), Place(bridge.id, Span(75, 81))), 1)
    found = score(answer(quote(LAST)), twice, passages=[FIRST])
    assert found.outcome == "right"
    assert not any(name.startswith(("quote_", "characters_")) for name in found.values)


def test_a_refused_question_that_has_an_answer() -> None:
    found = score(refusal(quote(FIRST, score=0.2)), gold("1901"))
    assert (found.outcome, found.answered, found.right, found.score) == ("false refusal", False, True, 0.2)
    assert values(found, "right_first", "mrr", "right_document", "quote_iou", "squad_f1", "squad2_em") == [0] * 6
    assert values(found, "nearest_right", "false_refusal") == [1, 1]
    assert found.values["brier"] == pytest.approx(0.64)
    assert "right_when_answered" not in found.values
    assert "false_answer" not in found.values


@pytest.mark.parametrize(
    ("outcome", "named", "right", "number"),
    [(answer(quote(FIRST)), "false answer", False, 1), (refusal(quote(FIRST)), "right refusal", False, 0)],
)
def test_a_question_without_an_answer(outcome: Answer | Abstention, named: str, right: bool, number: float) -> None:
    found = score(outcome, answerable=False)
    assert (found.outcome, found.right) == (named, right)
    assert found.values["false_answer"] == found.values["answered"] == number
    assert found.values["squad2_em"] == found.values["squad2_f1"] == 1 - number
    assert found.values["brier"] == pytest.approx(0.64)
    assert set(found.values) == {"answered", "false_answer", "squad2_em", "squad2_f1", "brier"}


def test_nothing_found_at_all_has_a_score_of_nothing() -> None:
    found = score(refusal(), gold("1901"))
    assert (found.score, found.right, found.values["nearest_right"]) == (0.0, False, 0.0)


def test_a_row_that_says_nothing_is_answered_and_not_scored() -> None:
    found = score(answer(quote(FIRST)), answerable=None)
    assert (found.outcome, found.right, dict(found.values)) == ("not scored", None, {"answered": 1.0})


def test_a_row_whose_gold_does_not_hold_is_not_scored() -> None:
    found = score(answer(quote(FIRST)), problems=("it is not there",))
    assert (found.outcome, dict(found.values)) == ("not scored", {"answered": 1.0})


@pytest.mark.parametrize(("document", "number"), [(bridge, 1), (other, 0)])
def test_only_a_document_is_known(document: Document, number: float) -> None:
    named = FoundGold("", document.id, (), 1)
    found = score(answer(quote(FIRST)), named)
    assert (found.outcome, found.right) == ("not scored", None)
    assert found.values["right_document"] == number
    assert score(refusal(), named).outcome == "false refusal"


def test_an_answerable_question_whose_answer_nobody_gives() -> None:
    assert score(refusal(quote(FIRST))).values == {"answered": 0.0, "false_refusal": 1.0}
    assert score(answer(quote(FIRST))).values == {"answered": 1.0, "false_refusal": 0.0}


def test_characters_in_the_first_passages() -> None:
    found = score(refusal(), gold("1901"), gold("1907"), passages=[SECOND, FIRST])
    assert values(found, "characters_recall_1", "characters_precision_1", "characters_iou_1") == [1 / 2, 4 / 16, 4 / 20]
    assert values(found, "characters_recall_5", "characters_precision_5", "characters_iou_5") == [1, 8 / 46, 8 / 46]
    assert found.values["characters_recall_100"] == 1


quotes = st.sampled_from([FIRST, SECOND, THIRD, LAST]).map(quote)
outcomes = st.lists(quotes, min_size=1, max_size=5, unique_by=lambda one: one.source.start).map(
    lambda q: answer(*q)
) | (st.lists(quotes, max_size=3).map(lambda q: refusal(*q)))
golds = st.lists(
    st.builds(gold, st.sampled_from(["1901", "1907", "opened in 1917", "Nobody"]), placed=st.booleans()), max_size=3
)


@given(outcomes, golds, st.sampled_from([True, False, None]))
def test_every_number_is_a_known_one_between_0_and_1(
    outcome: Answer | Abstention, found_golds: list[FoundGold], answerable: bool | None
) -> None:
    found = score(outcome, *(found_golds if answerable else ()), answerable=answerable, passages=[FIRST, LAST])
    names = {measure.name: measure for measure in MEASURES}
    for name, value in found.values.items():
        assert 0 <= value <= 1
        assert names[name].kind == "mean" or value in (0, 1)
    ordered = [found.values.get(name, 0.0) for name in ("right_first", "right_3", "right_5")]
    assert ordered == sorted(ordered)
    if found.outcome == "right":
        assert found.values["right_first"] == 1


@pytest.mark.parametrize(("kind", "low"), [("rate", 0.0615), ("exact rate", 0.0084)])
def test_the_kind_of_a_measure_chooses_its_interval(kind: str, low: float) -> None:
    by_name: Mapping[str, str] = {measure.name: measure.kind for measure in ALL_MEASURES}
    assert by_name["right_first"] == "rate"
    assert by_name["false_answer"] == by_name["broken_quotes"] == "exact rate"
    found = estimated("rate" if kind == "rate" else "exact rate", [1, 0, 0])
    assert found is not None
    assert (found.value, found.n) == (1 / 3, 3)
    assert found.low == pytest.approx(low, abs=1e-4)
    assert estimated("mean", []) is None
