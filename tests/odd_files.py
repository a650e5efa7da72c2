"""Files with odd names and folders with odd things in them, made on the disk; tests and benchmarks share it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

__all__ = ["DEEP", "KINDS_OF_NAMES", "NAMES", "ODD_THINGS", "deep_folder", "named", "text_of", "write"]

_CONTROLS = [chr(code) for code in (*range(1, 0x20), *range(0x7F, 0xA0))]
KINDS_OF_NAMES: Final[Mapping[str, tuple[bytes, ...]]] = MappingProxyType(
    {
        "control characters": tuple(f"a{one}b.txt".encode() for one in _CONTROLS),
        "terminal and markup": (
            b"\x1b[31m\x1b]0;owned\x07.txt", b"x\nadded      Forged (0123456789abcdef, 1 passage).txt",
            b"<script>alert(1)<!-- .txt", b"a&b.txt", b"'single' \"double\" `id` $HOME.txt", b"[bold]red.txt",
        ),
        "addresses": (b"100%.txt", b"%41%00.txt", b"a#b.txt", b"what?.txt", b"a:b.txt", b"a+b.txt", b"http:[bad.txt"),
        "other systems": (
            b"a\\b.txt", b"CON.txt", b"nul.txt", b"COM1.txt", b"A~1.txt", b"clash.txt", b"CLASH.txt", b"Clash.TXT",
        ),
        "dashes, dots and spaces": (b"-rf.txt", b"--help.txt", b" first.txt", b"last .txt", b"a..b.txt", b"~.txt"),
        "formulas": (b"=1+1.txt", b"+1.txt", b"@SUM(A1).txt", b"-1+1.txt"),
        "as long as may be": (b"x" * 251 + b".txt", "\N{GRINNING FACE}".encode() * 62 + b"xyz.txt"),
        "bytes that are no text": (b"caf\xe9.txt", b"\xff\xfe.txt", b"\xed\xa0\x80.txt", b"half\xf0\x9f.txt"),
        "directions and things unseen": tuple(
            f"a{one}b.txt".encode() for one in "\u202e\u202d\u2066\u200b\u200d\ufeff\u2028\u2029\u00ad\ufffe\U0010ffff"
        ),
        "scripts and forms": tuple(
            f"{stem}.txt".encode()
            for stem in ("caf\u00e9s", "cafe\u0301s", "\N{GRINNING FACE}", "日本", "عربي")
        ),
    }
)  # fmt: skip
"""Each kind of name with all its names, which Quoth reads."""

NAMES: Final = tuple(name for names in KINDS_OF_NAMES.values() for name in names)
DEEP: Final = 1_000
"""Levels of a folder in a folder: some times what a path may have."""
_LEVEL: Final = "n" * 20


def text_of(number: int) -> str:
    """The text of the file of this number: no other has its captain."""
    return f"The ferry number {number} leaves the harbour of Lund at dawn. Its captain is called Captain{number}.\n"


def write(folder: Path, names: tuple[bytes, ...] = NAMES) -> dict[bytes, str]:
    """Files of these names with texts of their own; left out is what this system takes for no name of a new file."""
    made = {}
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        try:
            with named(folder, name).open("xb") as file:
                file.write(text_of(number).encode())
        except (OSError, ValueError):
            continue
        made[name] = text_of(number)
    return made


def named(folder: Path, name: bytes) -> Path:
    """The file of that name in `folder`."""
    return folder / os.fsdecode(name)


@contextmanager
def deep_folder(root: Path) -> Iterator[None]:
    """`DEEP` folders, one in another, each with a file; taken away at the end, on which `shutil.rmtree` may fail."""
    root.mkdir()
    try:
        _deepen(root)
        yield
    finally:
        while (root / _LEVEL).exists():  # the folder within comes up, until there is none
            top = (root / _LEVEL).rename(root / "top")
            if (top / _LEVEL).exists():
                (top / _LEVEL).rename(root / _LEVEL)
            for file in top.iterdir():
                file.unlink()
            top.rmdir()


def _deepen(root: Path) -> None:
    """From within, since no path reaches the last ones."""
    place = os.open(root, os.O_RDONLY)
    for number in range(DEEP):
        os.mkdir(_LEVEL, dir_fd=place)
        inner = os.open(_LEVEL, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = inner
        file = os.open("deep.txt", os.O_CREAT | os.O_WRONLY, dir_fd=place)
        os.write(file, text_of(number).encode())
        os.close(file)
    os.close(place)


def _pipe(folder: Path) -> None:
    if sys.platform != "win32":
        os.mkfifo(folder / "odd.txt")


def _socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        here = os.open(".", os.O_RDONLY)
        try:
            os.chdir(folder)  # the address of a socket may have a hundred bytes
            bound.bind("odd.txt")
        finally:
            os.chdir(here)
            os.close(here)


def _pipe_of_sources(folder: Path) -> None:
    if sys.platform != "win32":
        os.mkfifo(folder / "sources.toml")


def _link(target: str, name: str = "odd.txt") -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        (folder / name).symlink_to(target)

    return make


ODD_THINGS: Final[Mapping[str, tuple[Callable[[Path], None], str, str]]] = MappingProxyType(
    {
        "a pipe": (_pipe, "skipped", "a device or a pipe"),
        "a socket": (_socket, "skipped", "a device or a pipe"),
        "a link to a device without end": (_link("/dev/zero"), "skipped", "a device or a pipe"),
        "a link to a file outside": (_link("../outside/secret.txt"), "skipped", "leads out of the folder"),
        "a link to a folder outside": (_link("../outside", "odd"), "skipped", "leads out of the folder"),
        "a link to the folder above": (_link("..", "odd"), "skipped", "leads out of the folder"),
        "a link to the root": (_link("/", "odd"), "skipped", "leads out of the folder"),
        "a link to nothing": (_link("nothing.txt"), "skipped", "leads to nothing"),
        "a link to itself": (_link("odd.txt"), "skipped", "leads to nothing"),
        "a link to the folder itself": (_link(".", "odd"), "nothing", ""),
        "a pipe called sources.toml": (_pipe_of_sources, "refused", "a device or a pipe"),
        "sources.toml from a device without end": (_link("/dev/zero", "sources.toml"), "refused", "a device or a pipe"),
    }
)
"""What may lie beside good files: how it is made, in which part of the report it is named, and with which words."""
