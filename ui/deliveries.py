"""The uploads of one web server: announced first, then sent file by file, and added while the others still come."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from threading import Lock

from quoth.corpus import BadRequest, QuothError
from quoth.qa import Library, OnProgress

from .clerk import Clerk, Stopped
from .delivery import Delivery
from .limits import UploadLimits
from .plain import visible

__all__ = ["FAILED", "Deliveries", "tame"]

FAILED = "Something went wrong inside Quoth. What it was stands in the log of the server."
_LONGEST_PART, _MOST_PARTS = 150, 12
_MOST_AT_ONCE = 16


class Deliveries:
    """Every upload under way or lately done. They are gone when the server ends."""

    def __init__(
        self, library: Library, clerk: Clerk, limits: UploadLimits, *, lost: float = 600, kept: float = 4 * 3600
    ) -> None:
        """Seconds without a sign of its page after which an upload is `lost`, and for which it is `kept`."""
        self._library, self._clerk, self._limits = library, clerk, limits
        self._lost, self._kept = lost, kept
        self._folder = Path(tempfile.mkdtemp(prefix="quoth-uploads-"))  # made readable by this user alone
        self._deliveries: dict[str, Delivery] = {}
        self._lock = Lock()
        self._under_way: set[str] = set()

    def announce(self, files: Sequence[tuple[str, int]]) -> Delivery:
        """Files by name and size in bytes that somebody wants to send. Raises BadRequest where they are too many."""
        if objection := self._limits.objection([size for _, size in files]):
            raise BadRequest(objection)
        self.sweep()
        if sum(not delivery.ended for delivery in tuple(self._deliveries.values())) >= _MOST_AT_ONCE:
            raise BadRequest("Too many uploads are under way; wait until one of them is done.")
        tamed = [(tame(name), size) for name, size in files]
        delivery = Delivery(Path(tempfile.mkdtemp(dir=self._folder)), tamed, self._limits)
        with self._lock:
            self._deliveries[delivery.token] = delivery
        return delivery

    def find(self, token: str) -> Delivery | None:
        """The upload of this token, which is kept longer by being asked for; None when it is not kept any more."""
        delivery = self._deliveries.get(token)
        if delivery is not None:
            delivery.used = time.monotonic()
        return delivery

    def bring_in(self, delivery: Delivery) -> None:
        """Has everything added that has come by now; other work gets its turn between two groups of files."""
        with self._lock:
            if delivery.token in self._under_way or not delivery.waits:
                return
            self._under_way.add(delivery.token)
        try:
            done = self._clerk.ask("adding", partial(self._add, delivery))
            done.add_done_callback(lambda _: self._go_on(delivery))
        except Stopped:  # the server ends
            delivery.stop()

    def sweep(self) -> None:
        """Ends uploads whose page is gone, and forgets those that nobody looked at for long."""
        with self._lock:
            for token, delivery in list(self._deliveries.items()):
                idle = time.monotonic() - delivery.used
                if token in self._under_way or idle <= self._lost:
                    continue
                delivery.stop()
                if idle > self._kept:
                    del self._deliveries[token]
                    shutil.rmtree(delivery.folder, ignore_errors=True)

    def close(self) -> None:
        """Takes all files away. The clerk must have been closed before."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _add(self, delivery: Delivery, tell: OnProgress) -> None:
        group = delivery.group()
        unforeseen = FAILED
        try:
            report = self._library.add_files(delivery.contents(group), delivery.telling(group, tell))
            delivery.settle(group, report)
            unforeseen = ""
        except Stopped:
            delivery.leave()
            unforeseen = ""
        except QuothError as error:
            delivery.fail(str(error))
            unforeseen = ""
        finally:
            if unforeseen:  # the error itself goes to the log
                delivery.fail(unforeseen)

    def _go_on(self, delivery: Delivery) -> None:
        with self._lock:
            self._under_way.discard(delivery.token)
        self.bring_in(delivery)


def tame(name: str) -> str:
    """A file name as a page may send it, folders and all, as one that is harmless to show and to keep."""
    parts = visible(name).replace("\\", "/").replace("\n", " ").split("/")
    kept = [part.strip() for part in parts if part.strip() not in ("", ".", "..")]
    return "/".join(_shortened(part) for part in kept[-_MOST_PARTS:]) or "unnamed"


def _shortened(part: str) -> str:
    path = PurePosixPath(part)
    return part if len(part) <= _LONGEST_PART else f"{path.stem[: _LONGEST_PART - 12]}…{path.suffix[:10]}"
