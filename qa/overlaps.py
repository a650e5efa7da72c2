"""Character spans held against character spans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .golds import Place

__all__ = ["Overlap", "overlap", "total", "union"]

Ranges = Sequence[tuple[int, int]]
"""Half-open stretches of characters of one text."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of the gold was retrieved, how much of what was retrieved is gold, and both in one, each 0 to 1."""

    recall: float
    precision: float
    iou: float


def overlap(gold: Iterable[Place], retrieved: Iterable[Place]) -> Overlap:
    """With E the gold characters and R the retrieved ones, both as unions over all documents:

    recall |E∩R| / |E|, precision |E∩R| / |R|, IoU |E∩R| / |E∪R|; all 0 when nothing was retrieved. From Smith &
    Troynikov 2024, "Evaluating Chunking Strategies for Retrieval" (Chroma). Their code counts a character twice in |R|
    when two passages have it; here it counts once.
    """
    wanted, given = _by_document(gold), _by_document(retrieved)
    shared = sum(_shared(ranges, given.get(document, [])) for document, ranges in wanted.items())
    all_wanted, all_given = (sum(map(total, ranges.values())) for ranges in (wanted, given))
    if not all_wanted:
        raise ValueError("there is no gold to hold anything against")
    if not all_given:
        return Overlap(0.0, 0.0, 0.0)
    return Overlap(shared / all_wanted, shared / all_given, shared / (all_wanted + all_given - shared))


def _by_document(places: Iterable[Place]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for place in places:
        found.setdefault(place.document, []).append((place.span.start, place.span.stop))
    return {document: union(ranges) for document, ranges in found.items()}


def union(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same characters as disjoint stretches in order.

    >>> union([(5, 9), (0, 3), (2, 5)])
    [(0, 9)]
    """
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def total(ranges: Ranges) -> int:
    """How many characters, each counted as often as it is covered."""
    return sum(stop - start for start, stop in ranges)


def _shared(some: Ranges, others: Ranges) -> int:
    """Characters in both of two unions."""
    return sum(max(0, min(a_stop, b_stop) - max(a, b)) for a, a_stop in some for b, b_stop in others)
