"""Markdown that shows exactly the text it was made of: read back with a CommonMark reader, character for character."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cited_quotes import PATIENT
from markdown_reader import PLAIN, inline, shown, whole
from quoth.ui.markup import as_markdown, as_markdown_line, markdown_link
from strategies import texts

RICH = MarkdownIt("commonmark").enable(["table", "strikethrough"])
SIGNS = (
    "1. 2) (iv) i. a) - + * # ## = == === --- *** ___ ` ``` ~~~ ~~ _ __ *a* **b** __init__ <b> </b> <!-- & &amp; &#65; "
    "[ ] [^1] [x](y) ![i](j) [^1]: [r]: http://x.y/a_b www.ex_a.org | |a|b| |---| :-- : $ $$x$$ ^2^ { {#i} \\ \\* > >> "
    "! \" ' é e\u0301 😀 שלום 日本 word word"
)
marked = st.lists(st.sampled_from([*SIGNS.split(), " ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\xa0"]), max_size=14)
words = st.one_of(texts, marked.map("".join), marked.map(" ".join)).filter(lambda text: "\x00" not in text)


@PATIENT
@given(words.filter(whole))
@example("\n\n\na\n\n\n\n b \n")
@example("    code\n\tcode\n---\n===\n: a\n| a | b |\n|---|---|")
@example("~~a~~ <script>alert(1)</script> &copy; [x]: http://a_b_c.d")
def test_every_reader_shows_exactly_the_text(text: str) -> None:
    markdown = as_markdown(text)
    assert shown(markdown) == shown(markdown, RICH) == text


@pytest.mark.parametrize(
    "text", ["Plain words, with a comma: no more; (p. 3) - 4% of 100 is \"4\" isn't it?", "Žluťoučký kůň – 日本語。"]
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert as_markdown(text) == text


def test_nothing_can_be_smuggled_into_the_page_as_markup() -> None:
    hostile = "<img src=x onerror=alert(1)> [click](javascript:alert(1)) ![](x) <http://evil.example> `code`"
    assert PLAIN.render(as_markdown(hostile)).count("<") == 2  # the paragraph's own two tags


@PATIENT
@given(words)
def test_a_line_is_one_line_and_says_the_same_words(text: str) -> None:
    line = as_markdown_line(text)
    assert "\n" not in line
    assert shown(line).split() == text.split()


@PATIENT
@given(words.filter(str.strip), st.text())
def test_a_link_is_a_link_whatever_is_in_its_address(text: str, rest: str) -> None:
    (paragraph,) = [token for token in PLAIN.parse(markdown_link(text, f"https://e.org/{rest}")) if token.children]
    opened, *inside, closed = paragraph.children or []
    assert (opened.type, closed.type) == ("link_open", "link_close")
    assert "".join(map(inline, inside)).split() == text.split()
    assert not set(str(opened.attrs["href"])) & set(' <>"\n\\')


def test_without_an_address_there_is_no_link() -> None:
    assert markdown_link("A [b]", None) == markdown_link("A [b]", "") == "A \\[b\\]"
