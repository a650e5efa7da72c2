"""Quoth as its README has it: a library of a folder, and questions to it.

The default encoder is the same MiniLM: the package that the model folder is in, checked by its SHA-256.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.command_line import Asker, Returned, main


def ingest(texts: Path, store: Path, _model: Path) -> int:
    """Add the folder to a new library."""
    from quoth.qa import Library

    with Library.create(store) as library:
        library.add([texts])
        return library.stamp.passages


def open_store(store: Path, _model: Path) -> Asker:
    """The quotes of an answer; the nearest passages where it refuses."""
    from quoth.corpus import BadQuestion
    from quoth.qa import Answer, Library

    library = Library.open(store)

    def ask(question: str) -> Returned:
        try:
            reply = library.ask(question)
        except BadQuestion:
            return Returned((), answered=False)
        if isinstance(reply, Answer):
            return Returned([quote.text for quote in reply.quotes])
        return Returned([quote.text for quote in reply.nearest], answered=False)

    return ask


if __name__ == "__main__":
    main(ingest, open_store)
