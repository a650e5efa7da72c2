"""Threads for the questions of HTTP clients, and a bound on them.

A thread cannot be stopped from outside. So a question that takes too long goes on in its thread while its client is
told so, and the thread is lent to nobody else meanwhile: there are never more of them. What still waits for a thread
when its client has gone is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

__all__ = ["THREADS", "Lane"]

T = TypeVar("T")
THREADS: Final = 4
"""Questions answered at the same time; each of them uses several cores where it can."""


class Lane:
    """So many threads; what comes while all are busy waits its turn. How much may wait, `pacing` says."""

    def __init__(self, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="quoth-api")

    async def run(self, work: Callable[[], T]) -> T:
        """The result of `work`, done in a thread. Raises what it raises; cancelled, it no longer waits for it."""
        return await asyncio.wrap_future(self._pool.submit(work))

    def close(self) -> None:
        """Takes nothing on any more; what is under way is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)
