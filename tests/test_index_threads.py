"""A server's threads come and go, for years: what each had open is closed when it is gone."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from quoth.index.catalogue import Catalogue

FILES = Path("/proc/self/fd")
needs_proc = pytest.mark.skipif(not FILES.exists(), reason="open files are counted in /proc")


def opened(path: Path) -> int:
    """How often this process has the file open."""
    gc.collect()
    return sum(one.exists() and one.readlink() == path for one in FILES.iterdir())


def read_in_a_thread(catalogue: Catalogue) -> None:
    def read() -> None:
        with catalogue.read() as rows:
            rows.count()

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()


@needs_proc
def test_a_thread_that_ended_has_nothing_open(tmp_path: Path) -> None:
    path = (tmp_path / "index.sqlite").resolve()
    catalogue = Catalogue(path)
    with catalogue.read() as rows:
        rows.count()
    for _ in range(30):
        read_in_a_thread(catalogue)
    assert opened(path) <= 2, "SQLite keeps one of them for the next, as long as another thread reads"
    catalogue.close()
    assert opened(path) == 0


@needs_proc
def test_threads_that_still_run_are_closed_with_the_catalogue(tmp_path: Path) -> None:
    path = (tmp_path / "index.sqlite").resolve()
    catalogue, read, go = Catalogue(path), threading.Barrier(4, timeout=60), threading.Event()

    def stay() -> None:
        with catalogue.read() as rows:
            rows.count()
        read.wait()
        go.wait()

    threads = [threading.Thread(target=stay, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    read.wait()
    assert opened(path) == 3
    catalogue.close()
    assert opened(path) == 0
    go.set()
    for thread in threads:
        thread.join()


def test_threads_may_open_a_new_one_at_the_same_time(tmp_path: Path) -> None:
    """One of them makes the tables; the others, who had seen none, find them there."""
    together = threading.Barrier(4, timeout=60)

    def read(catalogue: Catalogue) -> int:
        together.wait()
        with catalogue.read() as rows:
            return rows.count()

    with ThreadPoolExecutor(4) as pool:
        for at in range(30):
            catalogue = Catalogue(tmp_path / f"{at}.sqlite")
            assert list(pool.map(read, [catalogue] * 4)) == [0] * 4
            catalogue.close()


@needs_proc
def test_a_closed_catalogue_opens_again(tmp_path: Path) -> None:
    path = (tmp_path / "index.sqlite").resolve()
    catalogue = Catalogue(path)
    for _ in range(2):
        with catalogue.read() as rows:
            rows.count()
        assert opened(path) == 1
        catalogue.close()
