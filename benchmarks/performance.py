"""Measures how fast and how light Quoth is, and writes docs/performance.md.

    python benchmarks/performance.py [--only NAME ...] [--data FOLDER] [--out FILE] [--quick]

NAME is one of: starting indexing sizes serving web peers. Everything else is as in benchmarks/run.py; raw figures go to
docs/figures/performance/NAME.json. --quick takes a minute for each and keeps its figures apart.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.data import read_articles
from benchmarks.indexing import indexing
from benchmarks.peers_suite import peers
from benchmarks.report import PERFORMANCE
from benchmarks.serving import serving
from benchmarks.sizes import sizes
from benchmarks.starting import starting
from benchmarks.suites import SEED, Found, Run, Suite, run_suites
from benchmarks.web import web_tables


def web(run: Run) -> Found:
    answerable = [question.text for question in read_articles().questions if question.answerable]
    chosen = random.Random(SEED).sample(answerable, 10 if run.quick else 40)
    about = (
        "What a visitor waits for, in headless Chromium on the same machine, in the library of the two articles; the "
        "server's and the browser's work share the cores.",
    )
    return Found("In the browser", about, web_tables(chosen, 1 if run.quick else 5))


SUITES: Mapping[str, Suite] = {
    "starting": starting,
    "indexing": indexing,
    "sizes": sizes,
    "serving": serving,
    "web": web,
    "peers": peers,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the chosen suites and write docs/performance.md."""
    run_suites(SUITES, PERFORMANCE, __doc__ or "", arguments)


if __name__ == "__main__":
    main()
