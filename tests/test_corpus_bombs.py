"""Files made to harm whoever reads them: each is a plain sentence or the right text, within the stated bounds."""

from __future__ import annotations

import io
import zipfile
import zlib

import docx
import pytest

import corpus_files
from corpus_files import archive, pdf, saved
from quoth.corpus import UnreadableDocument, read_bytes, read_docx, read_pdf
from quoth.corpus.read_html import MOST_ATTRIBUTES, MOST_ELEMENTS
from quoth.corpus.read_pdf import MOST_PAGES

SAME = "The same paragraph with commas, of some ninety characters, stands in this page again and again."


def refused(data: bytes, name: str, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason) as caught:
        read_bytes(data, name)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def read_or_refused(data: bytes, name: str) -> str:
    """Its text, empty when it is refused."""
    try:
        return read_bytes(data, name).text
    except UnreadableDocument as error:
        assert "\n" not in str(error)
        return ""


def page(body: str) -> str:
    return read_bytes(body.encode(), "a.html").text


class TestHtml:
    """Pages."""

    @pytest.mark.parametrize("tag", ["div", "b", "p><div", "table><tr><td", "ul><li"])
    @pytest.mark.parametrize("depth", [200, 300])
    def test_what_stands_deep_inside_is_read(self, tag: str, depth: int) -> None:
        assert "deep" in page("<p>top</p>" + f"<{tag}>" * depth + "deep")

    @pytest.mark.parametrize("tag", ["div", "b", "span"])
    @pytest.mark.parametrize("depth", [3_000, 50_000, 100_000])
    def test_what_stands_too_deep_is_never_left_out_in_silence(self, tag: str, depth: int) -> None:
        refused(b"<p>top</p>" + f"<{tag}>".encode() * depth + b"deep", "a.html", "nested so deep")

    @pytest.mark.parametrize("times", [3, 200, 4_000])
    @pytest.mark.parametrize("around", ["{}", "<article>{}</article>", "<nav><a>Home</a></nav><main>{}</main>"])
    def test_paragraphs_that_are_alike_are_all_read(self, times: int, around: str) -> None:
        assert page(f"<html><body>{around.format(f'<p>{SAME}</p>' * times)}</body></html>").count(SAME) == times

    @pytest.mark.parametrize("attribute", ["a{}=x", "a{}='x y'", 'a{} = "x=y"', "a{}"])
    def test_a_tag_of_countless_attributes_is_refused_before_it_is_parsed(self, attribute: str) -> None:
        many = " ".join(attribute.format(number) for number in range(200_000))
        refused(f"<p {many}>Words.</p>".encode(), "a.html", f"more than {MOST_ATTRIBUTES:,} attributes")

    @pytest.mark.parametrize("long", ["src='data:image/png;base64,{}'", "style='{} '", "title=\"{}\""])
    def test_a_tag_with_one_long_attribute_is_none_of_those(self, long: str) -> None:
        inside = long.format("iVBORw0KGgo/+AAA " * 60_000)
        assert page(f"<p>Words.<img {inside}></p>").strip() == "Words."

    @pytest.mark.parametrize("piece", ["<b>x</b> ", "x<br>"])
    def test_countless_small_tags_are_all_read(self, piece: str) -> None:
        times = MOST_ELEMENTS + 10
        assert page(f"<p>{piece * times}</p>").count("x") == times

    def test_an_entity_bomb_expands_to_nothing(self) -> None:
        bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 30))
        for declared in (f"<!DOCTYPE html [{bomb}]>", f"<p>x</p><!DOCTYPE html [{bomb}]>"):
            assert len(page(f"{declared}<html><body><p>Words &e29;</p></body></html>")) < 3_000


