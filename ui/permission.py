"""What whoever sent the present request may do, for code that is not handed the request: the events of the web app."""

from __future__ import annotations

from contextvars import ContextVar

from quoth.corpus import BadRequest

from .tokens import Access

__all__ = ["granted", "need_full"]

granted: ContextVar[Access | None] = ContextVar("granted", default=Access.FULL)
"""Set by the doorkeeper for each request, and seen in the threads that answer it; elsewhere there is no request."""


def need_full() -> None:
    """Raises BadRequest for somebody who may only read."""
    if granted.get() is not Access.FULL:
        raise BadRequest("You are signed in for reading only; changing the library needs a full token.")
