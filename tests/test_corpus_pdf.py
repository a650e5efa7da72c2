"""PDF: text by page, and one plain reason for each way a PDF can be unreadable."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from corpus_files import locked_pdf, pdf
from quoth.corpus import UnreadableDocument, read_bytes


def test_text_and_pages() -> None:
    document = read_bytes(pdf([["First page.", "Second line."], [], ["Third page (really)."]]), "a.pdf")
    assert document.text == "First page.\r\nSecond line.\nThird page (really)."
    assert [(mark.kind, mark.label) for mark in document.marks] == [("page", "1"), ("page", "2"), ("page", "3")]
    assert document.page_at(0) == 1
    assert document.page_at(document.text.index("Second")) == 1
    assert document.page_at(document.text.index("Third")) == 3
    assert document.extractor.startswith("pdf/pypdfium2-")


def test_a_word_parted_at_a_line_end_stays_parted() -> None:
    assert "hyphen-" in read_bytes(pdf([["A word that is hyphen-", "ated here."]]), "a.pdf").text


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("A good title", "A good title"),
        ("Microsoft Word - report.docx", "My report"),
        ("report_final.indd", "My report"),
        ("untitled", "My report"),
        ("Untitled-1", "My report"),
        ("Document1", "My report"),
        ("Documents of the treaty", "Documents of the treaty"),
        ("", "My report"),
        ("12", "My report"),
        ("x" * 300, "My report"),
        (None, "My report"),
    ],
)
def test_titles_written_by_people_count_and_those_of_programs_do_not(stated: str | None, title: str) -> None:
    assert read_bytes(pdf([["Words."]], stated), "my-report.pdf").title == title


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (locked_pdf("secret"), "locked with a password"),
        (pdf([["Words."]])[:150], "broken or cut short"),
        (b"%PDF-1.7\nrubbish", "broken or cut short"),
        (pdf([[], []]), "its 2 pages are pictures or empty; run text recognition"),
        (pdf([[]]), "its page is pictures or empty"),
        (pdf([]), "broken or cut short"),
    ],
    ids=["locked", "cut short", "rubbish", "pictures", "one picture", "no pages"],
)
def test_each_unreadable_pdf_has_its_own_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason) as caught:
        read_bytes(data, "a.pdf")
    assert str(caught.value).startswith("a.pdf: ")
    assert "\n" not in str(caught.value)


def test_a_pdf_that_only_restricts_printing_is_read() -> None:
    assert read_bytes(locked_pdf(""), "a.pdf").text == "The treaty was signed in Tokyo."


def test_many_threads_may_read_at_once() -> None:
    files = [pdf([[f"Page {page} of file {number}." for page in range(5)]]) for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        texts = list(pool.map(lambda data: read_bytes(data, "a.pdf").text, files))
    assert texts == [read_bytes(data, "a.pdf").text for data in files]
