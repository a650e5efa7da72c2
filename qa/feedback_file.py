"""The judgements of answers, kept beside the library as a question file that grows by a row a press."""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from quoth.corpus import LibraryError, sync, whole_file

from .feedback import Feedback
from .journal import dump
from .locking import writing

__all__ = ["FeedbackFile"]


class FeedbackFile:
    """`feedback.jsonl` in the folder of a library. Threads and processes may write to it at the same time."""

    NAME = "feedback.jsonl"

    def __init__(self, folder: Path) -> None:
        self.path = folder / self.NAME

    def keep(self, feedback: Feedback, instead_of: str = "") -> str:
        """Append it, on disk when this returns, and take out what it replaces; gives the id it can be withdrawn by.

        Nobody can guess an id. Raises LibraryBusy, LibraryError.
        """
        id = f"feedback-{secrets.token_hex(12)}"
        line = dump(feedback.record(id)).encode() + b"\n"
        with self._alone():
            kept = self._without(instead_of)
            if kept is None and not self._is_torn():
                self._append(line)
            else:
                self._rewrite([*(self._lines() if kept is None else kept), line])
        return id

    def withdraw(self, id: str) -> bool:
        """Take a judgement out again; False where there is none of this id. Raises LibraryBusy, LibraryError."""
        with self._alone():
            kept = self._without(id)
            if kept is not None:
                self._rewrite(kept)
            return kept is not None

    def content(self) -> bytes:
        """All of it as it is now, whole rows only; empty where nobody has judged anything."""
        return b"".join(self._lines())

    def __len__(self) -> int:
        return sum(1 for _ in self._lines())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold a lock of its own: documents may be coming in for hours, and nobody waits that long for a button."""
        with writing(self.path.parent, name="feedback.lock"):
            try:
                yield
            except OSError as error:
                raise LibraryError(
                    f"{self.path} cannot be written: {error.strerror or error}; make room, or check its permissions."
                ) from error

    def _without(self, id: str) -> list[bytes] | None:
        """All lines but that of this id; None where no line has it."""
        lines = list(self._lines())
        others = [line for line in lines if not id or _id(line) != id]
        return others if len(others) < len(lines) else None

    def _lines(self) -> Iterator[bytes]:
        """Every row, with a line end; half a row, left when the power went, is none, nor is one with a hole in it."""
        if self.path.exists():
            with self.path.open("rb") as file:
                whole = (line for line in file if b"\0" not in line and (line.endswith(b"\n") or _id(line)))
                yield from (line.rstrip(b"\r\n") + b"\n" for line in whole)

    def _is_torn(self) -> bool:
        """Whether the last line has no end, so that nothing may be appended to it."""
        if not self.path.exists() or not self.path.stat().st_size:
            return False
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() != b"\n"

    def _append(self, line: bytes) -> None:
        """All of the line or, where the disk is full, none of it."""
        with self.path.open("ab", buffering=0) as file:
            before = file.tell()
            try:
                if file.write(line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(before)
                raise
        if not before:  # the first row made the file: its name has to be on disk too
            sync(self.path.parent)

    def _rewrite(self, lines: Iterable[bytes]) -> None:
        """Put these lines in the place of all; whoever reads sees the old file or the new one."""
        with whole_file(self.path) as file:
            file.writelines(lines)


def _id(line: bytes) -> str:
    """The id of a row; empty where the line is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):  # no JSON, or no UTF-8
        return ""
    found = value.get("id") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
