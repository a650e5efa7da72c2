"""What the documents say is run: README's Python, the commands it names, and every example in a docstring."""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from quoth.qa import read_questions
from quoth.ui.cli import quoth

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
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


def commands(page: str) -> list[str]:
    return re.findall(r"^(?:- run: |\$ )?(quoth .*)$", (ROOT / page).read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_the_readme_shows_the_commands() -> None:
    assert len(commands("README.md")) >= 8


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_exists_with_its_options(page: str) -> None:
    for line in commands(page):
        words = shlex.split(line, comments=True)[1:]
        while words[0] in ("--library", "--store"):
            words = words[2:]
        shown = CliRunner().invoke(quoth, [words[0], "--help"])
        assert shown.exit_code == 0, line
        assert all(option in shown.output for option in words[1:] if option.startswith("-")), line


@pytest.mark.parametrize("page", PAGES)
def test_links_between_the_documents_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert ((ROOT / page).parent / target).exists(), target


def test_the_question_rows_of_the_documents_are_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")
    (rows,) = re.findall(r"```json\n(.*?)```", page, flags=re.DOTALL)
    (tmp_path / "rows.jsonl").write_text(rows, encoding="utf-8")
    found = read_questions(tmp_path / "rows.jsonl")
    assert not found.problems
    assert [(row.id, row.answerable, len(row.golds), len(row.history)) for row in found.rows] == [
        ("q1", True, 1, 0),
        ("q2", True, 2, 0),
        ("q3", False, 0, 0),
        ("q4", None, 0, 1),
    ]


def test_the_architecture_names_every_room_and_only_files_that_exist() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    for room in ("corpus", "index", "qa", "ui"):
        assert f"**`{room}/`**" in text
    for name in re.findall(r"`(\w+\.py)`", text):
        assert list(ROOT.glob(f"*/{name}")), name
