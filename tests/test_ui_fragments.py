"""Links to words on a page: held against the specification's grammar, and against what real Chromium marks."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from html import escape
from pathlib import Path
from urllib.parse import unquote

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page

from cited_quotes import PATIENT, quote_of, quoted
from quoth.corpus import Document, Mark, Span, sentences
from quoth.qa import Library, Quote
from quoth.qa.quoting import cut
from quoth.ui.fragments import address, text_fragment
from quoth.ui.paragraphs import paragraphs
from quoth.ui.utf16 import utf16
from strategies import document_of

pytest_plugins = ["browser_fixtures"]

GRAMMAR = re.compile(r":~:text=((?:[\w!$'()*+./:;=?@~]|%[0-9A-F]{2})+|[,-])+", re.ASCII)
SAME_TWICE = "It was held in Tokyo. Then it rained. Nobody knew: it was held in Tokyo. IT WAS HELD IN TÓKYO. The end."


def terms(fragment: str) -> tuple[str, str, str, str]:
    """Prefix, start, end and suffix, by the specification's steps to parse a text directive."""
    tokens = fragment.removeprefix(":~:text=").split(",")
    assert 1 <= len(tokens) <= 4
    assert all(tokens)
    prefix = tokens.pop(0)[:-1] if tokens[0].endswith("-") else ""
    suffix = tokens.pop()[1:] if tokens and tokens[-1].startswith("-") else ""
    assert len(tokens) in (1, 2)
    start, end = tokens[0], tokens[1] if len(tokens) == 2 else ""
    return unquote(prefix), unquote(start), unquote(end), unquote(suffix)


@PATIENT
@given(quoted().filter(lambda drawn: bool(drawn[1].text.strip())), st.booleans())
def test_every_term_stands_where_it_should(drawn: tuple[Document, Quote], known: bool) -> None:
    document, quote = drawn
    fragment = text_fragment(quote, document.text if known else "")
    assert GRAMMAR.fullmatch(fragment)
    prefix, start, end, suffix = terms(fragment)
    words = quote.text.strip()
    assert words.startswith(start)
    assert words.endswith(end)
    assert end or start == words
    assert document.text[: quote.source.start].rstrip().endswith(prefix)
    assert document.text[quote.source.stop :].lstrip().startswith(suffix)
    assert not any(regex.search(r"\s\s|[^\S ]", term) for term in (prefix, end, suffix))


def test_signs_of_the_syntax_are_encoded() -> None:
    fragment = text_fragment(quote_of("He said: well-known, R&D – 5 % “so”. Next.", "well-known, R&D – 5 % “so”."))
    assert fragment == ":~:text=well%2Dknown%2C%20R%26D%20%E2%80%93%205%20%25%20%E2%80%9Cso%E2%80%9D."


def test_a_place_of_its_own_needs_no_context() -> None:
    quote = quote_of(SAME_TWICE, "Then it rained. Nobody")
    assert terms(text_fragment(quote, SAME_TWICE)) == ("", "Then it rained. Nobody", "", "")
    assert text_fragment(quote) == text_fragment(quote, SAME_TWICE)


def test_few_words_and_words_said_twice_get_their_context() -> None:
    short, again = quote_of(SAME_TWICE, "it rained."), quote_of(SAME_TWICE, "it was held in Tokyo.")
    context = "It was held in Tokyo. Then", "Nobody knew: it was held in"
    assert terms(text_fragment(short)) == (context[0], "it rained.", "", context[1])
    assert terms(text_fragment(again, SAME_TWICE))[0] == "Then it rained. Nobody knew:"


def test_context_grows_until_the_place_is_told_from_the_others() -> None:
    same = " and so on, and so on, and so on, and so on: done."
    text = f"First{same} Second{same}"
    quote = quote_of(text, "done.", nth=2)
    prefix, *_ = terms(text_fragment(quote, text))
    assert prefix.endswith(f"Second{same.removesuffix(' done.')}")
    assert not text.startswith(prefix)
    assert "Second" not in text_fragment(quote)  # what a quote carries does not reach so far


def test_several_lines_and_long_texts_are_named_by_beginning_and_end() -> None:
    wrapped = "The first line,\nwrapped by hand.\n\nAnd  spaced out."
    assert terms(text_fragment(quote_of(wrapped, wrapped)))[1:3] == ("The first line,", "spaced out.")
    long = " ".join(f"word{number}" for number in range(60)) + "."
    _, start, end, _ = terms(text_fragment(quote_of(long, long)))
    assert (start.split()[:2], end.split()[-1]) == (["word0", "word1"], "word59.")
    assert max(len(start), len(end)) <= 80


def test_a_script_without_spaces_is_cut_at_its_marks() -> None:
    text = "会議は東京で開かれた。" * 40
    _, start, end, _ = terms(text_fragment(quote_of(text, text)))
    assert start == end == "会議は東京で開かれた。" * 7
    assert terms(text_fragment(quote_of("東" * 400, "東" * 400)))[1:3] == ("東" * 400, "")


@pytest.mark.parametrize(
    ("uri", "link"),
    [
        ("file:///a.txt", None),
        ("upload:a.txt", None),
        ("https://example.org/a?b=1", "https://example.org/a?b=1#:~:text=Then%20it%20rained.%20Nobody"),
        ("https://example.org/a#part", "https://example.org/a#part:~:text=Then%20it%20rained.%20Nobody"),
        ("HTTP://example.org/a#:~:text=x", "HTTP://example.org/a#:~:text=Then%20it%20rained.%20Nobody"),
        ("https://example.org/a.PDF?x=1", "https://example.org/a.PDF?x=1"),
    ],
)
def test_an_address_leads_to_the_words_where_they_are_on_the_web(uri: str, link: str | None) -> None:
    assert address(quote_of(SAME_TWICE, "Then it rained. Nobody", uri=uri)) == link


