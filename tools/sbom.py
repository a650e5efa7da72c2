"""Writes requirements/sbom.cdx.json: all that an installation of Quoth is made of, as a CycloneDX bill of materials.

    python tools/sbom.py

Packages, their versions and the hashes of their files are those of requirements/run.txt; licences are what the packages
installed here say of themselves, or what the file said before. The weights and fonts that Quoth ships are in it too. No
time and no random number is: the same lists make the same file. Where cyclonedx-python-lib[json-validation] is
installed, the file is held against the standard's schema first.
"""

from __future__ import annotations

import hashlib
import json
import re
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
SBOM = ROOT / "requirements" / "sbom.cdx.json"
SHIPPED = {
    "qa/reader.onnx": ("machine-learning-model", "Quoth's own; start weights Apache-2.0, see qa/MODEL_CARD.md"),
    "qa/judge.json": ("machine-learning-model", "Quoth's own; see qa/MODEL_CARD.md"),
    "ui/static/inter-*.woff2": ("file", "OFL-1.1"),
    "ui/static/source-serif-4-*.woff2": ("file", "OFL-1.1"),
}
"""Files in the wheel that are no code of ours: what they are, and their licence."""
Found = dict[str, Any]


def licence(package: Distribution) -> str:
    """What a package says of its licence, in its own words; empty where it says nothing."""
    said = package.metadata
    short = str(said.get("License-Expression") or said.get("License") or "").strip()
    if short and "\n" not in short and len(short) < 100:
        return short
    classified = [str(line) for line in said.get_all("Classifier") or [] if str(line).startswith("License ::")]
    return "; ".join(line.rpartition(" :: ")[2] for line in classified)


def licences() -> dict[str, str]:
    """Package and version to licence: those the file has, and those of what is installed."""
    before = json.loads(SBOM.read_text(encoding="utf-8"))["components"] if SBOM.exists() else []
    found = {one["bom-ref"]: one["licenses"][0]["license"]["name"] for one in before if "licenses" in one}
    for one in distributions():
        found[reference(one.name, one.version.partition("+")[0])] = licence(one)
    return found


def reference(name: str, version: str) -> str:
    """The package URL, which is also its name in the file."""
    return f"pkg:pypi/{canonicalize_name(name)}@{version}"


def pinned(path: Path) -> dict[str, tuple[Requirement, list[str]]]:
    """Package URL to requirement and hashes, of a list that tools/lock.py made."""
    joined = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    found = {}
    for line in joined:
        if line and not line.startswith("#"):
            one = Requirement(re.sub(r"\s+--hash=\S+", "", line))
            version = str(one.specifier).removeprefix("==")
            found[reference(one.name, version)] = one, re.findall(r"sha256:([0-9a-f]{64})", line)
    return found


def hashed(hashes: list[str]) -> Found:
    """The hashes, any of which a file of the component may have; nothing where there are none."""
    return {"hashes": [{"alg": "SHA-256", "content": one} for one in hashes]} if hashes else {}


def packages(said: dict[str, str]) -> list[Found]:
    """The component of each package: required by whoever asks, or only to carry a model into a library."""
    asking = pinned(ROOT / "requirements" / "answer.txt")
    listed = {**pinned(ROOT / "requirements" / "run.txt"), **pinned(ROOT / "requirements" / "torch.in")}
    found = []
    for url, (one, hashes) in sorted(listed.items()):
        kind = "machine-learning-model" if "minilm" in one.name else "library"
        entry: Found = {"bom-ref": url, "type": kind, "name": one.name, "version": url.rpartition("@")[2], "purl": url}
        entry["scope"] = "required" if url in asking else "optional"
        if said.get(url):
            entry["licenses"] = [{"license": {"name": said[url]}}]
        if one.marker:
            entry["properties"] = [{"name": "quoth:marker", "value": str(one.marker)}]
        found.append({**entry, **hashed(hashes)})
    return found


def shipped() -> list[Found]:
    """The component of each file in the wheel that is no code of ours."""
    return [
        {
            "bom-ref": f"file:{path.relative_to(ROOT).as_posix()}",
            "type": kind,
            "name": path.relative_to(ROOT).as_posix(),
            "scope": "required",
            "licenses": [{"license": {"name": terms}}],
            **hashed([hashlib.sha256(path.read_bytes()).hexdigest()]),
        }
        for pattern, (kind, terms) in SHIPPED.items()
        for path in sorted(ROOT.glob(pattern))
    ]


def bill(said: dict[str, str]) -> str:
    """The file's text, a component on each line so that a change shows."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    version = re.findall(r'^version = "(.+)"', project, flags=re.MULTILINE)[0]
    quoth = {"bom-ref": "quoth", "type": "application", "name": "quoth", "version": version}
    components = [*packages(said), *shipped()]
    head = '"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1'
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in components)
    needed = json.dumps([{"ref": "quoth", "dependsOn": [one["bom-ref"] for one in components]}])
    return (
        f'{{{head},\n"metadata": {{"component": {json.dumps(quoth)}}},\n'
        f'"components": [\n{lines}\n],\n"dependencies": {needed}}}\n'
    )


def validate(text: str) -> None:
    """Holds the text against the schema of CycloneDX 1.6, by the library of those who keep the standard."""
    try:
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator
    except ImportError:
        print("not validated: install cyclonedx-python-lib[json-validation] to do so")
        return
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if wrong is not None:
        raise SystemExit(f"no CycloneDX: {wrong}")
    print("valid CycloneDX 1.6")


if __name__ == "__main__":
    made = bill(licences())
    validate(made)
    SBOM.write_text(made, encoding="utf-8")
