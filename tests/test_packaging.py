"""What gets installed: the wheel is built from a clean copy, compared with the files on disk, installed and used."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from email.message import Message
from email.parser import Parser
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("corpus", "index", "qa", "ui")


def tracked_files() -> Iterator[Path]:
    """What a clean clone would hold: files git knows or would take."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, check=True,
    )  # fmt: skip
    for name in listing.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            yield Path(name)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("checkout")
    for name in tracked_files():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, copy / name)
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-Im", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(copy)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="module")
def metadata(contents: dict[str, bytes]) -> Message:
    (name,) = [name for name in contents if name.endswith(".dist-info/METADATA")]
    return Parser().parsestr(contents[name].decode())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-Im", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    done = subprocess.run([*command, str(wheel)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return target


def test_the_wheel_holds_every_file_of_the_rooms_and_nothing_else(contents: dict[str, bytes]) -> None:
    on_disk = {f"quoth/{name.as_posix()}" for name in tracked_files() if name.parts[0] in ROOMS}
    packed = {name for name in contents if ".dist-info/" not in name}
    assert packed == on_disk


def test_every_file_in_the_wheel_is_the_one_on_disk(contents: dict[str, bytes]) -> None:
    for name, data in contents.items():
        if name.startswith("quoth/"):
            assert data == (ROOT / name.removeprefix("quoth/")).read_bytes(), name


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_is_typed(contents: dict[str, bytes], room: str) -> None:
    assert f"quoth/{room}/py.typed" in contents


def test_quoth_is_a_namespace_package_and_the_only_name_installed(contents: dict[str, bytes]) -> None:
    assert "quoth/__init__.py" not in contents
    assert {name.split("/")[0] for name in contents if ".dist-info/" not in name} == {"quoth"}


def test_the_bundled_articles_are_packed_unchanged(contents: dict[str, bytes]) -> None:
    articles = [name for name in contents if re.fullmatch(r"quoth/corpus/texts/.+\.txt", name)]
    assert len(articles) == 2
    assert "quoth/corpus/texts/sources.toml" in contents


def test_metadata_says_what_it_is_and_what_it_needs(metadata: Message) -> None:
    assert metadata["Name"] == "quoth"
    assert re.fullmatch(r"\d+\.\d+\.\d+", metadata["Version"])
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["Summary"].startswith("Ask your documents.")
    assert "# Quoth" in str(metadata.get_payload())
    required = [Requirement(line) for line in metadata.get_all("Requires-Dist") or []]
    assert required
    assert all(requirement.url is None for requirement in required), "a package index would refuse a direct reference"


def test_the_wheel_fits_every_python_and_system(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")


def test_the_console_script_is_declared(contents: dict[str, bytes]) -> None:
    (name,) = [name for name in contents if name.endswith("entry_points.txt")]
    assert contents[name].decode().split() == ["[console_scripts]", "quoth", "=", "quoth.ui.cli:main"]


def third_party_imports() -> dict[str, str]:
    """Top-level module -> the file that imports it, for all that is neither ours nor Python's own."""
    found: dict[str, str] = {}
    for path in (path for room in ROOMS for path in (ROOT / room).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                modules.append(node.module)
            found.update({module.split(".")[0]: f"{path.parent.name}/{path.name}" for module in modules})
    ours_or_pythons = (*sys.stdlib_module_names, "quoth", "tomli")
    return {module: user for module, user in found.items() if module not in ours_or_pythons}


def test_everything_imported_is_declared(metadata: Message) -> None:
    """What works only because another package happens to bring it stops working when that package changes its mind."""
    lines = [Requirement(line) for line in metadata.get_all("Requires-Dist") or []]
    # An adapter's framework is asked for by an extra of its own, and by no other module: see test_ui_frameworks.py.
    offered = ('extra == "haystack"', 'extra == "langchain"', 'extra == "llama-index"')
    declared = {
        canonicalize_name(line.name)
        for line in lines
        if "extra" not in str(line.marker) or str(line.marker) in offered
    }
    providers = packages_distributions()
    missing = {
        module: user
        for module, user in third_party_imports().items()
        if not declared & {canonicalize_name(name) for name in providers.get(module, [module])}
    }
    # Both arrive with sentence-transformers and only because of it: they are spoken to where its models are exported.
    assert missing.keys() - {"torch", "transformers"} == set(), missing


def constraints() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
def test_constraints_pin_every_direct_dependency_once(metadata: Message, python: str) -> None:
    environment = {"python_version": python, "python_full_version": f"{python}.9", "extra": "test"}
    pins = [pin for pin in constraints() if pin.marker is None or pin.marker.evaluate(environment)]
    names = [canonicalize_name(pin.name) for pin in pins]
    assert len(names) == len(set(names))
    assert all(len(pin.specifier) == 1 and str(pin.specifier).startswith("==") for pin in pins)
    needed = [Requirement(line) for line in metadata.get_all("Requires-Dist") or []]
    wanted = {canonicalize_name(r.name) for r in needed if r.marker is None or r.marker.evaluate(environment)}
    assert wanted - set(names) == set()
    assert {str(pin.specifier) for pin in pins if pin.name == "torch"} == {"==2.13.0"}


def test_constraints_name_no_place() -> None:
    assert all(pin.url is None for pin in constraints())


CODE = """
import sys
sys.path.insert(0, {site!r})
sys.path[:] = [p for p in sys.path if not p.startswith({root!r} + "/corpus")]
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
import quoth.corpus, quoth.index, quoth.qa, quoth.ui.cli
for module in (quoth.corpus, quoth.index, quoth.qa, quoth.ui.cli):
    assert module.__file__.startswith({site!r}), module.__file__
sys.exit(quoth.ui.cli.main({arguments!r}))
"""


def run_installed(site: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = CODE.format(site=str(site), root=str(ROOT), arguments=list(arguments))
    return subprocess.run([sys.executable, "-Ic", code], cwd=cwd, capture_output=True, text=True)


def test_the_installed_wheel_answers_a_question(installed: Path, tmp_path: Path) -> None:
    texts = installed / "quoth" / "corpus" / "texts"
    library = str(tmp_path / "library")
    added = run_installed(installed, tmp_path, "--library", library, "add", str(texts))
    assert (added.returncode, added.stderr) == (0, "")
    asked = run_installed(installed, tmp_path, "ask", "--library", library, "Which route bypasses Russia?", "--json")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert '"verified": true' in asked.stdout


def test_the_installed_wheel_knows_its_version(installed: Path, tmp_path: Path, metadata: Message) -> None:
    done = run_installed(installed, tmp_path, "--version")
    assert (done.returncode, done.stdout.strip()) == (0, f"quoth {metadata['Version']}")
