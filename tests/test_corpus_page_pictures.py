"""Pages of PDFs as pictures: bounded, drawn in a process that may die, marked only where every letter is known."""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from corpus_files import pdf
from quoth.corpus import (
    BadRequest,
    Document,
    InputError,
    PagePicture,
    PagePictures,
    Span,
    UnreadableDocument,
    boxes_of,
    has_pages,
    read_bytes,
)
from quoth.corpus.draw_page import NO_SUCH_PAGE

PAGES = [["The lamp was lit at dusk.", "Nobody saw it (at first)."], ["The tower was built in 1887."]]
FILE = pdf(PAGES)


@pytest.fixture(scope="module")
def document() -> Document:
    return read_bytes(FILE, "lights.pdf")


@pytest.fixture(scope="module")
def pictures() -> PagePictures:
    return PagePictures()


def size_of(picture: PagePicture) -> tuple[int, int]:
    with Image.open(io.BytesIO(picture.png)) as opened:
        return opened.size


def span_of(document: Document, words: str) -> Span:
    start = document.text.index(words)
    return Span(start, start + len(words))


def test_a_page_is_drawn_with_its_letters(document: Document, pictures: PagePictures) -> None:
    picture = pictures.get(document, 1, lambda: FILE)
    assert size_of(picture) == (1240, 1605)  # 612 by 792 points
    assert picture.letters == "Thelampwaslitatdusk.Nobodysawit(atfirst)."
    assert pictures.get(document, 2, lambda: FILE).letters == "Thetowerwasbuiltin1887."


def test_words_are_where_they_are_drawn(document: Document, pictures: PagePictures) -> None:
    """The ink of the page lies in the boxes of all its words, and in no others."""
    picture = pictures.get(document, 1, lambda: FILE)
    boxes = boxes_of(picture, document, 1, Span(0, len(document.text)))
    assert len(boxes) == 2
    with Image.open(io.BytesIO(picture.png)) as opened:
        grey = opened.convert("L")
    for box in boxes:
        left, top = round(box.left * grey.width), round(box.top * grey.height)
        corner = round((box.left + box.width) * grey.width), round((box.top + box.height) * grey.height)
        assert min(grey.crop((left, top, *corner)).tobytes()) < 64
        grey.paste(255, (left - 1, top - 1, corner[0] + 1, corner[1] + 1))
    assert min(grey.tobytes()) > 200


def test_a_part_of_a_line_is_narrower_and_stands_at_its_place(document: Document, pictures: PagePictures) -> None:
    picture = pictures.get(document, 1, lambda: FILE)
    (line,) = boxes_of(picture, document, 1, span_of(document, "The lamp was lit at dusk."))
    (lamp,) = boxes_of(picture, document, 1, span_of(document, "lamp"))
    (dusk,) = boxes_of(picture, document, 1, span_of(document, "dusk"))
    assert line.left < lamp.left < lamp.left + lamp.width < dusk.left < line.left + line.width
    assert lamp.width < line.width / 4
    assert 0.05 < lamp.top < 0.1


def test_two_lines_are_two_boxes_and_another_page_has_none(document: Document, pictures: PagePictures) -> None:
    span = span_of(document, "dusk.\r\nNobody")
    first, second = boxes_of(pictures.get(document, 1, lambda: FILE), document, 1, span)
    assert first.top < second.top
    assert first.left > second.left
    assert boxes_of(pictures.get(document, 2, lambda: FILE), document, 2, span) == ()


def test_a_quote_over_two_pages_has_boxes_on_both(document: Document, pictures: PagePictures) -> None:
    span = Span(document.text.index("Nobody"), document.text.index("1887"))
    for page in (1, 2):
        assert len(boxes_of(pictures.get(document, page, lambda: FILE), document, page, span)) == 1


