"""What an installation holds: the distributions that some need, their sizes, and the answer-only one made for real."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .data import ROOT
from .tables import Row, Table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "ANSWER",
    "ANSWER_API",
    "Installed",
    "answer_environment",
    "answer_names",
    "full_names",
    "installed",
    "needed",
    "sizes_table",
]

ANSWER = ROOT / "requirements" / "answer.txt"
ANSWER_API = ROOT / "requirements" / "answer-api.txt"
"""Without the web app."""
_NO_PART = {"pip", "setuptools", "wheel"}  # what a new environment brings
_SIZE_NOTES = (
    "Bytes of the files that each distribution lists as its own, bytecode that pip compiles included; pip and "
    "setuptools left out.",
)


@dataclass(frozen=True, slots=True)
class Installed:
    """Some distributions: how many, their size in MB (1,000,000 bytes), how much of it is bytecode, the largest."""

    count: int
    megabytes: float
    bytecode: float
    largest: tuple[tuple[str, float], ...]


def needed(names: Iterable[str]) -> set[str]:
    """The distributions installed here that these need, themselves included, by what each says of itself."""
    here = {canonicalize_name(one.name): one for one in distributions()}
    found: set[tuple[str, str]] = set()
    todo = [(canonicalize_name(name), "") for name in names]
    while todo:
        name, extra = todo.pop()
        if (name, extra) in found or name not in here:
            continue
        found.add((name, extra))
        for one in map(Requirement, here[name].requires or ()):
            if one.marker is None or one.marker.evaluate({"extra": extra}):
                todo += [(canonicalize_name(one.name), wanted) for wanted in ("", *one.extras)]
    return {name for name, _ in found}


def full_names() -> set[str]:
    """The distributions that all of Quoth needs, by pyproject.toml and what those installed here say."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"quoth", *needed(Requirement(line).name for line in project["dependencies"])}


def answer_names() -> set[str]:
    """The distributions that requirements/answer.txt installs on this system."""
    lines = re.findall(r"^([\w.-]+==[^\\\n]*)", ANSWER.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found = [Requirement(line.strip()) for line in lines]
    return {canonicalize_name(one.name) for one in found if one.marker is None or one.marker.evaluate()}


def installed(site: Path, names: Collection[str] | None = None) -> Installed:
    """The distributions in the folder `site`: those named, or all but pip and its kin."""
    sizes: dict[str, tuple[int, int]] = {}
    for one in distributions(path=[str(site)]):
        name = canonicalize_name(one.name)
        if name in names if names is not None else name not in _NO_PART:
            sizes[name] = _size(one)
    largest = sorted(((name, total / 1e6) for name, (total, _) in sizes.items()), key=lambda pair: -pair[1])
    total, bytecode = (sum(pair[at] for pair in sizes.values()) / 1e6 for at in (0, 1))
    return Installed(len(sizes), total, bytecode, tuple(largest[:8]))


def _size(one: Distribution) -> tuple[int, int]:
    """Bytes of all its files, and of those that are bytecode."""
    paths = [Path(str(one.locate_file(file))) for file in one.files or ()]
    sizes = [(path.stat().st_size, path.suffix == ".pyc") for path in paths if path.is_file()]
    return sum(size for size, _ in sizes), sum(size for size, compiled in sizes if compiled)


def answer_environment(folder: Path, listed: Path = ANSWER) -> Path:
    """What is `listed`, installed by the commands that are documented, or the one kept; gives its Python."""
    python = folder / "env" / "bin" / "python"
    made_of = folder / "made-of"
    digest = hashlib.sha256(listed.read_bytes()).hexdigest()
    if not made_of.exists() or made_of.read_text(encoding="utf-8") != digest:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _quietly(sys.executable, "-m", "venv", folder / "env")
        _quietly(python, "-m", "pip", "install", "--require-hashes", "--no-deps", "--requirement", listed)
        made_of.write_text(digest, encoding="utf-8")
    wheel = _wheel(folder / "wheel")
    _quietly(python, "-m", "pip", "install", "--no-deps", "--no-index", "--force-reinstall", wheel)
    return python


def _wheel(folder: Path) -> Path:
    """Quoth's wheel, built of a copy of what it holds: a build leaves things lying beside the sources."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("corpus", "index", "qa", "ui"):
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copyfile(ROOT / name, folder / "source" / name)
    build = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-index", "--no-build-isolation")
    _quietly(*build, "--wheel-dir", folder, folder / "source")
    (wheel,) = folder.glob("*.whl")
    return wheel


def _quietly(*command: str | Path) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}: {done.stderr[-400:]}")


def sizes_table(answers: Sequence[tuple[Path, Path]]) -> Table:
    """All of Quoth against what answering needs: by list, and the Python it was installed for; else as it would be."""
    here = Path(sysconfig.get_path("purelib"))
    found = {"all of Quoth (this environment)": installed(here, full_names())}
    for listed, python in answers:
        (site,) = python.parents[1].glob("lib/python*/site-packages")
        found[f"answering only (requirements/{listed.name}, installed anew)"] = installed(site)
    if not answers:
        found["answering only (the same, of this environment)"] = installed(here, answer_names() | {"quoth"})
    rows = tuple(_row(label, one) for label, one in found.items())
    return Table("Installed", ("distributions", "size", "of it bytecode", "the largest, MB"), rows, _SIZE_NOTES)


def _row(label: str, found: Installed) -> Row:
    largest = ", ".join(f"{name} {size:.0f}" for name, size in found.largest)
    return Row(label, "", (f"{found.count}", f"{found.megabytes:,.0f} MB", f"{found.bytecode:,.0f} MB", largest))
