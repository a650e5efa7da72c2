"""No source file of ours runs what it reads: nothing is unpickled or evaluated, and weights are checked before use."""

from __future__ import annotations

import ast
import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quoth.corpus import EncoderError
from quoth.qa import reader
from quoth.qa.question_gathering import Gathering
from quoth.qa.question_row import Gold, QuestionRow

ROOT = Path(__file__).parents[1]
FOLDERS = ("corpus", "index", "qa", "ui", "benchmarks", "training", "tools")
UNSAFE_MODULES = {"pickle", "cPickle", "shelve", "marshal", "dill", "joblib", "cloudpickle"}
EXCEPTIONS: frozenset[str] = frozenset()
"""Files of ours that may; there are none."""
WEIGHTS = {".onnx", ".safetensors"}
RUNNABLE = {".pt", ".pth", ".bin", ".pkl", ".pickle", ".joblib", ".npy", ".npz", ".h5", ".ckpt"}


def sources() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def findings(code: str) -> list[str]:
    """What in a source would run what it reads."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.partition(".")[0] in UNSAFE_MODULES]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found += [node.module] if (node.module or "").partition(".")[0] in UNSAFE_MODULES and node.module else []
        elif isinstance(node, ast.Call):
            found += _unsafe_call(node)
    return found


def _unsafe_call(call: ast.Call) -> list[str]:
    name = ast.unparse(call.func)
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if name in ("eval", "exec", "compile", "__import__", "builtins.eval", "builtins.exec"):
        return [name]
    if name == "torch.load" and not _is(given.get("weights_only"), True):
        return ["torch.load without weights_only"]
    if name.endswith(".load") and "allow_pickle" in given and not _is(given["allow_pickle"], False):
        return ["load with allow_pickle"]
    if name in ("yaml.load", "yaml.unsafe_load"):
        return [name]
    return []


def _is(node: ast.expr | None, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def test_no_source_of_ours_runs_what_it_reads() -> None:
    wrong = {str(path.relative_to(ROOT)): found for path in sources() if (found := findings(path.read_text("utf-8")))}
    assert {name: found for name, found in wrong.items() if name not in EXCEPTIONS} == {}
    assert wrong.keys() >= EXCEPTIONS, "an exception nobody needs any more"


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from joblib import load",
        "import marshal as m",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=trusting)",
        "eval(text)",
        "exec(text, {})",
    ],
)
def test_the_check_finds_what_it_is_for(code: str) -> None:
    assert findings(code)


@pytest.mark.parametrize("code", ["model.eval()", "torch.load(path, weights_only=True)", "np.load(p)", "json.load(f)"])
def test_the_check_leaves_the_rest_alone(code: str) -> None:
    assert findings(code) == []


# Weights


def test_weights_that_are_shipped_are_of_a_kind_that_cannot_run() -> None:
    shipped = [path for folder in ("corpus", "index", "qa", "ui") for path in (ROOT / folder).rglob("*")]
    assert [path.name for path in shipped if path.suffix in RUNNABLE] == []
    assert {path.name for path in shipped if path.suffix in WEIGHTS} == {"reader.onnx"}, "each needs its hash checked"


@pytest.mark.parametrize("name", ["reader.onnx", "reader.tokenizer.json"])
def test_a_flipped_bit_in_the_reader_is_refused_by_name(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in ("reader.json", "reader.onnx", "reader.tokenizer.json"):
        shutil.copyfile(str(files("quoth.qa") / one), tmp_path / one)
    data = bytearray((tmp_path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / name).write_bytes(data)
    handed: list[object] = []
    monkeypatch.setattr(reader, "files", lambda _: tmp_path)
    monkeypatch.setattr(reader, "OnnxReader", lambda *given: handed.append(given))
    with pytest.raises(EncoderError, match=name):
        reader.shipped_reader.__wrapped__()
    assert handed == []


def test_the_card_of_the_reader_has_a_hash_for_each_file() -> None:
    card = json.loads((files("quoth.qa") / "reader.json").read_text("utf-8"))
    assert {len(card["model_sha256"]), len(card["tokenizer_sha256"])} == {64}


# Rows of a question file on their way through a temporary file

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30).filter(lambda text: text.strip())
golds = st.builds(Gold, text=texts, document=st.none() | texts, start=st.none(), grade=st.integers(1, 9))
rows = st.builds(
    QuestionRow,
    line=st.integers(1, 10**9),
    id=st.none() | st.integers() | texts.filter(lambda text: not text.startswith("#")),
    question=st.sampled_from(["When did it open?", "Où est-ce ? \U0001f600", "a\u2028b"]),
    golds=st.lists(golds, max_size=3).map(tuple),
    answerable=st.none() | st.just(True),
    history=st.lists(texts, max_size=2).map(tuple),
    documents=st.lists(texts, max_size=2).map(tuple),
)


@given(rows)
def test_a_row_comes_back_as_it_was(row: QuestionRow) -> None:
    gathering = Gathering("q.jsonl")
    gathering.take(row.line, lambda _: row)
    (back,) = gathering.file().rows
    assert back == row
    assert type(back.id) is type(row.id)
