"""Which file of tests is begun first where several processes share them: a long one begun last is waited for alone.

pytest-xdist hands out the files with the most tests first, and so the one that is a single test of five minutes last.
This does the ordering in its place, by the same rule but for the files named here.
"""

from __future__ import annotations

from collections import Counter

import pytest

__all__ = ["LONG", "pytest_collection_modifyitems", "pytest_configure"]

LONG = ("test_soak.py",)


def pytest_configure(config: pytest.Config) -> None:
    """Tells pytest-xdist, where it is there, to leave the order as it is."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Orders the files, and nothing inside them, in each of the processes; a process alone keeps the usual order."""
    if hasattr(config, "workerinput"):
        count = Counter(item.path for item in items)
        items.sort(key=lambda item: (item.path.name not in LONG, -count[item.path]))
