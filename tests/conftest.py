"""What several test files share: a library of the two bundled articles, and the command line as a person runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from long_first import pytest_collection_modifyitems, pytest_configure

__all__ = ["pytest_collection_modifyitems", "pytest_configure"]

# Before anything reads them: no test looks anything up, or sends anything.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
os.environ["LANGSMITH_TRACING"] = "false"
# The ONNX form of a model is made once a session, and by this session: an older one could hide that making it broke.
os.environ["QUOTH_CACHE"] = tempfile.mkdtemp(prefix="quoth-tests-")

settings.register_profile("quoth", deadline=None)  # a busy machine is no failure
settings.load_profile("quoth")

TEXTS = Path(__file__).resolve().parent.parent / "corpus" / "texts"
SCRIPT = Path(sysconfig.get_path("scripts")) / "quoth"
UNWANTED = (
    "QUOTH_LIBRARY", "QUOTH_TOKENS", "PORT", "COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM", "PYTHONIOENCODING",
    "PYTHONUTF8",
)  # fmt: skip

Quoth = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a new user in `home`, with nothing set that changes what is shown."""
    kept = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    return {**kept, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "LC_ALL": "C.UTF-8", **(more or {})}


@pytest.fixture(scope="session", autouse=True)
def own_cache() -> Iterator[None]:
    """Takes the session's cache away again."""
    yield
    shutil.rmtree(os.environ["QUOTH_CACHE"], ignore_errors=True)


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the library of the person who runs it."""
    for name in UNWANTED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def bundled_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library with the two bundled articles, made once by `quoth add`; not to be changed."""
    home = tmp_path_factory.mktemp("bundled")
    command = [str(SCRIPT), "--library", str(home / "library"), "add", str(TEXTS)]
    done = subprocess.run(command, cwd=home, env=environment(home), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (home / "stderr").write_text(done.stderr, encoding="utf-8")
    return home / "library"


@pytest.fixture(scope="session")
def asked(bundled_library: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What `quoth ask --json` says of the two articles: to a question they answer, and to one they do not."""
    home = tmp_path_factory.mktemp("asked")
    command = [str(SCRIPT), "ask", "--json", "--library", str(bundled_library)]
    questions = {"answered": "Which route bypasses Russia?", "refused": "What is the melting point of tungsten?"}
    return {
        outcome: subprocess.run(
            [*command, question], cwd=home, env=environment(home), capture_output=True, encoding="utf-8"
        ).stdout
        for outcome, question in questions.items()
    }


@pytest.fixture
def library(bundled_library: Path, tmp_path: Path) -> Path:
    """A copy of the library of the two articles that a test may change."""
    return shutil.copytree(bundled_library, tmp_path / "library")


@pytest.fixture
def quoth(tmp_path: Path) -> Quoth:
    """Runs `quoth` as a new user in an own folder: `quoth("ask", question, env={...}, stdin="...")`."""

    def run(
        *arguments: str | Path, env: Mapping[str, str] | None = None, stdin: str = "", cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SCRIPT), *map(str, arguments)], cwd=cwd or tmp_path, env=environment(tmp_path, env), input=stdin,
            capture_output=True, encoding="utf-8", errors="surrogateescape",
        )  # fmt: skip

    return run
