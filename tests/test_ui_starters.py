"""Questions to begin with: made from a library's own sentences by rules, and offered only when they are answered."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from quoth.corpus import Document, Mark
from quoth.qa import Answer, Library
from quoth.ui.starters import Starters, headings, questions
from strategies import document_of, documents

OWLS = """# Owls of the valley

## How many eggs does it lay?

Three to five. The barn owl is a bird of prey that hunts at night.

## What the young eat

The Skomvaer Lighthouse was built in 1887 from iron plates. It was a ruin by 1990. Nobody was there.
"""


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("The War of Grain (1754–1763) was the longest of it.", "What was the War of Grain?"),
        ("Harvard was formed in 1636 by vote of the court.", "When was Harvard formed?"),
        ("The “Tokyo Text” was adopted by all on 20 December 2025.", "When was the “Tokyo Text” adopted?"),
        ("A decision problem is a special type of problem.", "What is a decision problem?"),
        ("The Normans were the people who gave the region its name.", "What were the Normans?"),
        ("This is a test.", ""),
        ("It was founded in 1887.", ""),
        ("He is the best.", ""),
        ("The owl hunts at night.", ""),
        ("Harvard was formed by vote of the court.", ""),
        ("Der Wald ist ein Ort.", ""),
    ],
)
def test_a_sentence_is_turned_into_the_question_it_answers(sentence: str, question: str) -> None:
    assert [text for text, _ in questions(document_of(sentence))] == ([question] if question else [])


def marked(text: str) -> Document:
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:at])) for at in range(len(lines))]
    marks = [Mark(at, "heading", line.strip("# \n")) for at, line in zip(starts, lines, strict=True) if line[0] == "#"]
    return document_of(text, tuple(marks), title="Owls of the valley")


def test_headings_are_questions_or_words_to_search_for() -> None:
    whole = marked(OWLS)
    assert [text for text, _ in questions(whole)] == [
        "How many eggs does it lay?", "What is the barn owl?", "When was the Skomvaer Lighthouse built?",
    ]  # fmt: skip
    assert [text for text, _ in headings(whole)] == ["What the young eat"]
    places = {text: whole.text[span.start : span.stop] for text, span in (*questions(whole), *headings(whole))}
    assert places["What is the barn owl?"].startswith("The barn owl is")
    assert "Three to five." in places["How many eggs does it lay?"]
    assert "1887" not in places["How many eggs does it lay?"]
    assert places["What the young eat"].endswith("Nobody was there.\n")


@given(documents())
def test_any_document_gives_places_of_its_own_or_nothing(document: Document) -> None:
    for text, span in (*questions(document), *headings(document)):
        assert text.strip()
        assert span.stop <= len(document.text)


@pytest.fixture(scope="module")
def library(bundled_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = shutil.copytree(bundled_library, tmp_path_factory.mktemp("starters") / "library")
    with Library.open(folder) as library:
        yield library


def test_only_what_is_answered_well_is_offered_and_found_anew_with_new_documents(library: Library) -> None:
    starters = Starters(library)
    before = starters.found()
    library.add_files([("lights.txt", b"The Skomvaer Lighthouse was built in 1887 from cast iron plates.\n" * 2)])
    found = starters.found()
    assert found != before
    assert "When was the Skomvaer Lighthouse built?" in found
    assert len(found) <= 4
    assert starters.found() is found  # nothing is asked a second time
    for text in found:
        outcome = library.ask(text)
        assert isinstance(outcome, Answer)
        assert outcome.quotes[0].confidence == "high"


def test_an_empty_library_offers_nothing(library: Library) -> None:
    library.remove([record.id for record in library.documents()])
    assert Starters(library).found() == ()
