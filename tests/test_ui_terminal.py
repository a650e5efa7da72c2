"""What a person reads, line by line, at any width, with and without emphasis."""

from __future__ import annotations

import hashlib
import io
import re
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from quoth.corpus import DocumentId, Span
from quoth.qa import (
    Abstention,
    Answer,
    Check,
    Comparison,
    DoctorReport,
    ErrorRate,
    LibraryStamp,
    Mention,
    Occurrence,
    Quote,
    Receipt,
    SearchHit,
    Source,
)
from quoth.qa.reports import Mended
from quoth.ui.plain import visible
from quoth.ui.terminal import Page, count

TEXT = "The ferry leaves at nine. It carries forty cars."
SHA = hashlib.sha256(TEXT.encode()).hexdigest()
STAMP = LibraryStamp("ab12", 2, 1017)
RATE = ErrorRate(0.052, 0.031, 0.08, 1400, "SQuAD 2", calibrated=False)
SOURCE = Source(DocumentId(SHA[:16]), "Timetable", "file:///t.txt", 100, 148, None, None, 7, 7, "", "")
QUOTE = Quote(TEXT, Span(120, 124), SOURCE, 0.934, "high", True, Occurrence(1, 1), Receipt(SHA, SHA, SHA, "text/1"))


def answer(*quotes: Quote) -> Answer:
    return Answer("When does the ferry leave?", quotes or (QUOTE,), (), STAMP, "When does the ferry leave?", 4.1)


def abstention(*nearest: Quote) -> Abstention:
    return Abstention("Who sails?", "No passage answers this.", nearest, (), None, STAMP, RATE, "Who sails?", 4.1)


def quote_of(text: str, highlight: Span | None = None) -> Quote:
    return replace(QUOTE, text=text, highlight=highlight, source=replace(SOURCE, stop=100 + len(text)))


def shown(
    outcome: Answer | Abstention, capsys: pytest.CaptureFixture[str], *, width: int | None = None, styled: bool = False
) -> str:
    """The page as text: without a width as in a pipe, with one as in a terminal (styled: one that can do bold)."""
    console = Console(
        width=width, force_terminal=width is not None, color_system="standard" if styled else None, file=io.StringIO(),
        markup=False, emoji=False, highlight=False,
    )  # fmt: skip
    page = Page(console)
    page.outcome(outcome)
    page.write()
    return capsys.readouterr().out


def test_an_answer_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(answer(), capsys) == (
        " 1  The ferry leaves at nine. It carries forty cars.\n"
        "\n"
        "    The words that answer: nine\n"
        "    Timetable\n"
        "    line 7, characters 100 to 148\n"
        "    high confidence (93 %)\n"
        "\n"
        "Searched 1,017 passages of 2 documents. Every quote was checked against its document.\n"
    )


def test_an_answer_in_a_narrow_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(answer(), capsys, width=24, styled=True) == (
        " 1  The ferry leaves at\n"
        "    \x1b[1;4mnine\x1b[0m. It carries\n"
        "    forty cars.\n"
        "\n"
        "    \x1b[3mTimetable\x1b[0m\n"
        "    \x1b[2mline 7, characters\x1b[0m\n"
        "    \x1b[2m100 to 148\x1b[0m\n"
        "    \x1b[2mhigh confidence (93\x1b[0m\n"
        "    \x1b[2m%)\x1b[0m\n"
        "\n"
        "\x1b[2mSearched 1,017 passages\x1b[0m\n"
        "\x1b[2mof 2 documents. Every\x1b[0m\n"
        "\x1b[2mquote was checked\x1b[0m\n"
        "\x1b[2magainst its document.\x1b[0m\n"
    )


