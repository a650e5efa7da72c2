"""What happens when something on the Documents tab is used. A page may send anything; it gets JSON to draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from quoth.corpus import DocumentId, QuothError
from quoth.qa import DocumentRecord, Library

from .clerk import Clerk, Stopped
from .deliveries import Deliveries
from .delivery import Delivery
from .delivery_view import delivery_view
from .limits import UploadLimits
from .listing import broken_view, note_view, shelf_view, titled
from .maintenance import Maintenance, care_view
from .permission import granted, need_full
from .removals import Removals
from .sent import object_of, string_in
from .tokens import Access

__all__ = ["Shelving"]

_ENDING = "Quoth is about to end; start it again."
_LOOKING = "You are signed in for reading only."
_GONE = "This upload is not known any more; choose the files again."


class Shelving:
    """The handlers of the tab, over one library: adding, removing, undoing that, and looking after what is there.

    `act` does what is asked and answers; what takes its time goes on in one thread, and the page looks how it stands.
    """

    def __init__(self, library: Library, limits: UploadLimits | None = None) -> None:
        self._library = library
        self.limits = limits or UploadLimits.from_environment()
        self.clerk = Clerk()
        self.deliveries = Deliveries(library, self.clerk, self.limits)
        self._removals = Removals(library, self.clerk)
        self._maintenance = Maintenance(library, self.clerk)
        self._numbers = count(1)
        self._acts: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "announce": self._announce,
            "lose": self._lose,
            "stop": lambda asked: self._tell(asked, Delivery.stop),
            "abandon": lambda asked: self._tell(asked, Delivery.abandon),
            "remove": self._remove,
            "restore": self._restore,
            "check": lambda _: self._care(self._maintenance.check),
            "halt": lambda _: self._care(self._maintenance.halt),
            "rebuild": lambda _: self._care(self._maintenance.rebuild),
        }

    def shelf(self) -> dict[str, Any]:
        """The documents of the library, and how everything else stands, for a page that was just opened."""
        return {**self.act({"do": "look"}), "n": next(self._numbers)}

    def act(self, sent: object) -> dict[str, Any]:
        """Does what the page asks for: `{"do": ..., "shelf": key, "delivery": token, "seen": version, ...}`.

        Comes back with what the page does not have yet: the shelf if it has changed, its delivery, the maintenance.
        """
        asked = object_of(sent)
        try:
            done = self._done(asked)
        except QuothError as error:
            done = {"note": note_view(error=str(error))}
        except Stopped:
            done = {"note": note_view(error=_ENDING)}
        return {**self._look(asked), **done}

    def _done(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        act = self._acts.get(string_in(asked, "do"))
        if act is None:
            return {}
        need_full()
        return act(asked)

    def sweep(self) -> None:
        """Forgets what nobody looks at any more."""
        self.deliveries.sweep()
        self._removals.sweep()

    def close(self) -> None:
        """Ends what is under way and takes away what was kept for it."""
        self.clerk.close()
        self.deliveries.close()
        self._removals.close()

    def _look(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        token, seen, doing = string_in(asked, "delivery"), asked.get("seen"), self.clerk.doing
        delivery = self.deliveries.find(token) if token else None
        gone = {"token": token, "gone": _GONE} if token else None
        return {
            "delivery": delivery_view(delivery, seen if isinstance(seen, int) else 0) if delivery else gone,
            "shelf": self._shelf(string_in(asked, "shelf")),  # after the delivery, which must not be ahead of it
            "care": care_view(self._maintenance.care),
            "doing": doing and {"errand": doing.errand, "done": doing.done, "total": doing.total},
        }

    def _shelf(self, known: str) -> dict[str, Any] | None:
        try:
            if known and self._library.stamp.id == known:
                return None
            return shelf_view(self._library, self.limits, "" if granted.get() is Access.FULL else _LOOKING)
        except QuothError as error:
            return broken_view(str(error))

    def _announce(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        files = asked.get("files")
        sent = [object_of(file) for file in files] if isinstance(files, list) else []
        sizes = [file.get("size") for file in sent]
        named = [
            (string_in(file, "name"), size)
            for file, size in zip(sent, sizes, strict=True)
            if isinstance(size, int) and size >= 0
        ]
        return {"delivery": delivery_view(self.deliveries.announce(named))}

    def _lose(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The page could not send a file."""
        delivery, number = self.deliveries.find(string_in(asked, "delivery")), asked.get("number")
        if delivery is not None and isinstance(number, int) and delivery.expect(number) is not None:
            delivery.arrived(number, -1)
        return {}

    def _tell(self, asked: Mapping[str, Any], what: Callable[[Delivery], None]) -> dict[str, Any]:
        delivery = self.deliveries.find(string_in(asked, "delivery"))
        if delivery is not None:
            what(delivery)
        return {}

    def _remove(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        ids = asked.get("documents")
        wanted = {DocumentId(id) for id in ids if isinstance(id, str)} if isinstance(ids, list) else set[DocumentId]()
        removed, undo = self._removals.remove(wanted)
        if not removed:
            return {"note": note_view(error="These documents are not in the library any more.")}
        lost = "" if undo else " The text was damaged, so this cannot be undone."
        return {"note": note_view(f"Removed {_titles(removed)}.{lost}"), "undo": undo}

    def _restore(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        restored = self._removals.restore(string_in(asked, "undo"))
        return {"note": note_view(f"Back again: {_titles(restored)}.")}

    def _care(self, begin: Callable[[], None]) -> dict[str, Any]:
        begin()
        return {}


def _titles(records: tuple[DocumentRecord, ...]) -> str:
    return titled([record.title for record in records])
