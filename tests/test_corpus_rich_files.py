"""HTML, Word and PDF at their seams: where blocks meet, where marks point, where files are cut, locked or lying."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise

import docx
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_files import archive, locked_pdf, pdf, saved
from quoth.corpus import Document, UnreadableDocument, read_bytes, sentences

WORDS = "It has many words, with commas, so that the extractor takes it for what a person came here to read. "
SOUP = [
    *("<p>", "</p>", "<b", "<!--", "-->", "<td>", "&", "&#", ">", "</h1>", "<h2>", "<pre>", "<br/>", "<svg>", "]]>"),
    *("<![CDATA[", "word", " ", "\n", "\x0c", "é"),
]
words = st.lists(st.sampled_from(["route", "energy", "leaders", "Tokyo", "treaty", "water"]), min_size=1, max_size=6)
lines = words.map(" ".join)


def page(source: str, encoding: str = "utf-8") -> Document:
    return read_bytes(source.encode(encoding), "page.html")


def shown(source: str) -> str:
    return page(source).text.strip()


def cut(document: Document) -> list[str]:
    return [document.text[span.start : span.stop] for span in sentences(document.text)]


def assert_marks_stand_at_their_labels(document: Document) -> None:
    for mark in document.marks:
        if mark.kind == "heading":
            assert " ".join(document.text[mark.start :].split()).startswith(mark.label)
            assert not document.text[mark.start].isspace()


class TestHtml:
    """Pages."""

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("<p>one<br>two</p>", "one\ntwo"),
            ("<p>one<br></p><p>two</p>", "one\n\ntwo"),
            ("<div>one<br><br></div>two", "one\n\ntwo"),
            ("<div><div><p>one</p></div></div><div>two</div>", "one\n\ntwo"),
            ("<p>  one \n\t two  </p>", "one two"),
            ("<p>one <b> two </b> three</p>", "one two three"),
            ("<p>a<i>b</i>c</p>", "abc"),
            ("<p>&lt;b&gt; &amp;amp; &quot;x&quot; &#8217;&#x2019; &euro;</p>", '<b> &amp; "x" ’’ €'),
            ("<p>no &such; entity</p>", "no &such; entity"),
            ("<p>fish & chips</p>", "fish & chips"),
            ("<ul><li>one<ul><li>inner</li></ul></li><li>two</li></ul>", "one\n\ninner\n\ntwo"),
            ("<dl><dt>term</dt><dd>what it means</dd></dl>", "term\n\nwhat it means"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a\tb\nc\td"),
            ("<table><tbody><tr><td>a<td>b<tr><td>c<td>d</table>after", "a\tb\nc\td\n\nafter"),
            ("<pre>x\n  y\n    z</pre>", "x\n  y\n    z"),
            ("<p>above</p><hr><p>below</p>", "above\n\nbelow"),
            ("<p>kept<script>lost()</script> too<style>b{}</style></p>", "kept too"),
            ("<p>kept</p><template><p>lost</p></template><noscript>lost</noscript>", "kept"),
            ("<textarea>lost</textarea><select><option>lost</select>kept", "kept"),
            ("<p>a<!-- lost -->b</p>", "ab"),
            ("<p>a<?php lost ?>b</p>", "ab"),
            ("<blockquote>said</blockquote>then", "said\n\nthen"),
            ("<p>日本<b>語</b>。</p><p>次</p>", "日本語。\n\n次"),
            ("<p>e\u0301 😀 \u202eabc\u202c</p>", "e\u0301 😀 \u202eabc\u202c"),
        ],
    )
    def test_what_is_shown(self, source: str, text: str) -> None:
        assert shown(source) == text

    @pytest.mark.parametrize("around", ["{}", "<nav><a href='/'>Home</a></nav>{}<footer>Imprint</footer>"])
    @pytest.mark.parametrize("shape", ["<p>{}</p>", "<div><div>{}</div></div>", "<article><p>{}</p></article>"])
    def test_a_tag_inside_a_word_does_not_part_it(self, shape: str, around: str) -> None:
        """The extractor puts a space at every tag of a page it takes for too short; a quote must not show that."""
        text = shown(around.format(shape.format("日本<b>語</b>。 H<sub>2</sub>O is <i>w</i>ater.")))
        assert "日本語。 H2O is water." in text

    @pytest.mark.parametrize(
        ("heading", "title"),
        [
            ("Part One<br>The Beginning", "Part One The Beginning"),
            ("Treaty<svg><title>Link</title></svg>", "Treaty"),
            ("Treaty<script>track()</script><style>h1 {}</style>", "Treaty"),
            ("  <span> Spread </span>\n over   lines ", "Spread over lines"),
            ("Caf&eacute; &amp; bar", "Café & bar"),
            ("<a href='#x'>Linked</a>", "Linked"),
            ("<svg></svg>", "Stated"),
        ],
    )
    def test_a_title_is_what_a_reader_sees(self, heading: str, title: str) -> None:
        assert page(f"<head><title>Stated</title></head><h1>{heading}</h1><p>Words.</p>").title == title

    @pytest.mark.parametrize("level", range(1, 7))
    def test_headings_of_every_level(self, level: int) -> None:
        document = page(f"<p>{WORDS * 3}</p><h{level}> A <i>real</i>\nheading </h{level}><p>{WORDS * 3}</p>")
        assert [mark.label for mark in document.marks] == ["A real heading"]
        assert_marks_stand_at_their_labels(document)

    @settings(deadline=None, max_examples=25)
    @given(st.lists(st.tuples(st.integers(1, 4), lines, st.sampled_from(["p", "li", "td", "pre", "br"])), max_size=6))
    def test_marks_and_words_in_any_arrangement(self, parts: list[tuple[int, str, str]]) -> None:
        pieces = {
            "p": "<p>{0}. {1}</p>",
            "li": "<ul><li>{0}.</li><li>{1}</li></ul>",
            "td": "<table><tr><td>{0}</td><td>{1}</td></tr></table>",
            "pre": "<pre>{0}\n  {1}</pre>",
            "br": "<div>{0}<br>{1}<br></div>",
        }
        body = "".join(f"<h{level}>{line}</h{level}>" + pieces[kind].format(line, WORDS) for level, line, kind in parts)
        document = page(f"<html><body><p>{WORDS}</p>{body}</body></html>")
        assert_marks_stand_at_their_labels(document)
        assert "\n\n\n" not in document.text.strip()
        starts = [mark.start for mark in document.marks]
        assert starts == sorted(set(starts))

    @settings(deadline=None, max_examples=60)
    @given(st.lists(st.sampled_from(SOUP), max_size=25))
    def test_no_soup_of_tags_brings_it_down(self, soup: list[str]) -> None:
        try:
            document = page("word " + "".join(soup))
        except UnreadableDocument as error:
            assert "\n" not in str(error)
        else:
            assert_marks_stand_at_their_labels(document)

    @pytest.mark.parametrize(
        "soup",
        ["word &</p><pre>]]><h2>\x0c<pre>&#é<p>", "word </h1><pre>&<pre><h2>  ><svg><b<br/>&", "<h2>\x0cx</h2>"],
    )
    def test_a_heading_that_begins_with_white_space_is_marked_behind_it(self, soup: str) -> None:
        document = page("word " + soup)
        assert len(document.marks) == 1
        assert_marks_stand_at_their_labels(document)

    @pytest.mark.parametrize(
        ("declared", "encoding", "text"),
        [
            ("iso-8859-1", "cp1252", "It’s a “quote” – café"),
            ("ISO-8859-1", "latin-1", "déjà vu"),
            ("us-ascii", "cp1252", "naïve – yes"),
            ("gb2312", "gbk", "朱镕基說話"),
            ("Shift_JIS", "cp932", "第①章 髙橋"),
            ("x-sjis", "shift_jis", "日本の話"),
            ("euc-jp", "euc_jp", "日本の話"),
            ("euc-kr", "cp949", "똠방각하"),
            ("big5", "big5", "高峰會"),
            ("iso-2022-jp", "iso2022_jp", "日本の話"),
            ("windows-1253", "cp1253", "Η συνθήκη"),
            ("windows-1256", "cp1256", "معاهدة"),
        ],
    )
    @pytest.mark.parametrize(
        "head",
        [
            '<meta charset="{}">',
            "<META CHARSET={} >",
            "<meta http-equiv='Content-Type' content='text/html; charset={}'>",
        ],
    )
    def test_declared_encodings_mean_what_browsers_take_them_for(
        self, declared: str, encoding: str, text: str, head: str
    ) -> None:
        source = f"<html><head>{head.format(declared)}</head><body><p>{text}</p></body></html>"
        assert page(source, encoding).text.strip() == text

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
    @pytest.mark.parametrize("declared", ["iso-8859-1", "utf-16", "iso-2022-jp"])
    def test_a_byte_order_mark_goes_before_the_declaration(self, encoding: str, declared: str) -> None:
        assert page(f'<meta charset="{declared}"><p>Café – 日本</p>', encoding).text.strip() == "Café – 日本"

    @pytest.mark.parametrize("declared", ["rot13", "hex", "undefined", "idna", "x-unknown", "utf-8", "unicode_escape"])
    def test_a_declaration_that_makes_no_sense_is_not_fatal(self, declared: str) -> None:
        assert "ferm" in page(f'<meta charset="{declared}"><p>Le café est fermé, déjà.</p>', "cp1252").text

    def test_paragraphs_that_end_with_a_break_do_not_run_into_each_other(self) -> None:
        document = page("<p>the first line of many words<br></p><p>The second line of many words</p>")
        assert cut(document) == ["the first line of many words", "The second line of many words"]


class TestWord:
    """Word files."""

    @settings(deadline=None, max_examples=15)
    @given(st.lists(st.tuples(st.sampled_from(["text", "1", "3", "table", "empty"]), lines), min_size=1, max_size=8))
    def test_everything_in_its_order(self, parts: list[tuple[str, str]]) -> None:
        word = docx.Document()
        wanted: list[str] = []
        for kind, line in parts:
            if kind == "table":
                table = word.add_table(1, 2)
                table.cell(0, 0).text, table.cell(0, 1).text = line, "cell"
                wanted.append(f"{line}\tcell")
            elif kind == "empty":
                word.add_paragraph("")
            elif kind == "text":
                wanted.append(word.add_paragraph(line).text)
            else:
                wanted.append(word.add_heading(line, int(kind)).text)
        headings = [line for kind, line in parts if kind in {"1", "3"}]
        if not wanted:
            with pytest.raises(UnreadableDocument, match="holds no text"):
                read_bytes(saved(word), "a.docx")
            return
        document = read_bytes(saved(word), "a.docx")
        assert document.text.rstrip("\n") == "\n\n".join(wanted)
        assert [mark.label for mark in document.marks] == headings
        assert_marks_stand_at_their_labels(document)

    @pytest.mark.parametrize("breaks", [1, 2, 3])
    def test_a_break_at_the_end_of_a_paragraph_does_not_open_it_to_the_next(self, breaks: int) -> None:
        word = docx.Document()
        run = word.add_paragraph().add_run("the first line of many words")
        for _ in range(breaks):
            run.add_break()
        word.add_paragraph("The second line of many words")
        document = read_bytes(saved(word), "a.docx")
        assert cut(document) == ["the first line of many words", "The second line of many words"]

    def test_an_empty_cell_keeps_its_column(self) -> None:
        word = docx.Document()
        table = word.add_table(2, 3)
        table.cell(0, 1).text, table.cell(1, 0).text, table.cell(1, 2).text = "b", "a", "c"
        assert read_bytes(saved(word), "a.docx").text == "\tb\t\na\t\tc"

    @pytest.mark.parametrize("keep", [0.0, 0.01, 0.5])
    @pytest.mark.parametrize("part", ["[Content_Types].xml", "_rels/.rels", "word/styles.xml", "word/document.xml"])
    def test_a_file_with_one_part_spoilt_is_read_or_refused(self, part: str, keep: float) -> None:
        word = docx.Document()
        word.add_paragraph("Words.")
        with zipfile.ZipFile(io.BytesIO(saved(word))) as packed:
            parts = {name: packed.read(name) for name in packed.namelist()}
        spoilt = parts[part][: int(len(parts[part]) * keep)]
        try:
            text = read_bytes(archive({**parts, part: spoilt}), "a.docx").text
        except UnreadableDocument as error:
            assert "\n" not in str(error)
            assert error.name == "a.docx"
        else:
            assert text == "Words."

    @pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 0.99])
    def test_a_file_cut_short_is_refused(self, share: float) -> None:
        word = docx.Document()
        word.add_paragraph(WORDS * 20)
        data = saved(word)
        with pytest.raises(UnreadableDocument, match="broken or cut short"):
            read_bytes(data[: int(len(data) * share)], "a.docx")


class TestPdf:
    """PDFs."""

    @settings(deadline=None, max_examples=25)
    @given(st.lists(st.lists(lines, max_size=3), min_size=1, max_size=6))
    def test_every_page_begins_at_its_mark(self, pages: list[list[str]]) -> None:
        if not any(pages):
            with pytest.raises(UnreadableDocument, match="run text recognition"):
                read_bytes(pdf(pages), "a.pdf")
            return
        document = read_bytes(pdf(pages), "a.pdf")
        starts = [mark.start for mark in document.marks]
        assert [int(mark.label) for mark in document.marks] == list(range(1, len(pages) + 1))
        for wanted, (start, stop) in zip(pages, pairwise([*starts, len(document.text)]), strict=True):
            assert " ".join(document.text[start:stop].split()) == " ".join(wanted)

    @settings(deadline=None, max_examples=25)
    @given(st.lists(st.lists(lines, min_size=1, max_size=2), min_size=1, max_size=5))
    def test_every_visible_character_knows_its_page(self, pages: list[list[str]]) -> None:
        numbered = [[f"p{number}", *lines] for number, lines in enumerate(pages, start=1)]
        document = read_bytes(pdf(numbered), "a.pdf")
        at = 0
        for number in range(1, len(pages) + 1):
            at = document.text.index(f"p{number}", at)
            assert document.page_at(at) == number
            assert document.heading_at(at) is None

    @pytest.mark.parametrize("share", [0.02, 0.25, 0.5, 0.75])
    def test_a_file_cut_short_is_refused_or_read_in_part(self, share: float) -> None:
        """PDFium mends what it can; what it gives must then be the file's own words."""
        data = pdf([[f"Page {number} of the treaty."] for number in range(1, 9)])
        try:
            text = read_bytes(data[: int(len(data) * share)], "a.pdf").text
        except UnreadableDocument as error:
            assert "\n" not in str(error)
        else:
            assert all(line.startswith("Page ") for line in text.split("\n") if line)

    @pytest.mark.parametrize(
        ("algorithm", "password", "readable"),
        [("RC4-40", "x", False), ("RC4-128", "x", False), ("RC4-40", "", True), ("RC4-128", "", True)],
    )
    def test_locks(self, algorithm: str, password: str, readable: bool) -> None:
        writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([["The treaty was signed."]])))
        writer.encrypt(user_password=password, owner_password="owner", algorithm=algorithm)  # noqa: S106
        out = io.BytesIO()
        writer.write(out)
        if readable:
            assert read_bytes(out.getvalue(), "a.pdf").text == "The treaty was signed."
        else:
            with pytest.raises(UnreadableDocument, match="locked with a password"):
                read_bytes(out.getvalue(), "a.pdf")

    def test_a_refused_file_leaves_the_reader_free_for_the_next(self) -> None:
        """The lock around PDFium is given back whatever happened inside."""
        good = pdf([["Words."]])
        for bad in (locked_pdf("x"), good[:100], pdf([[]])):
            with pytest.raises(UnreadableDocument):
                read_bytes(bad, "a.pdf")
            assert read_bytes(good, "a.pdf").text == "Words."

    @pytest.mark.parametrize(
        ("stated", "title"),
        [
            ("The  Tokyo   Declaration", "The Tokyo Declaration"),
            ("PowerPoint Presentation", "Scan 7"),
            ("thesis.TEX", "Scan 7"),
            ("Sans titre 3", "Scan 7"),
            ("2024-01-31", "Scan 7"),
            ("A1", "Scan 7"),
            ("x" * 200, "x" * 200),
            ("x" * 201, "Scan 7"),
            ("Untitled works of a poet", "Untitled works of a poet"),
        ],
    )
    def test_titles(self, stated: str, title: str) -> None:
        assert read_bytes(pdf([["Words."]], stated), "scan-7.pdf").title == title
