"""HTML: the article's words, each heading at its offset, and pages that are barely pages."""

from __future__ import annotations

import pytest

from quoth.corpus import Document, UnreadableDocument, read_bytes
from quoth.corpus.read_html import LARGEST_PAGE

WORDS = "It has many words, with commas, so that the extractor takes it for what a person came here to read. "
PAGE = f"""<!DOCTYPE html>
<html><head><title>Title &amp; more | Site</title><style>p {{ color: red }}</style></head>
<body><nav><a href="/">Home</a> <a href="/about">About us</a></nav>
<article><h1>The   first
heading</h1><p>A paragraph with <b>bold</b>, <a href="x">a link</a> and caf&eacute;&#33; {WORDS}</p>
<script>var hidden = "never shown";</script>
<h2>Second <i>part</i></h2><p>Same words. Same words.<br>After a break. {WORDS}</p>
<ul><li>first item</li><li>second item</li></ul>
<table><tr><th>Name</th><th>Age</th></tr><tr><td>Anna</td><td>31</td></tr></table>
<p>Same words. Same words. {WORDS}</p></article>
<footer>Copyright and cookies</footer></body></html>"""


def read(page: str, encoding: str = "utf-8") -> Document:
    return read_bytes(page.encode(encoding), "page.html")


def test_the_article_without_what_surrounds_it() -> None:
    text = read(PAGE).text
    assert "A paragraph with bold, a link and café!" in text
    for unwanted in ("About us", "cookies", "hidden", "color", "&", "<"):
        assert unwanted not in text


def test_headings_stand_where_their_marks_say() -> None:
    document = read(PAGE)
    assert [mark.label for mark in document.marks] == ["The first heading", "Second part"]
    for mark in document.marks:
        assert document.text.startswith(mark.label, mark.start)
    assert document.heading_at(document.text.rindex("Same words")) == "Second part"


def test_blocks_are_parted_and_cells_stay_in_their_row() -> None:
    text = read(PAGE).text
    assert "Same words.\nAfter a break." in text
    assert "first item\n\nsecond item" in text
    assert "Name\tAge\nAnna\t31" in text


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ('<meta property="og:title" content="Shared  title"><title>Other</title>', "<h1>Top</h1>", "Shared title"),
        ("<title>Other | Site</title>", "<h1>Top</h1>", "Top"),
        ("<title>Stated &lt;here&gt;</title>", "<h1>One</h1><h1>Two</h1>", "Stated <here>"),
        ("", "", "Page"),
        ("<title> </title>", "", "Page"),
    ],
)
def test_the_title(head: str, body: str, title: str) -> None:
    assert read(f"<html><head>{head}</head><body>{body}<p>Words.</p></body></html>").title == title


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>Hi there.</p>", "Hi there."),
        ("plain words only", "plain words only"),
        ("<body>1 &lt; 2 &amp;&amp; x &gt; y</body>", "1 < 2 && x > y"),
        ("<p>Unclosed <b>tags<p>everywhere", "Unclosed tags\n\neverywhere"),
        ("<p>words</p><!-- comment --><p>and more</p>", "words\n\nand more"),
        ("<script>no</script><style>no</style>yes", "yes"),
        ("<p>\u65e5\u672c\u3002</p>", "\u65e5\u672c\u3002"),
    ],
)
def test_pages_without_an_article_give_their_visible_text(page: str, text: str) -> None:
    assert read(page).text.strip() == text


@pytest.mark.parametrize("part", ["article", "main", "section", "nav", "header", "figure", "div", "p"])
@pytest.mark.parametrize("end", ["", "<p>Last.</p>", "Last.", "<body class=b>Last.</body>"])
def test_a_page_need_not_say_where_its_body_begins(part: str, end: str) -> None:
    page = f"<!DOCTYPE html><meta charset=utf-8><title>The bell</title><!-- x --><{part}>It rings.</{part}>{end}"
    found = read(page)
    assert found.title == "The bell"
    assert found.text.split() == ["It", "rings.", *(["Last."] if end else [])]


def test_a_head_that_is_only_one_stays_as_it_is() -> None:
    page = "<head><title>The bell</title><script>x()</script><template><p>No.</p></template></head><p>It rings.</p>"
    assert read(page).text.split() == ["It", "rings."]


@pytest.mark.parametrize("page", ["<html><head><title>t</title></head><body></body></html>", "<!-- only -->", " \n "])
def test_pages_without_text_are_refused(page: str) -> None:
    with pytest.raises(UnreadableDocument, match=r"page\.html"):
        read(page)


def test_a_page_made_by_a_program_says_what_to_do() -> None:
    with pytest.raises(UnreadableDocument, match="save it as PDF"):
        read("<html><body><div id=root></div><script>render()</script></body></html>")


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("windows-1251", "cp1251"), ("ISO-8859-1", "latin-1"), ("koi8-r", "koi8-r"), ("shift_jis", "shift_jis")],
)
def test_the_declared_encoding_is_believed(declared: str, encoding: str) -> None:
    words = {"cp1251": "Привет", "koi8-r": "Привет", "latin-1": "café", "shift_jis": "日本"}[encoding]
    assert words in read(f'<html><head><meta charset="{declared}"></head><body><p>{words}</p></body>', encoding).text


def test_valid_utf8_is_utf8_whatever_the_page_says() -> None:
    assert "café" in read('<meta charset="latin-1"><p>café</p>').text


def test_a_declared_encoding_that_does_not_exist_is_no_reason_to_fail() -> None:
    assert "caf" in read('<meta charset="no-such-thing"><p>café, fermé à midi, déjà vu</p>', "cp1252").text


def test_entities_of_the_page_are_not_expanded() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 30))
    declared = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e0 "lol">{bomb}]>'
    page = f"{declared}<html><body><p>Words &e29;</p></body></html>"
    assert len(read(page).text) < 100


def test_deep_nesting_brings_nothing_down() -> None:
    assert read("<p>top</p>" + "<div>" * 1_000 + "deep").text.split() == ["top", "deep"]
    with pytest.raises(UnreadableDocument, match="nested so deep"):
        read("<p>top</p>" + "<div>" * 20_000 + "deep")


def test_code_keeps_its_lines_and_columns() -> None:
    page = PAGE.replace("<ul>", "<pre><code>if x:\n    y = 1\n</code></pre><ul>")
    assert "if x:\n    y = 1" in read(page).text


def test_a_page_that_is_too_large_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(UnreadableDocument, match="more than 20 MB"):
        read_bytes(b"<p>" + b"x" * LARGEST_PAGE, "page.html")


def test_reading_twice_gives_the_same() -> None:
    assert read(PAGE) == read(PAGE)
