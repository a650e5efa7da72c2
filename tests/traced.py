"""What a process does to the files of a folder, call by call, as strace sees it: SQLite's writes are not Python's.

A call that writes in a way not known here is an error, not a gap. No fixtures: tests and benchmarks share it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Call", "can_trace", "traced"]

_CALLS = (
    "open,openat,creat,read,lseek,write,writev,pwrite64,pwritev,pwritev2,truncate,ftruncate,fallocate,sendfile,"
    "copy_file_range,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,"
    "fsync,fdatasync,sync_file_range,msync,mmap,io_uring_enter"
)
_REFUSED = "sendfile,copy_file_range"
"""As where the system has them not: the same bytes are then read and written, in calls whose bytes are seen."""
_LINE = re.compile(r"^(?P<pid>\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>)?(?P<rest>.*)$")
_DONE = re.compile(r"^(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\w+)")
_HEX = re.compile(r"(?:\\x[0-9a-f]{2})+")


@dataclass(frozen=True, slots=True)
class Call:
    """A call that succeeded. `arguments` are as strace writes them, texts and paths in hexadecimal; see `path`."""

    name: str
    arguments: tuple[str, ...]
    result: int

    def text(self, at: int) -> bytes:
        """The bytes of this argument."""
        return b"".join(bytes.fromhex(part.replace("\\x", "")) for part in _HEX.findall(self.arguments[at]))

    def handle(self, at: int = 0) -> int:
        """The number of this file handle."""
        return int(self.arguments[at].partition("<")[0])

    def of_handle(self, at: int = 0) -> str:
        """The path of this open file."""
        return os.fsdecode(self.text(at))

    def path(self, at: int) -> str:
        """The path of this argument; where a handle of a folder stands before it, in that folder."""
        said = os.fsdecode(self.text(at))
        return said if said.startswith("/") or not at else os.path.join(self.of_handle(at - 1), said)  # noqa: PTH118

    def __contains__(self, word: str) -> bool:
        """Whether a flag was given."""
        return any(word in argument.split("|") for argument in self.arguments)


@cache
def can_trace() -> bool:
    """Whether there is strace here, and it may look at other processes."""
    strace = shutil.which("strace")
    if strace is None:
        return False
    return subprocess.run([strace, "-o", os.devnull, "true"], capture_output=True, timeout=60).returncode == 0


def traced(command: Sequence[str], folder: Path, answers: bytes = b"") -> list[Call]:
    """The calls of a process and its children that have to do with files in `folder`, and what it said on its standard
    output, in the order in which they ended. `answers` is its standard input.
    """
    with tempfile.TemporaryDirectory() as scratch:
        trace = Path(scratch) / "trace"
        chosen = ("-e", f"trace={_CALLS}", "-e", "signal=none", "-e", f"inject={_REFUSED}:error=ENOSYS")
        options = ("-f", "-xx", "-y", "-s", "100000000", *chosen, "-o", str(trace))
        subprocess.run(
            ["strace", *options, *command], input=answers, check=True, stdout=subprocess.DEVNULL, timeout=300
        )
        inside = "".join(f"\\x{byte:02x}" for byte in os.fsencode(folder))
        with trace.open(encoding="ascii") as lines:
            return [call for call in _calls(lines) if any(inside in one for one in call.arguments) or _says(call)]


def _says(call: Call) -> bool:
    return call.name == "write" and call.handle() == 1


def _calls(lines: Iterator[str]) -> Iterator[Call]:
    """Calls that other threads broke into are put together again; failed ones are left out."""
    begun: dict[str, str] = {}
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        pid, rest = found["pid"], found["rest"]
        if found["resumed"]:
            rest = begun.pop(pid) + rest
        if rest.rstrip().endswith("<unfinished ...>"):
            begun[pid] = rest.rstrip().removesuffix("<unfinished ...>")
            continue
        done = _DONE.match(rest)
        if done and not done["result"].startswith(("-", "?")):
            yield Call(done["name"], tuple(done["arguments"].split(", ")), int(done["result"], 0))
