"""Whether the index on disk is whole: the catalogue by itself, and the vectors against it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np

from quoth.corpus import LibraryBusy, LibraryDamaged, LibraryError, faults

from .catalogue import Catalogue
from .lexical_check import lexical_problems
from .rows import SCHEMA
from .store import Ids, VectorStore

__all__ = ["INDEX", "catalogue_problems", "highest_generation", "vector_problems"]

INDEX: Final = "index.sqlite"


def catalogue_problems(path: Path) -> list[str]:
    """What is wrong with documents, passages, words and manifest; empty when all is well. Raises LibraryBusy."""
    try:
        if found := faults(path, SCHEMA):
            return found
        with closing(Catalogue(path)) as catalogue, catalogue.read() as rows:
            if not rows.manifest():
                return [f"{path} is empty"]
            if found := rows.problems():
                return found
        return lexical_problems(path)
    except LibraryBusy:
        raise
    except LibraryError as error:
        return [str(error)]


def vector_problems(load: Callable[[], VectorStore], ids: Ids, dimension: int) -> list[str]:
    """What is wrong with the vectors, and where they and the passages of these ids are not one for one."""
    try:
        store = load()
        nothing = np.zeros((1, dimension), dtype=np.float32)
        there = store.search(nothing, len(ids), ids)[1] if len(ids) else ids  # reads, and so checks, every one
    except LibraryDamaged as error:
        return [str(error)]
    if len(store) != len(ids):
        return [f"{len(ids)} passages have {len(store)} vectors"]
    lost = int((there < 0).sum())
    return [f"{lost} passages have vectors of others"] if lost else []


def highest_generation(folder: Path) -> int:
    """The highest that has files of vectors; 0 where there are none. It is known even where the manifest is lost."""
    numbers = [path.stem.rpartition("-")[2] for path in folder.glob("vectors-*")]
    return max((int(number) for number in numbers if number.isdigit()), default=0)
