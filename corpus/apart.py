"""Reading untrusted files in a child process that may die of them: the parent's side.

PDF, Word and HTML are read by large libraries in C, and a file may be made to harm whoever reads it. So a child
(`extract_apart`) gets the bytes and gives back the text. It has no secrets of this process and bounds on memory and
time; when it dies, one file is refused and the next child reads on. It is started with the first file that needs it.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from threading import BoundedSemaphore, Event, Lock, Timer
from typing import Final

from .child import command, environment
from .document import Extract
from .errors import UnreadableDocument
from .framing import Answer, Bounds, Request, receive, send

__all__ = ["MOST_CHILDREN", "Apart", "extract_apart"]

MOST_CHILDREN: Final = 4
"""Children at a time: one for each thread that reads, and no more than this; the others wait their turn."""

_PROGRAM: Final = "from quoth.corpus.extract_apart import main; main()"
_KINDS: Final = {"read_pdf": "PDF", "read_docx": "Word file", "read_html": "HTML page"}
_REMEDY: Final = "split it, or save the part you need as text"
_GRACE: Final = 5.0
"""Seconds: a pipe is closed before its process has ended."""
_NO_PROGRAM: Final = "PDF, Word and HTML files are read by a second Python, and here is none to start; add text instead"


@dataclass(frozen=True, slots=True)
class _Child:
    """A running child; `over` is set when it was ended because its time was over."""

    process: subprocess.Popen[bytes]
    over: Event

    def ask(self, request: Request, patience: float) -> Answer | None:
        """None when the child has died, or says what makes no sense: it is trusted no more than the file it read."""
        watch = Timer(patience, self._give_up)
        watch.daemon = True
        watch.start()
        to, back = self.process.stdin, self.process.stdout
        try:
            if to is None or back is None:
                return None
            send(to, request.packed())
            said = receive(back)
            return None if said is None else Answer.unpacked(said)
        except OSError:
            return None
        except ValueError:
            self.process.kill()
            return None
        finally:
            watch.cancel()

    def _give_up(self) -> None:
        self.over.set()
        self.process.kill()

    def end(self, grace: float = 0.0) -> int:
        """Its exit code; it is killed unless it ends by itself within `grace` seconds."""
        try:
            code = self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):  # what was not sent will not be read
                if pipe is not None:
                    pipe.close()
        return code


class Apart:
    """Children that read files, started when there is something to read. Safe from many threads.

    `program` is what a child runs, as Python source.
    """

    def __init__(self, bounds: Bounds | None = None, program: str = _PROGRAM) -> None:
        self._bounds, self._program = bounds or Bounds(), program
        self._lock, self._turns = Lock(), BoundedSemaphore(MOST_CHILDREN)
        self._idle: list[_Child] = []

    def read(self, reader: str, data: bytes, name: str) -> Extract:
        """What the function `reader` of the module of that name says of `data`, a file called `name`.

        Raises `UnreadableDocument`: what the reader raises, or that the child died or went beyond its bounds.
        """
        request = Request(reader, name, data, self._bounds)
        kind = _KINDS.get(reader, "file")
        answer, died = self._asked(request)
        if answer is None and died == "":  # it had waited for long and went, as others that wait may do right now
            answer, died = self._asked(request, anew=True)
        if answer is None:
            raise UnreadableDocument(name, f"this {kind} {died or 'could not be read apart'}; {_REMEDY}")
        if answer.extract is not None:
            return answer.extract
        if answer.memory:
            reason = f"this {kind} needs more than {self._most()} of memory to be read; {_REMEDY}"
            raise UnreadableDocument(name, reason)
        if answer.broken:
            reason = f"this {kind} is broken ({answer.broken}); open it in the program that made it and save it again"
            raise UnreadableDocument(name, reason)
        raise UnreadableDocument(name, answer.refused)

    def processes(self) -> tuple[int, ...]:
        """The process ids of the children that wait for a file."""
        with self._lock:
            return tuple(child.process.pid for child in self._idle)

    def close(self) -> None:
        """Ends the children that wait; one that reads ends with its file."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()

    def _asked(self, request: Request, *, anew: bool = False) -> tuple[Answer | None, str]:
        """The answer of a child, else how the child ended; that is empty for one that ended well."""
        with self._turns:
            child, kept = (None if anew else self._waiting()) or _started(self._program, request.name), False
            try:
                answer = child.ask(request, self._bounds.wall_seconds)
                if answer is not None and not answer.last:
                    with self._lock:
                        self._idle.append(child)
                    kept = True
                return answer, "" if answer is not None else self._how_it_ended(child)
            finally:  # a person who interrupts must not leave a child that still answers the question before
                if not kept:
                    child.end()

    def _waiting(self) -> _Child | None:
        """One that waits for a file and has not gone."""
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.process.poll() is None:
                    return child
                child.end()
        return None

    def _how_it_ended(self, child: _Child) -> str:
        code = child.end(_GRACE)
        if child.over.is_set():
            return f"was not read within {self._bounds.wall_seconds:g} seconds"
        if code == -getattr(signal, "SIGXCPU", 0):
            return f"takes more than {self._bounds.cpu_seconds} seconds of computing to be read"
        if code == 0:
            return ""
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return f"ended the program that reads it ({how}), so it is broken or needs more than {self._most()} of memory"

    def _most(self) -> str:
        return f"{self._bounds.memory_bytes / 1024**3:.3g} GB"


def extract_apart(reader: str, data: bytes, name: str) -> Extract:
    """`Apart.read` with the children of this process: one that was forked off has its own."""
    return _apart().read(reader, data, name)


_of_process: Final[dict[int, Apart]] = {}


def _apart() -> Apart:
    """A fork has copies of its parent's pipes, and must not speak into them."""
    process = os.getpid()
    if process not in _of_process:
        _of_process.setdefault(process, Apart())
        atexit.register(_close, process)
    return _of_process[process]


def _close(process: int) -> None:
    if process == os.getpid():
        _of_process[process].close()


def _started(program: str, name: str) -> _Child:
    try:
        process = subprocess.Popen(  # noqa: S603
            command(program),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
    except OSError as error:
        raise UnreadableDocument(name, _NO_PROGRAM) from error
    return _Child(process, Event())
