"""What has to hold of a library after the power went while a process wrote to it. `Traced` has one run of a job, call
by call; every cut makes another disk of it. No fixtures: tests and benchmarks share it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import crashing
from crashing import Stage, Texts, problems_of, texts_in
from power_jobs import run_problems, stands_beside
from powercut import Cut, Disk, disk_after
from quoth.corpus import LibraryDamaged, QuothError, SqliteShelf
from quoth.qa.calibration import stored
from small_encoder import HashingEncoder
from small_library import SmallLibrary
from traced import Call, traced

__all__ = ["Outcome", "Traced", "files_of"]


_BEGUN = (b"open ", b"os.", b"sql ")
"""So begins what is said of a step before it is done: in the middle of a work, where a file may be there unsynced."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`said` is what the library had to say of the damage before it was repaired; `wrong` what should never be."""

    said: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """A job done once, to a copy of the library of its stage, and what it had told of by each of its calls."""

    stage: Stage
    root: Path
    calls: tuple[Call, ...]
    told: dict[int, tuple[Texts, int, Texts]] = field(default_factory=dict)

    @classmethod
    def made(cls, stage: Stage, folder: Path, before: str = "") -> Traced:
        """With `before`, lines that are run before the job."""
        root = shutil.copytree(stage.base, folder)
        code = crashing.NAMES + before + stage.job.code
        arguments = (code, str(root), str(stage.docs), str(stage.questions))
        command = (sys.executable, "-I", "-c", crashing.CHILD, *arguments)
        return cls(stage, root, tuple(traced(command, root, b"." * 9 * len(stage.steps))))

    def disk(self, calls: int) -> Disk:
        """As it was after so many calls."""
        return disk_after(self.calls[:calls], self.root, self.stage.base)

    def outcome(self, cut: Cut, folder: Path, *, again: bool) -> Outcome:
        """What came of this cut, in the new folder; with `again` the job is done once more, too."""
        library = folder / "library"
        library.mkdir(parents=True)
        self.disk(cut.calls).cut(cut, library)
        said, wrong = self._problems(library), []
        if said:
            wrong += self._repaired(library)
        wrong += self._forgotten(cut.calls, library)
        if self.stage.job.name == "evaluate":
            wrong += run_problems(self.stage, library, self._undisturbed)
        if again and not wrong:
            wrong += self.stage.finished(library)
        return Outcome(tuple(said), tuple(wrong))

    def _problems(self, library: Path) -> list[str]:
        try:
            return problems_of(self.stage, library)
        except QuothError as error:
            return [str(error)]

    def _repaired(self, library: Path) -> list[str]:
        try:
            SmallLibrary.repair(library, encoder=HashingEncoder())
        except QuothError as error:
            return [f"not repaired: {error}"]
        return self._problems(library)

    def _forgotten(self, calls: int, library: Path) -> Iterator[str]:
        """What the process had been told is done, and is not."""
        said = [at for at in range(calls) if self.calls[at].name == "write" and self._says(at)]
        done = [at for at in said if not self.calls[at].text(1).startswith(_BEGUN)]
        texts, calibrations, _ = self._told_by(said[-1] if said else 0, library.with_name("told"))
        _, _, beside = self._told_by(done[-1] if done else 0, library.with_name("done"))
        yield from _told_and_gone(texts, self.stage.after, texts_in(library))
        yield from _told_and_gone(beside, stands_beside(self._undisturbed), stands_beside(library))
        if self.stage.job.uploads and (gone := _without_original(library)):
            yield f"the kept files of {gone} are gone"
        if len(stored(library)) < calibrations:
            yield "the calibration was told to be done and is not"

    def _told_by(self, at: int, image: Path) -> tuple[Texts, int, Texts]:
        """What was done when the process said what it said by this call."""
        if at not in self.told:
            image.mkdir()
            self.disk(at).whole(image)
            self.told[at] = _held_by(image)
        return self.told[at]

    @property
    def _undisturbed(self) -> Path:
        """The library as the job leaves it that nothing befalls."""
        return self.stage.base.with_name("whole")

    def _says(self, at: int) -> bool:
        return self.calls[at].handle() == 1


def _held_by(image: Path) -> tuple[Texts, int, Texts]:
    """Texts, how many calibrations, and what stands beside them; of one that is damaged nothing was told to be done."""
    try:
        return texts_in(image), len(stored(image)), stands_beside(image)
    except LibraryDamaged:
        return {}, 0, {}


def _told_and_gone(told: Texts, after: Texts, held: Texts) -> Iterator[str]:
    for name in told.keys() | after.keys():
        if told.get(name) == after.get(name) != held.get(name):
            yield f"{name} was told to be done and is {held.get(name)!r}"


def _without_original(folder: Path) -> list[str]:
    with SmallLibrary.open(folder, encoder=HashingEncoder()) as library:
        kept = SqliteShelf(folder / "shelf.sqlite").originals
        return [record.title for record in library.documents() if kept.get(record.id) is None]


def files_of(folder: Path) -> dict[str, bytes]:
    """What is in all files, by name, but what SQLite maps."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }
