"""An upload as the page shows it: a line for every file while it is under way, and what came of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .delivery import ENDED, Delivery, Parcel, State
from .listing import note_view, titled
from .saying import count

__all__ = ["delivery_view"]


def delivery_view(delivery: Delivery, seen: int = 0) -> dict[str, Any]:
    """Where the files stand that changed after version `seen`, and what is to be said when nothing is left to do."""
    version, parcels = delivery.version, delivery.parcels  # in this order: a change in between is told twice
    ended = all(parcel.state in ENDED for parcel in parcels)
    return {
        "token": delivery.token,
        "version": version,
        "total": len(parcels),
        "done": sum(parcel.state in ENDED for parcel in parcels),
        "files": [_line(number, parcel) for number, parcel in enumerate(parcels) if parcel.version > seen or not seen],
        "ended": ended,
        "note": _summary(parcels) if ended else None,
        "again": _numbers(parcels, "failed", "left") if ended else [],
    }


def _line(number: int, parcel: Parcel) -> dict[str, Any]:
    """`share` is how much of the work is done, sending included, which is a tenth of it."""
    embedded = parcel.done / parcel.total if parcel.total else 0.0
    started = {"coming": 0.0, "arriving": 0.0, "waiting": 0.1, "reading": 0.1, "embedding": 0.15 + 0.85 * embedded}
    return {
        "number": number,
        "name": parcel.name,
        "size": parcel.size,
        "state": parcel.state,
        "said": _said(parcel),
        "share": started.get(parcel.state, 1.0),
        "link": f"doc/{parcel.document}" if parcel.state in ("added", "replaced", "there") else "",
    }


def _said(parcel: Parcel) -> str:
    passages = count(parcel.total, "passage")
    if parcel.state == "embedding":
        others = f" of {count(parcel.together, 'file')}" if parcel.together > 1 else ""
        return f"Embedding {parcel.done:,} of {passages}{others}" if parcel.total else "Embedding"
    said: dict[State, str] = {
        "waiting": "Waiting to be read",
        "reading": "Reading",
        "added": f"Added: {passages}",
        "replaced": f"Replaced its earlier version: {passages}",
        "there": f"Already there as “{parcel.sentence}”",
        "refused": f"Not added: {parcel.sentence}",
        "failed": "Not added",
        "left": "Not added: stopped",
    }
    return said.get(parcel.state, "")


def _summary(parcels: Sequence[Parcel]) -> dict[str, Any]:
    """Good news first; one reason for many files is said once."""
    titles = {
        lead: [parcel.sentence for parcel in parcels if parcel.state == state]
        for lead, state in (("Added", "added"), ("Replaced", "replaced"), ("Already there:", "there"))
    }
    sentences = [f"{lead} {titled(some)}." for lead, some in titles.items() if some]
    if left := _numbers(parcels, "left"):
        sentences.append(f"{count(len(left), 'file')} {'was' if len(left) == 1 else 'were'} left out.")
    refused = [{"name": parcel.name, "reason": parcel.sentence} for parcel in parcels if parcel.state == "refused"]
    failed = [parcel for parcel in parcels if parcel.state == "failed"]
    error = f"{count(len(failed), 'file')} could not be added. {failed[0].sentence}" if failed else ""
    return note_view(*sentences, refused=refused, error=error)


def _numbers(parcels: Sequence[Parcel], *states: State) -> list[int]:
    return [number for number, parcel in enumerate(parcels) if parcel.state in states]
