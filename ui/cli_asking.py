"""The commands that ask: `quoth ask` and `quoth search`."""

from __future__ import annotations

from dataclasses import asdict

import click

from .shell import NO, Settings, as_text, as_texts, common_options, emit, json_option, passed_settings

__all__ = ["ask", "search"]

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


@click.command()
@click.argument("question", callback=as_text)
@click.option("--quotes", type=click.IntRange(min=1), default=3, show_default=True, help="At most so many quotes.")
@_filter
@_after
@json_option
@common_options
@passed_settings
def ask(
    settings: Settings,
    question: str,
    quotes: int,
    documents: tuple[str, ...],
    history: tuple[str, ...],
    as_record: bool,
) -> int:
    """Answer QUESTION with verbatim quotes.

    Exit code 0 when it was answered, 1 when the documents do not answer it.
    """
    from quoth.qa import Answer

    from .filing import chosen
    from .record import answer_record
    from .terminal import Page

    with settings.open_or_bundled() as library:
        outcome = library.ask(question, quotes=quotes, documents=chosen(library, documents), history=history)
    if as_record:
        emit(answer_record(outcome))
    else:
        page = Page()
        page.outcome(outcome)
        page.write()
    return 0 if isinstance(outcome, Answer) else NO


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
