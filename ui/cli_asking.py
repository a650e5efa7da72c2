"""The commands that ask, `quoth ask` and `quoth search`, and `quoth schema`, which says what an answer looks like."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from .plain import visible
from .shell import NO, Settings, as_text, as_texts, common_options, emit, json_option, passed_settings

if TYPE_CHECKING:  # they load what `quoth --help` must not pay for
    from quoth.qa import Abstention, Answer, Library

__all__ = ["ask", "schema", "search"]

_filter = click.option(
    "--document", "documents", metavar="ID", multiple=True, help="Search this document only; may be given again."
)
_after = click.option(
    "--after",
    "history",
    metavar="QUESTION",
    multiple=True,
    callback=as_texts,
    help="An earlier question of the conversation, oldest first; may be given again.",
)


_format = click.option(
    "--format",
    "form",
    type=click.Choice(["plain", "markdown", "footnotes", "csl", "w3c", "anthropic"]),
    help="Only the quotes: as text, Markdown, Markdown with footnotes, CSL-JSON, W3C annotations, or search results "
    "for Claude.",
)


@click.command()
@click.argument("question", callback=as_text)
@click.option("--quotes", type=click.IntRange(min=1), default=3, show_default=True, help="At most so many quotes.")
@_filter
@_after
@json_option
@click.option("--utf16", is_flag=True, help="With --json: offsets in UTF-16 units too, as JavaScript counts.")
@_format
@common_options
@passed_settings
def ask(
    settings: Settings,
    question: str,
    quotes: int,
    documents: tuple[str, ...],
    history: tuple[str, ...],
    as_record: bool,
    utf16: bool,
    form: str | None,
) -> int:
    """Answer QUESTION with verbatim quotes.

    Exit code 0 when it was answered, 1 when the documents do not answer it.
    """
    from quoth.qa import Answer

    from .filing import chosen

    if form and (as_record or utf16):
        raise click.UsageError("--format goes without --json and --utf16", click.get_current_context())
    if utf16 and not as_record:
        raise click.UsageError("--utf16 goes with --json", click.get_current_context())
    with settings.open_or_bundled() as library:
        outcome = library.ask(question, quotes=quotes, documents=chosen(library, documents), history=history)
        record = _record(outcome, library if utf16 else None) if as_record else None
    if record is not None:
        emit(record)
    elif form:
        _write(form, outcome)
    else:
        from .terminal import Page

        page = Page()
        page.outcome(outcome)
        page.write()
    return 0 if isinstance(outcome, Answer) else NO


def _record(outcome: Answer | Abstention, library: Library | None) -> dict[str, Any]:
    """The answer record, with UTF-16 offsets where a library is given to count them in."""
    from .record import answer_record
    from .utf16_record import add_utf16

    record = answer_record(outcome)
    if library is not None:
        add_utf16(record, library.document)
    return record


def _write(form: str, outcome: Answer | Abstention) -> None:
    from .formats import formatted

    written = formatted(outcome, form)
    if isinstance(written, str):  # into a file or a pipe the words go as they are; a terminal must not obey them
        click.echo(visible(written) if sys.stdout.isatty() else written, nl=False)
    else:
        emit(written)


@click.command()
@click.argument("question", callback=as_text)
@click.option("-k", "hits", type=click.IntRange(min=1), default=10, show_default=True, help="So many passages.")
@_filter
@_after
@json_option
@common_options
@passed_settings
def search(
    settings: Settings,
    question: str,
    hits: int,
    documents: tuple[str, ...],
    history: tuple[str, ...],
    as_record: bool,
) -> None:
    """Rank passages by QUESTION, without judgement."""
    from .filing import chosen
    from .terminal import Page

    with settings.open() as library:
        found = library.search(question, k=hits, documents=chosen(library, documents), history=history)
    if as_record:
        emit({"question": question, "hits": [asdict(hit) for hit in found]})
        return
    page = Page()
    page.hits(found)
    page.write()


@click.command()
@common_options
def schema() -> None:
    """Print the JSON Schema of an answer record."""
    from .record import answer_schema

    emit(answer_schema())