def test_a_refusal_is_calm_and_says_what_was_searched(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(abstention(QUOTE), capsys) == (
        "No answer.\n"
        "No passage answers this.\n"
        "\n"
        "Nearest passages (not an answer):\n"
        "\n"
        " 1  The ferry leaves at nine. It carries forty cars.\n"
        "\n"
        "    Timetable\n"
        "    line 7, characters 100 to 148\n"
        "\n"
        "Searched 1,017 passages of 2 documents.\n"
        "Of questions that have no answer, Quoth answers 5.2 % all the same (95 % interval 3.1 to 8.0 %, n = 1,400; "
        "measured on SQuAD 2, other documents; this library has not been calibrated).\n"
    )


def test_a_refusal_without_any_passage(capsys: pytest.CaptureFixture[str]) -> None:
    assert "Nearest" not in shown(abstention(), capsys)


OTHER = replace(QUOTE, source=replace(SOURCE, document=DocumentId("f" * 16)))
THIRD = replace(QUOTE, source=replace(SOURCE, document=DocumentId("e" * 16)))
NINE, EIGHT = Mention(0, "nine", Span(120, 124)), Mention(1, "eight", Span(120, 125))
WHOLE = Mention(1, TEXT, Span(100, 148))


def compared(*comparisons: Comparison, quotes: tuple[Quote, ...] = (QUOTE, OTHER)) -> Answer:
    return replace(answer(*quotes), comparisons=comparisons)


def test_comparisons_follow_the_quotes_and_say_that_rules_made_them(capsys: pytest.CaptureFixture[str]) -> None:
    agree = Comparison("number", True, (replace(NINE, text="forty\ncars"), Mention(1, "forty\ncars", Span(138, 148))))
    page = shown(compared(Comparison("date", False, (NINE, EIGHT)), agree), capsys)
    assert page.endswith(
        "    high confidence (93 %)\n"
        "\n"
        "They differ: nine [1] - eight [2]\n"
        "Both sources say forty cars.\n"
        "Compared by rules, not understood: the quotes decide.\n"
        "\n"
        "Searched 1,017 passages of 2 documents. Every quote was checked against its document.\n"
    )


@pytest.mark.parametrize(
    ("comparison", "quotes", "line"),
    [
        (Comparison("date", True, (NINE, replace(EIGHT, text="nine"))), (QUOTE, OTHER), "Both sources say nine."),
        (Comparison("date", True, (NINE, replace(EIGHT, text="nine"))), (QUOTE, OTHER, THIRD), "2 sources say nine."),
        (
            Comparison("date", True, (NINE, replace(NINE, quote=1), replace(NINE, quote=2))),
            (QUOTE, OTHER, THIRD),
            "3 sources say nine.",
        ),
        (Comparison("date", True, (NINE, replace(NINE, quote=2))), (QUOTE, QUOTE, OTHER), "Both sources say nine."),
        (
            Comparison("date", True, (NINE, replace(EIGHT, text="9"), replace(NINE, quote=2))),
            (QUOTE, OTHER, OTHER),
            "Both sources say the same: nine [1] [3] - 9 [2]",
        ),
        (
            Comparison("negation", False, (Mention(0, "never leaves", Span(100, 112)), WHOLE)),
            (QUOTE, OTHER),
            "They differ: never leaves [1] - no negation [2]",
        ),
        (Comparison("date", False, (NINE, replace(EIGHT, text="\x9b"))), (QUOTE, OTHER), ": nine [1] - <U+009B> [2]"),
    ],
)
def test_what_is_said_of_a_comparison(
    capsys: pytest.CaptureFixture[str], comparison: Comparison, quotes: tuple[Quote, ...], line: str
) -> None:
    assert f"{line}\n" in shown(compared(comparison, quotes=quotes), capsys)


def test_without_comparisons_no_rules_are_mentioned(capsys: pytest.CaptureFixture[str]) -> None:
    assert "rules" not in shown(answer(QUOTE, OTHER), capsys)


def test_a_completed_question_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    completed = "When does it leave? ferry"
    for outcome in (answer(), abstention()):
        page = shown(replace(outcome, query_used=completed), capsys)
        assert page.startswith(f"Searched for: {completed}\n\n")
        assert "Searched for" not in shown(replace(outcome, question=f"  {outcome.question}\n"), capsys)


def test_a_refusal_names_words_that_stand_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    page = shown(replace(abstention(), missing_words=("tungsten", "Hamlet\x07")), capsys)
    assert page.startswith(
        "No answer.\nNo passage answers this.\nNowhere in the library: tungsten, Hamlet<U+0007>.\n\nSearched"
    )
    assert "Nowhere" not in shown(abstention(), capsys)


def test_a_refusal_points_to_an_answer_outside_the_filter(capsys: pytest.CaptureFixture[str]) -> None:
    page = shown(replace(abstention(), outside_filter=QUOTE), capsys)
    assert ("\nOutside the filter, this document has an answer: Timetable, line 7, characters 100 to 148.\n\n") in page
    assert TEXT not in page


@pytest.mark.parametrize(
    ("source", "place"),
    [
        (SOURCE, "line 7, characters 100 to 148"),
        (replace(SOURCE, page=3), "page 3, line 7, characters 100 to 148"),
        (replace(SOURCE, heading="Sundays"), 'under "Sundays", line 7, characters 100 to 148'),
        (replace(SOURCE, page=3, heading="A", line_stop=9), 'page 3, under "A", lines 7 to 9, characters 100 to 148'),
    ],
)
def test_the_place_names_what_the_format_has(capsys: pytest.CaptureFixture[str], source: Source, place: str) -> None:
    assert f"    {place}\n" in shown(answer(replace(QUOTE, source=source)), capsys)


@pytest.mark.parametrize(
    ("score", "percent"), [(0.0, "1 %"), (0.004, "1 %"), (0.5, "50 %"), (0.999, "99 %"), (1.0, "99 %")]
)
def test_no_score_is_a_certainty(capsys: pytest.CaptureFixture[str], score: float, percent: str) -> None:
    assert f"confidence ({percent})" in shown(answer(replace(QUOTE, score=score)), capsys)


def test_a_quote_without_highlight_repeats_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert "The words that answer" not in shown(answer(replace(QUOTE, highlight=None)), capsys)


def test_lines_of_a_quote_stay_lines(capsys: pytest.CaptureFixture[str]) -> None:
    page = shown(answer(quote_of("First line,\r\n  second,\n\nfourth.")), capsys)
    assert page.startswith(" 1  First line,\n      second,\n\n    fourth.\n\n")


@pytest.mark.parametrize(
    "text", ["[bold]not markup[/bold]", ":smile: *stars* `ticks`", "<b>&amp;</b>", "C:\\new\\table ${x}"]
)
def test_nothing_in_a_quote_is_taken_for_markup(capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert shown(answer(quote_of(text)), capsys).startswith(f" 1  {text}\n")


def test_a_hostile_document_is_shown_and_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    quote = quote_of("red\x1b[31m \x9b2J alert\x07", Span(103, 108))
    named = replace(quote, source=replace(quote.source, title="\x1b]0;title\x07", heading="\x1b[2J"))
    for width, styled in ((None, False), (80, False)):
        page = shown(answer(named), capsys, width=width, styled=styled)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", page)
    assert "red<U+001B>[31m <U+009B>2J alert<U+0007>" in page
    assert "<U+001B>]0;title<U+0007>" in page


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200), st.integers(12, 60))
def test_folding_loses_no_word(text: str, width: int) -> None:
    page = Page(Console(width=width, force_terminal=True, color_system=None, file=io.StringIO()))
    page.line(text)
    with redirect_stdout(io.StringIO()) as out:
        page.write()
    assert "".join(out.getvalue().split()) == "".join(visible(text).split())


