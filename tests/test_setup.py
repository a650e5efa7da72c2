"""The two commands: what a fresh machine runs, as far as it can be looked at without installing anything."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = [ROOT / "tools" / "setup.sh", ROOT / ".ci" / "run"]
# Whoever builds this has their own index, proxy or mirror configured; a host named here would go around it.
HOSTS = re.compile(r"pypi\.org|pythonhosted|download\.pytorch|npmjs|huggingface\.co|deb\.debian")


def dry_run(*arguments: str, **env: str) -> str:
    """What `make` would do, without doing it."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **env}
    done = subprocess.run(["make", "-n", "-B", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_executable_and_well_formed(script: Path) -> None:
    assert os.access(script, os.X_OK)
    shell = script.read_text(encoding="utf-8").splitlines()[0].removeprefix("#!").split()[-1]
    assert subprocess.run([Path(shell).name, "-n", script], capture_output=True).returncode == 0


def test_ci_runs_what_a_developer_runs() -> None:
    assert "exec make test" in SCRIPTS[1].read_text(encoding="utf-8")


def test_make_run_installs_builds_and_serves_on_the_port_given() -> None:
    steps = dry_run("run")
    assert steps.index("setup.sh run") < steps.index("add corpus/texts") < steps.index("serve --port")
    assert 'serve --port "7860"' in steps
    assert 'serve --port "8123"' in dry_run("run", PORT="8123")
    assert 'serve --port "8124"' in dry_run("run", "PORT=8124")


def test_make_test_checks_everything() -> None:
    steps = dry_run("test")
    assert all(tool in steps for tool in ("ruff check", "mypy", "pyright", "pytest", "setup.sh browser"))


def test_torch_can_come_from_another_index() -> None:
    assert 'TORCH_INDEX="https://wheels.example/cpu"' in dry_run("run", "TORCH_INDEX=https://wheels.example/cpu")


@pytest.mark.parametrize("name", ["Makefile", "constraints.txt", "pyproject.toml", "tools/setup.sh", ".ci/run"])
def test_no_registry_and_no_machine_is_named(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not HOSTS.search(text)
    assert "/opt/" not in text
    assert "/work/" not in text
