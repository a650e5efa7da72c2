"""Renews what `make` and answer-only installations install: every version, and the hash of every file it may come from.

    python tools/lock.py              keeps the versions that constraints.txt names
    python tools/lock.py --upgrade    takes the newest that pyproject.toml allows

Needs uv on the PATH. Reads pyproject.toml and requirements/*.in, writes constraints.txt and the lists in
requirements/. torch and what torch pins itself have no hashes: which of its builds is right depends on the machine.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = "# Made by `python tools/lock.py`, which keeps all lists alike. Do not edit: a test compares them.\n"
OF_TORCH = re.compile(r"(?:torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==")
UNUSED = [f"--no-emit-package={name}" for name in ("hf-xet", "scipy")]
"""What packages ask for and is never imported when Quoth answers: see requirements/answer.in."""
LISTS = {
    "test.txt": ("--extra", "test", "--extra", "train", "pyproject.toml"),
    "run.txt": ("pyproject.toml",),
    "answer.txt": (*UNUSED, "requirements/answer.in"),
    "answer-api.txt": (*UNUSED, "requirements/answer-api.in"),
}
"""What each list in requirements/ is made of. The first has all that the others have."""


def compiled(asked: tuple[str, ...], held: str) -> list[str]:
    """The pinned requirements with their hashes, for every system and every Python from 3.10 on."""
    options = ("--universal", "--generate-hashes", "--python-version", "3.10", "--no-annotate", "--no-header")
    command = ["uv", "pip", "compile", "--quiet", "--no-emit-index-url", *options, "--constraint", held, *asked]
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [one for one in re.split(r"\n(?=\S)", found.strip()) if not OF_TORCH.match(one)]


def main(upgrade: bool) -> None:
    """Writes all lists."""
    held = "requirements/torch.in" if upgrade else "constraints.txt"
    for name, asked in LISTS.items():
        requirements = compiled(asked, held)
        (ROOT / "requirements" / name).write_text(HEAD + "\n".join(requirements) + "\n", encoding="utf-8")
        if held != "constraints.txt" or name == "test.txt":
            torch = (ROOT / "requirements" / "torch.in").read_text(encoding="utf-8").splitlines()[-1]
            versions = [one.partition(" \\\n")[0] for one in requirements]
            text = HEAD + "\n".join([*versions, torch]) + "\n"
            (ROOT / "constraints.txt").write_text(text, encoding="utf-8")
            held = "constraints.txt"


if __name__ == "__main__":
    main("--upgrade" in sys.argv[1:])
