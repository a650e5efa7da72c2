"""The environments that the peers run in: made once, by pip from the pinned lists beside this file, and kept."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.data import ROOT

__all__ = ["PEERS", "QUOTH", "Peer", "Place", "own_place", "peer_place", "room"]

HERE = Path(__file__).parent
_QUOTH_FOLDERS = ("corpus", "index", "qa", "ui")
_ALSO_NAMED = ("sentence-transformers", "torch", "onnxruntime", "faiss-cpu")
_LONGEST_INSTALL = 1_200


@dataclass(frozen=True, slots=True)
class Peer:
    """One that is measured: its script is NAME_peer.py, its packages stand in ENVIRONMENT.txt; what tables call it, and
    the package that they name first.
    """

    name: str
    environment: str
    label: str
    package: str


QUOTH = Peer("quoth", "", "Quoth", "quoth")
PEERS = (
    Peer("langchain", "langchain", "LangChain + FAISS", "langchain-community"),
    Peer("llama_index", "llama_index", "LlamaIndex", "llama-index-core"),
    Peer("haystack", "haystack", "Haystack", "haystack-ai"),
    Peer("txtai", "txtai", "txtai", "txtai"),
    Peer("chroma", "chroma", "Chroma", "chromadb"),
    Peer("chroma_kept", "chroma", "Chroma, its encoder kept", "chromadb"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer runs: its Python, the folder of its model, the MiB of its packages with the model, and a line that
    names the versions of those that matter.
    """

    python: Path
    model: Path
    megabytes: float
    versions: str


def peer_place(peer: Peer, model: Path, kept: Path) -> Place | None:
    """The peer's environment under `kept`, made where it is not there or its list has changed; None when it cannot be
    installed here, which is told on stderr.
    """
    listed = HERE / f"{peer.environment}.txt"
    python = _environment(listed, kept / peer.environment)
    if python is None:
        return None
    own = _chroma_model(model, kept) if peer.environment == "chroma" else model
    return _place(peer, python, own, requirement_names(listed.read_text(encoding="utf-8")), kept)


def own_place(model: Path, kept: Path) -> Place:
    """Quoth's: this Python; the packages that pyproject.toml names and Quoth's own code, the model among them."""
    place = _place(QUOTH, Path(sys.executable), model, _dependencies(), kept)
    code = sum(room(ROOT / folder, "*.py") for folder in _QUOTH_FOLDERS)
    return Place(place.python, model, place.megabytes - room(model) + code, place.versions)


def room(folder: Path, pattern: str = "*") -> float:
    """MiB of the files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file()) / (1 << 20)


def requirement_names(lines: str) -> list[str]:
    """The packages of a requirements file, without their versions."""
    return [re.split(r"[=<>~!;\[ ]", line)[0] for line in lines.splitlines() if line and not line.startswith("#")]


def _environment(listed: Path, folder: Path) -> Path | None:
    digest = hashlib.sha256(listed.read_bytes() + (HERE / "constraints.txt").read_bytes()).hexdigest()
    ready, python = folder / "ready", folder / "bin" / "python"
    if ready.exists() and ready.read_text(encoding="utf-8") == digest:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    sys.stderr.write(f"  installing {listed.stem}\n")
    pip = (str(python), "-m", "pip", "install", "--quiet", "-c", str(HERE / "constraints.txt"), "-r", str(listed))
    try:
        for command in ((sys.executable, "-m", "venv", str(folder)), pip):
            subprocess.run(command, check=True, timeout=_LONGEST_INSTALL, stdout=subprocess.DEVNULL)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"  {listed.stem} could not be installed: {error}\n")
        return None
    ready.write_text(digest, encoding="utf-8")
    return python


def _chroma_model(model: Path, kept: Path) -> Path:
    folder = kept / "chroma-model"
    if not (folder / "onnx").exists():
        command = (sys.executable, "-m", "benchmarks.peers.chroma_model", str(model), str(folder))
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return folder


def _place(peer: Peer, python: Path, model: Path, roots: Sequence[str], kept: Path) -> Place:
    kept.mkdir(parents=True, exist_ok=True)
    file = kept / f"{peer.name}.json"
    subprocess.run((str(python), "-m", "benchmarks.peers.installed", str(file), *roots), check=True, cwd=ROOT)
    facts = json.loads(file.read_text(encoding="utf-8"))
    return Place(python, model, facts["megabytes"] + room(model), _versions(peer, facts["versions"]))


def _versions(peer: Peer, versions: Mapping[str, str]) -> str:
    """What runs the peer, in one line.

    >>> _versions(PEERS[4], {"chromadb": "1.5.9", "onnxruntime": "1.31.1", "tqdm": "4.70.1"})
    'Chroma: chromadb 1.5.9, onnxruntime 1.31.1'
    """
    named = [name for name in dict.fromkeys((peer.package, *_ALSO_NAMED)) if name in versions]
    return f"{peer.label}: " + ", ".join(f"{name} {versions[name]}" for name in named)


def _dependencies() -> list[str]:
    """The names in pyproject.toml, which the installed metadata of a checkout may lag behind."""
    project: Mapping[str, Any] = _tomllib().loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return requirement_names("\n".join(project["dependencies"]))


def _tomllib() -> Any:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib
