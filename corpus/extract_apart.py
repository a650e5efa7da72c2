"""Reading untrusted files in a process of its own, one after the other, until the parent closes the pipe.

Requests come on standard input and answers go to standard output (`framing.py`). What no reader foresaw ends the
process, and its last words are the answer: after a parser's crash nothing in it is to be relied on.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from .child import limit
from .document import Extract
from .errors import UnreadableDocument
from .framing import Answer, Request, receive, send

__all__ = ["IDLE_SECONDS", "MOST_FILES", "MOST_KEPT_MEMORY", "main"]

MOST_FILES: Final = 500
"""Files a child reads: libraries in C leak."""

MOST_KEPT_MEMORY: Final = 512 * 1024**2
"""Bytes a child may have held at most and still read the next file; what Python once took it seldom gives back."""

IDLE_SECONDS: Final = 60.0
"""How long a child waits for a file before it goes. Not on Windows, where it waits until its parent ends."""

Reader = Callable[[bytes, str], Extract]


def main(readers: Mapping[str, Reader] | None = None) -> None:
    """Reads files until there are no more. `readers` instead of the room's own are for tests."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; when that goes, the pipe ends
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between the answers
    sys.excepthook = _last_words(out)
    requests = os.fdopen(os.dup(0), "rb")
    files = modules = 0
    while (message := _next(requests)) is not None:
        files += 1
        request = Request.unpacked(message)
        del message
        if _read_one(request, out, readers, last=files >= MOST_FILES):
            return
        del request  # a child that waits holds no file
        modules = _tidied(modules)


def _read_one(request: Request, out: IO[bytes], readers: Mapping[str, Reader] | None, *, last: bool) -> bool:
    """Whether that was the last answer."""
    limit(request.bounds.memory_bytes, request.bounds.cpu_seconds)
    answer = _answer(request, readers, last=last)
    send(out, answer.packed())
    return answer.last


def _tidied(modules: int) -> int:
    """Frees what is held in rings; `modules` were loaded the last time, and the number of now comes back.

    A Word file as its library builds it is a ring of few Python objects before 5 MB of trees in C, so that Python lets
    a dozen of them gather: a child grew from 36 to 134 MB in 400 small files. It costs 15 ms, and under 6 where the
    libraries' own objects are not looked through each time; nobody waits for it.
    """
    gc.collect()
    if len(sys.modules) > modules:
        gc.freeze()
    return len(sys.modules)


def _answer(request: Request, readers: Mapping[str, Reader] | None, *, last: bool) -> Answer:
    try:
        reader = readers[request.reader] if readers is not None else _reader(request.reader)
        extract = reader(request.data, request.name)
    except UnreadableDocument as error:
        return Answer(refused=error.reason, last=last)
    except MemoryError:
        return Answer(memory=True, last=True)
    return Answer(extract, last=last or _most_memory() > MOST_KEPT_MEMORY)


def _reader(name: str) -> Reader:
    """The function of that name in the module of that name, imported now: the libraries behind them are heavy."""
    reader: Reader = getattr(importlib.import_module(f".{name}", __package__), name)
    return reader


def _next(requests: IO[bytes]) -> bytes | None:
    """The next file; None when there is none for a long time, or the parent is gone."""
    if sys.platform != "win32":
        import select

        if not select.select([requests], [], [], IDLE_SECONDS)[0]:
            return None
    return receive(requests)


def _most_memory() -> int:
    """Bytes this process has held at once. Linux counts into `ru_maxrss` what the parent held when it started this."""
    if sys.platform == "win32":
        return 0
    status = Path("/proc/self/status")
    if status.exists():
        with status.open(encoding="ascii", errors="replace") as facts:
            return max((1024 * int(line.split()[1]) for line in facts if line.startswith("VmHWM:")), default=0)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _last_words(out: IO[bytes]) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    def say(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
        said = " ".join(str(error).split())[:120] or type(error).__name__
        send(out, Answer(broken=said, last=True).packed())

    return say
