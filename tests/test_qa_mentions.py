"""Dates, numbers and negations as the rules find them, with the traps they must not fall into."""

from __future__ import annotations

import datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import Span
from quoth.qa.counting_words import GRAMMAR, NUMBER_WORDS, OPENERS, UNCOUNTED
from quoth.qa.dates import dates, dates_comparable, dates_differ
from quoth.qa.mentions import alike, reading
from quoth.qa.numbers import Number, numbers
from quoth.qa.quoting import cut
from strategies import TELLING, document_of, visible_texts

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
Named = tuple[str, int | None, int | None, int | None, str]


def dated(text: str) -> list[Named]:
    return [(text[one.span.start : one.span.stop], one.year, one.month, one.day, one.part) for one in dates(text)]


def counted(text: str) -> list[tuple[str, str, str]]:
    found = numbers(text, [one.span for one in dates(text)])
    return [(text[one.span.start : one.span.stop], f"{one.value.normalize():f}", one.unit) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was founded in 2004.", [("2004", 2004, None, None, "")]),
        ("initiated by Tokyo back in 2004— all five", [("2004", 2004, None, None, "")]),
        ("In 2004 was the first of them.", [("2004", 2004, None, None, "")]),
        ("in\n2004, they say", [("2004", 2004, None, None, "")]),
        ("Smith and Jones (2004) say so", [("2004", 2004, None, None, "")]),
        ("on December 20, 2025 in Tokyo", [("December 20, 2025", 2025, 12, 20, "")]),
        ("on Dec. 20, 2025", [("Dec. 20, 2025", 2025, 12, 20, "")]),
        ("on December 20th, 2025", [("December 20th, 2025", 2025, 12, 20, "")]),
        ("on December 20 2025", [("December 20 2025", 2025, 12, 20, "")]),
        ("on DECEMBER 20", [("DECEMBER 20", None, 12, 20, "")]),
        ("on 20 December 2025", [("20 December 2025", 2025, 12, 20, "")]),
        ("the 20th of December, 2025", [("20th of December, 2025", 2025, 12, 20, "")]),
        ("on Sept. 3", [("Sept. 3", None, 9, 3, "")]),
        ("on 2025-12-20.", [("2025-12-20", 2025, 12, 20, "")]),
        ("in August 2024", [("August 2024", 2024, 8, None, "")]),
        ("in August, 2024", [("August, 2024", 2024, 8, None, "")]),
        ("in August of 2024", [("August of 2024", 2024, 8, None, "")]),
        ("as early as mid-December.", [("mid-December", None, 12, None, "mid")]),
        ("early December 2025", [("early December 2025", 2025, 12, None, "early")]),
        ("Late 2004 was cold", [("Late 2004", 2004, None, None, "late")]),
        ("on February 29, 2024", [("February 29, 2024", 2024, 2, 29, "")]),
        ("in May 2004 and later in 2010", [("May 2004", 2004, 5, None, ""), ("2010", 2010, None, None, "")]),
        # Traps
        ("on February 30", []),
        ("on February 29, 2025", []),
        ("on 2025-02-30", []),
        ("in the 1990s, in 1990s, in 1990's", []),
        ("the 2004 summit", []),
        ("in 2004 villages", []),
        ("in 2004 km", []),
        ("in 2004 million", []),
        ("in 1500 BC", []),
        ("room 2004, Windows 2000", []),
        ("call 555-2004 or 2004-555", []),
        ("in AB-2004-12-01x, v2004.1, x2004", []),
        ("from 2004 to 2006", []),
        ("in 2004-06, in 2004–06, in 2004/05", []),
        ("in 2004 – 2006", []),
        ("in 2004 or 2005", []),
        ("December 20–22, 2025", []),
        ("20–22 December 2025", []),
        ("December 20 and 21", []),
        ("between May 5 and June 6", []),
        ("from May 2004 till now", []),
        ("in December 20,000 people came", []),
        ("12/20/2025, 20.12.2025, 2025-12", []),
        ("they may 5 times march 2004 miles", []),
        ("in December and in May", []),
        ("mid-to-late December", []),
        ("the year 2204, in 999, in 20045", []),
        ("at 20:04 and 1.2004", []),
        ("", []),
    ],
)
def test_the_dates_of_a_text(text: str, expected: list[Named]) -> None:
    assert dated(text) == expected


