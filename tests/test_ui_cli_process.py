"""`quoth` as a process among others: pipes, terminals of every kind, signals, start-up, hostile documents."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import sysconfig
import termios
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Quoth = Callable[..., "subprocess.CompletedProcess[str]"]

SCRIPT = Path(sysconfig.get_path("scripts")) / "quoth"
TEXTS = Path(__file__).resolve().parent.parent / "corpus" / "texts"
ANSWERABLE = "Which route bypasses Russia?"
HEAVY = ("numpy", "faiss", "torch", "gradio", "onnxruntime", "transformers", "sentence_transformers", "fastapi", "rich")
HOSTILE = (
    "The red door\x1b[2J\x1b]0;owned\x07 opens at \x9b31mnoon\x08\x08 for visitors.\r\n"
    "Bring \u202egnihton\u202c else.\n"
)
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


# --- start-up


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["ask", "--help"], ["ask"], ["frobnicate"]])
def test_help_version_and_wrong_usage_load_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from quoth.ui.cli import main; main(" + repr(arguments) + ");"
        f"print('LOADED', *sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run([sys.executable, "-Ic", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "LOADED"


def test_an_answer_needs_no_torch(bundled_library: Path) -> None:
    arguments = ["--library", str(bundled_library), "ask", ANSWERABLE, "--json"]
    code = (
        f"import sys; from quoth.ui.cli import main; code = main({arguments!r});"
        "print(code, *sorted(set(sys.modules) & {'torch', 'transformers', 'gradio', 'sentence_transformers'}))"
    )
    done = subprocess.run([sys.executable, "-Ic", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "0"


def test_it_runs_as_a_module_too(tmp_path: Path) -> None:
    module = [sys.executable, "-Im", "quoth.ui.cli"]
    done = subprocess.run([*module, "--version"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("quoth ")
    assert subprocess.run([*module, "ask"], cwd=tmp_path, capture_output=True, text=True).returncode == 2


# --- pipes and encodings


@pytest.mark.parametrize("arguments", [["list"], ["list", "--json"], ["ask", ANSWERABLE], ["--help"]])
def test_a_closed_pipe_is_no_error(bundled_library: Path, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)  # the reader is gone before anything is written, as with `| head -0`
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run(
            [str(SCRIPT), "--library", str(bundled_library), *arguments], stdout=out, stderr=subprocess.PIPE, text=True
        )
    assert done.stderr == ""
    assert done.returncode == 141


@pytest.mark.parametrize("encoding", ["ascii", "cp1251"])
def test_every_terminal_encoding_shows_an_answer(
    quoth: Quoth, bundled_library: Path, asked: Mapping[str, str], encoding: str
) -> None:
    env = {"PYTHONIOENCODING": encoding}
    shown = quoth("ask", ANSWERABLE, "--library", bundled_library, env=env)
    assert (shown.returncode, shown.stderr) == (0, "")
    record = quoth("ask", ANSWERABLE, "--json", "--library", bundled_library, env=env)
    assert (record.returncode, record.stderr) == (0, "")
    exact = json.loads(record.stdout.encode("utf-8", "surrogateescape").decode(encoding))
    assert exact["quotes"] == json.loads(asked["answered"])["quotes"]


# --- terminals


def in_terminal(
    *arguments: str | Path, home: Path, columns: int = 80, env: dict[str, str] | None = None
) -> tuple[int, str]:
    """Runs `quoth` with a real terminal of `columns` columns as all three streams; its exit code and what was shown."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {name: os.environ[name] for name in ("PATH", "QUOTH_CACHE")}
    whole = {**kept, "HOME": str(home), "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
    process = subprocess.Popen(
        [str(SCRIPT), *map(str, arguments)], stdin=child, stdout=child, stderr=child, env=whole | (env or {}), cwd=home,
        start_new_session=True,
    )  # fmt: skip
    os.close(child)
    shown = b""
    while select.select([parent], [], [], 120)[0]:
        try:
            data = os.read(parent, 65536)
        except OSError:  # Linux says so when the last writer has closed the terminal
            break
        if not data:
            break
        shown += data
    os.close(parent)
    return process.wait(), shown.decode("utf-8").replace("\r\n", "\n")


def test_a_terminal_gets_the_answering_words_emphasised(bundled_library: Path, tmp_path: Path) -> None:
    code, shown = in_terminal("ask", ANSWERABLE, "--library", bundled_library, home=tmp_path)
    assert code == 0
    assert re.search(r"\x1b\[1;4m[^\x1b]+\x1b\[0m", shown), "bold and underlined"
    assert "The words that answer" not in shown


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colour_where_none_is_wanted(bundled_library: Path, tmp_path: Path, name: str, value: str) -> None:
    code, shown = in_terminal("ask", ANSWERABLE, "--library", bundled_library, home=tmp_path, env={name: value})
    assert code == 0
    assert not re.search(r"\x1b\[[0-9;]*(3[0-7]|38;|9[0-7])[0-9;]*m", shown)
    assert ("\x1b" in shown) == (name == "NO_COLOR"), "bold is no colour; a dumb terminal gets plain text"


@pytest.mark.parametrize(
    ("arguments", "columns"),
    [
        (["ask", ANSWERABLE], 40),
        (["ask", ANSWERABLE], 20),
        (["ask", "What melts tungsten?"], 40),
        (["list"], 40),
        (["search", ANSWERABLE], 40),
    ],
)
def test_a_narrow_terminal_is_enough(bundled_library: Path, tmp_path: Path, arguments: list[str], columns: int) -> None:
    _, shown = in_terminal(*arguments, "--library", bundled_library, home=tmp_path, columns=columns)
    lines = ANSI.sub("", shown).split("\n")
    assert max(map(len, lines)) <= columns
    assert len(lines) > 10


def test_wrapping_loses_no_word(bundled_library: Path, asked: Mapping[str, str], tmp_path: Path) -> None:
    _, shown = in_terminal("ask", ANSWERABLE, "--library", bundled_library, home=tmp_path, columns=40)
    for quote in json.loads(asked["answered"])["quotes"]:
        assert " ".join(quote["text"].split()) in " ".join(ANSI.sub("", shown).split())


def test_progress_is_shown_in_a_terminal_only(quoth: Quoth, tmp_path: Path) -> None:
    code, shown = in_terminal("add", TEXTS, "--library", tmp_path / "one", home=tmp_path)
    assert code == 0
    assert "━" in shown
    done = quoth("add", TEXTS, "--library", tmp_path / "two")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_first_library_ever_is_made_in_silence(bundled_library: Path) -> None:
    """Preparing the model stirs four libraries that all like to talk."""
    assert (bundled_library.parent / "stderr").read_text(encoding="utf-8") == ""


# --- hostile documents


@pytest.fixture(scope="module")
def hostile_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("hostile")
    (home / "evil\x1b[31m.txt").write_text(HOSTILE, encoding="utf-8", newline="")
    command = [str(SCRIPT), "--library", str(home / "library"), "add", str(home)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    return home / "library"


@pytest.mark.parametrize(
    "arguments", [["ask", "When does the red door open?"], ["search", "red door"], ["list"], ["doctor"]]
)
def test_no_document_commands_a_terminal(quoth: Quoth, hostile_library: Path, arguments: list[str]) -> None:
    done = quoth(*arguments, "--library", hostile_library)
    assert done.returncode in (0, 1)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", done.stdout + done.stderr)


def test_json_keeps_what_the_terminal_may_not_see(quoth: Quoth, hostile_library: Path) -> None:
    done = quoth("search", "red door", "--json", "--library", hostile_library)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.stdout)
    text = "".join(hit["text"] for hit in json.loads(done.stdout)["hits"])
    assert text.strip() in HOSTILE
    assert "\x1b[2J" in text


def test_a_hostile_file_name_is_refused_visibly(quoth: Quoth, hostile_library: Path) -> None:
    done = quoth("add", "no\x1b]0;owned\x07such\nfile.txt", "--library", hostile_library)
    assert done.returncode == 2
    assert "<U+001B>]0;owned<U+0007>such" in done.stderr
    assert done.stderr.count("\n") == 1


# --- signals


def test_ctrl_c_ends_quietly_with_130(bundled_library: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "answers"
    os.mkfifo(fifo)
    command = [str(SCRIPT), "verify", str(fifo), "--library", str(bundled_library)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process, fifo.open("wb"):  # opens when `quoth` has opened it to read: now it waits for us
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert err.strip() == ""


# --- serve


def serve_on_a_taken_port(quoth: Quoth, library: Path, host: str, *options: str | Path, **env: str) -> str:
    """What it says, tried on a port that is taken, so that it ends by itself."""
    with socket.create_server((host, 0)) as taken:
        port = str(taken.getsockname()[1])
        done = quoth("serve", "--host", host, *options, "--library", library, env={"PORT": port, **env})
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.replace(port, "PORT")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_serve_needs_no_token_where_only_this_machine_comes_in(quoth: Quoth, bundled_library: Path, host: str) -> None:
    assert "port PORT" in serve_on_a_taken_port(quoth, bundled_library, host)


def test_serve_refuses_to_be_reached_by_anybody_without_a_token(
    quoth: Quoth, bundled_library: Path, tmp_path: Path
) -> None:
    everywhere, token = "0.0.0.0", f"full:{'t' * 30}"  # noqa: S104
    refused = serve_on_a_taken_port(quoth, bundled_library, everywhere)
    assert "--token-file" in refused
    assert "127.0.0.1" in refused
    (tmp_path / "tokens").write_text(token, encoding="utf-8")
    assert "port PORT" in serve_on_a_taken_port(quoth, bundled_library, everywhere, "--token-file", tmp_path / "tokens")
    assert "port PORT" in serve_on_a_taken_port(quoth, bundled_library, everywhere, QUOTH_TOKENS=token)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--token-file", "/nowhere/tokens"], "/nowhere/tokens cannot be read"),
        (["--cors-origin", "*"], "'*' is no origin"),
        (["--rate", "-1"], "--rate"),
        (["--timeout", "0"], "--timeout"),
        (["--concurrent", "0"], "--concurrent"),
    ],
)
def test_serve_says_which_setting_is_wrong(quoth: Quoth, bundled_library: Path, options: list[str], said: str) -> None:
    assert said in serve_on_a_taken_port(quoth, bundled_library, "127.0.0.1", *options)
