"""docs/python.md: its examples print what they say, and its list of names is the public API, no more and no less."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from quoth import qa, ui

PAGE = (Path(__file__).parents[1] / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def promised(block: str) -> list[str]:
    """What the comments of a block say it prints."""
    printed = re.findall(r"^ *print\(.*\)  # (.*)$", block, flags=re.MULTILINE)
    return printed + re.findall(r"^# (.*)$", block, flags=re.MULTILINE)


def test_every_example_prints_what_it_says(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library.rename(tmp_path / "my-library")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in BLOCKS:
        exec(compile(block, "docs/python.md", "exec"), names)  # noqa: S102
        assert capsys.readouterr().out.splitlines() == promised(block), block
    assert len(BLOCKS) >= 10


def test_the_page_lists_the_public_api() -> None:
    listed = re.findall(r"`(\w+)`", PAGE.split("## Everything in `quoth.qa`")[1])
    assert len(listed) == len(set(listed))
    assert sorted(listed) == sorted(qa.__all__)


def test_the_page_names_every_converter() -> None:
    table = PAGE.split("## Into other tools")[1].split("## Errors")[0]
    named = set(re.findall(r"`(\w+)`", table)) & set(ui.__all__)
    assert set(ui.__all__) - named == {"Cited"}  # what `cited` gives


@pytest.mark.parametrize("room", [qa, ui], ids=lambda room: str(room.__name__))
def test_whatever_is_public_says_what_it_is_for(room: ModuleType) -> None:
    for name in room.__all__:
        value = getattr(room, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name
            methods = inspect.getmembers(value, inspect.isroutine) if inspect.isclass(value) else []
            for method, function in methods:
                ours = getattr(function, "__module__", "") or ""
                if not method.startswith("_") and ours.startswith("quoth."):
                    assert inspect.getdoc(function), f"{name}.{method}"


def test_the_errors_of_the_page_are_the_tree() -> None:
    table = PAGE.split("## Errors")[1].split("## Everything")[0]
    named = set(re.findall(r"^\| (.*?) \|", table, flags=re.MULTILINE))
    listed = {name for cell in named for name in re.findall(r"`(\w+)`", cell)}
    classes = {name for name in qa.__all__ if isinstance(getattr(qa, name), type)}
    assert listed | {"QuothError"} == {name for name in classes if issubclass(getattr(qa, name), Exception)}
