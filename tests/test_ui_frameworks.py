"""What the adapters share, what they cost who does not use them, and the page that shows them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from frameworks_contract import CAFE, ECHO, TEXTS, UNKNOWN, id_of
from quoth.corpus import BadRequest, UnknownDocument
from quoth.qa import Abstention, Answer, Library, SearchHit
from quoth.ui.retrieving import find, flat, missing_library, place_id, scope
from small_library import small_library

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "frameworks.md").read_text(encoding="utf-8")
ADAPTERS = {
    "langchain": ("quoth.ui.langchain_retriever", "langchain_core", "LangChain"),
    "llama-index": ("quoth.ui.llama_index_retriever", "llama_index.core", "LlamaIndex"),
    "haystack": ("quoth.ui.haystack_answerer", "haystack", "Haystack"),
}


WITHOUT = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
sys.meta_path.insert(0, Missing())
import {adapter}
"""


def imported(node: ast.AST) -> list[str]:
    """The modules that an import statement names; nothing for other nodes."""
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-Ic", code], capture_output=True, text=True)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with small_library(tmp_path_factory.mktemp("shared") / "library", TEXTS) as library:
        yield library


@pytest.mark.parametrize("extra", ADAPTERS)
def test_without_its_framework_an_adapter_says_what_to_install(extra: str) -> None:
    adapter, module, name = ADAPTERS[extra]
    done = python(WITHOUT.format(module=module, adapter=adapter))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"ImportError: {name} is not installed; run `pip install 'quoth[{extra}]'`."
    assert "During handling" not in done.stderr
    assert "direct cause" not in done.stderr


@pytest.mark.parametrize("extra", ADAPTERS)
def test_the_extra_that_is_named_exists_and_brings_the_framework(extra: str) -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (wanted,) = re.findall(rf'^{extra} = \["([a-z-]+)', project, flags=re.MULTILINE)
    assert wanted.replace("-", "_").startswith(ADAPTERS[extra][1].replace(".", "_"))


def test_no_framework_is_imported_by_anything_else() -> None:
    frameworks = {module.split(".")[0] for _, module, _ in ADAPTERS.values()}
    users = {
        f"quoth.{path.parent.name}.{path.stem}"
        for room in ("corpus", "index", "qa", "ui")
        for path in (ROOT / room).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported(node)
        if name.split(".")[0] in frameworks
    }
    assert users == {adapter for adapter, _, _ in ADAPTERS.values()}


def test_importing_the_ui_and_the_command_line_brings_no_framework() -> None:
    code = "import sys, quoth.ui, quoth.ui.cli, quoth.ui.retrieving; print(*{n.split('.')[0] for n in sys.modules})"
    done = python(code)
    assert done.returncode == 0, done.stderr
    assert {"langchain_core", "llama_index", "haystack"}.isdisjoint(done.stdout.split())


@pytest.mark.parametrize(
    ("missing", "helped"),
    [("llama_index", True), ("llama_index.core", True), ("llama_index.core.schema", False), ("llama", False)],
)
def test_only_a_missing_framework_is_called_missing(missing: str, helped: bool) -> None:
    """What a broken or an old one lacks is a fault of its own, not mended by installing the extra."""
    error = ModuleNotFoundError("No module", name=missing)
    raised = missing_library(error, "llama_index.core", "LlamaIndex", "llama-index")
    assert (raised is not error) is helped
    assert raised.name == missing


def test_an_answer_is_its_quotes_a_refusal_itself_a_search_its_hits(library: Library) -> None:
    outcome = library.ask(CAFE)
    assert isinstance(outcome, Answer)
    assert find(library, CAFE, "answer", 3) == outcome.quotes
    assert isinstance(find(library, UNKNOWN, "answer", 3), Abstention)
    assert find(library, UNKNOWN, "search", 2) == library.search(UNKNOWN, 2)


def test_every_name_is_flat_and_said_once(library: Library) -> None:
    """In one dictionary, so no part of a quote may hide another of the same name."""
    outcome = library.ask(ECHO)
    assert isinstance(outcome, Answer)
    (quote,) = outcome.quotes
    told = flat(library, quote)
    assert len(told) == 1 + 11 + 2 + 3 + 2 + 4  # kind, source, highlight, score and its words, occurrence, receipt
    assert (told["occurrence_index"], told["occurrence_of"]) == (quote.occurrence.index, 2)
    assert place_id(quote) == f"{quote.source.document}:{quote.source.start}-{quote.source.stop}"


def test_a_passage_of_a_document_that_is_gone_is_not_made_up(tmp_path: Path) -> None:
    with small_library(tmp_path / "library", TEXTS) as library:
        (hit,) = library.search(CAFE, 1)
        assert isinstance(hit, SearchHit)
        library.remove([hit.source.document])
        with pytest.raises(UnknownDocument):
            flat(library, hit)


def test_documents_are_named_as_everywhere(library: Library) -> None:
    assert scope(library, None) is None
    assert scope(library, ()) == []
    assert scope(library, {"café", "café.md", id_of(library, "café.md")}) == [id_of(library, "café.md")]
    for wrong in (["nothing.txt"], "café.md"):
        with pytest.raises(BadRequest, match="No document is called"):
            scope(library, wrong)


EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, flags=re.DOTALL)


def test_each_framework_has_an_example() -> None:
    assert len(EXAMPLES) == PAGE.count("```python") == len(ADAPTERS)


@pytest.mark.parametrize(("code", "said"), EXAMPLES, ids=ADAPTERS)
def test_the_page_says_what_its_examples_say(
    code: str, said: str, bundled_library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(code.replace('"my-library"', repr(str(bundled_library))), "frameworks.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("extra", ADAPTERS)
def test_the_page_names_every_extra(extra: str) -> None:
    assert f"quoth[{extra}]" in PAGE
