"""Everything the web app writes to its library, one thing after the other, in one thread; questions go on meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Literal, TypeVar

from quoth.corpus import QuothError
from quoth.qa import OnProgress, Progress

__all__ = ["Clerk", "Doing", "Errand", "Stopped"]

T = TypeVar("T")
Errand = Literal["adding", "removing", "bringing back", "checking", "rebuilding"]
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The work was broken off before it changed anything, because somebody asked for it or the server ends."""


@dataclass(frozen=True, slots=True)
class Doing:
    """What is being done now; `done` of `total` passages are embedded, 0 of 0 where nobody can tell."""

    errand: Errand
    done: int = 0
    total: int = 0


class Clerk:
    """Does what it is asked in the order of asking. Whoever else writes to the library is waited for, as always."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="quoth-clerk")
        self._closing = Event()
        self.doing: Doing | None = None  # replaced as a whole, so that any thread may read it

    def ask(self, errand: Errand, work: Callable[[OnProgress], T]) -> Future[T]:
        """Has `work` done; it is given whom to tell its progress, who may break it off with Stopped. Raises Stopped."""
        try:
            future = self._pool.submit(self._do, errand, work)
        except RuntimeError as error:  # what an executor says after its end
            raise Stopped from error
        future.add_done_callback(_report)
        return future

    def wait(self, errand: Errand, work: Callable[[OnProgress], T]) -> T:
        """Has `work` done and gives its result, or raises what it raised. Raises Stopped where the server ends."""
        try:
            return self.ask(errand, work).result()
        except CancelledError as error:
            raise Stopped from error

    def close(self) -> None:
        """Ends what is under way at its next step, and takes nothing on any more."""
        self._closing.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _do(self, errand: Errand, work: Callable[[OnProgress], T]) -> T:
        self.doing = Doing(errand)
        try:
            return work(self._told)
        finally:
            self.doing = None

    def _told(self, progress: Progress) -> None:
        if self._closing.is_set():
            raise Stopped
        if progress.stage == "indexing" and self.doing is not None:
            self.doing = Doing(self.doing.errand, progress.done, progress.total)


def _report(future: Future[T]) -> None:
    """What nobody foresaw goes to the log: nobody need be waiting for the result."""
    try:
        error = future.exception()
    except CancelledError:
        return
    if error is not None and not isinstance(error, QuothError | Stopped):
        _log.error("Work on the library failed.", exc_info=error)