def test_a_link_into_a_pdf_opens_its_page() -> None:
    document = document_of("One. Two.", (Mark(0, "page", "1"), Mark(5, "page", "2")))
    quote = cut(replace(document, uri="https://example.org/a.pdf#old"), Span(5, 9), None, 0.5, "low")
    assert address(quote) == "https://example.org/a.pdf#page=2"


RED = "<style>p {white-space: WHITE} ::target-text {background: #f00 !important; color: #f00 !important}</style>"
BOXES = """([start, stop]) => {
    const range = document.createRange(), walker = document.createTreeWalker(document.querySelector('article'), 4);
    let at = 0, set = false;
    for (let node; (node = walker.nextNode()) && at <= stop; at += node.length) {
        if (node.parentNode.localName === 'article') { at -= node.length; continue; }  // ours, between paragraphs
        if (!set && start < at + node.length) { range.setStart(node, start - at); set = true; }
        if (set && stop <= at + node.length) { range.setEnd(node, stop - at); break; }
    }
    return [...range.getClientRects()].map(box => [box.left, box.top, box.right, box.bottom]);
}"""
FILLER = "".join(f"Paragraph {number} only fills the page, and says nothing.\n\n" for number in range(60))
LONG = "The committee of ministers shall adopt, by a majority of two thirds, the measures that are needed "
PAGES = [
    f"A line, with commas & signs - and dashes.\n\n{SAME_TWICE}\n\n{FILLER}Nobody knew. It was held in Tokyo. Yes.",
    f"{FILLER}{LONG * 5}for peace.\n\n{LONG * 2}for war; so it is. Yes.\n\nNo.\n\nYes.",
    f"最初の文です。会議は東京で開かれた。\n\n{FILLER}次の会議は大阪で開かれた。会議は東京で開かれた。終わり。",
    f"{FILLER}A line\nwrapped by hand, as\nold files do. And  two  spaces. Emoji 😀 do, 👨\u200d👩\u200d👧 too.\n\n"
    "Mixed עברית שלום עולם. مرحبا بالعالم. Done “quoted” – ‘so’.\n\ncafe\u0301 isn't café. CAFÉ isn't cafe.",
]


def box_of_red(page: Page) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of all that the browser marks."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    red, *others = picture.split()
    only = red.point(lambda value: 255 * (value == 255))
    for other in others:
        only = ImageChops.multiply(only, other.point(lambda value: 255 * (value == 0)))
    return only.getbbox()


def is_marked(page: Page, text: str, span: Span) -> bool:
    """Whether the browser marks this stretch, as a whole and nothing else, inside the window."""
    units = utf16(text, span)
    boxes = page.evaluate(BOXES, [units.start, units.stop])
    expected = [side(box[at] for box in boxes) for at, side in enumerate((min, min, max, max))]
    for _ in range(100):  # it is marked some frames after the page has loaded
        if found := box_of_red(page):
            return all(abs(mine - its) < 6 for mine, its in zip(expected, found, strict=True))
        page.wait_for_timeout(50)
    return False


@pytest.mark.browser
@pytest.mark.parametrize("white_space", ["pre-wrap", "normal"])
@pytest.mark.parametrize("text", PAGES)
def test_chromium_marks_exactly_the_quote(chromium: Browser, text: str, white_space: str) -> None:
    document = document_of(text)
    blocks = "".join(f"<p>{escape(text[block.start : block.stop])}</p>" for block in paragraphs(document))
    html = f"<!DOCTYPE html><meta charset=utf-8>{RED.replace('WHITE', white_space)}<article>{blocks}</article>"
    page = chromium.new_page(viewport={"width": 800, "height": 900})
    page.route("**/*", lambda route: route.fulfill(body=html, content_type="text/html"))
    wrong = []
    for span in (sentence for sentence in sentences(text) if "only fills" not in text[sentence.start : sentence.stop]):
        quote = cut(document, span, None, 0.5, "low")
        page.goto("about:blank")
        page.goto(f"http://quoth.test/doc/{document.id}#{text_fragment(quote, text)}")
        if not is_marked(page, text, span):
            wrong.append((quote.text, text_fragment(quote, text)))
    page.close()
    assert wrong == []


@pytest.mark.browser
def test_the_served_page_opens_at_the_right_one_of_many(chromium: Browser, server: str, bundled_library: Path) -> None:
    with Library.open(bundled_library) as library:
        document = library.document(library.documents()[0].id)
    places = [found.start() for found in re.finditer("Central Asia", document.text)]
    at = places[len(places) // 2 + 1]
    quote = cut(document, Span(at, at + len("Central Asia")), None, 0.5, "low")
    context = chromium.new_context(viewport={"width": 800, "height": 500}, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{server}doc/{document.id}#{text_fragment(quote, document.text)}")
    page.add_style_tag(content=RED.removeprefix("<style>").removesuffix("</style>").replace("WHITE", "pre-wrap"))
    assert is_marked(page, document.text, Span(quote.source.start, quote.source.stop))
    assert page.evaluate("scrollY") > 0
    context.close()
