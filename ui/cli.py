"""The command line. Each command asks the library and shows what comes back; nothing is decided here.

Everything heavy is imported inside the commands, so that `quoth --help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import click

from .cli_asking import ask, schema, search
from .cli_mcp import mcp
from .cli_measuring import calibrate, compare, evaluate
from .cli_serving import serve
from .shell import NO, Settings, common_options, emit, json_option, passed_settings, run

__all__ = ["main", "quoth"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `quoth` and gives its exit code: 0 done, 1 abstained or something failed its check, 2 error."""
    return run(quoth, arguments)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@common_options
@click.version_option(version("quoth"), prog_name="quoth", message="%(prog)s %(version)s")
@click.pass_context
def quoth(context: click.Context) -> None:
    """Ask your documents. Get their own words.

    Quoth answers with verbatim quotes and their places, or says plainly that the documents do not answer.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@quoth.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@common_options
@passed_settings
def add(settings: Settings, paths: tuple[Path, ...]) -> int:
    """Put files or folders into the library.

    Files that have not changed cost nothing; changed ones are replaced.
    """
    from .filing import add_paths

    return add_paths(settings, paths)


@quoth.command("list")
@json_option
@common_options
@passed_settings
def list_documents(settings: Settings, as_record: bool) -> None:
    """Show the documents in the library."""
    with settings.open() as library:
        documents = library.documents()
    if as_record:
        emit({"documents": [asdict(document) for document in documents]})
        return
    from .terminal import Page

    page = Page()
    page.documents(documents, settings.place)
    page.write()


@quoth.command()
@click.argument("documents", metavar="ID...", nargs=-1, required=True)
@common_options
@passed_settings
def remove(settings: Settings, documents: tuple[str, ...]) -> None:
    """Take documents out of the library.

    ID is a document's id or the first four digits of it or more, its file name, or its file name without the ending.
    """
    from .filing import remove_documents

    remove_documents(settings, documents)


@quoth.command()
@click.option("--repair", is_flag=True, help="Mend what can be mended from the stored documents.")
@json_option
@common_options
@passed_settings
def doctor(settings: Settings, repair: bool, as_record: bool) -> int:
    """Check that the library is whole.

    Exit code 0 when it is, 1 when something needs mending, or could not be brought back by --repair.
    """
    if repair:
        report = settings.repaired()
    else:
        with settings.open() as library:
            report = library.doctor()
    if as_record:
        emit({"healthy": report.healthy, "checks": [asdict(check) for check in report.checks]})
    else:
        from .terminal import Page

        page = Page()
        page.checks(report)
        page.write()
    return 0 if report.healthy else NO


@quoth.command()
@click.argument("answers", metavar="ANSWERS", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--docs",
    metavar="PATH",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Check against these files or folders, not against the library; may be given again.",
)
@json_option
@common_options
@passed_settings
def verify(settings: Settings, answers: Path, docs: tuple[Path, ...], as_record: bool) -> int:
    """Check saved answers against the documents.

    ANSWERS is a file of answer records as `quoth ask --json` writes them, or - for standard input. Every quote is
    compared character for character; exit code 1 when one fails. No model is needed.
    """
    from .filing import check_answers

    return check_answers(settings, answers, docs, as_record=as_record)


for command in (ask, search, schema, evaluate, compare, calibrate, mcp, serve):
    quoth.add_command(command)


if __name__ == "__main__":
    sys.exit(main())
