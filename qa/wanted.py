"""Whether anybody still waits for an answer: one that nobody wants any more ends at its next look, not at its end.

A thread cannot be stopped from outside, so the work itself looks, between two of its pieces.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

__all__ = ["check_wanted", "while_wanted"]

_gone: ContextVar[Event | None] = ContextVar("gone", default=None)


@contextmanager
def while_wanted(gone: Event) -> Iterator[None]:
    """What this thread asks a library inside the block ends with CancelledError soon after `gone` is set."""
    before = _gone.set(gone)
    try:
        yield
    finally:
        _gone.reset(before)


def check_wanted() -> None:
    """Raises CancelledError where nobody waits any more."""
    gone = _gone.get()
    if gone is not None and gone.is_set():
        raise CancelledError("Nobody waits for this answer any more.")