@pytest.mark.parametrize(
    ("text", "loose"),
    [
        ("before 2004", "before"),
        ("since May 2004", "since"),
        ("by mid-December", "by"),
        ("Until the 5th of May", "until"),
        ("no later than December 20", "than"),
        ("at the end of December 2025", "end of"),
        ("on December 20", ""),
        ("as early as mid-December", ""),
        ("in 2004", ""),
    ],
)
def test_a_word_before_makes_a_date_a_bound(text: str, loose: str) -> None:
    assert [date.loose for date in dates(text)] == [loose]


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("in 2004", "in 2005", True),
        ("in 2004", "on May 5, 2005", True),
        ("in May 2004", "in June 2004", True),
        ("on May 5", "on May 6, 2004", True),
        ("in August 2024", "mid-December", True),
        ("mid-December", "December 20, 2025", True),
        ("mid-December", "December 15", True),
        ("mid-December", "late December", True),
        ("late 2004", "December 2004", True),
        ("late 2004", "early 2004", True),
        ("in 2004", "in 2004", False),
        ("in 2004", "in May 2004", False),  # one says less
        ("on May 5", "on May 5, 2004", False),
        ("December 2025", "December 20, 2025", False),
        ("mid-December", "mid-December 2025", False),
        ("mid-December", "in December 2025", False),
        ("in 2004", "mid-December", False),  # nothing to compare
        ("late 2004", "in 2004", False),
        ("before 2010", "in 2004", False),  # both may be true
        ("since 2004", "in 2005", False),
        ("by mid-December", "December 20", False),
    ],
)
def test_when_two_dates_differ(one: str, other: str, differ: bool) -> None:
    (a,), (b,) = dates(one), dates(other)
    assert dates_differ(a, b) is dates_differ(b, a) is differ
    assert dates_comparable(a, b) or not differ


CALENDAR = st.dates(datetime.date(1000, 1, 1), datetime.date(2099, 12, 31))
FORMS = ["{month} {day}, {year}", "{day} {month} {year}", "{day}th of {month}, {year}", "{iso}", "{month} {day} {year}"]


