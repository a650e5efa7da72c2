"""Splitting: nothing lost, nothing too long, cut where a reader would cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from quoth.corpus import Document, Mark, Splitting, bundled_folder, read_bytes, read_file, sentences, split
from strategies import document_of, documents, splittings

SENTENCE = "This sentence has some forty characters. "


def lengths(document: Document, splitting: Splitting) -> list[int]:
    return [len(passage.text.strip()) for passage in split(document, splitting)]


@settings(deadline=None, max_examples=300)
@given(documents(), splittings)
def test_passages_join_to_the_text(document: Document, splitting: Splitting) -> None:
    passages = split(document, splitting)
    assert "".join(passage.text for passage in passages) == document.text
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    stop = 0
    for passage in passages:
        assert passage.start == stop
        assert passage.document == document.id
        assert document.text[passage.start : passage.stop] == passage.text
        stop = passage.stop
    assert stop == len(document.text)


@settings(deadline=None, max_examples=200)
@given(documents(), splittings)
def test_no_passage_is_too_long_or_empty(document: Document, splitting: Splitting) -> None:
    for passage in split(document, splitting):
        assert 0 < len(passage.text.strip()) <= splitting.longest


@settings(deadline=None, max_examples=200)
@given(documents(), splittings)
def test_passages_begin_at_sentences_unless_one_is_too_long(document: Document, splitting: Splitting) -> None:
    spans = sentences(document.text)
    allowed = {0, *(span.start for span in spans)}
    inside = [span for span in spans if len(span) > splitting.longest]
    for passage in split(document, splitting):
        assert passage.start in allowed or any(span.start < passage.start < span.stop for span in inside)


@settings(deadline=None)
@given(documents(), splittings)
def test_splitting_again_gives_the_same(document: Document, splitting: Splitting) -> None:
    assert split(document, splitting) == split(document, splitting)


@pytest.mark.parametrize("splitting", [Splitting(), Splitting(300, 500), Splitting(1200, 2000)])
def test_running_text_comes_close_to_the_target(splitting: Splitting) -> None:
    document = document_of(SENTENCE * 400)
    sizes = lengths(document, splitting)
    assert all(abs(size - splitting.target) <= splitting.target // 4 for size in sizes)


def test_no_tiny_leftover_at_the_end() -> None:
    for count in range(1, 60):
        sizes = lengths(document_of(SENTENCE * count), Splitting())
        assert len(sizes) == 1 or min(sizes) >= 300


def test_a_heading_goes_with_what_follows_it() -> None:
    sections = [f"# Heading {number}\n\n{SENTENCE * 12}\n\n" for number in range(8)]
    document = read_bytes("".join(sections).encode(), "a.md")
    passages = split(document)
    assert len(passages) == 8
    assert all(passage.text.startswith("# Heading") for passage in passages)


def test_a_heading_without_a_mark_goes_with_what_follows_too() -> None:
    text = "".join(f"Heading {number}\n\n{SENTENCE * 13}\n\n" for number in range(6))
    assert not any(passage.text.strip().endswith(tuple("0123456789")) for passage in split(document_of(text)))


def test_paragraphs_are_preferred_to_their_middles() -> None:
    text = "".join(f"Paragraph {number} begins. {SENTENCE * 14}\n\n" for number in range(10))
    assert all(passage.text.startswith("Paragraph") for passage in split(document_of(text)))


def test_a_new_page_is_preferred_to_the_middle_of_one() -> None:
    page = SENTENCE * 15
    marks = tuple(Mark(number * len(page), "page", str(number + 1)) for number in range(6))
    document = document_of(page * 6, marks)
    assert [passage.start for passage in split(document)] == [mark.start for mark in marks]


def test_a_short_document_is_one_passage() -> None:
    assert [passage.text for passage in split(document_of("  Short.\n"))] == ["  Short.\n"]


def test_white_space_belongs_to_the_passage_before_it() -> None:
    text = f"\n \n{SENTENCE * 20}\n\n\n{SENTENCE * 20}\n\n"
    for passage in split(document_of(text))[1:]:
        assert not passage.text[0].isspace()


def test_a_sentence_longer_than_allowed_is_cut_and_nothing_else() -> None:
    text = f"{SENTENCE}{'word ' * 300}end. {SENTENCE}"
    sizes = lengths(document_of(text), Splitting(200, 400))
    assert max(sizes) <= 400
    assert len(sizes) <= 8


def test_the_bundled_articles_give_passages_of_a_few_sentences() -> None:
    for path in sorted(bundled_folder().glob("*.txt")):
        document = read_file(path)
        sizes = lengths(document, Splitting())
        assert min(sizes) >= 300
        assert max(sizes) <= 1000


def test_the_default_is_the_default() -> None:
    document = document_of(SENTENCE * 100)
    assert split(document) == split(document, Splitting())


@pytest.mark.parametrize(("target", "longest"), [(0, 10), (-1, 10), (20, 10)])
def test_a_splitting_that_makes_no_sense_cannot_be_built(target: int, longest: int) -> None:
    with pytest.raises(ValueError, match=f"{target} and {longest}"):
        Splitting(target, longest)
