"""Reading while somebody writes: several looks at the library that must all have seen the same one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from quoth.corpus import LibraryDamaged
from quoth.index import Index

__all__ = ["steady"]

T = TypeVar("T")


def steady(index: Index, work: Callable[[], T]) -> T:
    """`work` on one generation: where a writer took a document away in the middle of it, once more on the next."""
    while True:
        before = index.state().generation
        try:
            result = work()
        except LibraryDamaged:
            if index.state().generation == before:
                raise
        else:
            if index.state().generation == before:
                return result