@given(CALENDAR, st.sampled_from(FORMS))
def test_a_day_is_the_same_in_every_form(day: datetime.date, form: str) -> None:
    text = form.format(month=MONTHS[day.month - 1], day=day.day, year=day.year, iso=day.isoformat())
    (date,) = dates(f"It happened on {text}.")
    assert date.named == (day.year, day.month, day.day, "", "")
    assert not dates_differ(date, date)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all five Central Asian countries", [("five Central Asian countries", "5", "countri")]),
        ("1,500 people", [("1,500 people", "1500", "peopl")]),
        ("1500 people", [("1500 people", "1500", "peopl")]),
        ("2\u00a0500 people", [("2\u00a0500 people", "2500", "peopl")]),
        ("1,234,567 cars", [("1,234,567 cars", "1234567", "car")]),
        ("1.5 million people", [("1.5 million people", "1500000", "peopl")]),
        ("two hundred delegates", [("two hundred delegates", "200", "deleg")]),
        ("Twenty-five ministers", [("Twenty-five ministers", "25", "minist")]),
        ("$5 million", [("$5 million", "5000000", "dollar")]),
        ("US$5", [("US$5", "5", "dollar")]),
        ("5 dollars", [("5 dollars", "5", "dollar")]),
        ("€5.50", [("€5.50", "5.5", "euro")]),
        ("₹5", [("₹5", "5", "rupe")]),
        ("5 rupees", [("5 rupees", "5", "rupe")]),
        ("3%", [("3%", "3", "%")]),
        ("3 % of exports", [("3 %", "3", "%")]),
        ("3.5 percent", [("3.5 percent", "3.5", "%")]),
        ("0.125 per cent", [("0.125 per cent", "0.125", "%")]),
        ("five percentage points", [("five percentage points", "5", "point")]),
        ("ten\nleaders", [("ten\nleaders", "10", "leader")]),
        ("20 sales offices", [("20 sales offices", "20", "offic")]),
        ("10 men and 12 women", [("10 men", "10", "men"), ("12 women", "12", "women")]),
        ("In 5 years", [("5 years", "5", "year")]),
        # Traps: names
        ("the “5+1” format, C5+ summits, G7 leaders", []),
        ("Apollo 11 astronauts, Windows 10 users, ISO 9001 standards", []),
        ("version 2.1 users, v2 users, 2.1.3 users", []),
        ("page 5 lines, No. 5 chapters, Chapter 3 heroes", []),
        ("#5 hits, F-16 jets, COVID-19 deaths, 007 agents", []),
        # telephone numbers, times, fractions
        ("call +1 555 123 4567 members", []),
        ("(555) 123 members, 555-1234 members", []),
        ("at 10:30 trains, 24/7 shops, 3/4 cups, 2 x 4 planks", []),
        ("−5 degrees, -5 degrees, 5°C", []),
        # ordinals, decades, years
        ("the 20th anniversaries, the 1990s films", []),
        ("In 2004 countries met", []),
        ("the 2004 games, its 2004 games, 2004 Olympic Games", []),
        ("the 2004 summer games", []),
        # ranges, guesses, selections
        ("5-6 people, 5–6 people, 5 to 6 people, 5 or 6 people", []),
        ("between 5 and 6 people, five of six people, five of the six countries", []),
        ("5% to 7%, 5 people to 7 people", []),
        ("more than 20 years, about 20 years, nearly 20 years, up to 20 years", []),
        ("at least 20 years, as many as 20 years, ~20 years, some 20 years", []),
        ("the last two years, another five countries, the top 10 countries", []),
        ("nine other meetings, five more countries, two dozen countries, two thirds of members", []),
        ("rose by 5 percent, rose to 5 percent, one of five countries", []),
        # figures with two readings
        ("1.500 people, 1,5 people, 1.234,5 people, 12,34,567 people", []),
        ("2 500 people", []),
        ("0,500 people", []),
        # nothing that is counted
        ("20-year-old, five-year plans", []),
        ("five countries’ leaders", []),
        ("two signed agreements, five in rooms, the five, five.", []),
        ("hundreds of people, one country, 5 sheep", []),
        ("$5bn deals, $5 bn, HK$5, $5m", []),
        ("fifty", []),
    ],
)
def test_the_numbers_of_a_text(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert counted(text) == expected


def one_number(text: str) -> Number:
    (number,) = numbers(text)
    return number


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("five countries", "six countries", True),
        ("five countries", "27 European countries", True),  # one says less
        ("five Central Asian countries", "27 European countries", False),
        ("5% of exports", "7% of imports", False),
        ("5% of exports", "7%", True),
        ("5 dollars", "$7", True),
        ("5 dollars", "€7", False),
        ("five countries", "five nations", False),
        ("500 workers in Germany", "700 workers in France", False),
    ],
)
def test_what_counts_the_same_thing(one: str, other: str, same: bool) -> None:
    assert one_number(one).same_thing(one_number(other)) is same
    assert one_number(other).same_thing(one_number(one)) is same


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("five countries", "six countries", True),
        ("100 people", "120 people", True),
        ("1.5 million people", "1,600,000 people", True),
        ("5%", "7%", True),
        ("1,500 people", "1500 people", False),
        ("1.5 million people", "1,500,432 people", False),  # rounded
        ("1,500 people", "1,532 people", False),
        ("5 percent", "5.2 percent", False),
        ("two hundred people", "220 people", False),
    ],
)
def test_rounding_is_no_difference(one: str, other: str, differ: bool) -> None:
    a, b = one_number(one), one_number(other)
    assert a.differs(b) is b.differs(a) is differ
    assert not a.differs(a)


@given(st.integers(2, 10**12).filter(lambda value: not 1000 <= value <= 2099))
def test_a_number_is_the_same_with_separators_and_without(value: int) -> None:
    plain, grouped = one_number(f"{value} cars"), one_number(f"{value:,} cars")
    assert (plain.value, plain.step, plain.unit) == (grouped.value, grouped.step, grouped.unit)
    assert plain.value == value
    assert Decimal(value) % plain.step == 0


@pytest.mark.parametrize(("word", "value"), [("two", 2), ("nineteen", 19), ("thirty", 30), ("ninety-nine", 99)])
def test_written_out_numbers(word: str, value: int) -> None:
    assert NUMBER_WORDS[word] == value
    assert one_number(f"{word} cars").value == value


