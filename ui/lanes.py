"""Threads for the questions of HTTP clients, and a bound on them.

A thread cannot be stopped from outside. So a question that takes too long, or whose client has gone away, ends where
the library looks next whether it is still wanted; until then nobody else gets its thread, and there are never more of
them. What still waits for a thread by then is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Final, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

__all__ = ["GONE", "THREADS", "Lane"]

T = TypeVar("T")
GONE: Final = "The client went away."
THREADS: Final = 4
"""Questions in work at the same time: while the passages of one are read, which takes all cores, others are found."""


class Lane:
    """So many threads; what comes while all are busy waits its turn. How much may wait, `pacing` says."""

    def __init__(self, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="quoth-api")

    async def run(self, work: Callable[[], T], request: Request | None = None) -> T:
        """The result of `work`, done in a thread. Raises what it raises.

        Nobody waits for it any more when this is cancelled, or when the client of `request`, whose body has been read,
        goes away; then it is dropped or ends early. Raises HTTPException where the client is gone, or was still waiting
        when all ended.
        """
        gone = Event()
        result = asyncio.wrap_future(self._pool.submit(_wanted, gone, work))
        leaving = asyncio.ensure_future(_left(request))
        try:
            await asyncio.wait((result, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not result.done():
                raise HTTPException(499, GONE)  # which nobody reads, but the metrics count it
            if result.cancelled():
                raise HTTPException(503, "The server is stopping; ask again in a moment.", {"retry-after": "5"})
            return result.result()
        finally:
            gone.set()
            leaving.cancel()
            result.cancel()

    def close(self) -> None:
        """Takes nothing on any more; what is under way is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _wanted(gone: Event, work: Callable[[], T]) -> T:
    from quoth.qa import while_wanted  # not before there is a question: MCP starts without the library

    with while_wanted(gone):
        return work()


async def _left(request: Request | None) -> None:
    """Ends when the client of `request` has gone away."""
    if request is None:
        await asyncio.Future()  # it never does
        return
    while (await request.receive())["type"] != "http.disconnect":
        pass
