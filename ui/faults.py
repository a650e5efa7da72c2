"""What does not fit in a request, place by place, from what the validation found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi.exceptions import RequestValidationError

__all__ = ["Fault", "faults_of", "is_malformed", "sentence_of"]

_MOST: Final = 20
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """`detail` is what is wrong at `place`, a path such as `body/questions/0/question` or `query/limit`."""

    place: str
    detail: str


def is_malformed(error: RequestValidationError) -> bool:
    """Whether the body could not even be read as JSON."""
    return any(fault["type"] == "json_invalid" for fault in error.errors())


def faults_of(error: RequestValidationError) -> tuple[Fault, ...]:
    """The first of the faults, none of which repeats what was sent: that may be long, or no text at all."""
    return tuple(Fault(_place(fault["loc"]), _detail(fault)) for fault in error.errors()[:_MOST])


def sentence_of(faults: Sequence[Fault]) -> str:
    """The faults in a sentence; the third and those after it are left to the list.

    >>> sentence_of([Fault("body/question", "field required")])
    'body/question: field required.'
    """
    shown = "; ".join(f"{fault.place}: {fault.detail}" for fault in faults[:2])
    return f"{shown}; and {len(faults) - 2} more." if len(faults) > 2 else f"{shown}."


def _place(parts: Sequence[Any]) -> str:
    return "/".join(map(str, parts))[:_LONGEST]


def _detail(fault: dict[str, Any]) -> str:
    reason = fault.get("ctx", {}).get("error", "") if fault["type"] == "json_invalid" else ""
    said = f"this is no JSON ({reason})" if reason else str(fault["msg"])
    return said[:1].lower() + said[1:_LONGEST]
