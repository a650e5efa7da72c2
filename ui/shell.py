"""What every command shares: the common options, the way into the library, and what becomes of an error.

Exit codes: 0 done (or answered), 1 the honest no (abstained, unhealthy, a quote failed), 2 error, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from quoth.corpus import BadQuestion, BadRequest, LibraryMissing, QuothError, told

from .plain import as_json, visible

if TYPE_CHECKING:  # numpy, faiss and the rest cost a second; `quoth --help` must not pay it
    from quoth.qa import DoctorReport, Library

__all__ = [
    "CLOSED_PIPE",
    "ERROR",
    "INTERRUPTED",
    "NO",
    "Settings",
    "as_text",
    "as_texts",
    "common_options",
    "emit",
    "json_option",
    "note",
    "passed_settings",
    "run",
]

NO, ERROR, INTERRUPTED, CLOSED_PIPE = 1, 2, 130, 141

_Command = TypeVar("_Command", bound=Callable[..., Any])
_EMBEDDED = ("faiss", "embedded")
_DEBUG = "quoth.debug"


@dataclass(frozen=True, slots=True)
class Settings:
    """The common options, given before the command's name or after it; where both are given, the later one counts."""

    library: Path | None = None

    @property
    def place(self) -> Path:
        """The folder of the library: the one named, else the default one."""
        from quoth.qa import default_library_path

        return self.library or default_library_path()

    def open(self) -> Library:
        """The library as it stands; raises LibraryMissing when there is none."""
        from quoth.qa import Library

        return Library.open(self.place)

    def repaired(self) -> DoctorReport:
        """What the doctor says of the library after mending it, be it too damaged to be opened."""
        from quoth.qa import Library

        return Library.repair(self.place)

    def open_or_bundled(self) -> Library:
        """The same, but a default library that does not exist yet is made from the two bundled articles."""
        from quoth.qa import Library

        try:
            return self.open()
        except LibraryMissing:
            if self.library is not None:
                raise
        note(f"There is no library yet: making one of the two bundled articles in {self.place}.")
        return Library.open_or_bundled(self.place)

    def create(self) -> Library:
        """The library, made empty when there is none."""
        from quoth.qa import Library

        return Library.create(self.place)


passed_settings = click.make_pass_decorator(Settings)
json_option = click.option("--json", "as_record", is_flag=True, help="One line of JSON instead of text.")


def common_options(command: _Command) -> _Command:
    """Adds `--library`, `--store` and `--debug`, which stand before or after the command's name."""
    folder = click.Path(path_type=Path)
    where = "The library's folder [$QUOTH_LIBRARY, else the user data folder]."
    for option in (
        click.option("--debug", is_flag=True, expose_value=False, callback=_debug, help="Show tracebacks."),
        click.option("--store", metavar="URL", expose_value=False, callback=_store, help="Another vector store."),
        click.option("--library", metavar="DIR", type=folder, expose_value=False, callback=_library, help=where),
    ):
        command = option(command)
    return command


def _library(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.obj = Settings(library=value.expanduser())


def _store(_context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None and value not in _EMBEDDED:
        raise BadRequest(f"No vector store at {value!r} can be used yet; leave --store out to use the embedded one.")


def _debug(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.meta[_DEBUG] = True


def as_text(_context: click.Context, _: click.Parameter, value: str) -> str:
    """The question as typed; raises BadQuestion for bytes that are no text in this terminal's encoding."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadQuestion("The question holds bytes that are not text; type it again.") from error
    return value


def as_texts(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """The same for an option that may be given again."""
    return tuple(as_text(context, parameter, value) for value in values)


def note(sentence: str) -> None:
    """One sentence for the person on standard error, safe to show whatever file name stands in it."""
    with suppress(OSError):  # nobody listens any more
        click.echo(" ".join(visible(sentence).split()), err=True)


def emit(value: dict[str, Any] | list[dict[str, Any]]) -> None:
    """One JSON value on a line of standard output."""
    click.echo(as_json(value, sys.stdout.encoding))


def run(group: click.Group, arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and gives its exit code; every failure ends as one plain sentence on standard error."""
    with suppress(AttributeError):  # a test may have put something simpler there
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    words = list(sys.argv[1:] if arguments is None else arguments)
    context = None
    try:
        # Not `group.main`: it would answer a closed pipe with exit code 1, which here means "abstained".
        with group.make_context("quoth", words, obj=Settings()) as context:
            code = group.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as done:  # --help and --version
        return done.exit_code
    except BrokenPipeError:
        # The reader went away (`quoth list | head -1`), and what Python flushes at exit must not fail either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED_PIPE
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:  # the last net: whatever it is, a person reads a sentence and not a traceback
        if context is not None and context.meta.get(_DEBUG):
            _show(traceback.format_exc())
        note(_sentence(error))
        return ERROR
    return code if isinstance(code, int) else 0


def _show(trace: str) -> None:
    """A traceback, safe to show whatever stands in its last line."""
    with suppress(OSError):
        click.echo("\n".join(visible(line) for line in trace.split("\n")), err=True, nl=False)


def _sentence(error: Exception) -> str:
    if isinstance(error, QuothError):
        return f"Error: {error}"
    if isinstance(error, click.UsageError):
        command = error.ctx.command_path if error.ctx else "quoth"
        return f"Error: {error.format_message().rstrip('.')}; see '{command} --help'."
    if isinstance(error, click.ClickException):
        return f"Error: {error.format_message()}"
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"Error: {place}{told(error)}; nothing that was stored before is lost."
    if isinstance(error, MemoryError):
        return (
            "Error: memory ran out; close some programs, or give fewer files at once, and try again; nothing that was "
            "stored before is lost."
        )
    return f"Error: something unexpected went wrong ({type(error).__name__}: {error}); see where with --debug."
