"""The cores, shared out: parts of the work of all questions, each part on one core, whoever asked first served first.

A question alone has all cores for its parts; of many questions there are never more parts at work than there are cores.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from quoth.corpus import LibraryError

from .wanted import check_wanted

__all__ = ["Crew", "cores", "submitted"]

T = TypeVar("T")
R = TypeVar("R")


class Crew:
    """So many threads (None: one a core); started when there is work, ended with the process."""

    def __init__(self, threads: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads or cores(), thread_name_prefix="reading")

    def map(self, work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
        """`work` of each part, in their order; safe from many threads, though not from inside `work`.

        Raises what the first part that fails raises, LibraryError as `submitted` does, and CancelledError when nobody
        waits (see `wanted`): what was not begun by then never is.
        """
        futures = [submitted(self._pool, work, part) for part in parts]
        results = []
        try:
            for future in futures:
                check_wanted()
                results.append(future.result())
        finally:
            for future in reversed(futures):  # so that none is begun while those before it are being dropped
                future.cancel()
        return results


def submitted(pool: ThreadPoolExecutor, work: Callable[[T], R], item: T) -> Future[R]:
    """`pool.submit`, which starts threads as they are needed. Raises LibraryError where the system gives none."""
    try:
        return pool.submit(work, item)
    except RuntimeError as error:
        if "new thread" not in str(error):  # the pool is shut down: a fault of ours
            raise
        raise LibraryError(
            "No more threads can be started; close some programs, or allow more (`ulimit -u`), and try again."
        ) from error


def cores() -> int:
    """How many cores this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1
