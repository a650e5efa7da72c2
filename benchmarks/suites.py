"""What every suite is given and gives, and the command line that runs some of them and writes their document."""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from .data import FIGURES, KEPT, ROOT, TextSet, data_folder, read_set
from .report import Document, facts_of_this_run, read_sections, write_report
from .systems import Bench, code_digest
from .tables import Plot, Section, Table, markdown, save

__all__ = ["SEED", "Absent", "Found", "Run", "Suite", "run_suites"]

SEED = 20_251_220
SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Run:
    """What the suites need to know."""

    data: Path
    kept: Path
    quick: bool

    def read(self, name: str) -> TextSet:
        """A set by name, sampled when quick. Raises Absent."""
        found = read_set(self.data / name)
        if found is None:
            raise Absent(f"{self.data / name} is not there")
        return self.sampled(found)

    def sampled(self, found: TextSet) -> TextSet:
        """All of it, or 200 of its questions when quick."""
        if not self.quick or len(found.questions) <= SAMPLE:
            return found
        return replace(found, questions=tuple(random.Random(SEED).sample(found.questions, SAMPLE)))

    def bench(self, chosen: TextSet) -> Bench:
        """The set with what is built from it."""
        return Bench(chosen, self.kept / "work")


class Absent(Exception):
    """A data set is not there."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a suite gives: the body of a section."""

    title: str
    about: tuple[str, ...]
    tables: tuple[Table, ...]
    plots: tuple[Plot, ...] = ()


Suite = Callable[[Run], Found]


def run_suites(
    suites: Mapping[str, Suite], document: Document, about: str, arguments: Sequence[str] | None = None
) -> None:
    """Run the chosen suites, print and keep their tables, write the document. `about` is the help of the command."""
    options = _options(suites, about, arguments)
    kept = KEPT / "quick" / document.kept if options.quick else KEPT / document.kept
    figures = kept if options.quick else FIGURES / document.kept
    run = Run(data_folder(options.data), kept, options.quick)
    for name in options.only or suites:
        try:
            section = _section(name, suites[name], run)
        except Absent as reason:
            print(f"{name}: skipped, {reason}", flush=True)
            continue
        save(section, figures)
        print("\n\n".join([f"# {section.title}", *map(markdown, section.tables)]) + "\n", flush=True)
    out = options.out or (None if options.quick else ROOT / "docs" / document.name)
    if out is not None:
        write_report(document, read_sections(figures, list(suites)), Path(out))
        print(f"written: {out}")


def _section(name: str, suite: Suite, run: Run) -> Section:
    began, clock = datetime.now(timezone.utc), time.monotonic()
    found = suite(run)
    made = facts_of_this_run(began, time.monotonic() - clock, code_digest(), run.quick)
    return Section(name, found.title, found.about, found.tables, made, found.plots)


def _options(suites: Mapping[str, Suite], about: str, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=list(suites), metavar="NAME")
    parser.add_argument("--data")
    parser.add_argument("--out")
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args(arguments)
