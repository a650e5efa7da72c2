"""Word files: everything that is running text, in the order it stands, and nothing that was deleted."""

from __future__ import annotations

from typing import Any

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml

from corpus_files import archive, saved
from quoth.corpus import Document, UnreadableDocument, read_bytes, read_docx

NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def read(word: WordDocument) -> Document:
    return read_bytes(saved(word), "my-letter.docx")


def with_xml(xml: str) -> str:
    """The text of a Word file whose body has this piece of XML between two paragraphs."""
    word = docx.Document()
    word.add_paragraph("Before.")
    body: Any = word.element
    body[0].insert(1, parse_xml(xml.replace(">", f" {NAMESPACE}>", 1)))
    word.add_paragraph("After.")
    return read(word).text


def test_paragraphs_and_tables_in_their_order() -> None:
    word = docx.Document()
    word.add_paragraph("Before.")
    table = word.add_table(2, 2)
    for row in range(2):
        for column in range(2):
            table.cell(row, column).text = f"r{row}c{column}"
    word.add_paragraph("After\twith tab.")
    assert read(word).text == "Before.\n\nr0c0\tr0c1\nr1c0\tr1c1\n\nAfter\twith tab."


def test_merged_cells_are_said_once_and_inner_tables_not_lost() -> None:
    word = docx.Document()
    table = word.add_table(2, 2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "wide"
    inner = table.cell(1, 0).add_table(1, 1)
    inner.cell(0, 0).text = "inner"
    table.cell(1, 1).text = "last"
    text = read(word).text
    assert text.count("wide") == text.count("inner") == text.count("last") == 1


def test_headings_are_marks_at_their_offsets() -> None:
    word = docx.Document()
    word.add_heading("The treaty", 0)
    word.add_paragraph("Words.")
    word.add_heading("Part one", 1)
    word.add_paragraph("More words.")
    word.add_heading("", 2)
    document = read(word)
    assert [(mark.label, document.text[mark.start :].startswith(mark.label)) for mark in document.marks] == [
        ("The treaty", True),
        ("Part one", True),
    ]
    assert document.heading_at(document.text.index("More")) == "Part one"


def test_the_title_of_the_properties_goes_before_the_one_on_the_page() -> None:
    word = docx.Document()
    word.add_heading("On the page", 0)
    assert read(word).title == "On the page"
    word.core_properties.title = "In the properties"
    assert read(word).title == "In the properties"


def test_without_any_title_the_file_name_is_one() -> None:
    word = docx.Document()
    word.add_paragraph("Words.")
    assert read(word).title == "My letter"


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<w:p><w:r><w:t>one</w:t><w:br/><w:t>two</w:t></w:r></w:p>", "one\ntwo"),
        ("<w:p><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins></w:p>", "inserted"),
        ("<w:p><w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>", "kept"),
        ("<w:p><w:moveFrom><w:r><w:t>old</w:t></w:r></w:moveFrom><w:r><w:t>place</w:t></w:r></w:p>", "place"),
        ("<w:p><w:hyperlink><w:r><w:t>linked</w:t></w:r></w:hyperlink></w:p>", "linked"),
        ("<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>7</w:t></w:r></w:p>", "7"),
        ("<w:p><w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t></w:r></w:p>", "a\u2011b"),
        ("<w:sdt><w:sdtContent><w:p><w:r><w:t>controlled</w:t></w:r></w:p></w:sdtContent></w:sdt>", "controlled"),
        ("<w:customXml><w:p><w:r><w:t>custom</w:t></w:r></w:p></w:customXml>", "custom"),
        ("<w:p><w:r><w:t>cafe\u0301  two\u00a0spaces</w:t></w:r></w:p>", "cafe\u0301  two\u00a0spaces"),
    ],
)
def test_what_counts_as_running_text(xml: str, text: str) -> None:
    assert with_xml(xml) == f"Before.\n\n{text}\n\nAfter."


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (archive({"readme.txt": b"words"}), "is not a Word file"),
        (archive({"xl/workbook.xml": b"<x/>"}), "is not a Word file"),
        (archive({"word/document.xml": b"not xml"}), "this Word file is broken"),
        (saved(docx.Document())[:900], "broken or cut short"),
        (b"PK\x03\x04 rubbish", "broken or cut short"),
        (saved(docx.Document()), "holds no text"),
        (b"just some words", "broken or cut short"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old office file"),
    ],
    ids=["zip", "excel", "no xml", "cut short", "rubbish", "no text", "text", "old word"],
)
def test_each_unreadable_file_has_its_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason) as caught:
        read_bytes(data, "a.docx")
    assert "\n" not in str(caught.value)


def test_an_archive_that_would_unpack_to_gigabytes_is_refused_unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_docx, "LARGEST_UNPACKED", 2 * 1024**2)
    bomb = archive({"word/document.xml": b" " * 3 * 1024**2})
    assert len(bomb) < 10_000
    with pytest.raises(UnreadableDocument, match="would unpack to 3 MB"):
        read_docx.read_docx(bomb, "a.docx")


def test_an_archive_of_countless_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_docx, "MOST_PARTS", 20)
    crowd = archive({"word/document.xml": b"", **{f"word/{number}": b"" for number in range(20)}})
    with pytest.raises(UnreadableDocument, match="21 parts"):
        read_docx.read_docx(crowd, "a.docx")
