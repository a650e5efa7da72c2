"""Making any text safe to show in a terminal, and any value safe to print as JSON; imports nothing heavy."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["as_json", "visible", "visible_line"]

# C0 but tab and line feed, DEL, C1, the line separators, the two bidi overrides (they can make a line read backwards),
# and lone surrogates, which cannot be sent to any terminal.
_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff]")
_SPACED = re.compile("[\t\n\r]")


def visible(text: str) -> str:
    """`text` with line ends made plain and every control character spelt out.

    >>> visible("red\\x1b[31m\\r\\nnext")
    'red<U+001B>[31m\\nnext'
    """
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    return _OBEYED.sub(_spelt, unix)


def visible_line(text: str) -> str:
    """The same for what must stay on one line, such as the name of a file: line ends and tabs are spelt out too.

    >>> visible_line("a\\nb.txt")
    'a<U+000A>b.txt'
    """
    return visible(_SPACED.sub(_spelt, text))


def _spelt(match: re.Match[str]) -> str:
    return f"<U+{ord(match[0]):04X}>"


def as_json(value: Any, encoding: str = "utf-8") -> str:
    r"""`value` on one line of JSON that reads back exactly.

    Characters that a terminal would obey are written as `\uXXXX` escapes, and so is everything beyond ASCII when
    `encoding` cannot carry it.

    >>> as_json({"text": "Žďár\x9b31m"})
    '{"text": "Žďár\\u009b31m"}'
    >>> as_json("Žďár", "ascii")
    '"\\u017d\\u010f\\u00e1r"'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    # json.dumps escapes C0 itself, so what is left can only stand inside a string, where an escape means the same.
    text = _OBEYED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(value, allow_nan=False)
    return text
