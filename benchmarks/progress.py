"""A line on stderr for work that takes long."""

from __future__ import annotations

import sys
import time

__all__ = ["Progress"]

_EVERY = 10.0
"""Seconds between two lines; work that is done sooner says nothing."""


class Progress:
    """Counts `total` steps of `what`; prints how far it is, how fast, and how long it may still take; nothing for 0."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._began = self._said = time.monotonic()

    def advance(self, steps: int = 1) -> None:
        """Some steps more are done."""
        self._done += steps
        now = time.monotonic()
        if now - self._said < _EVERY or not self._total:
            return
        self._said = now
        speed = self._done / (now - self._began)
        left = (self._total - self._done) / speed / 60
        sys.stderr.write(f"  {self._what}: {self._done}/{self._total}, {speed:.1f} a second, {left:.1f} min left\n")
        sys.stderr.flush()