class TestWord:
    """Word files."""

    @staticmethod
    def parts(xml: bytes | None = None) -> dict[str, bytes]:
        word = docx.Document()
        word.add_paragraph("before MIDDLE after")
        with zipfile.ZipFile(io.BytesIO(saved(word))) as packed:
            parts = {name: packed.read(name) for name in packed.namelist()}
        return parts if xml is None else {**parts, "word/document.xml": xml}

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    @pytest.mark.parametrize(
        "declared",
        ['<!ENTITY e "y">', '<!ENTITY e SYSTEM "file:///etc/hostname">', '<!ENTITY % p "x"><!ENTITY e "y">'],
    )
    def test_a_file_that_declares_entities_is_refused_and_loses_no_word(self, declared: str, encoding: str) -> None:
        xml = self.parts()["word/document.xml"].decode()
        body = xml[xml.index("<w:document") :].replace("MIDDLE", "x&e;y")
        spoilt = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE d [{declared}]>{body}'.encode(encoding)
        refused(archive(self.parts(spoilt)), "a.docx", r"declares a document type|broken")

    def test_an_entity_bomb_is_refused(self) -> None:
        xml = self.parts()["word/document.xml"].decode()
        bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 30))
        body = xml[xml.index("<w:document") :].replace("MIDDLE", "&e29;")
        refused(archive(self.parts(f"<!DOCTYPE d [{bomb}]>{body}".encode())), "a.docx", r"document type|broken")

    def test_a_zip_bomb_is_refused_unopened(self) -> None:
        """600 MB of spaces in a few."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            for number in range(read_docx.LARGEST_UNPACKED // 2**24 + 6):
                packed.writestr(f"word/{number}.xml", b" " * 2**24)
        assert len(out.getvalue()) < 2**23
        refused(out.getvalue(), "a.docx", "would unpack to 6.. MB")

    def test_a_part_that_lies_about_its_size_is_broken(self) -> None:
        data = bytearray(archive(self.parts(b" " * 10**7)))
        size = (10**7).to_bytes(4, "little")
        assert data.count(size)
        refused(bytes(data.replace(size, (100).to_bytes(4, "little"))), "a.docx", "broken")

    def test_archives_inside_are_not_opened(self) -> None:
        inner = archive({"x": b" " * 10**6})
        for level in range(5):
            inner = archive({f"{level}.zip": inner, "word/document.xml": b""})
        assert read_or_refused(archive({**self.parts(), "word/embeddings/a.docx": inner}), "a.docx")

    @pytest.mark.parametrize("tag", ["w:sdt><w:sdtContent", "w:ins", "w:tbl><w:tr><w:tc"])
    @pytest.mark.parametrize("depth", [50, 5_000, 100_000])
    def test_deep_nesting_is_read_or_refused(self, tag: str, depth: int) -> None:
        xml = self.parts()["word/document.xml"].decode()
        ends = "".join(f"</{name}>" for name in reversed(tag.split("><")))
        deep = f"<{tag}>" * depth + "<w:p><w:r><w:t>deep</w:t></w:r></w:p>" + ends * depth
        text = read_or_refused(archive(self.parts(xml.replace("<w:body>", f"<w:body>{deep}").encode())), "a.docx")
        assert ("before MIDDLE after" in text and "deep" in text) or not text


class TestPdf:
    """PDFs."""

    ROOT = "<< /Type /Catalog /Pages 2 0 R >>"
    FONT = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    PAGE = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents 4 0 R >>"
    )

    def file(self, pages: str, *more: str, root: str = ROOT, stream: str = "", page: str = PAGE) -> bytes:
        shown = f"BT /F1 12 Tf 72 720 Td {stream or '(Words.) Tj'} ET"
        contents = f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream"
        return corpus_files.pdf_file([root, pages, self.FONT, contents, page, *more])

    def test_one_page_named_beyond_all_bounds_is_refused_before_it_is_read(self) -> None:
        count = MOST_PAGES + 1
        data = self.file(f"<< /Type /Pages /Kids [{'5 0 R ' * count}] /Count {count} >>")
        refused(data, "a.pdf", "this PDF has 20,001 pages")

    def test_one_page_named_a_few_times_is_read_each_time(self) -> None:
        text = read_bytes(self.file(f"<< /Type /Pages /Kids [{'5 0 R ' * 30}] /Count 30 >>"), "a.pdf").text
        assert text.count("Words.") == 30

    def test_too_many_characters_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(read_pdf, "MOST_CHARACTERS", 100)
        data = self.file(f"<< /Type /Pages /Kids [{'5 0 R ' * 30}] /Count 30 >>")
        with pytest.raises(UnreadableDocument, match="too many characters, more than"):
            read_pdf.read_pdf(data, "a.pdf")

    @pytest.mark.parametrize("count", [-1, 0, 2, 10**6, 2**31 - 1, 2**40])
    def test_a_page_count_that_lies(self, count: int) -> None:
        text = read_or_refused(self.file(f"<< /Type /Pages /Kids [5 0 R] /Count {count} >>"), "a.pdf")
        assert text.strip() in {"", "Words."}

    @pytest.mark.parametrize("kids", ["2 0 R", "2 0 R 5 0 R", "5 0 R 2 0 R 2 0 R", "1 0 R", "99 0 R"])
    def test_a_page_tree_that_goes_round(self, kids: str) -> None:
        text = read_or_refused(self.file(f"<< /Type /Pages /Kids [{kids}] /Count 3 /Parent 2 0 R >>"), "a.pdf")
        assert set(text.split()) <= {"Words."}

    def test_outlines_that_go_round(self) -> None:
        root = "<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>"
        round_ = "<< /Title (x) /First 6 0 R /Last 6 0 R /Next 6 0 R /Prev 6 0 R /Parent 6 0 R /Count 9 >>"
        data = self.file("<< /Type /Pages /Kids [5 0 R] /Count 1 >>", round_, root=root)
        assert read_bytes(data, "a.pdf").text == "Words."

    def test_an_image_of_absurd_size_is_not_drawn(self) -> None:
        image = "<< /Type /XObject /Subtype /Image /Width 2000000 /Height 2000000 /BitsPerComponent 8 "
        image += "/ColorSpace /DeviceRGB /Length 3 >>\nstream\nabc\nendstream"
        page = self.PAGE.replace("/Font <<", "/XObject << /I 6 0 R >> /Font <<")
        shown = "(Words.) Tj ET /I Do BT"
        data = self.file("<< /Type /Pages /Kids [5 0 R] /Count 1 >>", image, stream=shown, page=page)
        assert read_or_refused(data, "a.pdf").strip() in {"", "Words."}

    @pytest.mark.parametrize("depth", [100, 10_000, 500_000])
    @pytest.mark.parametrize("signs", [("[", "]"), ("<< /A ", " >>"), ("q ", "Q ")])
    def test_deep_nesting(self, signs: tuple[str, str], depth: int) -> None:
        shown = f"(Words.) Tj {signs[0] * depth}{signs[1] * depth}"
        data = self.file("<< /Type /Pages /Kids [5 0 R] /Count 1 >>", stream=shown)
        assert read_or_refused(data, "a.pdf").strip() in {"", "Words."}

    def test_a_stream_that_unpacks_to_a_lot(self) -> None:
        """50 MB of nothing in a page of 50 KB."""
        packed = zlib.compress(b"BT /F1 12 Tf 72 720 Td (Words.) Tj ET " + b" " * 50_000_000)
        head = f"<< /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode()
        data = self.file("<< /Type /Pages /Kids [5 0 R] /Count 1 >>")
        start, stop = data.index(b"<< /Length"), data.index(b"endstream")
        assert read_or_refused(data[:start] + head + packed + b"\n" + data[stop:], "a.pdf").strip() in {"", "Words."}

    @pytest.mark.parametrize("cut", range(0, 100, 7))
    def test_files_cut_anywhere(self, cut: int) -> None:
        whole = pdf([["Words."] * 3])
        assert set(read_or_refused(whole[: len(whole) * cut // 100] or b"%", "a.pdf").split()) <= {"Words."}
