"""What hypothesis draws from in the tests of every room: texts of all scripts, and the room's own types."""

from __future__ import annotations

import hashlib

from hypothesis import strategies as st

from quoth.corpus import Document, Mark, Splitting, document_id, sha256_of_text

_MARKS = ". ! ? … ... 。 ！ ？ ؟ ۔ । ; ; : , ” “ \" ' » « ) ( [1] 「 」 # - * • 1. (2) a) | === ---"
_WORDS = "U.S. Dr. No. e.g. J. p.m. 3. 3.14 Mai The He It japan Japan x 日本 は ﷽ שלום ไทย word word"
_CLUSTERS = "é e\u0301 \u0301 😀 👨\u200d👩\u200d👧 🇬🇧 🇬 \u200d \ufe0f 각 \u1100\u1161 \U0010ffff \x00"
_SPACES = ["\n", "\n\n", "\r\n", "\r", "\t", "\f", "\u2028", "\u2029", "\x85", "\xa0", " ", " ", " ", " "]
TELLING = [*_MARKS.split(), *_WORDS.split(), *_CLUSTERS.split(), *_SPACES]
"""Pieces in which sentence rules, line ends and clusters are decided; pure chance would hardly ever draw them."""

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
"""Any Unicode text; lone surrogates are no text, and no decoder lets one through."""

telling_text = st.lists(st.sampled_from(TELLING), max_size=120).map("".join)

texts = st.one_of(any_text, telling_text, st.tuples(any_text, telling_text).map("".join))
visible_texts = texts.filter(lambda text: bool(text.strip()))

splittings = st.tuples(st.integers(1, 80), st.integers(0, 120)).map(lambda pair: Splitting(pair[0], pair[0] + pair[1]))


def document_of(text: str, marks: tuple[Mark, ...] = (), title: str = "Title", seed: str = "") -> Document:
    """A document with this text, whole in itself."""
    file_sha256 = hashlib.sha256((seed + text).encode()).hexdigest()
    return Document(
        id=document_id(file_sha256),
        title=title,
        uri="upload:test.txt",
        text=text,
        marks=marks,
        file_sha256=file_sha256,
        text_sha256=sha256_of_text(text),
        extractor="test/1",
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Documents with pages and headings anywhere."""
    text = draw(visible_texts)
    starts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    kinds = draw(st.lists(st.sampled_from(["page", "heading"]), min_size=len(starts), max_size=len(starts)))
    marks = tuple(
        Mark(start, "page", str(number)) if kind == "page" else Mark(start, "heading", f"Part {number}")
        for number, (start, kind) in enumerate(zip(starts, kinds, strict=True), start=1)
    )
    return document_of(text, marks)