def test_letters_that_are_not_those_of_the_text_mark_nothing(document: Document, pictures: PagePictures) -> None:
    picture = pictures.get(document, 1, lambda: FILE)
    span = span_of(document, "lamp")
    other = replace(picture, letters=picture.letters.replace("dusk", "dawn"))
    fewer = PagePicture(picture.png, picture.letters[:-1], picture.edges[:-1])
    assert boxes_of(other, document, 1, span) == boxes_of(fewer, document, 1, span) == ()


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_every_span_has_boxes_inside_the_page(document: Document, pictures: PagePictures, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(document.text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(document.text))))
    for page in (1, 2):
        boxes = boxes_of(pictures.get(document, page, lambda: FILE), document, page, span)
        assert all(box.width > 0 and box.height > 0 for box in boxes)
        assert all(0 <= box.left <= box.left + box.width <= 1.0001 for box in boxes)
        assert all(0 <= box.top <= box.top + box.height <= 1.0001 for box in boxes)


@pytest.mark.parametrize("page", [0, 3, -1, 10**9])
def test_a_page_that_is_not_there_is_refused_without_reading_the_file(document: Document, page: int) -> None:
    def never() -> bytes:
        pytest.fail("the file was read")

    with pytest.raises(BadRequest, match=f"no page {page}"):
        PagePictures().get(document, page, never)


def test_other_documents_have_no_pages() -> None:
    text = read_bytes(b"Words.", "a.txt")
    assert not has_pages(text)
    with pytest.raises(BadRequest, match="no page 1"):
        PagePictures().get(text, 1, lambda: b"Words.")


def test_a_page_is_drawn_once(document: Document) -> None:
    reads: list[int] = []

    def content() -> bytes:
        reads.append(1)
        return FILE

    pictures = PagePictures()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: pictures.get(document, 1, content), range(8)))
    assert len(reads) == 1
    assert all(picture is found[0] for picture in found)


def big(width: float, height: float) -> bytes:
    return FILE.replace(b"[0 0 612 792]", f"[0 0 {width:g} {height:g}]".encode().ljust(13)[:13])


@pytest.mark.parametrize(("width", "height"), [(14400, 9), (9, 14400), (9999, 9999), (1, 1), (0, 0), (1e9, 1e9)])
def test_pages_of_any_size_have_a_bounded_number_of_pixels(width: float, height: float) -> None:
    content = big(width, height)
    document = replace(read_bytes(FILE, "lights.pdf"), title="Odd")
    try:
        across, down = size_of(PagePictures().get(document, 1, lambda: content))
    except InputError:
        return
    assert across * down <= 4_100_000


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 rubbish", FILE[:200], bytes(1000)])
def test_a_file_that_kills_the_drawing_is_one_sentence(document: Document, content: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="page 1 cannot be drawn") as caught:
        PagePictures().get(document, 1, lambda: content)
    assert "\n" not in str(caught.value)


def test_a_page_the_file_does_not_have_is_one_sentence(document: Document) -> None:
    with pytest.raises(BadRequest, match="has no page 2"):
        PagePictures().get(document, 2, lambda: pdf(PAGES[:1]))


def test_a_page_that_takes_too_long_is_given_up(document: Document) -> None:
    with pytest.raises(UnreadableDocument, match="too long"):
        PagePictures(patience=0.001).get(document, 1, lambda: FILE)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"no json\n\x89PNG",
        b'{"letters": "ab", "boxes": [[0, 0, 1, 1]]}\n\x89PNG',
        b'{"letters": "a", "boxes": [[0, 0, 1]]}\n\x89PNG',
        b'{"boxes": []}\n\x89PNG',
        b'{"letters": "", "boxes": []}\n<html>',
    ],
)
def test_what_the_process_says_is_trusted_no_more_than_the_file(
    document: Document, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = subprocess.CompletedProcess[bytes]([], 0, said, b"")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: answer)
    with pytest.raises(UnreadableDocument, match="cannot be drawn"):
        PagePictures().get(document, 1, lambda: FILE)


def test_the_process_says_when_there_is_no_such_page() -> None:
    done = subprocess.run(
        [sys.executable, "-Im", "quoth.corpus.draw_page", "9"], input=FILE, capture_output=True, check=False
    )
    assert (done.returncode, done.stdout) == (NO_SUCH_PAGE, b"")
