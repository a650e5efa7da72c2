"""What the child processes of this room share: how they are started, what they are told, what they may use."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

__all__ = ["command", "environment", "limit"]

_TOLD: Final = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "WINDIR"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
)
_BEGINNING: Final = "import sys; sys.path += [path for path in sys.argv[1:] if path not in sys.path]; "


def command(program: str) -> list[str]:
    """Starts this Python on the source `program`, closed to the current folder and to `PYTHON...` variables.

    It finds what this process finds: a notebook may have been told of a folder no start of Python knows. Raises OSError
    where there is no Python to start: a program packed into one file would start itself.
    """
    if not sys.executable or getattr(sys, "frozen", False):
        raise FileNotFoundError("no Python to start")
    return [sys.executable, "-I", "-c", _BEGINNING + program, *(path for path in sys.path if Path(path).is_absolute())]


def environment() -> dict[str, str]:
    """The few variables that a Python needs to start: no tokens, no proxies, no keys."""
    return {name: os.environ[name] for name in _TOLD if name in os.environ}


def limit(memory_bytes: int, cpu_seconds: int) -> None:
    """Bounds on this process's address space and on its processor time from now on; no files, no core dumps.

    Windows has no such limits, and macOS none on memory: there only the one who waits for this process ends it.
    """
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    bounds = (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    )
    for kind, most in bounds:
        _, hard = resource.getrlimit(kind)
        try:
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
        except (ValueError, OSError):  # this system does not bound this
            continue
