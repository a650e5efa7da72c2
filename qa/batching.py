"""Many questions at once: while one is read, others are searched and judged; each answer is the one that `ask` gives.

Windows are not read in one batch: it takes longer than its windows one after the other do, measured. What is saved:
idle cores, questions asked twice, and the state of the library, which is read once and not per question.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from quoth.corpus import BadRequest, DocumentId
from quoth.index import Index, search_on_one_thread

from .answer import Abstention, Answer, LibraryStamp
from .asking import Asker
from .crew import cores, submitted
from .steady import steady

__all__ = ["Asked", "Bulk", "Current", "ask_many", "in_order"]

T = TypeVar("T")
R = TypeVar("R")
_AHEAD = 4  # questions a worker has waiting, so that none is idle while the others are slow
_REMEMBERED = 1_000  # answers kept for the same question asked again


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the only documents to search (None for all) and the earlier questions of its conversation."""

    question: str
    documents: tuple[DocumentId, ...] | None = None
    history: tuple[str, ...] = ()


class Bulk:
    """Answers from many threads; the same question asked again is answered from memory."""

    def __init__(self, asker: Asker, quotes: int) -> None:
        self._asker = asker
        self._quotes = quotes
        self._lock = Lock()
        self._known: OrderedDict[Asked, Future[Answer | Abstention]] = OrderedDict()

    def ask(self, asked: Asked) -> Answer | Abstention:
        """See `Library.ask`. Raises what it raises."""
        future: Future[Answer | Abstention] = Future()
        with self._lock:
            known = self._known.setdefault(asked, future)
            self._known.move_to_end(asked)
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        if known is future:  # this thread is the first to ask it; the others wait
            try:
                documents: Collection[DocumentId] | None = asked.documents
                future.set_result(self._asker.ask(asked.question, self._quotes, documents, asked.history))
            except BaseException as error:  # whatever it is, those who wait for this answer must not wait for ever
                future.set_exception(error)
                raise
        return known.result()


def ask_many(
    index: Index, asker: Callable[[], Asker], questions: Iterable[str | Asked], quotes: int, workers: int | None
) -> Generator[Answer | Abstention, None, None]:
    """See `Library.ask_many`. `asker` gives one for the library as it is now."""
    if isinstance(questions, str):
        raise BadRequest("Give a list of questions, or ask a single one with `ask`.")
    if workers is not None and workers < 1:
        raise BadRequest(f"It takes at least one worker, not {workers}.")
    return in_order(Current(index, asker, quotes).ask, map(_as_asked, questions), workers or cores())


def _as_asked(question: str | Asked) -> Asked:
    """With tuples in it, whatever was given: it is remembered by what it holds."""
    if isinstance(question, str):
        return Asked(question)
    documents = None if question.documents is None else tuple(question.documents)
    return Asked(question.question, documents, tuple(question.history))


class Current:
    """Asks by the library as it is at the time: when it has changed, what is remembered is forgotten."""

    def __init__(self, index: Index, asker: Callable[[], Asker], quotes: int) -> None:
        self._index = index
        self._asker = asker
        self._quotes = quotes
        self._lock = Lock()
        self._bulk: tuple[LibraryStamp, Bulk] | None = None

    def ask(self, asked: Asked) -> Answer | Abstention:
        """See `Library.ask`. Raises what it raises."""
        return steady(self._index, lambda: self._latest().ask(asked))

    def _latest(self) -> Bulk:
        asker = self._asker()
        with self._lock:
            if self._bulk is None or self._bulk[0] != asker.stamp:
                self._bulk = asker.stamp, Bulk(asker, self._quotes)
            return self._bulk[1]


def in_order(work: Callable[[T], R], items: Iterable[T], workers: int) -> Generator[R, None, None]:
    """`map(work, items)` by so many threads. A few items are taken ahead, never all: any number of them fits in memory.

    Who stops early, or is interrupted, waits only for what is being worked on.
    """
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="quoth", initializer=search_on_one_thread)
    try:
        for item in items:
            waiting.append(submitted(pool, work, item))
            if len(waiting) > workers * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