def test_the_lists_of_words_are_words() -> None:
    assert len(NUMBER_WORDS) == 98  # two to ninety-nine
    assert sorted(NUMBER_WORDS.values()) == list(range(2, 100))
    assert all(word == word.lower() and word.isalpha() for word in GRAMMAR | OPENERS | UNCOUNTED)


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("The summit was not delayed.", [("not delayed", "delay")]),
        ("The summit wasn’t delayed.", [("wasn’t delayed", "delay")]),
        ("It can't sign treaties.", [("can't sign", "sign")]),
        ("They never met in Tokyo.", [("never met", "met")]),
        ("It works without a treaty.", [("without a treaty", "treati")]),
        ("Officials denied the reports.", [("denied the reports", "report")]),
        ("There is no treaty.", [("no treaty", "treati")]),
        ("None of the leaders came.", [("None of the leaders", "leader")]),
        ("Neither Japan nor China signed.", [("Neither Japan", "japan"), ("nor China", "china")]),
        ("They did not.", [("not", "")]),
        # Traps
        ("It was not only delayed, not least in May.", []),
        ("There is no doubt, no later than May, No. 5, no 5.", []),
        ("Whether or not it was delayed, why not ask?", []),
        ("They knotted notes in Norway, noon and note.", []),
        ("It did not end until 2004, not until May.", [("not end", "end")]),
    ],
)
def test_what_a_sentence_denies(text: str, denied: list[tuple[str, str]]) -> None:
    quote = cut(document_of(text), Span(0, len(text)), None, 0.5, "low")
    found = [one for sentence in reading(0, quote).sentences for one in sentence.denials]
    assert [(text[one.span.start : one.span.stop], one.about) for one in found] == denied


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("The Tokyo plant employs workers.", "The Tokyo plant employs many workers.", True),
        ("The Tokyo plant employs 500 workers.", "The Tokyo plant employs seven hundred workers.", True),
        ("The Tokyo plant opened on May 5, 2004.", "The Tokyo plant opened in 2005.", True),
        ("The Tokyo plant was opened.", "The Tokyo plant was never opened.", True),
        ("The plant employs workers.", "The office rents rooms.", False),
        ("Plants grow.", "Plants grow.", False),  # too little to be sure
        ("Tokyo hosts the summit of leaders.", "Tokyo hosts the summit in a hall near the old harbour.", False),
    ],
)
def test_sentences_that_are_alike(one: str, other: str, are: bool) -> None:
    (a,), (b,) = (reading(0, cut(document_of(t), Span(0, len(t)), None, 0.5, "low")).sentences for t in (one, other))
    assert alike(a, b) is alike(b, a) is are


@pytest.mark.parametrize(
    ("highlight", "answers"),
    [(Span(10, 14), True), (Span(12, 20), True), (Span(14, 20), False), (Span(0, 10), False), (None, True)],
)
def test_whether_a_date_is_what_answers(highlight: Span | None, answers: bool) -> None:
    text = "Before it 2004 was quiet."
    best = highlight and Span(highlight.start + 2, highlight.stop + 2)
    quote = cut(document_of(f"xx{text}"), Span(2, 27), best, 0.5, "low")
    assert reading(0, quote).answers_with(Span(10, 14)) is answers


def test_a_long_highlight_does_not_say_what_answers() -> None:
    text = "It was in 2004 that all the leaders of all the countries met for the first time."
    quote = cut(document_of(text), Span(0, len(text)), None, 0.5, "low")
    assert not reading(0, quote).answers_with(Span(10, 14))


PIECES = [
    *TELLING, "in 2004", "December 20, 2025", "mid-December", "May 5", "20", "five countries", "1,500", "$5 million",
    "3%", "not", "never", "no", "wasn't", "Tokyo", "summit", "leaders", "-", "–", "to", "1.500", "٣ people", "²", "Ⅳ",
]  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=40).map(" ".join) | visible_texts)
def test_whatever_is_read_stands_in_the_quote(text: str) -> None:
    document = document_of(f"<{text}>")
    quote = cut(document, Span(1, 1 + len(text)), None, 0.5, "low")
    read = reading(0, quote)
    spans = [*(one.span for one in read.dates), *(one.span for one in read.numbers)]
    assert all(one.stop <= other.start for one, other in pairwise(sorted(spans)))
    denials = [one.span for sentence in read.sentences for one in sentence.denials]
    for span in (*spans, *denials):
        mention = read.mention(span)
        assert mention.text == text[span.start : span.stop] == document.text[mention.span.start : mention.span.stop]
        assert read.sentence_at(span).span.start <= span.start
    assert read.whole().text == text
