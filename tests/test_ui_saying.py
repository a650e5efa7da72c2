"""The sentences around the quotes, as laws: no certainty, nothing left out, nothing a terminal would obey."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from quoth.corpus import Document, DocumentId, Span
from quoth.qa import Abstention, Answer, Comparison, ErrorRate, LibraryStamp, Mention, Quote
from quoth.qa.quoting import cut
from quoth.ui.saying import (
    Statement,
    completed_query,
    count,
    error_rate,
    extent,
    missing_words,
    percent,
    statements,
    where,
)
from quoth.ui.terminal import Page
from strategies import document_of, documents

STAMP = LibraryStamp("ab12", 2, 17)
RATE = ErrorRate(0.05, 0.03, 0.08, 1400, "public questions", calibrated=False)
NASTY = st.text(st.sampled_from("\x00\x07\x1b\r\n\t\x7f\x85\x9b\u2028\u202e[31mA \"é'😀"), min_size=1, max_size=30)
OBEYED = set("\x00\x07\x08\x1b\r\x7f\x85\x9b\u2028\u202e")
KINDS: st.SearchStrategy[Literal["number", "date", "negation"]] = st.sampled_from(("number", "date", "negation"))
PROBABILITIES = st.floats(0, 1)


def quote_of(text: str, of: str) -> Quote:
    made = cut(document_of(text), Span(0, len(text)), None, 0.5, "low")
    return replace(made, source=replace(made.source, document=DocumentId(of * 16), title=of))


QUOTES = [quote_of(f"{of} says nine, eight and seven.", of) for of in "abcb"]


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """Of two quotes at least, at any of their words, once or more in each."""
    places = st.tuples(st.integers(0, len(QUOTES) - 1), st.sampled_from([(0, 1), (7, 11), (13, 18), (0, -1)]))
    drawn = draw(st.lists(places, min_size=2, max_size=8).filter(lambda found: len({quote for quote, _ in found}) > 1))
    mentions = []
    for quote, (start, stop) in sorted(drawn):
        text = QUOTES[quote].text
        span = Span(start, stop if stop > 0 else len(text))
        mentions.append(Mention(quote, text[span.start : span.stop], span))
    return Comparison(draw(KINDS), draw(st.booleans()), tuple(mentions))


def answer(*found: Comparison, asked: str = "When?", searched: str = "When?") -> Answer:
    return Answer(asked, tuple(QUOTES), found, STAMP, searched, 1.0)


def abstention(words: tuple[str, ...] = (), rate: ErrorRate = RATE, title: str = "t") -> Abstention:
    outside = replace(QUOTES[0], source=replace(QUOTES[0].source, title=title))
    return Abstention("When?", "Not here.", (outside,), words, outside, STAMP, rate, "When?", 1.0)


def page_of(outcome: Answer | Abstention) -> str:
    page = Page(Console(file=io.StringIO(), markup=False, emoji=False, highlight=False, width=80))
    page.outcome(outcome)
    with redirect_stdout(io.StringIO()) as out:
        page.write()
    return out.getvalue()


@given(comparisons())
def test_every_mention_is_said_once_under_its_quote(comparison: Comparison) -> None:
    (said,) = statements(answer(comparison))
    assert said.agrees == comparison.agrees
    for side in said.sides:
        assert list(side.quotes) == sorted(set(side.quotes)), "in order, none twice"
        assert set(side.quotes) <= set(range(1, len(QUOTES) + 1))
        if side.verbatim:
            assert all(side.text in QUOTES[number - 1].text for number in side.quotes)
    numbers = {number for side in said.sides for number in side.quotes}
    assert numbers == {mention.quote + 1 for mention in comparison.mentions}
    kept = {(side.text, number) for side in said.sides for number in side.quotes if side.verbatim}
    assert kept <= {(mention.text, mention.quote + 1) for mention in comparison.mentions}
    ours = [side for side in said.sides if not side.verbatim]
    assert not ours or (comparison.kind, comparison.agrees) == ("negation", False)


@given(comparisons())
def test_the_lead_counts_the_sources_and_not_the_quotes(comparison: Comparison) -> None:
    (said,) = statements(answer(comparison))
    sources = {QUOTES[mention.quote].source.document for mention in comparison.mentions}
    if not comparison.agrees:
        assert said.lead == "They differ:"
        return
    assert said.lead.split()[0] == str(len(sources)), "of three sources never both"
    assert said.lead.endswith(":") == (len(said.sides) > 1)


@given(st.lists(comparisons(), max_size=4))
def test_one_statement_a_comparison_in_their_order(found: list[Comparison]) -> None:
    alone: list[Statement] = [one for comparison in found for one in statements(answer(comparison))]
    assert list(statements(answer(*found))) == alone
    assert len(alone) == len(found)


@given(PROBABILITIES, PROBABILITIES)
def test_percents_are_never_certain_and_keep_the_order(one: float, other: float) -> None:
    low, high = (int(percent(value).removesuffix(" %")) for value in sorted((one, other)))
    assert 1 <= low <= high <= 99
    assert abs(high - 100 * max(one, other)) <= 1


@given(st.integers(0, 10**12))
def test_a_count_can_be_read_back_and_has_its_plural(number: int) -> None:
    figures, noun = count(number, "passage").split()
    assert int(figures.replace(",", "")) == number
    assert noun == ("passage" if number == 1 else "passages")
    assert extent(LibraryStamp("x", number, number)).startswith(f"{figures} {noun} of {figures} document")


@given(documents(), st.data())
def test_the_place_says_every_way_to_find_it(document: Document, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(document.text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(document.text))))
    source = cut(document, span, None, 0.5, "low").source
    told = where(source)
    assert told.endswith(f"characters {source.start} to {source.stop}")
    assert ("page" in told) == (source.page is not None)
    assert ("under" in told) == (source.heading is not None)
    assert (f"line {source.line_start}," in told) == (source.line_start == source.line_stop)


@given(st.lists(PROBABILITIES, min_size=3, max_size=3), st.integers(1, 10**7), st.booleans())
def test_the_error_rate_is_stated_with_its_interval_its_n_and_whose_it_is(
    numbers: list[float], n: int, calibrated: bool
) -> None:
    low, rate, high = sorted(numbers)
    told = error_rate(ErrorRate(rate, low, high, n, "own.jsonl", calibrated))
    assert f"{100 * rate:.1f} % all the same (95 % interval {100 * low:.1f} to {100 * high:.1f} %, n = {n:,};" in told
    assert ("has not been calibrated" in told) != calibrated
    assert told.isascii()


@pytest.mark.parametrize(("asked", "told"), [("When?", ""), ("  When?\n", ""), ("when?", "When?"), ("Why?", "When?")])
def test_a_completed_question_is_told_where_it_is_another(asked: str, told: str) -> None:
    assert completed_query(answer(asked=asked)) == told


@given(st.lists(NASTY, min_size=1, max_size=3), NASTY)
def test_nothing_hostile_reaches_a_terminal(words: list[str], name: str) -> None:
    rate = replace(RATE, measured_on=name, calibrated=True)
    refused = abstention(tuple(words), rate, name)
    hostile = (Mention(0, words[0], Span(0, 1)), Mention(1, name, Span(0, 1)))
    answered = answer(Comparison("date", False, hostile), searched=name)
    for outcome in (refused, answered):
        assert not OBEYED & set(page_of(outcome))
    assert all(word in missing_words(refused) for word in words)
    assert missing_words(abstention()) == ""
