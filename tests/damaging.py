"""Libraries whose stored files are damaged on purpose, and what a process that uses them then does.

Each case is judged in a process of its own kind, so that one that crashes is seen to crash. No fixtures: tests and
benchmarks share it.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Literal

from small_library import small_library

__all__ = ["KINDS", "Case", "Judge", "Outcome", "cases_of", "judging", "make_base"]

Kind = Literal["cut", "flip", "blank", "longer", "gone"]
KINDS: tuple[Kind, ...] = ("cut", "flip", "blank", "longer", "gone")
HERE = Path(__file__).resolve().parent
TEXTS = {
    f"{name}.txt": f"The {name} leaves the harbour of Lund at {hour} o'clock.\n\nIts captain is called {captain}.\n"
    for name, hour, captain in (
        ("ferry", "nine", "Ada"), ("barge", "ten", "Grace"), ("yacht", "noon", "Edsger"), ("tug", "four", "Barbara"),
    )
}  # fmt: skip
QUESTIONS = ("When does the ferry leave the harbour of Lund?", "Who is the captain of the tug?", "Is bread cheap?")
CHILD = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
from damaging import serve_cases

serve_cases()
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One damage: the file by its name in the library, what is done to it, and where (a byte, a bit)."""

    file: str
    kind: Kind
    at: int
    bit: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one case. `asked`: the same answers as before, one plain sentence of error, or true quotes in other
    answers. `noticed` by the doctor; `mended`: after its repair all is as it was, or what is gone is named.
    """

    asked: Literal["same", "error", "other", "WRONG QUOTE", "TRACEBACK", "DIED"]
    noticed: bool
    mended: bool
    said: str


def make_base(folder: Path) -> Path:
    """The library that is damaged: uploads, whose files are kept, so that everything can be made again."""
    with small_library(folder / "library", TEXTS) as library:
        rows = ({"question": f"Who is the mayor of town {n}?", "answerable": False} for n in range(21))
        questions = folder / "questions.jsonl"
        questions.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        library.calibrate(questions, 0.05)
    return folder / "library"


def cases_of(base: Path, count: int, seed: int = 1) -> Iterator[Case]:
    """`count` cases over all files: every boundary (empty, a byte, headers, pages, one byte less), then at random."""
    files = sorted(str(path.relative_to(base)) for path in base.rglob("*") if path.is_file() and path.stat().st_size)
    sizes = {file: (base / file).stat().st_size for file in files}
    edges = [Case(file, "gone", 0) for file in files] + [Case(file, "longer", sizes[file]) for file in files]
    for file in files:
        boundaries = {0, 1, 16, 100, 4096, 8192, sizes[file] // 2, sizes[file] - 1}
        edges += [Case(file, "cut", at) for at in sorted(boundaries) if at < sizes[file]]
    yield from edges[:count]
    chance = random.Random(seed)  # the same cases every time
    for _ in range(count - len(edges)):
        file = chance.choice(files)
        kind = chance.choice(("cut", "flip", "flip", "flip", "blank"))
        yield Case(file, kind, chance.randrange(sizes[file]), chance.randrange(8))  # type: ignore[arg-type]


def damage(library: Path, case: Case) -> None:
    """Do to a copy what the case says."""
    path = library / case.file
    data = bytearray(path.read_bytes())
    if case.kind == "gone":
        path.unlink()
        return
    if case.kind == "cut":
        del data[case.at :]
    elif case.kind == "flip":
        data[case.at] ^= 1 << case.bit
    elif case.kind == "blank":
        stop = min(case.at + 512, len(data))
        data[case.at : stop] = bytes(stop - case.at)
    else:
        data += b"\0" * 100
    path.write_bytes(data)


class Judge:
    """Sends cases to a process and reads what came of them; a process that died is told as such and replaced."""

    def __init__(self, base: Path, work: Path) -> None:
        self._arguments = [str(base), str(work)]
        self._child = self._started()

    def outcome(self, case: Case) -> Outcome:
        """What came of this case."""
        child, pipe_in, pipe_out = self._child
        pipe_in.write(json.dumps(asdict(case)) + "\n")
        pipe_in.flush()
        line = pipe_out.readline()
        if line:
            return Outcome(**json.loads(line))
        with child:  # closes its pipes
            code = child.wait(timeout=60)
        self._child = self._started()
        return Outcome("DIED", noticed=False, mended=False, said=f"the process ended with {code}")

    def close(self) -> None:
        """End the process."""
        child, pipe_in, _ = self._child
        with child:
            pipe_in.close()
            child.wait(timeout=60)

    def _started(self) -> tuple[subprocess.Popen[str], IO[str], IO[str]]:
        command = [sys.executable, "-I", "-c", CHILD, *self._arguments]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert child.stdin is not None
        assert child.stdout is not None
        if child.stdout.readline() != "ready\n":
            raise RuntimeError("the judge of damaged libraries did not get ready")
        return child, child.stdin, child.stdout


@contextmanager
def judging(base: Path, work: Path) -> Iterator[Judge]:
    """A judge for cases of `base`, copied into the folder `work`."""
    judge = Judge(base, work)
    try:
        yield judge
    finally:
        judge.close()


def serve_cases() -> None:
    """What the judge's process does: a case a line on standard input, its outcome a line on standard output."""
    import shutil

    base, work = map(Path, sys.argv[1:])
    before = _answers(base)
    assert not isinstance(before, Outcome)
    print("ready", flush=True)  # noqa: T201  # what the judge waits for
    for line in sys.stdin:
        folder = work / "library"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(base, folder)
        case = Case(**json.loads(line))
        damage(folder, case)
        print(json.dumps(asdict(_judged(folder, before))), flush=True)  # noqa: T201  # the answer to the judge


