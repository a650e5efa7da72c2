"""How much room packages take with everything they need, and their versions, in the Python that runs this:

    python -m benchmarks.peers.installed FILE NAME...   (NAME as pip takes it, without a version)

Both go into FILE as JSON. Sizes are those of the files that the packages' own records list.
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

__all__ = ["closure", "megabytes", "wanted"]

_NAME = re.compile(r"\s*([A-Za-z0-9][\w.-]*)\s*(?:\[([^]]*)\])?")
_EXTRA = re.compile(r"extra\s*==\s*[\"']([\w.-]+)[\"']")


def wanted(requirement: str) -> tuple[str, frozenset[str], str]:
    """Name (normalised), extras asked for, and the extra that must be asked for to need it at all ("" for none).

    >>> wanted("uvicorn[standard]>=0.18; extra == 'server'")
    ('uvicorn', frozenset({'standard'}), 'server')
    """
    named, _, marker = requirement.partition(";")
    match = _NAME.match(named)
    if match is None:
        raise ValueError(f"no requirement: {requirement!r}")
    name, extras = match.groups()
    only = _EXTRA.search(marker)
    asked = frozenset(part.strip() for part in (extras or "").split(",") if part.strip())
    return _normal(name), asked, only.group(1) if only else ""


def closure(roots: list[str]) -> dict[str, Distribution]:
    """Every installed package that these need, themselves included; what is not installed is for other machines."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(name, extra) for name, extras, _ in map(wanted, roots) for extra in ("", *sorted(extras))]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        found[name] = package
        for needed, extras, only in map(wanted, package.requires or ()):
            if only == extra:
                waiting += [(needed, also) for also in ("", *sorted(extras))]
    return found


def megabytes(packages: dict[str, Distribution]) -> float:
    """MiB of all their files."""
    files = {Path(str(package.locate_file(file))) for package in packages.values() for file in package.files or ()}
    return sum(file.stat().st_size for file in files if file.is_file()) / (1 << 20)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    packages = closure(sys.argv[2:])
    versions = {name: package.version for name, package in sorted(packages.items())}
    Path(sys.argv[1]).write_text(json.dumps({"megabytes": megabytes(packages), "versions": versions}), encoding="utf-8")
