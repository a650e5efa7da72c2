"""Offsets in UTF-16 units, as JavaScript, Java and the Windows API count, beside Quoth's Unicode code points.

They differ from the first character beyond U+FFFF on (emoji, rare Chinese characters), which is two units. This is the
only place that converts.
"""

from __future__ import annotations

from quoth.corpus import BadRequest, Span

__all__ = ["code_points", "utf16"]


def utf16(text: str, span: Span) -> Span:
    """The span (code points) of `text` in UTF-16 units: `text.slice(start, stop)` in JavaScript gives its characters.

    >>> utf16("a 😀 café", Span(4, 8))
    Span(start=5, stop=9)
    """
    start = _units(text[: span.start])
    return Span(start, start + _units(text[span.start : span.stop]))


def code_points(text: str, span: Span) -> Span:
    """The span in UTF-16 units of `text` in code points: the way back.

    Raises BadRequest when it lies outside the text, or begins or ends inside a character.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    if span.stop > len(units) // 2:
        raise BadRequest(f"{span.start} to {span.stop} lies outside a text of {len(units) // 2} UTF-16 units.")
    try:
        before = units[: 2 * span.start].decode("utf-16-le")
        inside = units[2 * span.start : 2 * span.stop].decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise BadRequest(f"{span.start} to {span.stop} begins or ends inside a surrogate pair.") from error
    return Span(len(before), len(before) + len(inside))


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
