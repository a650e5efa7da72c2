"""A `quoth serve` as a process of its own, and clients that ask it at the same time."""

from __future__ import annotations

import math
import os
import queue
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from .data import ROOT

__all__ = ["ONE_AFTER_ANOTHER", "QUOTH", "Asked", "Round", "Server", "ask_all", "served", "timeless"]

QUOTH = (str(Path(sys.executable).with_name("quoth")),)
ONE_AFTER_ANOTHER = (sys.executable, "-m", "benchmarks.one_after_another")
_PATIENCE = 180.0
_PROBE_EVERY = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, and which process it is."""

    address: str
    process: int

    def cpu_seconds(self) -> float:
        """What it has used so far, on all cores together."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """Its largest resident size so far, in MiB."""
        status = Path(f"/proc/{self.process}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """One question over HTTP: the status and the body that came back (0 and the reason where none did), and seconds."""

    question: str
    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Round:
    """Some clients at once: what each question brought, seconds by the clock and of the server's cores, and how long
    each look at /healthz took meanwhile (for ever, where it failed). `peak_mb` is the most memory that the server had
    up to its end, in MiB.
    """

    asked: tuple[Asked, ...]
    seconds: float
    cpu_seconds: float
    probes: tuple[float, ...]
    peak_mb: float


@contextmanager
def served(program: Sequence[str], library: Path) -> Iterator[Server]:
    """A server over `library`, once it is ready. Raises RuntimeError where it does not get ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [*program, "--library", str(library), "serve", "--port", str(port), "--rate", "0"]
    environment = dict(os.environ, HF_HUB_OFFLINE="1")
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = Server(f"http://127.0.0.1:{port}", process.pid)
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


def ask_all(server: Server, questions: Sequence[str], clients: int) -> Round:
    """Every question once, by so many clients, each of which asks the next one when it has its answer."""
    todo: queue.SimpleQueue[str] = queue.SimpleQueue()
    for question in questions:
        todo.put(question)
    asked: list[Asked] = []
    probes: list[float] = []
    done = threading.Event()
    limits = httpx.Limits(max_connections=clients + 1)
    with httpx.Client(base_url=server.address, timeout=_PATIENCE, limits=limits, trust_env=False) as http:
        asking = [threading.Thread(target=_client, args=(http, todo, asked)) for _ in range(clients)]
        probing = threading.Thread(target=_probe, args=(http, done, probes))
        before, began = server.cpu_seconds(), time.perf_counter()
        for thread in (*asking, probing):
            thread.start()
        for thread in asking:
            thread.join()
        seconds, used = time.perf_counter() - began, server.cpu_seconds() - before
        done.set()
        probing.join()
    return Round(tuple(asked), seconds, used, tuple(probes), server.peak_mb())


def timeless(body: bytes) -> bytes:
    """An answer record as text, without the time it took."""
    return re.sub(rb'"elapsed_ms": ?[-+.\deE]+', b'"elapsed_ms": 0.0', body)


def _client(http: httpx.Client, todo: queue.SimpleQueue[str], asked: list[Asked]) -> None:
    while True:
        try:
            question = todo.get_nowait()
        except queue.Empty:
            return
        began = time.perf_counter()
        try:
            response = http.post("/api/v1/ask", json={"question": question})
            status, body = response.status_code, response.content
        except httpx.HTTPError as error:
            status, body = 0, str(error).encode()
        asked.append(Asked(question, status, body, time.perf_counter() - began))


def _probe(http: httpx.Client, done: threading.Event, probes: list[float]) -> None:
    while not done.wait(_PROBE_EVERY):
        began = time.perf_counter()
        try:
            http.get("/healthz").raise_for_status()
            probes.append(time.perf_counter() - began)
        except httpx.HTTPError:
            probes.append(math.inf)


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"{server.address}/healthz", trust_env=False).status_code == 200:
                return
        time.sleep(0.05)
    raise RuntimeError(f"`quoth serve` did not get ready; it ended with {process.poll()}")
