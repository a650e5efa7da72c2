"""Sentences: laws over any text, and a golden file of what a careful reader would say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import LONGEST_SENTENCE, Span, bundled_folder, read_file, sentences
from quoth.corpus.blocks import blocks
from quoth.corpus.cutting import best_cut, cut_long, is_inside_cluster
from strategies import telling_text, texts

GOLDEN = Path(__file__).parent / "data" / "sentences.golden.jsonl"
END = "␞"


class Case(NamedTuple):
    """A golden case: in the file, `␞` stands between sentences."""

    name: str
    text: str
    expected: list[str]


def golden() -> list[Case]:
    cases = []
    for line in GOLDEN.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        marked = row["marked"]
        expected = [part.strip() for part in marked.split(END) if part.strip()]
        cases.append(Case(row["case"], marked.replace(END, ""), expected))
    return cases


def cut(text: str) -> list[str]:
    return [text[span.start : span.stop] for span in sentences(text)]


@pytest.mark.parametrize("case", golden(), ids=lambda case: case.name)
def test_golden(case: Case) -> None:
    assert cut(case.text) == case.expected


def test_the_golden_file_is_large_enough_and_has_no_case_twice() -> None:
    names = [case.name for case in golden()]
    assert len(names) == len(set(names)) >= 60


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028"])
def test_golden_cases_do_not_depend_on_the_kind_of_line_end(end: str) -> None:
    for case in golden():
        if "\r" not in case.text and "\n" in case.text:
            expected = [sentence.replace("\n", end) for sentence in case.expected]
            assert cut(case.text.replace("\n", end)) == expected, case.name


def assert_lawful(text: str, spans: list[Span]) -> None:
    stop = 0
    for span in spans:
        assert span.start >= stop
        assert not text[stop : span.start].strip()
        piece = text[span.start : span.stop]
        assert piece == piece.strip()
        stop = span.stop
    assert not text[stop:].strip()


@settings(deadline=None, max_examples=300)
@given(texts)
def test_every_visible_character_is_in_exactly_one_sentence(text: str) -> None:
    assert_lawful(text, sentences(text))
    assert_lawful(text, list(blocks(text)))


@settings(deadline=None)
@given(texts)
def test_no_sentence_crosses_a_block_or_is_longer_than_allowed(text: str) -> None:
    edges = {span.stop for span in blocks(text)}
    stops = [span.stop for span in sentences(text)]
    assert edges <= set(stops)
    assert all(len(span) <= LONGEST_SENTENCE for span in sentences(text))


@settings(deadline=None)
@given(texts, texts)
def test_paragraphs_do_not_touch_each_other(first: str, second: str) -> None:
    """What stands before an empty line has no influence on what stands after it."""
    gap = "\n\n"
    whole = cut(first + gap + second)
    assert whole == cut(first + gap) + cut(gap + second)


@settings(deadline=None)
@given(telling_text)
def test_the_same_text_gives_the_same_sentences(text: str) -> None:
    assert sentences(text) == sentences(str(text.encode(), "utf-8"))


def test_the_bundled_articles() -> None:
    counts = [len(sentences(read_file(path).text)) for path in sorted(bundled_folder().glob("*.txt"))]
    assert counts == [22, 25]


def test_repeated_sentences_keep_their_own_places() -> None:
    text = "Yes. No. Yes. Yes. No."
    assert [span.start for span in sentences(text)] == [0, 5, 9, 14, 19]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u2028", "\xa0\t\r\n"])
def test_where_nothing_is_visible_there_are_no_sentences(text: str) -> None:
    assert sentences(text) == []


def test_a_stretch_without_an_end_is_cut_after_clauses_then_spaces() -> None:
    clauses = "so many words and a clause, " * 400
    assert all(piece.endswith(",") for piece in cut(clauses)[:-1])
    words = "word " * 2000
    assert set("".join(cut(words)).split("word")) == {"", " "}
    solid = "x" * 5000
    assert [len(piece) for piece in cut(solid)] == [2000, 2000, 1000]


CLUSTERS = ["e\u0301", "👨‍👩‍👧", "🇬🇧", "👍🏽", "각".encode().decode(), "\u1100\u1161\u11a8", "नि", "\r\n", "❤️"]


@pytest.mark.parametrize("cluster", CLUSTERS)
@pytest.mark.parametrize("limit", range(20, 32))
def test_no_cut_parts_what_a_reader_sees_as_one_character(cluster: str, limit: int) -> None:
    text = cluster * 40
    cut_at = best_cut(text, 0, limit)
    assert 0 < cut_at <= limit
    assert cut_at % len(cluster) == 0


@settings(deadline=None)
@given(texts.filter(lambda text: bool(text.strip())), st.integers(1, 50))
def test_pieces_of_a_long_stretch_are_short_and_complete(text: str, longest: int) -> None:
    whole = Span(0, len(text))
    pieces = list(cut_long(text, whole, longest))
    assert all(len(piece) <= longest for piece in pieces)
    assert_lawful(text, pieces)


def test_a_letter_under_a_thousand_accents_is_still_cut() -> None:
    text = "e" + "\u0301" * 5000
    assert all(len(span) <= LONGEST_SENTENCE for span in sentences(text))


@pytest.mark.parametrize(("text", "at"), [("ab", 0), ("ab", 2), ("ab", 1), ("🇬🇧🇫🇷", 2), (" \u0301", 1)])
def test_places_that_are_not_inside_a_cluster(text: str, at: int) -> None:
    assert not is_inside_cluster(text, at)
