"""One source of every version: what is listed, what is installed and what pyproject.toml asks for agree.

Nothing is looked up: the lists hold the hash of every file that may be installed, so that their agreement is enough.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
LISTS = [ROOT / "requirements" / name for name in ("answer-api.txt", "answer.txt", "run.txt", "test.txt")]
CONSTRAINTS = ROOT / "constraints.txt"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
BROUGHT = {"pip", "quoth", "wheel"}
"""What an environment holds before anything is installed, and ourselves."""
OF_TORCH = re.compile(r"torch|triton|nvidia-.*|cuda-.*")
"""Without hashes: which of its builds is right depends on the machine."""
HASHED = re.compile(r"[\w.-]+==[\w.]+(?: ; [^\\]+?)?(?:\s+--hash=sha256:[0-9a-f]{64})+")


def requirements(path: Path) -> list[str]:
    joined = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [line.strip() for line in joined if line and not line.startswith("#")]


def versions(path: Path) -> set[str]:
    return {re.sub(r"\s+--hash=\S+", "", line) for line in requirements(path)}


def pins(path: Path, python: str | None = None) -> dict[str, str]:
    """Name to version, in this Python or another on this system."""
    said = {} if python is None else {"python_version": python, "python_full_version": f"{python}.9"}
    found = [Requirement(line) for line in versions(path)]
    held = [one for one in found if one.marker is None or one.marker.evaluate(said)]
    names = [canonicalize_name(one.name) for one in held]
    assert len(set(names)) == len(names), "two versions for one Python"
    return {name: str(one.specifier).removeprefix("==") for name, one in zip(names, held, strict=True)}


def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def torch() -> str:
    (line,) = requirements(ROOT / "requirements" / "torch.in")
    return line


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.name)
def test_every_file_that_may_be_installed_is_known_by_its_hash(path: Path) -> None:
    assert [line[:80] for line in requirements(path) if not HASHED.fullmatch(line)] == []
    assert not [line for line in requirements(path) if OF_TORCH.match(line.partition("==")[0])]


def test_the_constraints_are_the_list_without_hashes_and_torch() -> None:
    assert versions(CONSTRAINTS) == versions(ROOT / "requirements" / "test.txt") | {torch()}, "run python tools/lock.py"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("smaller", LISTS[:-1], ids=lambda path: path.name)
def test_the_smaller_lists_have_what_was_tested(smaller: Path, python: str) -> None:
    assert pins(smaller, python).items() <= pins(CONSTRAINTS, python).items(), "run python tools/lock.py"


@pytest.mark.parametrize("python", PYTHONS)
def test_all_that_is_asked_for_is_listed_in_a_version_that_is_allowed(python: str) -> None:
    extras = project()["optional-dependencies"]
    said = {"python_version": python}
    for path, asked in ((LISTS[-2], []), (LISTS[-1], [*extras["test"], *extras["train"]])):
        listed = {**pins(path, python), "torch": torch().partition("==")[2]}
        for one in map(Requirement, [*project()["dependencies"], *asked]):
            if one.marker is None or one.marker.evaluate(said):
                assert one.specifier.contains(listed[canonicalize_name(one.name)]), one


def test_what_is_installed_is_what_is_listed() -> None:
    """The audit: a version that nobody tested, or a package that nobody listed, fails here and not at a user's."""
    listed = pins(CONSTRAINTS)
    bench = project()["optional-dependencies"]["bench"]
    unlisted = needs({canonicalize_name(Requirement(line).name) for line in bench})
    found = {str(canonicalize_name(one.name)): one.version.partition("+")[0] for one in distributions()}
    others = {name: version for name, version in found.items() if listed.get(name) != version}
    assert {one for one in others if one not in BROUGHT | unlisted and not OF_TORCH.fullmatch(one)} == set(), others
    assert found["torch"] == listed["torch"]


def needs(names: set[str]) -> set[str]:
    """What of the packages installed here is there for these, which no list has: nobody needs them but who measures."""
    here = {str(canonicalize_name(one.name)): one for one in distributions()}
    found: set[str] = set()
    todo = names & here.keys()
    while todo:
        name = todo.pop()
        found.add(name)
        wanted = {canonicalize_name(Requirement(line).name) for line in here[name].requires or ()}
        todo |= (wanted & here.keys()) - found
    return found - pins(CONSTRAINTS).keys()


def test_setup_installs_by_hash_and_looks_whether_anything_is_missing() -> None:
    text = (ROOT / "tools" / "setup.sh").read_text(encoding="utf-8")
    assert '--require-hashes --no-deps --requirement "requirements/$1.txt"' in text
    assert "pip check" in text
    assert {f"requirements/{name}.txt" for name in ("run", "test")} == {
        f"requirements/{name}.txt" for name in re.findall(r"\) install_quoth (\w+)", text)
    }


@pytest.mark.parametrize("path", [CONSTRAINTS, *LISTS, ROOT / "requirements" / "torch.in"], ids=lambda path: path.name)
def test_no_place_is_named(path: Path) -> None:
    assert not re.search(r"https?:|file:|--(?:extra-)?index|find-links|/opt/|/work/", path.read_text(encoding="utf-8"))


def test_the_command_that_renews_them_stands_in_each() -> None:
    for path in (CONSTRAINTS, *LISTS):
        assert path.read_text(encoding="utf-8").startswith("# Made by `python tools/lock.py`")
