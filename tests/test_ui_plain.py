"""Nothing a document holds can command a terminal, and JSON stays exact whatever it carries."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.ui.plain import as_json, visible

ANY = st.text(st.characters(), max_size=80)
NASTY = st.text(
    st.sampled_from('\x00\x07\x08\x1b\r\n\t\x7f\x85\x9b\u2028\u202e\ud800 [31mA\\"é\U0001f600'), max_size=40
)


def commands(text: str) -> set[str]:
    """Control characters (C0, DEL, C1) and halves of a pair in `text`, other than tab and newline."""
    return {c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n"}


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("plain", "plain"),
        ("tab\there", "tab\there"),
        ("unix\nwindows\r\nold mac\rend", "unix\nwindows\nold mac\nend"),
        ("\x1b[31mred\x1b[0m", "<U+001B>[31mred<U+001B>[0m"),
        ("\x1b]0;title\x07", "<U+001B>]0;title<U+0007>"),
        ("\x9b2J", "<U+009B>2J"),
        ("back\x08space", "back<U+0008>space"),
        ("nul\x00", "nul<U+0000>"),
        ("\u202etxt.exe", "<U+202E>txt.exe"),
        ("line\u2028separator", "line<U+2028>separator"),
        ("half \ud83d", "half <U+D83D>"),
        ("naïve café 日本 العربية 😀", "naïve café 日本 العربية 😀"),
    ],
)
def test_visible(given_text: str, shown: str) -> None:
    assert visible(given_text) == shown


@settings(deadline=None)
@given(ANY | NASTY)
def test_nothing_visible_commands_a_terminal(text: str) -> None:
    assert commands(visible(text)) == set()


@settings(deadline=None)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=80))
def test_ordinary_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


@settings(deadline=None)
@given(st.dictionaries(NASTY, ANY | NASTY, max_size=4), st.sampled_from(["utf-8", "ascii", "latin-1", "cp1251"]))
def test_json_reads_back_exactly_and_commands_no_terminal(value: dict[str, str], encoding: str) -> None:
    text = as_json(value, encoding)
    assert json.loads(text) == value
    assert commands(text) == set()
    assert "\n" not in text
    assert text.encode(encoding).decode(encoding) == text


def test_json_keeps_letters_readable_where_they_can_be_sent() -> None:
    assert as_json("Žďár 日本") == '"Žďár 日本"'


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_refuses_what_json_has_no_word_for(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        as_json({"score": value})
