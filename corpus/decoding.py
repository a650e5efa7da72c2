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

_DOUBTFUL = frozenset({"cp1250", "cp1257", "cp1258", *(f"iso8859_{part}" for part in (2, 3, 4, 10, 13, 14, 16))})
_WESTERN = (
    (frozenset("àâäçéèêëîïôöùûüœ"), re.compile("[éà]")),  # French
    (frozenset("àèéìíòóùú"), re.compile("[àò]")),  # Italian
    (frozenset("àáâãçéêíóôõú"), re.compile("ç|ão")),  # Portuguese
    (frozenset("åäöé"), re.compile("å")),  # Swedish
    (frozenset("åæøéèêóòô"), re.compile("å")),  # Danish, Norwegian
)
"""The letters of languages whose cp1252 the detector takes for another encoding (`oů` for `où`, `gĺr` for `går`), and
what no language of the others has among such letters: Czech has an á beside its é, Polish an ł, Hungarian an ő."""
_SIGNS = frozenset("€‚„…‰‹‘’“”•–—™›\xa0£§©«®°±²³´·º»½ª¡¿\xad")

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

    sample = _sample(data)
    # Where no line end told a safe place to cut the sample, the cut may be inside a character.
    cuts = range(4 if len(sample) == _GUESS_BYTES else 1)
    guesses = (from_bytes(sample[: len(sample) - less]).best() for less in cuts)
    guess = next(filter(None, guesses), None)
    if guess is None:
        raise UnreadableDocument(name, f"its encoding cannot be told; {_REMEDY}")
    western = guess.encoding in _DOUBTFUL and _is_western(sample)
    for encoding in ("cp1252" if western else guess.encoding, "cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if not _BINARY.search(text):
            return text
    raise UnreadableDocument(name, f"this is binary data, or text in an encoding that cannot be told; {_REMEDY}")


def _is_western(sample: bytes) -> bool:
    """Whether all letters of `sample`, read as cp1252, are those of one language in `_WESTERN`."""
    try:
        text = sample.decode("cp1252").lower()
    except UnicodeDecodeError:
        return False
    letters = {letter for letter in text if letter > "\x7f"} - _SIGNS
    return any(letters <= alphabet and tell.search(text) for alphabet, tell in _WESTERN)


def _sample(data: bytes) -> bytes:
    """The part of `data` that tells most: it begins shortly before the first byte that is not ASCII.

    It ends with a line where it can, for half a character at its end would rule the right encoding out.
    """
    first = next((match.start() for match in re.finditer(rb"[\x80-\xff]", data)), 0)
    start = max(0, first - _GUESS_BYTES // 4)
    stop = start + _GUESS_BYTES
    if stop < len(data) and (line_end := data.rfind(b"\n", first, stop)) > 0:
        stop = line_end + 1
    return data[start:stop]


def _checked(text: str, name: str) -> str:
    strays = sum(1 for _ in _BINARY.finditer(text))
    if strays > max(8, len(text) * _TOO_MUCH_BINARY) or (strays and strays * 10 > len(text)):
        raise UnreadableDocument(name, "this is binary data, not text; convert it to text, PDF, HTML or Word first")
    return text
