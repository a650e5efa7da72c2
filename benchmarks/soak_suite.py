"""An hour of mixed load on `quoth serve`: no error, memory that does not grow, every quote where it is said to stand.

QUOTH_SOAK_MINUTES sets how long; else an hour, or two minutes when quick.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from .clients import QUOTH
from .data import ROOT, read_articles
from .soak_load import EXPECTED, Load
from .soak_tables import (
    Soaked,
    Tally,
    counted_table,
    descriptors_table,
    end_table,
    memory_table,
    plot,
    quotes_table,
    requests_table,
)
from .soak_watch import Watch, sample
from .suites import SEED, Absent, Found, Run

__all__ = ["soak", "soaked"]

_RATE, _CLIENTS, _FILE_MB = 6.0, 4, 1
_ABOUT = (
    "A real `quoth serve` over the bundled articles and twelve generated documents that change all the time, with the "
    f"real models, at {_RATE:g} requests a second, or as many as are answered, from {_CLIENTS} clients with fixed "
    "seeds. Every passage that `ask`, its batches, `search` and MCP give is compared with the text that the server "
    "itself gives for its place.",
    "Memory is the resident size, read each second, of the server and of its child processes, which read PDF, Word and "
    "HTML files; what is judged is the sum of both. A child is replaced after 500 files and ends when none came for a "
    "minute, so that it is also said by itself. Growth is the median of the last sixth of the time over that of the "
    "second sixth; for threads and descriptors the lowest number stands in place of the median, for connections "
    "come and go, and what leaks does not.",
)


def soak(run: Run) -> Found:
    """The suite. Raises Absent."""
    if not Path("/proc/self/stat").exists():
        raise Absent("the memory of a process is read from /proc, which is not here")
    minutes = float(os.environ.get("QUOTH_SOAK_MINUTES") or (2 if run.quick else 60))
    found = soaked(run.kept / "soak", minutes * 60, _RATE)
    tables = (
        counted_table(found),
        requests_table(found.tally),
        quotes_table(found),
        memory_table(found.samples),
        descriptors_table(found.samples),
        end_table(found),
    )
    return Found(f"{minutes:g} minutes of mixed load", _ABOUT, tables, (plot(found.samples),))


def soaked(folder: Path, seconds: float, rate: float, clients: int = _CLIENTS) -> Soaked:
    """Load a server for so long. Raw figures go to `folder` as they come: samples.jsonl, minutes.jsonl, server.log."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "temporary").mkdir(parents=True)
    library, tally, code = folder / "library", Tally(), list[float]()
    subprocess.run([*QUOTH, "--library", library, "add", ROOT / "corpus" / "texts"], check=True, capture_output=True)
    questions = [one.text for one in read_articles().questions]
    with _server(folder, code) as (http, process):
        load = Load(http, questions, _FILE_MB)
        http.post("/api/v1/documents", files={"files": ("always.txt", b"This text is always here.\n")})
        load.fill()
        _all_once(load, tally)
        watch = Watch(lambda at: sample(process, at, folder / "temporary", library), folder / "samples.jsonl")
        watch.start()
        ends = time.monotonic() + seconds
        work = [threading.Thread(target=_client, args=(load, tally, at, rate / clients, ends)) for at in range(clients)]
        for thread in work:
            thread.start()
        _minutes(work, watch, load, tally, folder / "minutes.jsonl")
        watch.stop()
        load.clear()
    doctor = subprocess.run([*QUOTH, "--library", library, "doctor"], capture_output=True)
    said = (folder / "server.log").read_text(encoding="utf-8")
    return Soaked(tally, load.quotes.counts, tuple(watch.samples), int(code[0]), code[1], said, doctor.returncode == 0)


@contextmanager
def _server(folder: Path, code: list[float]) -> Iterator[tuple[httpx.Client, int]]:
    """A server and a client that may come in; then `code` has its exit code and the seconds it took to end."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    token = secrets.token_urlsafe(24)
    settings = {"QUOTH_TOKENS": f"full:{token}", "TMPDIR": str(folder / "temporary"), "HF_HUB_OFFLINE": "1"}
    environment = {**os.environ, **settings, "QUOTH_UPLOAD_FILE_MB": str(_FILE_MB)}
    port = address.rpartition(":")[2]
    command = [*QUOTH, "--library", str(folder / "library"), "serve", "--port", port, "--rate", "0"]
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        headers = {"authorization": f"Bearer {token}"}
        try:
            with httpx.Client(base_url=f"http://{address}", headers=headers, timeout=90, trust_env=False) as http:
                _wait(http, process)
                yield http, process.pid
        finally:
            began = time.monotonic()
            process.terminate()
            code += [process.wait(timeout=90), time.monotonic() - began]


def _wait(http: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1_800):
        try:
            if process.poll() is None and http.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError("`quoth serve` did not get ready; its log says why")


def _all_once(load: Load, tally: Tally) -> None:
    """What the first request of a kind loads, libraries of 30 MB for one, is no growth."""
    chance = random.Random(SEED)
    for kind in EXPECTED:
        _send(load, tally, kind, chance)


def _client(load: Load, tally: Tally, number: int, rate: float, ends: float) -> None:
    """Sends at a fixed rate, or as fast as it is answered where that is slower."""
    chance = random.Random(SEED + number)
    kinds, weights = list(EXPECTED), [share for share, _ in EXPECTED.values()]
    due = time.monotonic() + number / rate / _CLIENTS
    while due < ends:
        threading.Event().wait(max(0.0, due - time.monotonic()))
        due = max(due + 1 / rate, time.monotonic())
        kind = chance.choices(kinds, weights)[0]
        _send(load, tally, kind, chance)


def _send(load: Load, tally: Tally, kind: str, chance: random.Random) -> None:
    try:
        tally.add(kind, load.send(kind, chance))
    except (httpx.HTTPError, OSError, ValueError, LookupError) as error:
        tally.add(kind, -1, repr(error)[:500])


def _minutes(work: Sequence[threading.Thread], watch: Watch, load: Load, tally: Tally, out: Path) -> None:
    """Writes a line each minute, and at the end, until all clients are done."""
    with out.open("w", encoding="utf-8") as lines:
        while any(thread.is_alive() for thread in work):
            ends = time.monotonic() + 60
            for thread in work:
                thread.join(max(0.0, ends - time.monotonic()))
            with tally.lock:
                count, troubles = tally.statuses.total(), list(tally.troubles)
            held = watch.samples[-1] if watch.samples else None
            state = {
                "seconds": round(held.seconds) if held else 0,
                "requests": count,
                "quotes": dict(load.quotes.counts),
                "memory_mb": round(held.memory_mb, 1) if held else 0,
                "troubles": len(troubles),
                "last": troubles[-3:],
                "wrong": load.quotes.wrong[-3:],
            }
            lines.write(json.dumps(state) + "\n")
            lines.flush()
            print(json.dumps(state), flush=True)
