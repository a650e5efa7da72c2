"""What the documents say is run: README's Python, the commands it names, and every example in a docstring."""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from quoth.ui.cli import quoth

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted(
    f"quoth.{path.parent.name}.{path.stem}"
    for room in ("corpus", "index", "qa", "ui")
    for path in (ROOT / room).glob("*.py")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name.removesuffix(".__init__"))).failed == 0


def test_the_python_of_the_readme_runs(bundled_library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(compile(code.replace('"my-library"', repr(str(bundled_library))), "README.md", "exec"), {})  # noqa: S102
    assert "Tokyo Declaration" in capsys.readouterr().out


def test_every_command_of_the_readme_exists_with_its_options() -> None:
    lines = re.findall(r"^quoth .*$", README, flags=re.MULTILINE)
    assert len(lines) >= 8
    for line in lines:
        words = shlex.split(line, comments=True)
        command = next(word for word in words[3:] if not word.startswith("-"))
        shown = CliRunner().invoke(quoth, [command, "--help"]).output
        assert all(option in shown for option in words[4:] if option.startswith("-")), line


@pytest.mark.parametrize("page", ["README.md", "ARCHITECTURE.md", "CHANGELOG.md"])
def test_links_between_the_documents_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert (ROOT / target).exists(), target


def test_the_architecture_names_every_room_and_only_files_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for room in ("corpus", "index", "qa", "ui"):
        assert f"**`{room}/`**" in text
    for name in re.findall(r"`(\w+\.py)`", text):
        assert list(ROOT.glob(f"*/{name}")), name