def _judged(folder: Path, before: Sequence[object]) -> Outcome:
    found = _answers(folder)
    noticed, mended, told = _doctored(folder, before)
    if isinstance(found, Outcome):
        return Outcome(found.asked, noticed, mended, told or found.said)
    if told.startswith("TRACEBACK"):
        return Outcome("TRACEBACK", noticed, mended, told)
    return Outcome("same" if found == before else "other", noticed, mended, told)


def _answers(folder: Path) -> list[object] | Outcome:
    """What is answered to each question, or why nothing is."""
    from quoth.corpus import QuothError
    from quoth.qa import Answer
    from quoth.qa.naming import UPLOAD
    from small_encoder import HashingEncoder
    from small_library import SmallLibrary

    try:
        with SmallLibrary.open(folder, encoder=HashingEncoder()) as library:
            answers = [library.ask(question) for question in QUESTIONS]
            quoted = [answer.quotes if isinstance(answer, Answer) else answer.nearest for answer in answers]
    except QuothError as error:
        return Outcome("error", noticed=False, mended=False, said=str(error))
    except Exception as error:  # the test is whether there are any
        return Outcome("TRACEBACK", noticed=False, mended=False, said=repr(error))
    found: list[object] = []
    for answer, quotes in zip(answers, quoted, strict=True):
        places = [(one.source.uri.removeprefix(UPLOAD), one.source.start, one.source.stop, one.text) for one in quotes]
        for name, start, stop, text in places:
            if TEXTS.get(name, "")[start:stop] != text:
                return Outcome("WRONG QUOTE", noticed=False, mended=False, said=f"{text!r} of {name}")
        found.append([type(answer).__name__, places])
    return found


def _doctored(folder: Path, before: Sequence[object]) -> tuple[bool, bool, str]:
    """Whether the doctor notices, whether its repair mends, and what was said of it."""
    from quoth.corpus import QuothError
    from small_encoder import HashingEncoder
    from small_library import SmallLibrary

    noticed, said, told = True, "", ""
    try:
        with SmallLibrary.open(folder, encoder=HashingEncoder()) as library:
            noticed = not library.doctor().healthy
    except QuothError as error:
        said = str(error)
    except Exception as error:
        return True, False, f"TRACEBACK {error!r}"
    try:
        report = SmallLibrary.repair(folder, encoder=HashingEncoder())
        told = next(check.detail for check in report.checks if check.name == "repair")
    except QuothError as error:
        return noticed, False, f"not repaired: {error}"
    except Exception as error:
        return noticed, False, f"TRACEBACK {error!r}"
    return noticed, _made_good(folder, before, told), said or told


def _made_good(folder: Path, before: Sequence[object], told: str) -> bool:
    """Whether all is as before, or what is missing was named: documents, or the calibration, which is no document."""
    from small_encoder import HashingEncoder
    from small_library import SmallLibrary

    with SmallLibrary.open(folder, encoder=HashingEncoder()) as library:
        healthy = library.doctor().healthy
        held = {record.title for record in library.documents()}
    missing = {Path(name).stem.capitalize() for name in TEXTS} - held
    named = all(title in told or f"{title.lower()}.txt" in told for title in missing)
    as_before = _answers(folder) == before or bool(missing) or "calibration" in told
    return healthy and named and as_before
