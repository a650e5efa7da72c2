"""Bytes to text: what is stated is believed, what is not is guessed, what is no text is refused."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import UnreadableDocument, read_bytes
from quoth.corpus.decoding import decode
from strategies import any_text

UNTOUCHED = "Tab\there, CRLF\r\nlone\rNBSP\xa0cafe\u0301 \u2028 line\vtab\fform ﬁ ½ Ⅷ ﷽ 😀"


def is_text(text: str) -> bool:
    allowed = "\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f"
    return not any((letter < " " and letter not in allowed) or letter == "\x7f" for letter in text)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_unicode_comes_back_as_it_was_without_its_mark(mark: bytes, encoding: str) -> None:
    assert decode(mark + UNTOUCHED.encode(encoding), "x.txt") == UNTOUCHED


@settings(deadline=None)
@given(any_text.filter(is_text))
def test_any_utf8_text_is_itself(text: str) -> None:
    if not text.startswith("\ufeff"):
        assert decode(text.encode(), "x.txt") == text


@settings(deadline=None)
@given(any_text.filter(is_text), st.sampled_from(["utf-16", "utf-32"]))
def test_any_marked_text_is_itself(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "x.txt") == text


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_become_text_that_can_be_stored_or_are_refused(data: bytes) -> None:
    try:
        text = decode(data, "x.txt")
    except UnreadableDocument as error:
        assert error.name == "x.txt"
    else:
        assert text.encode("utf-8").decode("utf-8") == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_seen(encoding: str) -> None:
    text = "Plain words, as Windows programs used to save them.\r\n"
    assert decode(text.encode(encoding), "x.txt") == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Le café est fermé. Où êtes-vous allés hier soir, à l’hôtel ou chez Zoé ?" * 3, "cp1252"),
        ("Съешь же ещё этих мягких французских булок, да выпей чаю. Потом иди домой." * 3, "cp1251"),
        ("吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。" * 5, "shift_jis"),
    ],
)
def test_older_encodings_are_guessed(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), "x.txt") == text


def test_a_late_accent_is_enough_for_the_guess() -> None:
    text = "Plain words only. " * 20_000 + "Le café est fermé."
    assert decode(text.encode("cp1252"), "x.txt") == text


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(256)) * 8,
        b"\x00\x01\x02\x03" * 100,
        b"MZ\x00\x00text that goes on\x00\x00\x00" * 10,
        b"\x01\x02\x03",
    ],
    ids=["all bytes", "control bytes", "zeros among words", "three control bytes"],
)
def test_binary_data_is_refused_in_plain_words(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match=r"x\.txt: this is binary data") as caught:
        decode(data, "x.txt")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [(codecs.BOM_UTF8 + b"caf\xe9", "UTF-8"), (codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", "UTF-16-LE")],
)
def test_a_broken_promise_is_named(data: bytes, encoding: str) -> None:
    with pytest.raises(UnreadableDocument, match=encoding):
        decode(data, "x.txt")


def test_a_stray_control_character_is_no_reason_to_refuse_a_text() -> None:
    text = "A line with a bell \x07 in it. " + "Words. " * 200
    assert decode(text.encode(), "x.txt") == text


def test_terminal_colours_in_a_log_are_text() -> None:
    log = "\x1b[31mERROR\x1b[0m It failed.\n" * 50
    assert read_bytes(log.encode(), "run.log").text == log


def test_a_lone_surrogate_cannot_get_in() -> None:
    with pytest.raises(UnreadableDocument):
        decode(codecs.BOM_UTF8 + b"\xed\xa0\x80", "x.txt")
