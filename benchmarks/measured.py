"""Runs a command and prints, as JSON, its wall-clock seconds, its largest resident memory in MiB and its exit code.

    python -S benchmarks/measured.py COMMAND...

A program of its own and with nothing imported that could be left out: Linux counts what a parent holds at the fork as
the child's own memory, so the parent must be small (about 10 MiB, the floor of what can be measured).
"""

import os
import sys
import time


def main() -> None:
    """Fork, run, wait for just this child (`wait4` gives the resources of it and of those it waited for)."""
    began = time.perf_counter()
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606
    _, status, used = os.wait4(child, 0)
    seconds = time.perf_counter() - began
    memory = used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    sys.stdout.write(
        f'{{"seconds": {seconds:.4f}, "memory": {memory:.1f}, "status": {os.waitstatus_to_exitcode(status)}}}\n'
    )


if __name__ == "__main__":
    main()
