"""Reading what a page sends. It may send anything; what is not what it should be counts as nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from quoth.corpus import Span

__all__ = ["earlier_questions", "object_of", "objects_in", "span_in", "string_in"]

_EARLIER: Final = 6
"""Questions of a conversation that are looked at; the page sends no more."""
_MOST: Final = 1_000


def object_of(sent: object) -> Mapping[str, Any]:
    """An object as it is, an empty one for anything else."""
    return sent if isinstance(sent, dict) else {}


def objects_in(sent: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The objects of a list, of which the first thousand are looked at."""
    value = sent.get(name)
    return [object_of(one) for one in value[:_MOST]] if isinstance(value, list) else []


def string_in(sent: Mapping[str, Any], name: str) -> str:
    """A string, or an empty one."""
    value = sent.get(name)
    return value if isinstance(value, str) else ""


def span_in(sent: Mapping[str, Any], name: str) -> Span | None:
    """Two offsets, `[start, stop]`, if they make a span."""
    value = sent.get(name)
    if not isinstance(value, list) or [type(one) for one in value] != [int, int] or not 0 <= value[0] < value[1]:
        return None
    return Span(*value)


def earlier_questions(sent: Mapping[str, Any]) -> tuple[str, ...]:
    """The earlier questions of the conversation, oldest first; what is no string is no question. How long one may be
    the library says, of these as of any other.
    """
    turns = sent.get("history")
    return tuple(turn for turn in turns[-_EARLIER:] if isinstance(turn, str)) if isinstance(turns, list) else ()
