"""What is deployed: Dockerfile and systemd unit say what they should.

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
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from quoth.ui.cli import quoth

ROOT = Path(__file__).resolve().parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UNIT = (ROOT / "deploy" / "quoth.service").read_text(encoding="utf-8")


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
    assert re.search(r"pip install [^&]*--no-deps --require-hashes --requirement \"/quoth/requirements/\$list.txt", run)
    assert re.findall(r"(\w+)\) list=([\w-]+) ;;", run) == [("true", "answer"), ("false", "answer-api")]
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
    lists = {"constraints.txt", *(f"requirements/{name}.txt" for name in ("answer", "answer-api", "run"))}
    assert set(taken) == {*rooms, *lists, "pyproject.toml", "README.md", "tools/setup.sh"}
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
    for path in ("tools/setup.sh", "corpus/texts"):
        assert path in DOCKERFILE
        assert (ROOT / path).exists()
    assert all((ROOT / "requirements" / f"{name}.txt").exists() for name in ("answer", "answer-api"))


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
