"""The bill of materials agrees with the list it was made of, with what is installed and with the files that ship."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from test_lock import PYTHONS, pins, torch

ROOT = Path(__file__).resolve().parent.parent
SBOM = ROOT / "requirements" / "sbom.cdx.json"
TEXT = SBOM.read_text(encoding="utf-8")
COMPONENTS: dict[str, dict[str, Any]] = {one["bom-ref"]: one for one in json.loads(TEXT)["components"]}


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sbom", ROOT / "tools" / "sbom.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def named(one: dict[str, Any]) -> str:
    (entry,) = one["licenses"]
    return str(entry["license"]["name"])


def test_it_is_what_the_command_makes_of_the_lists() -> None:
    """Licences are taken from the file: another Python has other packages, and knows the licences of those only."""
    said = {ref: named(one) for ref, one in COMPONENTS.items() if "licenses" in one}
    assert tool().bill(said) == TEXT, "run python tools/sbom.py"


@pytest.mark.parametrize("python", PYTHONS)
def test_every_package_that_is_installed_for_a_user_is_in_it(python: str) -> None:
    listed = {**pins(ROOT / "requirements" / "run.txt", python), "torch": torch().partition("==")[2]}
    assert {f"pkg:pypi/{name}@{version}" for name, version in listed.items()} <= COMPONENTS.keys()


@pytest.mark.parametrize("python", PYTHONS)
def test_what_answering_needs_is_required_and_the_rest_is_optional(python: str) -> None:
    answer = pins(ROOT / "requirements" / "answer.txt", python)
    assert {COMPONENTS[f"pkg:pypi/{name}@{version}"]["scope"] for name, version in answer.items()} == {"required"}
    assert COMPONENTS[f"pkg:pypi/{torch().replace('==', '@')}"]["scope"] == "optional"


def test_licences_are_those_the_installed_packages_state() -> None:
    here = {f"pkg:pypi/{canonicalize_name(one.name)}@{one.version.partition('+')[0]}": one for one in distributions()}
    common = here.keys() & COMPONENTS.keys()
    assert len(common) > 100
    for ref in common:
        assert named(COMPONENTS[ref]) == tool().licence(here[ref]), ref


def test_every_package_installed_here_has_a_licence() -> None:
    """A package without one may not be used: whoever adds it must ask its authors first."""
    here = {f"pkg:pypi/{canonicalize_name(one.name)}@{one.version.partition('+')[0]}" for one in distributions()}
    assert [ref for ref in here & COMPONENTS.keys() if "licenses" not in COMPONENTS[ref]] == []


def test_what_ships_and_is_no_code_is_in_it_with_its_hash() -> None:
    shipped = {ref.removeprefix("file:"): one for ref, one in COMPONENTS.items() if ref.startswith("file:")}
    weights = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("*/*.onnx")}
    fonts = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("ui/static/*.woff2")}
    assert shipped.keys() == {*weights, *fonts, "qa/judge.json"}
    for name, one in shipped.items():
        (said,) = one["hashes"]
        assert said == {"alg": "SHA-256", "content": hashlib.sha256((ROOT / name).read_bytes()).hexdigest()}
        assert named(one)
    assert shipped["qa/reader.onnx"]["type"] == "machine-learning-model"


def test_every_package_but_torch_has_hashes() -> None:
    assert {one["name"] for one in COMPONENTS.values() if not one.get("hashes")} == {"torch"}


def test_it_is_cyclonedx_and_the_same_each_time() -> None:
    bill = json.loads(TEXT)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert "timestamp" not in TEXT
    assert "serialNumber" not in bill
    assert len(bill["components"]) == len(COMPONENTS), "each component has a name of its own"
    (needed,) = bill["dependencies"]
    assert needed["dependsOn"] == list(COMPONENTS)
