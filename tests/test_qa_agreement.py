"""What quotes of different documents are said to agree and to differ in, and all that is passed over in silence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Document, Span
from quoth.qa import Answer, Comparison, Library, Mention, Quote
from quoth.qa.agreement import compare
from quoth.qa.quoting import cut
from strategies import document_of

Told = tuple[str, bool, list[tuple[int, str]]]


def quote(text: str, of: str = "") -> Quote:
    """`text` as a quote; between two `*` its highlight. The same `of` makes it the same document."""
    before, *rest = text.split("*")
    words = text.replace("*", "")
    document = document_of(f"{of or text} {words} The end.", title=of or text)
    start = document.text.index(words, len(of or text))
    best = Span(start + len(before), start + len(before) + len(rest[0])) if rest else None
    made = cut(document, Span(start, start + len(words)), best, 0.5, "low")
    return made if not of else same_document(made, of)


def same_document(made: Quote, of: str) -> Quote:
    return replace(made, source=replace(made.source, document=document_of(of).id))


def told(*texts: str | Quote) -> list[Told]:
    quotes = [quote(text) if isinstance(text, str) else text for text in texts]
    found = compare(quotes)
    return [(one.kind, one.agrees, [(m.quote, m.text) for m in one.mentions]) for one in found]


def pair(kind: str, agrees: bool, one: str, other: str) -> list[Told]:
    return [(kind, agrees, [(0, one), (1, other)])]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # The two articles
        (
            "Tokyo established a separate, albeit parallel, official dialogue framework in *2004*.",
            "The format was initiated by Tokyo back in *2004*— all five countries have negotiated since.",
            pair("date", True, "2004", "2004"),
        ),
        (
            "It plans to hold its first summit on *December 20, 2025* in Tokyo. It began in 2004.",
            "The first summit could take place in Tokyo as early as *mid-December*.",
            pair("date", False, "December 20, 2025", "mid-December"),
        ),
        # Dates that answer
        ("It opened in *2004*.", "It opened *in 2005*.", pair("date", False, "2004", "2005")),
        ("on *20 December 2025*", "on *Dec. 20, 2025*", pair("date", True, "20 December 2025", "Dec. 20, 2025")),
        ("It opened in 2004 by *Ann*.", "*Bob* opened it in 2004.", pair("date", True, "2004", "2004")),
        # one says less, bounds, nothing in common
        ("It opened in *2004*.", "It opened on *May 5, 2004*.", []),
        ("It opened before *2004*.", "It opened in *2005*.", []),
        ("It opened in *2004*.", "It opens *mid-December*.", []),
        # which of two is meant?
        ("It opened *in 2004, and again in 2010*.", "It opened in *2005*.", []),
        ("It opened *in 2004, and again in 2010*.", "It opened in *2010*.", pair("date", True, "2010", "2010")),
        ("It was open *from 2004 to 2006*.", "It opened in *2005*.", []),
        # what answers is something else, and the sentences are about different things
        ("*Ann* founded the old mill in 2004.", "*Bob* saw a comet in 2005.", []),
        ("It opened in *2004*.", "*Bob* saw a comet in 2005.", []),
        (
            "*It was in 2004 that all leaders of all the countries of the region met for once.*",
            "It opened in *2005*.",
            [],
        ),
        # ... or about the same
        (
            "*Ann* opened the Tokyo plant for trucks in 2004.",
            "*Ann* opened the Tokyo plant for trucks in 2005.",
            pair("date", False, "2004", "2005"),
        ),
        # Traps
        ("the *1990s*", "the *1980s*", []),
        ("in *May*", "in *June*", []),
        ("version *2004.1*", "version *2005.1*", []),
        ("call *555-2004*", "call *555-2005*", []),
        ("*AB-2004-1*", "*AB-2005-1*", []),
        ("at *10:30*", "at *11:30*", []),
        ("the *20th* meeting", "the *21st* meeting", []),
        # a long answer with one date counts where the sentences speak of the same
        (
            "*The council of all the islands will hold its first great meeting on the ferry on 3 May 2004*.",
            "The council may hold its first meeting in *mid-May*.",
            pair("date", False, "3 May 2004", "mid-May"),
        ),
        (
            "*The council of all the islands will hold its first great meeting on the ferry in 2004*.",
            "*2005* was wet",
            [],
        ),
    ],
)
def test_dates(one: str, other: str, expected: list[Told]) -> None:
    assert told(one, other) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("*five countries* met", "*six countries* met", pair("number", False, "five countries", "six countries")),
        ("*five* countries met", "*5 countries*", pair("number", True, "five countries", "5 countries")),
        ("*1,500* people", "*1500* people", pair("number", True, "1,500 people", "1500 people")),
        ("for *$5 million*", "*7 million dollars*", pair("number", False, "$5 million", "7 million dollars")),
        ("*3%* said yes", "*3 percent* said no", pair("number", True, "3%", "3 percent")),
        # not the same thing
        ("*five countries*", "*six leaders*", []),
        ("*five Central Asian countries*", "*27 European countries*", []),
        ("*5%* of exports", "*7%* of imports", []),
        ("*$5*", "*€7*", []),
        # rounded, guessed
        ("*1.5 million people*", "*1,500,432 people*", []),
        ("more than *20 years*", "*21 years*", []),
        ("*1.500 people*", "*1500 people*", []),
        # a value of that unit is shared
        ("*five men*, and six men not", "*six men*", pair("number", True, "six men", "six men")),
        # which of two is meant?
        ("*five countries met, seven countries did not*", "*six countries*", []),
        # both happen to say so: no news; both happen to differ: no alarm
        ("*Ann* met five countries.", "*Bob* left five countries.", []),
        ("*Ann* met five countries.", "*Bob* left six countries.", []),
        ("*five countries*", "*Bob* left five countries.", pair("number", True, "five countries", "five countries")),
        ("*five countries* met", "*Bob* left six countries.", []),
        # the sentences are alike
        (
            "*Ann* says the Tokyo truck plant employs 500 workers.",
            "*Bob* says the Tokyo truck plant employs 700 workers.",
            pair("number", False, "500 workers", "700 workers"),
        ),
        # Traps
        ("the *“5+1” format*", "the *“6+1” format*", []),
        ("*G7 leaders*", "*G8 leaders*", []),
        ("*5-6 people*", "*7 people*", []),
        ("*the last two years*", "*three years*", []),
        ("*Apollo 11 astronauts*", "*Apollo 12 astronauts*", []),
        ("*+1 555 123 people*", "*+1 555 124 people*", []),
    ],
)  # fmt: skip
def test_numbers(one: str, other: str, expected: list[Told]) -> None:
    assert told(one, other) == expected


DELAYED = "Officials delayed the Tokyo summit of leaders."
NOT = "Officials have not delayed the Tokyo summit of leaders."


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (DELAYED, NOT, pair("negation", False, DELAYED, "not delayed")),
        (NOT, DELAYED, pair("negation", False, "not delayed", DELAYED)),
        (NOT, NOT.replace("have not", "never"), pair("negation", True, "not delayed", "never delayed")),
        (NOT, "Officials denied the Tokyo summit of leaders was delayed.", []),  # they deny different words
        (DELAYED, DELAYED, []),
        (DELAYED, DELAYED.replace(".", ", not cancelled it."), []),  # the other does not speak of cancelling
        (DELAYED, "Officials have not delayed, and never cancelled, the Tokyo summit of leaders.", []),
        (DELAYED, "Officials not only delayed the Tokyo summit of leaders.", []),
        (DELAYED, "Nobody delayed the old ferry to the islands.", []),
        ("It was delayed.", "It was not delayed.", []),  # too little in common to be sure
    ],
)
def test_negations(one: str, other: str, expected: list[Told]) -> None:
    assert told(one, other) == expected


def test_a_missing_negation_is_shown_by_the_whole_quote() -> None:
    said = quote(f"It rained. {DELAYED}")
    (found,) = compare([said, quote(NOT)])
    assert found.mentions[0].text == said.text
    assert found.mentions[0].span == Span(said.source.start, said.source.stop)


def test_quotes_of_one_document_are_not_compared() -> None:
    assert told(quote("It opened in *2004*.", "a"), quote("It opened in *2005*.", "a")) == []
    assert told(quote("It opened in *2004*.", "a"), quote("It opened in *2004*.", "a")) == []


def test_three_documents_stand_side_by_side() -> None:
    assert told("in *2004*", "in *2005*", "since then; in *2004*") == [
        ("date", False, [(0, "2004"), (1, "2005"), (2, "2004")]),
    ]  # fmt: skip
    assert told("in *2004*", "back in *2004*", "then in *2004*") == [
        ("date", True, [(0, "2004"), (1, "2004"), (2, "2004")]),
    ]  # fmt: skip


def test_two_quotes_of_one_document_may_both_agree_with_another() -> None:
    quotes = quote("in *2004*", "a"), quote("again in *2004*, in 2004", "a"), quote("then in *2004*", "b")
    assert told(*quotes) == [("date", True, [(0, "2004"), (1, "2004"), (2, "2004")])]


def test_differences_come_first_then_dates_numbers_negations() -> None:
    one = "*In 2004, five countries met.* The mill did not close in Tokyo for trucks."
    other = "*In 2004, six countries met.* The mill did close in Tokyo for trucks."
    assert [(kind, agrees) for kind, agrees, _ in told(one, other)] == [
        ("number", False), ("negation", False), ("date", True),
    ]  # fmt: skip


@pytest.mark.parametrize("quotes", [[], ["in *2004*"], ["no date", "no date either"]])
def test_nothing_to_compare(quotes: list[str]) -> None:
    assert told(*quotes) == []


SENTENCES = [
    "In 2004.", "It opens in *2004*.", "It opens in *2005*.", "It opened on *May 5, 2004*.", "It opens *mid-December*.",
    "*five countries* met", "*six countries* met", "*five Asian countries*", "*$5 million*", "1.5 million people",
    DELAYED, NOT, "It was not until 2004 that *five countries* met in 2005.", "It plans *December 20, 2025*, not 2004.",
]  # fmt: skip
SETS = st.lists(st.tuples(st.sampled_from(SENTENCES), st.sampled_from("abc")), max_size=5)


def made(drawn: Sequence[tuple[str, str]]) -> list[Quote]:
    return [quote(text, of) for text, of in drawn]


@settings(deadline=None)
@given(SETS)
def test_every_mention_stands_where_it_says(drawn: list[tuple[str, str]]) -> None:
    quotes = made(drawn)
    for comparison in compare(quotes):
        for mention in comparison.mentions:
            start = quotes[mention.quote].source.start
            words = quotes[mention.quote].text[mention.span.start - start : mention.span.stop - start]
            assert words == mention.text != ""
        places = [(mention.quote, mention.span) for mention in comparison.mentions]
        assert places == sorted(places)
        assert len({quotes[mention.quote].source.document for mention in comparison.mentions}) > 1


@settings(deadline=None)
@given(SETS)
def test_the_order_of_the_quotes_changes_nothing_but_their_numbers(drawn: list[tuple[str, str]]) -> None:
    quotes = made(drawn)
    assert compare(quotes) == compare(quotes)
    there, back = renumbered(compare(quotes), quotes), renumbered(compare(quotes[::-1]), quotes[::-1])
    assert there == back


def renumbered(comparisons: Sequence[Comparison], quotes: Sequence[Quote]) -> set[object]:
    def said(mention: Mention) -> tuple[str, str, str]:
        return quotes[mention.quote].text, quotes[mention.quote].source.document, mention.text

    return {(one.kind, one.agrees, frozenset(map(said, one.mentions))) for one in comparisons}


@settings(deadline=None)
@given(SETS.filter(bool))
def test_saying_the_same_again_in_another_document_never_differs(drawn: list[tuple[str, str]]) -> None:
    (text, _), *_ = drawn
    assert all(agrees for _, agrees, _ in told(quote(text, "a"), quote(text, "b")))


def test_whichever_way_three_quotes_stand_the_same_is_told() -> None:
    texts = ["in *2004*", "in *2005*", "then in *2004*"]
    results = {tuple(sorted(text for _, text in told(*order)[0][2])) for order in permutations(texts)}
    assert results == {("2004", "2004", "2005")}


def test_the_two_articles(bundled_library: Path) -> None:
    with Library.open(bundled_library) as library:
        outcome = library.ask("When does Japan hold its first summit with Central Asia?")
        assert isinstance(outcome, Answer)
        (found,) = outcome.comparisons
        assert (found.kind, found.agrees) == ("date", False)
        assert {mention.text for mention in found.mentions} == {"December 20, 2025", "mid-December"}
        for mention in found.mentions:
            document: Document = library.document(outcome.quotes[mention.quote].source.document)
            assert document.text[mention.span.start : mention.span.stop] == mention.text
