"""Command lines of real commands and options with odd values, run in this process. No fixtures.

They are drawn from click's own tree of commands, so that a new command or option is among them. Nothing listens: where
`serve` and `mcp` would begin to, a line says so instead.
"""

from __future__ import annotations

import io
import os
import random
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Final
from unittest.mock import patch

import click

import quoth.qa
from api_clients import ANSWERED, REFUSED, TEXTS
from mutating import odd_text
from quoth.qa import Library, file_of
from quoth.ui import mcp_stdio, server
from quoth.ui.cli import quoth as commands
from quoth.ui.shell import run
from small_library import TinyLibrary, small_library
from wire_files import MADE, PLACES, files_of
from wire_targets import Said, Thrown

__all__ = ["WORDS", "Console", "console", "obeyed"]

WORDS: Final = "command lines"
_OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e\ud800-\udfff]")
_NUMBERS: Final = (
    "0",
    "1",
    "-1",
    "3",
    "50",
    "51",
    "0.05",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "9" * 30,
    "٣",
    "",
    "x",
    "0x1",
)


def obeyed(text: str) -> list[str]:
    """What a terminal would do something about, instead of showing it."""
    return _OBEYED.findall(text)


class Console:
    """A folder to type in, with a library and files of all kinds, right and damaged."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._files = folder, files_of(folder)
        self.names = (*self._files, *PLACES)

    def case(self, number: int) -> Sequence[str]:
        """The words of this number, always the same."""
        rng = random.Random(f"{WORDS} {number}")
        name, command = rng.choice(sorted(commands.commands.items()))
        words = [word for option in _drawn(rng, command) for word in self._option(rng, option)]
        for argument in (one for one in command.params if isinstance(one, click.Argument)):
            words += ["--"] * (rng.random() < 0.1) + [self._value(rng, argument) for _ in range(_times(rng, argument))]
        common = ["--library", "library"] if rng.random() < 0.9 else self._common(rng)
        typed = [*common, name, *words] if rng.random() < 0.95 else [odd_text(rng, 3), *common, name, *words]
        return [_as_argument(word) for word in typed]

    def judge(self, words: Sequence[str]) -> Said:
        """Runs them, and holds what comes against the law. Raises AssertionError."""
        self._lay_out()
        code, out, err = self.run(words)
        assert code in (0, 1, 2), (code, words)
        assert obeyed(err) == [], (words, err)
        assert "--format" in " ".join(words) or obeyed(out) == [], (words, out)
        assert "something unexpected went wrong" not in err, (words, err)
        if "--debug" not in words:  # which shows tracebacks
            assert "Traceback" not in out + err, (words, err)
            assert code != 2 or err.splitlines()[-1].startswith("Error: "), (words, err)
        return "refused" if code == 2 else "read"

    def run(self, words: Sequence[str]) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        out, err = _stream(b"", "strict"), _stream(b"", "backslashreplace")
        stdin = _stream(self._files["answers.jsonl"], "strict")
        with _inside(self._folder), redirect_stdout(out), redirect_stderr(err), patch.object(sys, "stdin", stdin):
            code = run(commands, words)
        return code, _written(out), _written(err)

    def unharmed(self) -> None:
        """Raises AssertionError where the library is not healthy any more, or a right question not answered right."""
        self._lay_out()
        assert self.run(["--library", "library", "doctor"])[0] == 0
        code, out, _ = self.run(["--library", "library", "ask", "--json", ANSWERED])
        assert (code, "1904" in out) == (0, True), out

    def _lay_out(self) -> None:
        """Puts every file and document where it was before a case."""
        for name in MADE:
            shutil.rmtree(self._folder / name, ignore_errors=True)
        for name, content in self._files.items():
            path = self._folder / name
            path.parent.mkdir(exist_ok=True, parents=True)
            if not path.is_file() or path.read_bytes() != content:
                path.write_bytes(content)
        with quoth.qa.Library.open(self._folder / "library") as library:
            there = {record.id: file_of(record).name for record in library.documents()}
            library.remove([id for id, name in there.items() if name not in TEXTS])
            if not TEXTS.keys() <= set(there.values()):
                library.add_files((name, text.encode()) for name, text in TEXTS.items())

    def _option(self, rng: random.Random, option: click.Option) -> Iterator[str]:
        name = rng.choice([*option.opts, *option.secondary_opts])
        if option.is_flag:
            yield name if rng.random() < 0.95 else f"{name}=x"
        elif rng.random() < 0.2:
            yield f"{name}={self._value(rng, option)}"
        else:
            yield name
            if rng.random() < 0.97:
                yield self._value(rng, option)

    def _value(self, rng: random.Random, parameter: click.Parameter) -> str:
        kind, what = parameter.type, rng.random()
        if what < 0.15:
            return odd_text(rng, 4)
        if isinstance(kind, click.Choice) and what < 0.8:
            return str(rng.choice(list(kind.choices)))
        if isinstance(kind, click.types.IntParamType | click.types.FloatParamType):
            return rng.choice(_NUMBERS)
        if isinstance(kind, click.Path):
            return str(rng.choice(self.names))
        return str(rng.choice((ANSWERED, REFUSED, "harbour.txt", "rivers", "nothing", "", *self.names, *_NUMBERS)))

    def _common(self, rng: random.Random) -> list[str]:
        return [word for option in _drawn(rng, commands) for word in self._option(rng, option)]


def _drawn(rng: random.Random, command: click.Command) -> list[click.Option]:
    """Some of its options; those that have to be there nearly always."""
    options = [one for one in command.params if isinstance(one, click.Option) and one.name != "library"]
    return [one for one in options if rng.random() < (0.95 if one.required else 0.25)]


def _as_argument(word: str) -> str:
    """The word as a process gets it: bytes without a NUL, of which those that are no text stand as half characters."""
    return os.fsdecode(word.encode("utf-8", "surrogatepass").replace(b"\x00", b""))


def _times(rng: random.Random, argument: click.Argument) -> int:
    most = 3 if argument.nargs == -1 else 1
    return rng.randint(1, most) if rng.random() < 0.95 else rng.choice((0, most + 1))


def _stream(data: bytes, errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors=errors, write_through=True)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.buffer
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode()


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """In that folder, which is home too; what a command does to signals is undone."""
    before, interrupt = Path.cwd(), signal.getsignal(signal.SIGINT)
    os.chdir(folder)
    try:
        with patch.dict(os.environ, {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")}):
            yield
    finally:
        os.chdir(before)
        signal.signal(signal.SIGINT, interrupt)


@contextmanager
def console(home: Path) -> Iterator[tuple[Console, Thrown]]:
    """A console in `home`, and the target that it is; at its end the library has to be unharmed."""

    async def speak(_: Callable[[], Library]) -> None:
        click.echo("MCP would be spoken here.")

    def serve(*_: object) -> None:
        click.echo("It would be served here.")

    with ExitStack() as stack:
        stack.enter_context(patch.object(quoth.qa, "Library", TinyLibrary))
        stack.enter_context(patch.object(mcp_stdio, "serve_stdio", speak))
        stack.enter_context(patch.object(server, "serve", serve))
        folder = home / "there"
        folder.mkdir()
        small_library(folder / "library", TEXTS).close()
        found = Console(folder)
        yield found, Thrown(WORDS, found.case, found.judge)
        found.unharmed()