def test_hits_show_their_scores(capsys: pytest.CaptureFixture[str]) -> None:
    page = Page()
    page.hits([SearchHit("  padded passage \n", SOURCE, 0.75, 0.5, 0.25)])
    page.write()
    assert capsys.readouterr().out == (
        " 1  padded passage\n\n    Timetable\n    line 7, characters 100 to 148\n"
        "    score 0.750 (dense 0.500, lexical 0.250)\n\n"
    )


def test_the_doctor_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    page = Page()
    checks = Check("documents", True, "2 read", ""), Check("index", False, "1 lost", "Run it again.")
    page.checks(DoctorReport(checks))
    page.write()
    assert capsys.readouterr().out == (
        "ok   documents: 2 read\nBAD  index: 1 lost\n     Run it again.\nThe library needs mending.\n"
    )


def test_after_a_repair_the_doctor_asks_for_none(capsys: pytest.CaptureFixture[str]) -> None:
    page = Page()
    page.checks(DoctorReport((Mended(("lost: pier.txt",), lost=True).check(), Check("index", True, "fine", ""))))
    page.checks(DoctorReport((Mended().check(),)))
    page.write()
    assert capsys.readouterr().out == (
        "BAD  repair: lost: pier.txt\n     add again what could not be brought back\nok   index: fine\n"
        "The library is mended, but for what is lost.\nok   repair: nothing was damaged\nThe library is healthy.\n"
    )


def test_an_empty_library_lists_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    page = Page()
    page.documents((), Path("here"))
    page.write()
    assert capsys.readouterr().out == "0 documents in here.\n"


@pytest.mark.parametrize(("number", "words"), [(0, "0 cars"), (1, "1 car"), (2, "2 cars"), (12345, "12,345 cars")])
def test_count(number: int, words: str) -> None:
    assert count(number, "car") == words
