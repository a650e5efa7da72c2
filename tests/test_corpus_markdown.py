"""Markdown: verbatim, with a mark at each heading and at nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from quoth.corpus import Document, read_bytes
from quoth.corpus.read_markdown import read_markdown
from strategies import visible_texts


def read(text: str) -> Document:
    return read_bytes(text.encode(), "notes.md")


def headings(text: str) -> list[tuple[str, int]]:
    return [(mark.label, mark.start) for mark in read(text).marks]


def test_the_text_is_the_file() -> None:
    text = "---\ntitle: T\n---\n# Head **bold**\r\n\r\n* item &amp; <b>x</b>\n"
    assert read(text).text == text


def test_headings_of_both_kinds_at_their_offsets() -> None:
    text = "# One\n\nText.\n\nTwo\n---\nMore.\n\n### Three ###\n\nFour\n====\n"
    assert headings(text) == [(label, text.index(label) - shift) for label, shift in HEADS]


HEADS = [("One", 2), ("Two", 0), ("Three", 4), ("Four", 0)]


@pytest.mark.parametrize(
    "text",
    [
        "```\n# code\n```\n",
        "~~~ python\n# code\n```\n# still code\n~~~\n",
        "```\n# code that never ends\n",
        "    # indented code\n",
        "#hashtag is no heading\n",
        "####### seven are too many\n",
        "\\# escaped\n",
        "- item\n---\n",
        "> quoted\n---\n",
        "\n---\n",
        "#\n",
        "Text\n\n===\n",
    ],
)
def test_what_only_looks_like_a_heading(text: str) -> None:
    assert headings(text) == []


@pytest.mark.parametrize("fence", ["```", "~~~", "`````"])
def test_headings_after_code_are_seen_again(fence: str) -> None:
    text = f"{fence}\n# code\n{fence}\n# Real\n"
    assert headings(text) == [("Real", text.index("# Real"))]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end(end: str) -> None:
    text = end.join(["# One", "", "Text.", "", "Two", "---", "", "## Three"])
    assert headings(text) == [("One", 0), ("Two", text.index("Two")), ("Three", text.index("## "))]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Intro.\n\n## Small\n\n# Large\n", "Large"),
        ("Large\n=====\n", "Large"),
        ("---\ntitle: From the front\ndate: 2024\n---\n# Large\n", "From the front"),
        ("---\nTitle: 'Quoted: title'\n---\n", "Quoted: title"),
        ('---\ntitle: "In quotes"\n...\n', "In quotes"),
        ("---\ntitle:\n---\n# Large\n", "Large"),
        ("---\nnever: closed\n\n# Large\n", "Large"),
        ("## Only small\n", "Notes"),
        ("# C# and F#\n", "C# and F#"),
    ],
)
def test_the_title(text: str, title: str) -> None:
    assert read(text).title == title


def test_a_title_in_the_front_matter_is_no_heading() -> None:
    assert headings("---\ntitle: T\n---\nText\n") == []


def test_places_know_their_heading() -> None:
    document = read("# One\n\nFirst.\n\n## Two\n\nSecond.\n")
    assert document.heading_at(document.text.index("First")) == "One"
    assert document.heading_at(document.text.index("Second")) == "Two"
    assert document.heading_at(0) == "One"


def test_before_the_first_heading_there_is_none() -> None:
    assert read("Intro.\n\n# One\n").heading_at(0) is None


def is_plain(text: str) -> bool:
    return all(letter.isprintable() or letter in "\n\r\t" for letter in text)


@settings(deadline=None)
@given(visible_texts.filter(is_plain))
def test_any_text_is_kept_and_its_marks_stand_in_it(text: str) -> None:
    extract = read_markdown(b"\xef\xbb\xbf" + text.encode(), "x.md")
    assert extract.text == text
    for mark in extract.marks:
        assert mark.label in extract.text[mark.start :]
