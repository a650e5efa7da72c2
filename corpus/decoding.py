"""Bytes to text, honestly: a stated encoding is believed, an unstated one is guessed, binary data is refused.

Nothing is normalised: line ends, tabs, no-break spaces and decomposed accents stay as they stand in the file.
"""

from __future__ import annotations

import codecs
import re

from .errors import UnreadableDocument

__all__ = ["decode"]

# The longer marks first: UTF-32-LE begins with the mark of UTF-16-LE.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Control characters that no text holds: all of C0 but tab, line ends, vertical tab, form feed, the separators
# 0x1C-0x1F that old databases export, 0x1A (the end-of-file sign of DOS) and ESC (terminal colours in logs).
_BINARY = re.compile(r"[\x00-\x08\x0e-\x19\x7f]")
_TOO_MUCH_BINARY = 0.001
"""A text may hold a stray control character; more than one in a thousand is not text."""

_GUESS_BYTES = 200_000
"""So much of a file the detector sees: enough to be sure, and a file of any size costs the same."""

_REMEDY = "save it as UTF-8 text and add it again"


def decode(data: bytes, name: str) -> str:
    """The text in `data`: UTF-8, UTF-16 or UTF-32 where stated or evident, else the likeliest older encoding.

    `name` is only for the message. Raises `UnreadableDocument` when the bytes are not text.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _checked(_strictly(data[len(mark) :], encoding, name), name)
    if silent := _silent_utf16(data):
        return _checked(_strictly(data, silent, name), name)
    if b"\x00" in data:
        raise UnreadableDocument(name, "this is binary data, not text; convert it to text, PDF, HTML or Word first")
    try:
        return _checked(data.decode("utf-8"), name)
    except UnicodeDecodeError:
        return _checked(_guessed(data, name), name)


def _strictly(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"its first bytes promise {encoding.upper()}, but byte {error.start} breaks the promise; {_REMEDY}"
        raise UnreadableDocument(name, reason) from error


def _silent_utf16(data: bytes) -> str | None:
    """UTF-16 without a byte order mark, when that is evident.

    Latin script leaves every other byte zero, and no other text does: the zeros must be on one side only, at least in
    a third of the units (line ends and spaces are zero-padded in every script).
    """
    sample = data[:4096]
    if len(data) % 2 or len(sample) < 4:
        return None
    units = len(sample) // 2
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    if second * 3 >= units and first == 0:
        return "utf-16-le"
    if first * 3 >= units and second == 0:
        return "utf-16-be"
    return None


def _guessed(data: bytes, name: str) -> str:
    from charset_normalizer import from_bytes  # heavy: only for the rare file that is not Unicode

    guess = from_bytes(_sample(data)).best()
    if guess is None:
        raise UnreadableDocument(name, f"its encoding cannot be told; {_REMEDY}")
    for encoding in (guess.encoding, "cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if not _BINARY.search(text):
            return text
    raise UnreadableDocument(name, f"this is binary data, or text in an encoding that cannot be told; {_REMEDY}")


def _sample(data: bytes) -> bytes:
    """The part of `data` that tells most: it begins shortly before the first byte that is not ASCII."""
    first = next((match.start() for match in re.finditer(rb"[\x80-\xff]", data)), 0)
    start = max(0, first - _GUESS_BYTES // 4)
    return data[start : start + _GUESS_BYTES]


def _checked(text: str, name: str) -> str:
    strays = sum(1 for _ in _BINARY.finditer(text))
    if strays > max(8, len(text) * _TOO_MUCH_BINARY) or (strays and strays * 10 > len(text)):
        raise UnreadableDocument(name, "this is binary data, not text; convert it to text, PDF, HTML or Word first")
    return text
