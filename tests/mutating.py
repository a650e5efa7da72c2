"""Bytes made wrong on purpose: at random places, inside the parts of a ZIP archive, inside the objects of a PDF.

Everything is drawn from a `random.Random`, so that a number names a case for good.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Final

__all__ = ["BITS", "Mutate", "damaged_archive", "damaged_bytes", "damaged_pdf", "odd_text"]

Mutate = Callable[[random.Random, bytes], bytes]

BITS: Final = (
    b"\x00", b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b'"', b"'", b"<", b">", b"&", b"&#x0;",
    b"&#55296;", b"<![CDATA[", b"-->", b"<!--", b"]]>", b"\\ud800", b"\\u0000", b"[" * 40, b"{" * 40, b"1e999", b"NaN",
    b"-1", b"99999999999999999999", b"null", b"true", b"[]", b"{}", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf",
    b"\xe2\x80\xae", b"\xcc\x81" * 30, b"\xf0\x9f\x98\x80", b" " * 60, b"a" * 300, b",", b"\t", b";", b"#", b"```",
)  # fmt: skip
"""What parsers stumble over, of every format."""

_ODD: Final = (
    "\x00", "\ud800", "\udfff", "\udc80", "\u202e", "\u2066", "e\u0301", "\u0301" * 40, "😀", "👨\u200d👩", "\u200b",
    "\ufeff", "\uffff", "\U0010ffff", "\x1b[31m", "\x9b", "\x7f", "\u2028", "\r", "\n", "\t", "\xa0", "ﬀ", "İ", "ß",
    "the", "of", "who", "When", "Lund", "harbour", "1904", "١٩٠٤", "½", "1e999", "-0", "3 May 1907", "99999999999",
    "AND", "OR", "NOT", "NEAR(", '"', "'", "*", "(", ")", "^", "+", "{", "[", "\\", "|", "?", "$", "%s", "text:",
    "?", "!", "。", "؟", " ", " ", " ", "日本", "กข", "<script>", "&amp;", "a" * 200, "((((((((((", ".*.*.*", "--",
)  # fmt: skip


def odd_text(rng: random.Random, most: int = 30) -> str:
    """Words, operators of query languages, and characters that are none."""
    return "".join(rng.choice(_ODD) for _ in range(rng.randint(0, most)))


def damaged_bytes(rng: random.Random, data: bytes) -> bytes:
    """One to six edits: bits flipped, pieces cut, doubled, moved or put in, the end lost."""
    for _ in range(rng.randint(1, 6)):
        data = rng.choice(_EDITS)(rng, data)
    return data


def _flip(rng: random.Random, data: bytes) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _insert(rng: random.Random, data: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.choice(BITS) + data[at:]


def _replace(rng: random.Random, data: bytes) -> bytes:
    start, stop = _piece(rng, data)
    return data[:start] + rng.choice(BITS) + data[stop:]


def _cut(rng: random.Random, data: bytes) -> bytes:
    start, stop = _piece(rng, data)
    return data[:start] + data[stop:]


def _double(rng: random.Random, data: bytes) -> bytes:
    start, stop = _piece(rng, data)
    return data[:stop] + data[start:stop] * rng.randint(1, 8) + data[stop:]


def _move(rng: random.Random, data: bytes) -> bytes:
    start, stop = _piece(rng, data)
    rest = data[:start] + data[stop:]
    at = rng.randint(0, len(rest))
    return rest[:at] + data[start:stop] + rest[at:]


def _lose_the_end(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randint(0, len(data))] if rng.random() < 0.3 else data


def _piece(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randint(0, len(data))
    return start, min(len(data), start + rng.choice((1, 2, 4, 16, 64, 256)))


_EDITS: Final[tuple[Mutate, ...]] = (_flip, _insert, _insert, _replace, _cut, _double, _move, _lose_the_end)


def damaged_archive(rng: random.Random, data: bytes) -> bytes:
    """An archive packed anew with one of its parts damaged, missing or there twice: its own checks all hold."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(part.filename, archive.read(part)) for part in archive.infolist()]
    at = rng.randrange(len(parts))
    name, content = parts[at]
    what = rng.random()
    if what < 0.85:
        parts[at] = name, damaged_bytes(rng, content)
    elif what < 0.95:
        del parts[at]
    else:
        parts[at] = rng.choice(("../" + name, name.upper(), "x", "word/\x01")), content
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts:
            archive.writestr(part, content)
    return damaged_bytes(rng, out.getvalue()) if rng.random() < 0.1 else out.getvalue()


_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_NUMBER = re.compile(rb"(?<![A-Za-z])-?\d+")
_NAME = re.compile(rb"/[A-Za-z]+")


def damaged_pdf(rng: random.Random, data: bytes) -> bytes:
    """A PDF with a stream damaged and packed anew, a number or a name changed, or bytes damaged anywhere."""
    what = rng.random()
    if what < 0.35 and (streams := list(_STREAM.finditer(data))):
        found = rng.choice(streams)
        return data[: found.start(1)] + _repacked(rng, found[1]) + data[found.end(1) :]
    if what < 0.75:
        pattern, bits = rng.choice(((_NUMBER, _NUMBERS), (_NAME, _NAMES)))
        for _ in range(rng.randint(1, 3)):
            places = list(pattern.finditer(data))
            found = rng.choice(places)
            data = data[: found.start()] + rng.choice(bits) + data[found.end() :]
        return data
    return damaged_bytes(rng, data)


def _repacked(rng: random.Random, stream: bytes) -> bytes:
    try:
        return zlib.compress(damaged_bytes(rng, zlib.decompress(stream)))
    except zlib.error:
        return damaged_bytes(rng, stream)


_NUMBERS: Final = (b"0", b"-1", b"1", b"2147483648", b"99999999999999999999", b"3", b"1e9", b"")
_NAMES: Final = (b"/Kids", b"/Parent", b"/Length", b"/ToUnicode", b"/Type0", b"/Font", b"/FlateDecode", b"/LZWDecode")
